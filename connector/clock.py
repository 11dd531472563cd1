"""Time, injected: the only module of the core that reads the machine's clock or sleeps."""

from __future__ import annotations

import time as machine_time
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """The product's time. Every wait goes through ``sleep`` so that a moved clock can pass it at once."""

    def now(self) -> datetime:
        """The time, aware, UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait ``seconds`` (fractions allowed; nothing for zero or less)."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The machine's time in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Really wait."""
        if seconds > 0:
            machine_time.sleep(seconds)


class MovedClock:
    """A clock that only moves when told, or by its own sleeps: for demo, rehearsal and simulation."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a moved clock needs an aware datetime")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The virtual time."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Pass ``seconds`` of virtual time at once."""
        if seconds > 0:
            self._now += timedelta(seconds=seconds)

    def move_to(self, moment: datetime) -> None:
        """Move forward to ``moment``; never back."""
        self._now = max(self._now, moment.astimezone(UTC))


def to_micros(moment: datetime) -> int:
    """An aware datetime as integer microseconds since 1970 UTC (exact, no floats)."""
    return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """Integer microseconds since 1970 UTC as an aware datetime."""
    return EPOCH + timedelta(microseconds=micros)


def end_of_day(moment: datetime, zone: ZoneInfo) -> datetime:
    """The next local midnight after ``moment``."""
    tomorrow = moment.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY_MICROS = 86_400_000_000
