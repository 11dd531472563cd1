"""When things happened in the demo's two years, and how each vendor writes a moment.

Decides which ages are safe: rules of a lead system change on whole days (14, 30, 45, 60, 90, 180, 365) and programmes
take a step a month, so no event lies where one of these edges falls between the end of the simulated week and the day
after it. Knows no record.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

EDGES_D = (14, 30, 45, 60, 90, 120, 150, 180, 210, 240, 270, 300, 330, 365)
_WEEK_D = 7
_AGE_MAX_D = 3 * 365
_MARGIN_D = 2  # either side of the day after the week: another time zone, or a demo that takes a little longer
_AHEAD_D = 2  # a task for a colleague is made three days before it is due: two more than the margin and a day
_PATIENCE_D = 3  # a grade falls when it was too high for three days: an edge still works so many days later
MIDDAY_UTC_H = 16  # midday on the demo company's coast: far from midnight in every time zone it serves


@dataclass(frozen=True)
class Calendar:
    """Moments relative to ``now`` (aware, UTC), the instant the demo starts."""

    now: datetime
    timezone: str = "America/New_York"
    midday_utc_h: int = MIDDAY_UTC_H

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def midday(self, age_d: int) -> datetime:
        """Midday of the day ``age_d`` days ago; never later than now."""
        day = self.now.date() - timedelta(days=age_d)
        return min(self.at(day, self.midday_utc_h), self.now)

    def hours_ago(self, age_h: float) -> datetime:
        """A moment ``age_h`` hours before now, in whole seconds."""
        return (self.now - timedelta(hours=age_h)).replace(microsecond=0)

    def day(self, age_d: int) -> date:
        """The date ``age_d`` days ago; a negative age lies ahead."""
        return self.now.date() - timedelta(days=age_d)

    def ahead(self, days: int, hour: int, minute: int = 0) -> timedelta:
        """From now to a local time of a day that lies ahead; at least one minute."""
        local = datetime.combine(self._today() + timedelta(days=days), time(hour, minute), self._zone)
        return max(local - self.now, timedelta(minutes=1))

    def working_days(self) -> list[int]:
        """The days ahead (1 to 6, counted from today) on which people work."""
        return [days for days in range(1, _WEEK_D) if (self._today() + timedelta(days=days)).weekday() < 5]

    def prompt(self, minutes: int) -> timedelta:
        """From now to so many minutes into the next working time: what a quick rep needs."""
        local = self.now.astimezone(self._zone)
        if local.weekday() < 5 and 9 <= local.hour < 16:
            return timedelta(minutes=minutes)
        if local.weekday() < 5 and local.hour < 9:
            return self.ahead(0, 9, minutes)
        return self.ahead(self.working_days()[0], 9, minutes)

    def _today(self) -> date:
        return self.now.astimezone(self._zone).date()

    @staticmethod
    def at(day: date, hour_utc: int) -> datetime:
        """An hour of a date, aware, UTC."""
        return datetime.combine(day, time(hour_utc), UTC)


def is_safe_age(age_d: int) -> bool:
    """Whether no rule's day edge falls on the day after the simulated week for an event of this age."""
    age_then_d = age_d + _WEEK_D + 1
    return not any(-_MARGIN_D - _AHEAD_D <= age_then_d - edge <= _PATIENCE_D + _MARGIN_D for edge in EDGES_D)


_SAFE_AGES_D = [age_d for age_d in range(_AGE_MAX_D + 1) if is_safe_age(age_d)]


def safe_age(random: Random, youngest_d: int, oldest_d: int) -> int:
    """A safe age in the range, at most three years; raises ``ValueError`` when there is none."""
    first = bisect_left(_SAFE_AGES_D, youngest_d)
    behind = bisect_right(_SAFE_AGES_D, oldest_d)
    if first >= behind:
        raise ValueError(f"no safe age between {youngest_d} and {oldest_d} days")
    return _SAFE_AGES_D[random.randrange(first, behind)]


def salesforce_moment(moment: datetime) -> str:
    """As the REST API writes a datetime: milliseconds always zero here, offset without a colon."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def hubspot_moment(moment: datetime) -> str:
    """As the CRM API writes a datetime: milliseconds and Z."""
    utc = moment.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"
