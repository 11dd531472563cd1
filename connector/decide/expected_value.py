"""What a lead is worth before it is won: chance of winning x expected amount x loyalty (PLAYBOOK 5.6).

Pure. Where a figure comes from is part of the answer, so that ``explain`` can say it. Never touches a grade.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field


class ValueRules(Struct, frozen=True):
    """``value.toml``. Shares are 0 to 1; money in the smallest unit (cents); ``grades``: configured chance by grade."""

    horizon_days: int = 120
    people_min: int = 1_000
    wins_min: int = 120
    decided_min: int = 30
    history_share_min: float = 0.5
    grades: Mapping[str, float] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    segment: str = "industry"
    segment_wins_min: int = 10
    amount_cents: int | None = None
    budget: str | None = None
    recurring: bool = False
    loyalty_months: int = 24
    loyalty_max: float = 3.0
    move_share: float = 0.1


class Track(Struct, frozen=True):
    """The company's own record: grade -> (won, decided), won amounts, further purchases per won account."""

    grades: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    median_cents: int | None = None
    segment_cents: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    repeat: float = 0.0


NO_TRACK = Track()


class ExpectedValue(Struct, frozen=True):
    """``cents`` with its three factors, each with its origin in words."""

    cents: int
    chance: float
    chance_from: str
    amount_cents: int
    amount_from: str
    loyalty: float


def expected_value(
    rules: ValueRules, track: Track, grade: str, *, chance: float | None, segment: str | None, budget_cents: int | None
) -> ExpectedValue | None:
    """``chance``: the model's, ``None`` without one. ``None`` when no amount is known at all."""
    share, chance_from = _chance(rules, track, grade, chance)
    amount, amount_from = _amount(rules, track, segment)
    if amount is None or share is None:
        return None
    if budget_cents is not None and budget_cents < amount:
        amount, amount_from = budget_cents, "the stated budget"
    loyalty = min(rules.loyalty_max, 1.0 + track.repeat) if rules.recurring else 1.0
    return ExpectedValue(round(share * amount * loyalty), share, chance_from, amount, amount_from, loyalty)


def is_due(rules: ValueRules, before: int | None, after: int | None, *, with_grade: bool, new_day: bool) -> bool:
    """Whether a value is written: with a move of grade or stage, or at most daily when it moved enough."""
    if before == after:
        return False
    if before is None or after is None or with_grade:
        return True
    return new_day and abs(after - before) >= rules.move_share * abs(before)


def _chance(rules: ValueRules, track: Track, grade: str, model: float | None) -> tuple[float | None, str]:
    if model is not None:
        return model, "the model"
    won, decided = track.grades.get(grade, (0, 0))
    if decided >= rules.decided_min:
        return won / decided, f"{won} of {decided} decided with grade {grade} were won"
    return rules.grades.get(grade), f"configured for grade {grade}"


def _amount(rules: ValueRules, track: Track, segment: str | None) -> tuple[int | None, str]:
    median, wins = track.segment_cents.get(segment or "", (0, 0))
    if wins >= rules.segment_wins_min:
        return median, f"median of {wins} wins in the same {rules.segment}"
    if track.median_cents is not None:
        return track.median_cents, "median of the company's wins"
    return rules.amount_cents, "configured"
