"""The human touches of a track: which are planned, which are done, and whether the promise behind each was kept.

A touch is done by what a colleague did with the person, or by ticking off the task that asked for it. Its clock is due
once, late after the promised business time, and then told to those who lead (PLAYBOOK 7, 9.2). Knows no tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta

from msgspec import Struct, field
from msgspec.structs import replace

from connector.decide.business_hours import MINUTES_PER_BUSINESS_DAY, Hours, add_business, next_opening
from connector.decide.followup import BROKEN, ENDED, KEPT, RUNNING, UNKNOWN, WAITING
from connector.decide.nurture import ACCOUNT_OWNER, HumanTouch, Track

TICKED = "task_done"
"""The signal of a task of ours that a colleague ticked off."""
OPEN = (WAITING, RUNNING)


class Done(Struct, frozen=True):
    """Something a colleague did with the person. ``signal`` and ``source_key``: as activities name it."""

    at: datetime
    signal: str = "rep_touch_attempt"
    source_key: str = ""
    user_id: int | None = None


class OnTrack(Struct, frozen=True):
    """Where a person stands on the track. ``done``: what colleagues did with the person since ``entered_at``.

    ``ticked``: occasion -> when its task was ticked off. ``preferred_channel``: as the person said it.
    ``contract_end``: the last day of their contract.
    """

    entered_at: datetime
    done: tuple[Done, ...] = ()
    recycle_until: datetime | None = None
    phone_allowed: bool = True
    mail_allowed: bool = True
    account_owner_id: int | None = None
    former_owner_id: int | None = None
    preferred_channel: str | None = None
    contract_end: date | None = None
    ticked: Mapping[str, Done] = field(default_factory=dict)


class Occasion(Struct, frozen=True):
    """One human touch of a track: the ``number``-th of its kind. ``text``: what to do; ``done``: by what it was."""

    touch: HumanTouch
    number: int
    text: str
    due_at: datetime
    done: Done | None = None

    @property
    def name(self) -> str:
        """Its name on this track."""
        return name_of(self.touch, self.number)


class TouchClock(Struct, frozen=True):
    """The promise behind a human touch, in business minutes after it is due: when it is late, when those who lead are
    told, and when it goes to the leader of marketing (``None``: never).
    """

    promised_minutes: int = MINUTES_PER_BUSINESS_DAY
    escalate_minutes: int = 2 * MINUTES_PER_BUSINESS_DAY
    reassign_minutes: int | None = 2 * MINUTES_PER_BUSINESS_DAY

    def late_at(self, due_at: datetime, hours: Hours) -> datetime:
        """When the promise is broken."""
        return add_business(due_at, self.promised_minutes, hours)

    def escalate_at(self, due_at: datetime, hours: Hours) -> datetime:
        """When the owner's manager is told."""
        return add_business(due_at, self.escalate_minutes, hours)

    def reassign_at(self, due_at: datetime, hours: Hours) -> datetime | None:
        """When the leader of marketing has to see to it."""
        return None if self.reassign_minutes is None else add_business(due_at, self.reassign_minutes, hours)


