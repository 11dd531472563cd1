"""Cohorts are people who entered the ladder in the same month or week, followed to this day; and time spent in a stage.

Pure. Younger cohorts have had less time; the table says so, the numbers are not stretched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo

from connector.ports.figures import CohortCount, StageTime
from connector.ports.reporting import PATH_STEPS
from connector.report.document import Period, Table, Value
from connector.report.shares import share

WEEK = timedelta(days=7)
WEEKS_UP_TO = timedelta(days=16 * 7)
"""A shorter period is looked at by week."""
MONTHS_SHOWN = 12
BUCKETS_MAX = 36
STEPS = tuple(step for step in PATH_STEPS if step != "suspect")
TIMES = ("stays", "stay_median", "stay_p90", "staying")
HOURS_PER_DAY = 24


def cohort_edges(period: Period, zone: tzinfo, now: datetime) -> list[datetime]:
    """Where buckets begin, and where the last one ends: weeks (from Monday) or months of the company's calendar."""
    until = period.until or now
    last = (until - timedelta(microseconds=1)).astimezone(zone).date()
    first = period.since.astimezone(zone).date() if period.since else _months_before(last, MONTHS_SHOWN - 1)
    weekly = period.since is not None and until - period.since <= WEEKS_UP_TO
    days = [_begin(last, weekly=weekly)]
    while days[0] > first and len(days) < BUCKETS_MAX:
        days.insert(0, _begin(days[0] - timedelta(days=1), weekly=weekly))
    edges = [max(_midnight(day, zone), period.since) if period.since else _midnight(day, zone) for day in days]
    return [*edges, until]


def cohort_tables(edges: Sequence[datetime], counts: Sequence[CohortCount], zone: tzinfo) -> tuple[Table, Table]:
    """How many of each cohort reached each step, and which share."""
    by_place = {count.place: count.reached for count in counts}
    weekly = len(edges) > 2 and edges[-2] - edges[-3] <= WEEK + timedelta(hours=1)
    names = [f"{edge.astimezone(zone):{'week of %Y-%m-%d' if weekly else '%Y-%m'}}" for edge in edges[:-1]]
    rows = [(name, by_place.get(place, {})) for place, name in enumerate(names)]
    counted: list[tuple[Value, ...]] = [
        (name, *(reached.get(step, 0) for step in PATH_STEPS)) for name, reached in rows
    ]
    shares: list[tuple[Value, ...]] = [(name, *_shares(reached)) for name, reached in rows]
    young = "Younger cohorts have had less time: they go on growing."
    by = "entered in"
    return (
        Table("cohorts", "Cohorts: people who entered, and how many came so far", by, _keys("reached"), counted, young),
        Table("cohort_shares", "Cohorts: share of those who entered", by, _keys("share"), shares, young),
    )


def time_table(times: Sequence[StageTime], there: Mapping[str, int]) -> Table:
    """How long people stay in a stage. ``there``: who is in it now, as the same report counts them."""
    rows = [_time(one, there.get(one.stage, 0)) for one in times if one.hours or there.get(one.stage)]
    note = "Only stays that ended are timed; whoever is still there may stay longer."
    return Table("time_in_stage", "Time in a stage", "stage", TIMES, rows, note)


def histogram_percentile(hours: Mapping[int, int], hundredths: int) -> int | None:
    """The nearest-rank percentile of values that came so many times each."""
    total = sum(hours.values())
    rank, seen = max(1, -(-total * hundredths // 100)), 0
    for value in sorted(hours):
        seen += hours[value]
        if seen >= rank:
            return value
    return None


def _keys(kind: str) -> tuple[str, ...]:
    return ("entered", *(f"cohort_{kind}_{step}" for step in STEPS))


def _shares(reached: Mapping[str, int]) -> tuple[Value, ...]:
    entered = reached.get("suspect", 0)
    return (entered, *(share(reached.get(step, 0), entered) for step in STEPS))


def _time(one: StageTime, staying: int) -> tuple[Value, ...]:
    median, p90 = (histogram_percentile(one.hours, hundredths) for hundredths in (50, 90))
    return one.stage, sum(one.hours.values()), _in_days(median), _in_days(p90), staying


def _in_days(hours: int | None) -> float | None:
    return None if hours is None else round(hours / HOURS_PER_DAY, 2)


def _begin(day: date, *, weekly: bool) -> date:
    return day - timedelta(days=day.weekday()) if weekly else day.replace(day=1)


def _months_before(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)
