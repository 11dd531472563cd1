"""Chance x amount x loyalty: where each factor comes from, and when a value is worth writing."""

from __future__ import annotations

import pytest

from connector.decide.expected_value import Track, ValueRules, expected_value, is_due

GRADES = {"A": 0.20, "B": 0.08, "C": 0.03, "D": 0.01}
RULES = ValueRules(grades=GRADES)
RECORD = Track(
    grades={"A": (12, 40), "B": (9, 29)},
    median_cents=1_000_000,
    segment_cents={"software": (3_000_000, 10), "retail": (200_000, 9)},
    repeat=0.5,
)


@pytest.mark.parametrize(
    ("grade", "model", "segment", "budget", "cents", "origins"),
    [
        ("A", None, None, None, 300_000, "12 of 40 decided with grade A were won; median of the company's wins"),
        ("B", None, None, None, 80_000, "configured for grade B; median of the company's wins"),
        ("A", 0.5, None, None, 500_000, "the model; median of the company's wins"),
        ("B", None, "software", None, 240_000, "configured for grade B; median of 10 wins in the same industry"),
        ("B", None, "retail", None, 80_000, "configured for grade B; median of the company's wins"),
        ("B", None, "software", 500_000, 40_000, "configured for grade B; the stated budget"),
        ("B", None, None, 9_000_000, 80_000, "configured for grade B; median of the company's wins"),
    ],
)
def test_the_factors_and_their_origins(grade, model, segment, budget, cents, origins) -> None:
    found = expected_value(RULES, RECORD, grade, chance=model, segment=segment, budget_cents=budget)
    assert found is not None
    assert (found.cents, f"{found.chance_from}; {found.amount_from}") == (cents, origins)
    assert found.loyalty == 1.0


@pytest.mark.parametrize(("repeat", "loyalty"), [(0.0, 1.0), (0.5, 1.5), (1.99, 2.99), (7.0, 3.0)])
def test_loyalty_counts_for_recurring_business_and_is_capped(repeat: float, loyalty: float) -> None:
    rules, record = ValueRules(grades=GRADES, recurring=True), Track(median_cents=100_000, repeat=repeat)
    found = expected_value(rules, record, "A", chance=None, segment=None, budget_cents=None)
    assert found is not None
    assert found.loyalty == loyalty
    assert found.cents == round(0.2 * 100_000 * loyalty)


def test_nothing_is_made_up_without_an_amount() -> None:
    assert expected_value(RULES, Track(), "A", chance=0.5, segment=None, budget_cents=5_000) is None
    configured = ValueRules(grades=GRADES, amount_cents=50_000)
    found = expected_value(configured, Track(), "D", chance=None, segment=None, budget_cents=None)
    assert found is not None
    assert (found.cents, found.amount_from) == (500, "configured")


@pytest.mark.parametrize(
    ("before", "after", "with_grade", "new_day", "due"),
    [
        (None, 100, False, False, True),
        (100, None, False, False, True),
        (100, 100, True, True, False),
        (100, 101, True, False, True),
        (100, 109, False, True, False),
        (100, 110, False, True, True),
        (100, 90, False, True, True),
        (100, 200, False, False, False),
        (0, 1, False, True, True),
    ],
)
def test_a_value_is_written_only_when_it_says_something_new(before, after, with_grade, new_day, due) -> None:
    assert is_due(RULES, before, after, with_grade=with_grade, new_day=new_day) is due
