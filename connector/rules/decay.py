"""How points fade with age: four forms, each a whole number of thousandths of a point per whole day.

Every value is rounded once, per event, to ``floor(x + 0.5)``: halves go up, so that 2.5 becomes 3 and -2.5
becomes -2. Sums of such values are exact and do not depend on order; a sum of fractions would differ between
databases and move people over a grade's edge.
"""

from __future__ import annotations

from decimal import Decimal, localcontext

from msgspec import Struct

DIGITS = 50


class Steady(Struct, frozen=True):
    """No decay; with ``within_days`` the points end there."""

    within_days: int | None = None


class Step(Struct, frozen=True):
    """Full points before ``full_days``, half before ``half_days``, then none."""

    full_days: int
    half_days: int


class Linear(Struct, frozen=True):
    """Falls evenly from full on the first day to none at ``days``."""

    days: int


class HalfLife(Struct, frozen=True):
    """Halves every ``half_life_days``; none from ``until_days`` on."""

    half_life_days: int
    until_days: int


Decay = Steady | Step | Linear | HalfLife


def ends_after_days(decay: Decay) -> int | None:
    """The age in whole days from which nothing is left; ``None`` for never."""
    match decay:
        case Steady(within_days=end):
            return end
        case Step(half_days=end) | Linear(days=end) | HalfLife(until_days=end):
            return end


def half(points_milli: int) -> int:
    """Half of the points, rounded ``floor(x + 0.5)``."""
    return (points_milli + 1) // 2


def half_life_table(points_milli: int, decay: HalfLife) -> tuple[int, ...]:
    """The thousandths left on each whole day of age, from day 0 to the last day that counts."""
    with localcontext() as context:
        # Decimal arithmetic is the same on every machine; a platform's pow() is not. Whole half-lives are halved
        # exactly: a root taken thirty times leaves 3666.4999... of 7333, which would be rounded the wrong way.
        context.prec = DIGITS
        factor = Decimal(2) ** (Decimal(-1) / Decimal(decay.half_life_days))
        return tuple(
            _rounded(points_milli * factor ** (age % decay.half_life_days) / 2 ** (age // decay.half_life_days))
            for age in range(decay.until_days)
        )


def _rounded(value: Decimal) -> int:
    return int((value + Decimal("0.5")).to_integral_value(rounding="ROUND_FLOOR"))
