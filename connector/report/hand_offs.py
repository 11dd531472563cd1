"""What the hand-offs say: speed to lead, promises, acceptance and the product's own time, for any group of them.

Pure arithmetic over rows that the store gave. A rep's time is counted in their working minutes; the system's time runs
day and night and is never mixed with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from connector.decide.followup import BROKEN, ENDED, KEPT, RUNNING, UNKNOWN, WAITING
from connector.ports.figures import HandOff
from connector.report.document import Value
from connector.report.funnel import Minutes, elapsed_minutes
from connector.report.shares import percentile, share

Item = TypeVar("Item")
STATES = (KEPT, BROKEN, RUNNING, UNKNOWN, WAITING, ENDED)


@dataclass(frozen=True)
class Speed:
    """Waiting times of a group in minutes: the middle one, the one that nine of ten stay below, and how many."""

    median: int | None
    p90: int | None
    count: int


@dataclass(frozen=True)
class Accepting:
    """The promise to accept or reject: answered in time, or not although the time is over."""

    kept: int
    broken: int

    @property
    def share(self) -> float | None:
        """Of those decided."""
        return share(self.kept, self.kept + self.broken)


def grouped(rows: Iterable[Item], by: Callable[[Item], str]) -> dict[str, list[Item]]:
    """Rows by a name, the largest group first."""
    found: dict[str, list[Item]] = {}
    for row in rows:
        found.setdefault(by(row), []).append(row)
    return dict(sorted(found.items(), key=lambda entry: (-len(entry[1]), entry[0])))


def handed_off(rows: Iterable[HandOff]) -> int:
    """How many gave a person to sales: what a colleague took over is a promise, and no further hand-off."""
    return sum(row.is_hand_off for row in rows)


def states(rows: Iterable[HandOff]) -> Counter[str]:
    """How many clocks are in each state."""
    return Counter(row.state for row in rows if row.state)


def kept_share(rows: Iterable[HandOff]) -> float | None:
    """Kept promises of those that are decided."""
    counted = states(rows)
    return share(counted[KEPT], counted[KEPT] + counted[BROKEN])


def speed_to_lead(rows: Iterable[HandOff], minutes: Minutes) -> Speed:
    """From the start of the clock to the first touch, in the owner's working time."""
    return _speed(
        [minutes(row.owner_id, row.started_at, row.touched_at) for row in rows if row.started_at and row.touched_at]
    )


def time_to_assign(rows: Iterable[HandOff]) -> Speed:
    """From the person's signal to our decision, as time passes."""
    return _speed([elapsed_minutes(None, row.signal_at, row.at) for row in rows if row.signal_at and row.is_hand_off])


def time_to_confirm(rows: Iterable[HandOff]) -> Speed:
    """From our decision to the owner read back from the CRM, as time passes."""
    confirmed = [row for row in rows if row.is_hand_off and row.confirmed_at]
    return _speed([elapsed_minutes(None, row.at, row.confirmed_at) for row in confirmed if row.confirmed_at])


def accepting(rows: Iterable[HandOff]) -> Accepting:
    """Accepted in time, or not answered at all as the clock has decided. Given back in time is an answer: not counted.

    The first touch may be promised for later than the answer, so the state of that promise says nothing here.
    """
    kept = broken = 0
    for row in (row for row in rows if row.is_hand_off):
        if row.accept_due_at and row.accepted_at and row.accepted_at <= row.accept_due_at:
            kept += 1
        elif row.accept_state == BROKEN:
            broken += 1
    return Accepting(kept, broken)


def tally(rows: Sequence[HandOff], minutes: Minutes) -> tuple[Value, ...]:
    """The values of ``TALLY`` for a group."""
    counted, speed = states(rows), speed_to_lead(rows, minutes)
    return (handed_off(rows), *(counted[state] for state in STATES[:4]), kept_share(rows), speed.median, speed.p90)


TALLY = ("handed_off", "kept", "broken", "running", "unknown", "kept_share", "speed_median", "speed_p90")
"""Columns that every table of hand-offs has."""


def _speed(waits: Sequence[int]) -> Speed:
    return Speed(percentile(waits, 50), percentile(waits, 90), len(waits))
