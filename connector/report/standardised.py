"""Comparing two groups whose cases differ: within equal cases first, then together. Pure arithmetic.

Knows neither reps nor leads. Small numbers get wide intervals, never none: a stratum in which everybody or nobody
succeeded still counts as uncertain.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from connector.report.statistics import TELLING_FROM, Z_95, Interval, wilson

Kind = TypeVar("Kind", bound=Hashable)


@dataclass(frozen=True)
class Pair:
    """Two groups among equal cases, each as successes of trials."""

    first: tuple[int, int]
    second: tuple[int, int]


@dataclass(frozen=True)
class Difference:
    """The first group's share minus the second's, for equal cases. ``groups``: how many of each could be compared."""

    value: float
    interval: Interval
    groups: tuple[int, int]

    @property
    def trials(self) -> int:
        """All cases that could be compared."""
        return sum(self.groups)

    @property
    def is_telling(self) -> bool:
        """Whether there are enough of each to claim anything."""
        return min(self.groups) >= TELLING_FROM


def difference_for_equal_cases(strata: Iterable[Pair]) -> Difference | None:
    """The Mantel-Haenszel difference of shares; ``None`` where no stratum holds both groups."""
    weight = value = variance = 0.0
    first = second = 0
    for pair in strata:
        (k1, n1), (k2, n2) = pair.first, pair.second
        if not n1 or not n2:
            continue
        mine = n1 * n2 / (n1 + n2)
        weight += mine
        value += mine * (k1 / n1 - k2 / n2)
        variance += mine**2 * (_variance(k1, n1) + _variance(k2, n2))
        first, second = first + n1, second + n2
    if not weight:
        return None
    half = Z_95 * math.sqrt(variance) / weight
    found = value / weight
    return Difference(found, Interval(max(-1.0, found - half), min(1.0, found + half)), (first, second))


def expected_share(cases: Mapping[Kind, int], shares: Mapping[Kind, float]) -> float | None:
    """What share would be expected of a group with these cases, if each kind went as it does overall."""
    known = {kind: count for kind, count in cases.items() if kind in shares}
    total = sum(known.values())
    return sum(count * shares[kind] for kind, count in known.items()) / total if total else None


def against_expected(successes: int, trials: int, expected: float) -> Interval | None:
    """A group's share minus what was expected of its cases; the expectation is taken as known."""
    found = wilson(successes, trials)
    return None if found is None else Interval(found.low - expected, found.high - expected)


def _variance(successes: int, trials: int) -> float:
    # Half a case is added on either side: a share of 0 or 1 among three cases is not certain.
    share = (successes + 0.5) / (trials + 1)
    return share * (1 - share) / trials
