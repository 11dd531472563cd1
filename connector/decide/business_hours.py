"""Business time: how many working minutes lie between two moments, and when so many will have passed.

A working window is given in local wall time and measured in real elapsed time, so a night on which the clocks
change makes a window longer or shorter and nothing else. Knows calendars only, no promises and no people.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

ONE_DAY = timedelta(days=1)
ONE_MINUTE = timedelta(minutes=1)
WORKING_WEEK = frozenset(range(5))
MINUTES_PER_BUSINESS_DAY = 8 * 60
"""One business day of a promise is eight business hours (PLAYBOOK, conventions)."""


class Hours(Struct, frozen=True):
    """Working hours in ``zone``. ``weekdays``: 0 is Monday. ``closes`` at or before ``opens`` means the next day.

    Raises ``ValueError`` when no weekday is left.
    """

    zone: ZoneInfo
    opens: time = time(9)
    closes: time = time(17)
    weekdays: frozenset[int] = WORKING_WEEK
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= frozenset(range(7)):
            raise ValueError("Working hours need at least one weekday from 0 (Monday) to 6 (Sunday).")


def parse_hours(
    text: str,
    zone: ZoneInfo,
    weekdays: frozenset[int] = WORKING_WEEK,
    holidays: frozenset[date] = frozenset(),
) -> Hours:
    """Hours from ``09:00-17:00``. Raises ``ValueError`` for anything else."""
    opens, separator, closes = text.partition("-")
    if not separator:
        raise ValueError(f"Working hours look like 09:00-17:00, not {text!r}.")
    return Hours(zone, time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip()), weekdays, holidays)


def add_business(start: datetime, minutes: int, hours: Hours) -> datetime:
    """The earliest moment (UTC) at which ``minutes`` working minutes have passed since ``start``."""
    start = start.astimezone(UTC)
    left = timedelta(minutes=minutes)
    if left <= timedelta():
        return start
    for opens, closes in _windows(start, hours):
        begin = max(opens, start)
        if closes - begin >= left:
            return begin + left
        left -= max(closes - begin, timedelta())
    raise ValueError("The holidays leave no working time.")


def between(start: datetime, end: datetime, hours: Hours) -> int:
    """Whole working minutes from ``start`` to ``end``; 0 when ``end`` is not later."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    total = timedelta()
    for opens, closes in _windows(start, hours):
        if opens >= end:
            break
        total += max(min(closes, end) - max(opens, start), timedelta())
    return total // ONE_MINUTE


def is_open(at: datetime, hours: Hours) -> bool:
    """Whether ``at`` lies within working hours (the closing moment does not)."""
    at = at.astimezone(UTC)
    return next_opening(at, hours) == at


def next_opening(at: datetime, hours: Hours) -> datetime:
    """``at`` itself within working hours, else the next opening (UTC)."""
    at = at.astimezone(UTC)
    for opens, closes in _windows(at, hours):
        if closes > at:
            return max(opens, at)
    raise ValueError("The holidays leave no working time.")


def _windows(start: datetime, hours: Hours) -> Iterator[tuple[datetime, datetime]]:
    """Working windows in UTC that end after ``start``, for at most thirty years."""
    # A night shift that began on the day before may still be running.
    day = start.astimezone(hours.zone).date() - ONE_DAY
    for _ in range(30 * 366):
        if day.weekday() in hours.weekdays and day not in hours.holidays:
            opens, closes = _window(day, hours)
            if closes > max(start, opens):
                yield opens, closes
        day += ONE_DAY


def _window(day: date, hours: Hours) -> tuple[datetime, datetime]:
    last = day if hours.closes > hours.opens else day + ONE_DAY
    return _utc(day, hours.opens, hours.zone), _utc(last, hours.closes, hours.zone)


def _utc(day: date, wall: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)
