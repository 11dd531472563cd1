"""The ends of a company's last weeks, told one by one while they are judged: at a million people each takes a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connector.clock import end_of_day, to_micros


def _silent(line: str) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class PastWeeks:
    """Weeks back from the local day of ``now``. ``note`` takes one line of progress."""

    now: datetime
    zone: ZoneInfo
    note: Callable[[str], None] = _silent

    @property
    def today(self) -> int:
        """The end of the day of ``now``, in microseconds."""
        return self._end(0)

    def ends(self, weeks: int) -> Iterator[int]:
        """The end of the day so many weeks ago, then each week later, today last: ``weeks + 1`` moments."""
        for done in range(weeks + 1):
            self.note(f"week {done} of {weeks} judged")
            yield self._end(weeks - done)

    def _end(self, weeks_ago: int) -> int:
        return to_micros(end_of_day(self.now - timedelta(weeks=weeks_ago), self.zone))
