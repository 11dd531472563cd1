"""Not asking faster than HubSpot allows: five searches a second, and a pause when a burst is used up.

Decides only how long to wait, through the injected clock. Search answers carry no rate headers, so searches
are paced by our own count (contract sheet 2.3).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from connector.clock import Clock
from connector.executor import exclusive

SEARCHES_PER_SECOND_MAX = 5  # of all apps of the account together
_WINDOW = timedelta(seconds=1)


class SearchPace:
    """At most ``searches_max`` turns within any second."""

    def __init__(self, clock: Clock, searches_max: int = SEARCHES_PER_SECOND_MAX) -> None:
        self._clock = clock
        self._turns: deque[datetime] = deque(maxlen=max(1, searches_max))
        self._lock = exclusive()

    def wait(self) -> None:
        """Until the next search may go out; takes the turn."""
        with self._lock:
            if len(self._turns) == self._turns.maxlen:
                self._clock.sleep((self._turns[0] + _WINDOW - self._clock.now()).total_seconds())
            self._turns.append(self._clock.now())


class BurstPace:
    """Waits out the rolling window when the account says that nothing is left of it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pause_s = 0.0
        self._lock = exclusive()

    def observe(self, headers: Mapping[str, str]) -> None:
        """Read the rate headers of an answer that is not a search."""
        remaining = headers.get("X-HubSpot-RateLimit-Remaining", "")
        interval_ms = headers.get("X-HubSpot-RateLimit-Interval-Milliseconds", "10000")
        if remaining.isdigit() and interval_ms.isdigit():
            self._pause_s = int(interval_ms) / 1000 if int(remaining) == 0 else 0.0

    def wait(self) -> None:
        """Before a request: nothing, or the whole window."""
        with self._lock:
            if self._pause_s > 0:
                self._clock.sleep(self._pause_s)
                self._pause_s = 0.0
