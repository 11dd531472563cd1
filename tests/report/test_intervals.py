"""The intervals of "bad leads or bad follow-up?" against independent arithmetic, and how often they hold the truth."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.report.side_by_side import Outcome, effect_of_time, rep_lines, source_lines
from connector.report.side_by_side_document import side_by_side_document
from connector.report.standardised import Pair, difference_for_equal_cases
from connector.report.statistics import TELLING_FROM, Z_95, difference_of_shares, wilson
from tests.figures import recount_sales
from tests.report.test_side_by_side import HEADER

CELL = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def score_bounds(some: int, of: int) -> tuple[float, float]:
    """Where the score test of a share just accepts it: found by halving, without any formula for the bounds."""
    seen = some / of

    def outside(p: float) -> bool:
        return abs(seen - p) > Z_95 * math.sqrt(p * (1 - p) / of)

    def edge(far: float) -> float:
        inner = seen
        for _ in range(80):
            middle = (inner + far) / 2
            inner, far = (inner, middle) if outside(middle) else (middle, far)
        return inner

    return edge(0.0), edge(1.0)


@given(CELL)
def test_a_share_has_the_bounds_of_the_score_test(cell: tuple[int, int]) -> None:
    found = wilson(*cell)
    assert found is not None
    assert (found.low, found.high) == pytest.approx(score_bounds(*cell), abs=1e-9)


@given(CELL, CELL)
def test_a_difference_is_newcombes_hybrid_of_both_score_bounds(first: tuple[int, int], second: tuple[int, int]) -> None:
    found = difference_of_shares(first, second)
    (low1, high1), (low2, high2) = score_bounds(*first), score_bounds(*second)
    p1, p2 = first[0] / first[1], second[0] / second[1]
    low = (p2 - p1) - math.sqrt((p2 - low2) ** 2 + (high1 - p1) ** 2)
    high = (p2 - p1) + math.sqrt((high2 - p2) ** 2 + (p1 - low1) ** 2)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-7)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6))
def test_equal_cases_are_weighed_as_mantel_and_haenszel_do(
    strata: list[tuple[tuple[int, int], tuple[int, int]]],
) -> None:
    found = difference_for_equal_cases(Pair(first, second) for first, second in strata)
    weights = [Fraction(n1 * n2, n1 + n2) for (_k1, n1), (_k2, n2) in strata]
    differences = [Fraction(k1, n1) - Fraction(k2, n2) for (k1, n1), (k2, n2) in strata]
    expected = sum(w * d for w, d in zip(weights, differences, strict=True)) / sum(weights)
    spread = sum(
        float(w) ** 2 * sum((k + 0.5) / (n + 1) * (1 - (k + 0.5) / (n + 1)) / n for k, n in pair)
        for w, pair in zip(weights, strata, strict=True)
    )
    half = Z_95 * math.sqrt(spread) / float(sum(weights))
    assert found is not None
    assert found.value == pytest.approx(float(expected))
    assert found.interval.low == pytest.approx(max(-1, float(expected) - half))
    assert found.interval.high == pytest.approx(min(1, float(expected) + half))
    assert found.groups == (sum(n for (_k, n), _ in strata), sum(n for _, (_k, n) in strata))


def held(n1: int, n2: int, p1: float, p2: float) -> float:
    """The exact probability that the interval holds the true difference, over everything that can happen."""
    some = 0.0
    for k1 in range(n1 + 1):
        for k2 in range(n2 + 1):
            found = difference_for_equal_cases([Pair((k1, n1), (k2, n2))])
            assert found is not None
            if found.interval.low <= p1 - p2 <= found.interval.high:
                some += _binomial(k1, n1, p1) * _binomial(k2, n2, p2)
    return some


def _binomial(k: int, n: int, p: float) -> float:
    return math.comb(n, k) * p**k * (1 - p) ** (n - k)


@pytest.mark.parametrize("p1", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("p2", [0.1, 0.3, 0.5])
def test_from_ten_of_each_on_the_interval_holds_the_truth_about_as_often_as_it_says(p1: float, p2: float) -> None:
    assert held(TELLING_FROM, TELLING_FROM, p1, p2) > 0.92
    assert held(30, 20, p1, p2) > 0.93


def test_of_three_against_three_it_does_not_and_so_nothing_is_claimed() -> None:
    assert held(3, 3, 0.5, 0.5) < 0.85


def _hand_offs(in_time: int, late: int, rep: str = "Rita", source: str = "event") -> list[Outcome]:
    """Everybody answered in time is won, nobody answered late."""
    return [Outcome(rep, source, "A", place < in_time, place < in_time) for place in range(in_time + late)]


@pytest.mark.parametrize(("in_time", "late"), [(1, 1), (3, 3), (9, 40), (40, 9)])
def test_few_hand_offs_are_too_few_to_tell(in_time: int, late: int) -> None:
    found = _hand_offs(in_time, late)
    made = side_by_side_document("acme", found, HEADER)
    needed = f"{in_time} in time and {late} late among equal leads, 10 of each are needed"
    assert made.sentences == (f"Bad leads or bad follow-up? Too few to tell: {needed}.",)
    figures = {figure.key: figure for figure in made.figures}
    assert figures["time_effect"].value is None
    assert figures["time_effect"].note == f"too few to tell: {needed}"
    assert "Follow-up: " in side_by_side_document("acme", _hand_offs(40, 40), HEADER).sentences[0]


def test_nobody_is_named_for_a_handful() -> None:
    many = _hand_offs(0, 60, "Sam")
    for few, expected in ((9, False), (10, True)):
        found = [*many, *_hand_offs(few, 0)]
        rita = next(line for line in rep_lines(found) if line.rep == "Rita")
        assert (rita.beyond is not None) is expected
        assert (
            any("Rita got more" in said for said in side_by_side_document("acme", found, HEADER).sentences) is expected
        )


def test_a_source_is_compared_from_ten_on_both_sides_on() -> None:
    for few, expected in ((9, False), (10, True)):
        found = [*_hand_offs(few, 0), *_hand_offs(50, 0, source="database")]
        for line in source_lines(found):
            assert (line.against_others is not None) is expected


def test_the_effect_counts_only_hand_offs_that_have_their_like_on_the_other_side() -> None:
    effect = effect_of_time([*_hand_offs(9, 30), *_hand_offs(500, 0, source="database")])
    assert effect is not None
    assert effect.groups == (9, 30)
    assert not effect.is_telling


@given(st.lists(st.tuples(st.integers(0, 25), st.integers(0, 25), st.integers(0, 9)), min_size=2, max_size=4))
def test_the_columns_of_reps_and_sources_are_the_bounds_of_their_own_hand_offs(
    counts: list[tuple[int, int, int]],
) -> None:
    """Each table counted again from the hand-offs: a source against all others, a rep against expectation."""
    found = [
        Outcome(f"Rep {number}", f"source {number % 3}", "A", place < in_time, place % 3 == 0 or place < won)
        for number, (in_time, late, won) in enumerate(counts)
        for place in range(in_time + late)
    ]
    tables = {table.key: table for table in side_by_side_document("acme", found, HEADER).tables}
    at_low, at_high = (tables["sources"].columns.index(f"others_{end}") + 1 for end in ("low", "high"))
    for row in tables["sources"].rows:
        mine = [one.qualified for one in found if one.in_time and one.source == row[0]]
        others = [one.qualified for one in found if one.in_time and one.source != row[0]]
        bounds = recount_sales.beyond((sum(others), len(others)), (sum(mine), len(mine)))
        assert (row[at_low], row[at_high]) == pytest.approx((bounds["others_low"], bounds["others_high"]), abs=1e-4)
    at_low, at_high = (tables["reps"].columns.index(f"difference_{end}") + 1 for end in ("low", "high"))
    for row in tables["reps"].rows:
        own = [one for one in found if one.rep == row[0]]
        if len(own) < TELLING_FROM:
            assert (row[at_low], row[at_high]) == (None, None)
            continue
        alike = {kind: [one.qualified for one in found if one.kind == kind] for kind in {one.kind for one in own}}
        expected = sum(sum(alike[one.kind]) / len(alike[one.kind]) for one in own) / len(own)
        low, high = score_bounds(sum(one.qualified for one in own), len(own))
        assert (row[at_low], row[at_high]) == pytest.approx((low - expected, high - expected), abs=1e-4)
