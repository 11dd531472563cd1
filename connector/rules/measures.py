"""What is counted over a person's activities: each measure once, however many conditions ask for it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from connector.rules.conditions import EventFilter, Happened


class Counted(StrEnum):
    """The number of activities, of distinct signals, or of distinct whole days."""

    EVENTS = "events"
    SIGNALS = "signals"
    DAYS = "days"


class Measure(Struct, frozen=True):
    """One aggregate column over the activities. ``burst``: only those that end so many within so many minutes."""

    counted: Counted
    events: EventFilter
    within_days: int | None
    not_within_days: int | None = None
    burst: tuple[int, int] | None = None


def measures_of(condition: Happened) -> tuple[tuple[Measure, int], ...]:
    """The measures that decide the condition, each with the least value that satisfies it."""
    window = condition.events, condition.within_days, condition.not_within_days
    minutes = condition.within_minutes
    burst = [] if minutes is None else [(Measure(Counted.EVENTS, *window, (condition.at_least, minutes)), 1)]
    wanted = (
        (Counted.EVENTS, 1 if burst else condition.at_least),
        (Counted.SIGNALS, condition.signals_at_least),
        (Counted.DAYS, condition.days_at_least),
    )
    asked = [(Measure(counted, *window), least) for counted, least in wanted if least > 1]
    return (*burst, *asked) or ((Measure(Counted.EVENTS, *window), 1),)


def numbered(happenings: Iterable[Happened]) -> dict[Measure, str]:
    """A column name for each distinct measure."""
    measures = dict.fromkeys(measure for happened in happenings for measure, _least in measures_of(happened))
    return {measure: f"n_{position}" for position, measure in enumerate(measures)}
