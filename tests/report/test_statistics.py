"""The figures of a judgement against worked examples, brute force and another library's results."""

from __future__ import annotations

import math
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.report.statistics import (
    auc,
    auc_difference,
    bootstrap_interval,
    brier,
    difference_of_shares,
    lift,
    reliability,
    wilson,
)

ROWS = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=40)


def test_a_share_of_few_has_a_wide_interval() -> None:
    few, many = wilson(3, 10), wilson(300, 1_000)
    assert few is not None
    assert many is not None
    assert (round(few.low, 3), round(few.high, 3)) == (0.108, 0.603)
    assert (round(many.low, 3), round(many.high, 3)) == (0.272, 0.329)
    assert wilson(0, 0) is None


def test_none_of_ten_is_not_certainly_none() -> None:
    interval = wilson(0, 10)
    assert interval is not None
    assert interval.low == 0
    assert round(interval.high, 3) == 0.278


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [((48, 80), (56, 70), 0.0524, 0.3339), ((10, 10), (10, 10), -0.2775, 0.2775)],
)
def test_a_difference_of_shares(first: tuple[int, int], second: tuple[int, int], low: float, high: float) -> None:
    interval = difference_of_shares(first, second)
    assert interval is not None
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)
    assert difference_of_shares((0, 0), second) is None


def _by_hand(rows: list[tuple[int, bool]]) -> float | None:
    winners = [score for score, won in rows if won]
    losers = [score for score, won in rows if not won]
    if not winners or not losers:
        return None
    above = sum((win > loss) + (win == loss) / 2 for win in winners for loss in losers)
    return above / (len(winners) * len(losers))


@given(ROWS)
def test_auc_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[int, bool]]) -> None:
    found = auc([score for score, _won in rows], [won for _score, won in rows])
    expected = _by_hand(rows)
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert math.isclose(found, expected)


@given(ROWS)
def test_lift_neither_loses_nor_invents_a_winner(rows: list[tuple[int, bool]]) -> None:
    parts = lift([score for score, _won in rows], [won for _score, won in rows], parts=5)
    if len(rows) < 5:
        assert parts == ()
    else:
        assert sum(part.people for part in parts) == len(rows)
        assert math.isclose(sum(part.won for part in parts), sum(won for _score, won in rows), abs_tol=1e-9)


def test_lift_of_a_perfect_and_of_a_blind_ranking() -> None:
    won = [True] * 20 + [False] * 80
    perfect = lift(list(range(100, 0, -1)), won)
    assert [part.lift for part in perfect] == [5.0, 5.0, *[0.0] * 8]
    assert {round(part.share_won, 6) for part in lift([1.0] * 100, won)} == {0.2}


def test_the_better_ranking_is_told_from_the_worse_and_equal_ones_are_not() -> None:
    won = [place % 3 == 0 for place in range(600)]
    good = [float(outcome) * 3 + place % 5 for place, outcome in enumerate(won)]
    blind = [float(place % 7) for place in range(600)]
    better = auc_difference(list(zip(blind, good, won, strict=True)))
    same = auc_difference(list(zip(good, good, won, strict=True)))
    assert better is not None
    assert same is not None
    assert better[1].low > 0.2
    assert same == (0.0, same[1])
    assert not same[1].excludes_zero


def test_a_small_difference_on_few_people_is_not_distinguishable() -> None:
    rows = [(float(n % 4), float((n * 7) % 5), n % 2 == 0) for n in range(24)]
    found = auc_difference(rows)
    assert found is not None
    assert not found[1].excludes_zero


@settings(max_examples=5)
@given(st.permutations([(float(n % 4), float(n % 3), n % 2 == 0) for n in range(30)]))
def test_the_interval_does_not_depend_on_the_order_of_the_rows(rows: list[tuple[float, float, bool]]) -> None:
    assert auc_difference(rows) == auc_difference(sorted(rows))


def test_brier_and_reliability() -> None:
    said = [0.1] * 10 + [0.5] * 10
    won = [True] + [False] * 9 + [True] * 5 + [False] * 5
    assert brier([], []) is None
    assert brier(said, won) == pytest.approx((0.9**2 + 9 * 0.1**2 + 10 * 0.25) / 20)
    low, high = reliability(said, won, bins=2)
    assert (low.people, round(low.said, 6), low.came_true) == (10, 0.1, 0.1)
    assert high.interval.low < 0.5 < high.interval.high


def test_a_median_with_its_interval() -> None:
    interval = bootstrap_interval([float(n) for n in range(1, 102)], median)
    assert interval is not None
    assert interval.low < 51 < interval.high
    assert interval == bootstrap_interval([float(n) for n in range(101, 0, -1)], median)
    assert bootstrap_interval([1.0], median) is None
