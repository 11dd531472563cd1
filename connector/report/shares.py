"""Shares and percentiles of counted things: exact, the same on every machine. Knows no funnel."""

from __future__ import annotations

from collections.abc import Sequence

DIGITS = 4


def share(part: int, whole: int) -> float | None:
    """``part`` of ``whole`` as 0 to 1 with four digits; ``None`` when there is no whole."""
    return round(part / whole, DIGITS) if whole else None


def percent(value: float | None) -> str:
    """A share for people: ``12 %``, or a dash when there is none."""
    return "-" if value is None else f"{value * 100:.0f} %"


def percentile(values: Sequence[int], hundredths: int) -> int | None:
    """The nearest-rank percentile: the smallest value that at least so many hundredths do not exceed."""
    if not values:
        return None
    rank = max(1, -(-len(values) * hundredths // 100))
    return sorted(values)[rank - 1]