class TouchState(Struct, frozen=True):
    """The clock of one occasion. ``state``: waiting (not due yet), running, kept, broken, unknown, ended.

    ``decided_by``: the source of the touch, or why nothing can be said, or what ended it.
    """

    due_at: datetime
    late_at: datetime
    state: str = WAITING
    touched_at: datetime | None = None
    broken_at: datetime | None = None
    decided_by: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it can still be kept."""
        return self.state in OPEN


def name_of(touch: HumanTouch, number: int) -> str:
    """The name of an occasion on its track."""
    return ("contract" if touch.before_contract_end_days is not None else "touch") + str(number)


def judge(clock: TouchState, done: Done | None, now: datetime, *, emails_visible: bool) -> TouchState:
    """The clock as of ``now``. A touch that is reported late can still turn broken into kept."""
    if done is not None and done.at <= now:
        seen = replace(clock, touched_at=done.at, decided_by=done.source_key or done.signal)
        if done.at <= clock.late_at:
            return replace(seen, state=KEPT, broken_at=None)
    else:
        seen = replace(clock, touched_at=None, decided_by=None)
        if now <= clock.late_at:
            return replace(seen, state=WAITING if now < clock.due_at else RUNNING, broken_at=None)
    if not emails_visible:
        return replace(seen, state=UNKNOWN, broken_at=None, decided_by="emails_not_visible")
    return replace(seen, state=BROKEN, broken_at=clock.late_at)


def end(clock: TouchState, why: str, now: datetime, *, emails_visible: bool) -> TouchState:
    """The track is over: a touch that was not late by then stops counting."""
    judged = judge(clock, None, now, emails_visible=emails_visible)
    return replace(judged, state=ENDED, decided_by=why or "track_ended") if judged.is_open else judged


def occasions(track: Track, place: OnTrack, hours: Hours) -> list[Occasion]:
    """Every touch of the track that is done, and of each kind the next one."""
    return [each for touch in track.touches for each in _occasions(touch, place, hours)]


def next_occasion(track: Track, place: OnTrack, hours: Hours) -> Occasion | None:
    """The nearest human touch that is not done yet; ``None`` when there is none, or no channel for it."""
    waiting = (each for each in occasions(track, place, hours) if each.done is None)
    return min(waiting, key=lambda each: each.due_at, default=None)


def touch_owner(track: Track, place: OnTrack, occasion: Occasion) -> int | None:
    """Who makes a touch where the track names somebody; ``None``: the team that answers for it."""
    former = place.former_owner_id if occasion.touch.at_recycle_until else None
    return former or team_owner(track, place)


def team_owner(track: Track, place: OnTrack) -> int | None:
    """Who answers for a track where it is one colleague and no team."""
    return place.account_owner_id if track.accountable == ACCOUNT_OWNER else None


def _occasions(touch: HumanTouch, place: OnTrack, hours: Hours) -> Iterator[Occasion]:
    """Fold what was done over the planned touches: each counts for one, and for none before the last was due."""
    text, due_at, opened = _text(touch, place), _first_due(touch, place, hours), place.entered_at
    if due_at is not None and (touch.at_recycle_until or touch.before_contract_end_days is not None):
        opened = due_at  # what was done long before is no answer to the date
    last: Done | None = None
    for number in range(touch.times):
        if due_at is None:
            return
        last = done = _done(touch, number, place, (opened, last))
        if done is not None or text is not None:
            yield Occasion(touch, number, text or touch.text, due_at, done)
        if done is None:
            return
        at = max(due_at, done.at)
        # The call that a ticked task stands for may be logged later on that day: it is the same touch.
        opened = max(at, _end_of_day(done.at, hours)) if done.signal == TICKED else at
        due_at = _after(touch, at, hours)


def _done(
    touch: HumanTouch, number: int, place: OnTrack, since: tuple[datetime, Done | None]
) -> Done | None:  # fmt: skip
    """The first that counts from then on; what the touch before was done by is spent."""
    opened, last = since
    made = (
        each
        for each in place.done
        if each.at >= opened
        and (last is None or each.at > last.at)
        and (not touch.done_by or each.signal in touch.done_by)
    )
    ticked = place.ticked.get(name_of(touch, number))
    known = [*made, *([ticked] if ticked is not None else [])]
    return min(known, key=lambda each: (each.at, each.signal, each.source_key), default=None)


def _end_of_day(at: datetime, hours: Hours) -> datetime:
    following = at.astimezone(hours.zone).date() + timedelta(days=1)
    return datetime.combine(following, time(), tzinfo=hours.zone)


def _text(touch: HumanTouch, place: OnTrack) -> str | None:
    """No call where calling is not allowed: the other way, if there is one and writing is allowed."""
    if not touch.needs_phone or place.phone_allowed:
        return touch.text
    return touch.without_phone if place.mail_allowed else None


def _first_due(touch: HumanTouch, place: OnTrack, hours: Hours) -> datetime | None:
    if touch.at_recycle_until:
        return place.recycle_until and next_opening(place.recycle_until, hours)
    if touch.before_contract_end_days is not None:
        if place.contract_end is None:
            return None
        day = place.contract_end - timedelta(days=touch.before_contract_end_days)
        return next_opening(max(datetime.combine(day, time(), tzinfo=hours.zone), place.entered_at), hours)
    start = place.entered_at + timedelta(days=touch.first_days or 0)
    return _in_business_days(start, touch.first_business_days, hours)


def _after(touch: HumanTouch, at: datetime, hours: Hours) -> datetime | None:
    if touch.every_business_days is None and touch.every_days is None:
        return None
    return _in_business_days(at + timedelta(days=touch.every_days or 0), touch.every_business_days, hours)


def _in_business_days(start: datetime, days: int | None, hours: Hours) -> datetime:
    return add_business(start, days * MINUTES_PER_BUSINESS_DAY, hours) if days else next_opening(start, hours)
