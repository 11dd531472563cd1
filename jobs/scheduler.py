"""When a job is due: reading ``[schedule]``, and the scheduler whose ticks only say "look who is due".

Nothing is stored here: whether a company is due follows from its last run in our own table, so a run that was
missed while nothing ran happens once at the next start (LIBRARIES 3: a stored job would lose it).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from connector.config import Settings
from connector.errors import BadConfiguration
from connector.rules.toml import nearest

KINDS = ("sync", "hot", "reconcile", "shadow", "weekly")
"""The jobs a schedule may name."""

NEVER = "never"
"""Switches a job off that would run by default."""

UNIT_SECONDS = {"second": 1, "minute": 60, "hour": 3600}
EVERY = re.compile(r"every (?:(\d{1,6}) )?(second|minute|hour)s?")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
CRON_JITTER_S = 30
INTERVAL_JITTER_S_MAX = 15
MISSED_GRACE_S = 3600
REMEDY = 'write "every 5 minutes" or a cron line such as "0 3 * * *" (UTC)'


@dataclass(frozen=True)
class Schedule:
    """One line of ``[schedule]``. ``every_s`` is set for an interval, ``cron`` for a cron line."""

    kind: str
    every_s: int | None = None
    cron: CronTrigger | None = None

    @property
    def jitter_s(self) -> int:
        """How far ticks are spread, so that companies and machines do not all ask at the same second."""
        return CRON_JITTER_S if self.every_s is None else min(INTERVAL_JITTER_S_MAX, self.every_s // 10)

    @property
    def slack_s(self) -> float:
        """How early a tick may come: jitter, and a run that had to wait for its turn began late."""
        return 2 * CRON_JITTER_S if self.every_s is None else self.every_s / 2

    def next_after(self, moment: datetime) -> datetime | None:
        """The first due time after ``moment``; ``None`` when there is none any more."""
        if self.every_s is not None:
            return moment + timedelta(seconds=self.every_s)
        assert self.cron is not None
        found: datetime | None = self.cron.get_next_fire_time(None, moment + timedelta(microseconds=1))
        return found

    def is_due(self, last_started: datetime | None, now: datetime) -> bool:
        """Whether a company whose last run of this kind began at ``last_started`` should run now."""
        if last_started is None:
            return True
        following = self.next_after(last_started)
        return following is not None and following <= now + timedelta(seconds=self.slack_s)


def read_schedules(settings: Settings) -> tuple[Schedule, ...]:
    """Every line of ``[schedule]``; ``BadConfiguration`` names file, table and key."""
    return parse_schedules(settings.schedule, settings.file.name)


def parse_schedules(lines: Mapping[str, str], file: str) -> tuple[Schedule, ...]:
    """The schedules of a table."""
    for kind in lines:
        if kind not in KINDS:
            raise BadConfiguration("unknown key", where=f"{file}: [schedule] {kind}", remedy=nearest(kind, KINDS))
    wanted = {kind: text for kind, text in lines.items() if text.strip().lower() != NEVER}
    return tuple(parse_schedule(kind, text, file) for kind, text in sorted(wanted.items()))


def parse_schedule(kind: str, text: str, file: str) -> Schedule:
    """One line: ``every 5 minutes``, or five fields of cron in UTC."""
    words = " ".join(text.lower().split())
    place = f"{file}: [schedule] {kind}"
    if words.startswith("every"):
        return Schedule(kind, every_s=_interval_s(words, place))
    return Schedule(kind, cron=_cron(words, place))


def _interval_s(words: str, place: str) -> int:
    found = EVERY.fullmatch(words)
    every_s = int(found[1] or 1) * UNIT_SECONDS[found[2]] if found else 0
    if every_s < 1:
        raise BadConfiguration("not an interval", where=place, remedy=REMEDY)
    return every_s


def _cron(words: str, place: str) -> CronTrigger:
    fields = words.split(" ")
    if len(fields) != 5:
        raise BadConfiguration("neither an interval nor five fields of cron", where=place, remedy=REMEDY)
    minute, hour, day, month, weekday = fields
    if "*" not in (day, weekday):
        # cron means "or" here and the library "and": better refused than on another day than meant.
        raise BadConfiguration(
            "names a day of the month and a day of the week", where=place, remedy="leave one of them *"
        )
    try:
        days = _weekdays(weekday)
        return CronTrigger(minute=minute, hour=hour, day=day, month=month, day_of_week=days, timezone=UTC)
    except ValueError as error:
        raise BadConfiguration("not a cron line", where=place, remedy=REMEDY) from error


def _weekdays(field: str) -> str:
    """Cron counts from Sunday (0 or 7), the library from Monday: every number becomes a name."""
    if field == "*":
        return field
    return ",".join(name for part in field.split(",") for name in _named_days(part))


def _named_days(part: str) -> Iterable[str]:
    span, _, step = part.partition("/")
    first, _, last = ("0", "-", "6") if span == "*" else span.partition("-")
    begin = _day_number(first)
    end = _day_number(last) if last else (6 if step else begin)
    if end < begin:
        end += 7
    return [WEEKDAYS[number % 7] for number in range(begin, end + 1, int(step or 1))]


def _day_number(text: str) -> int:
    if text in WEEKDAYS:
        return WEEKDAYS.index(text)
    number = int(text)
    if not 0 <= number <= 7:
        raise ValueError("no such day of the week")
    return number


def make_scheduler(schedules: Iterable[Schedule], tick: Callable[[Schedule], None]) -> BackgroundScheduler:
    """A scheduler that is not started: each schedule calls ``tick`` when its time comes; ticks must be short."""
    scheduler = BackgroundScheduler(jobstores={"default": MemoryJobStore()}, timezone=UTC)
    for schedule in schedules:
        scheduler.add_job(
            tick,
            _trigger(schedule),
            args=[schedule],
            id=schedule.kind,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=MISSED_GRACE_S,
        )
    return scheduler


def _trigger(schedule: Schedule) -> IntervalTrigger | CronTrigger:
    if schedule.every_s is not None:
        return IntervalTrigger(seconds=schedule.every_s, jitter=schedule.jitter_s or None, timezone=UTC)
    assert schedule.cron is not None
    schedule.cron.jitter = schedule.jitter_s
    return schedule.cron
