"""Who comes close: said once at the crossing, again only after a fall, with what is missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from connector.decide.movement import MovementRules, Nearness, close_to, moved
from connector.ports.decisions import Edge

NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
RULES = MovementRules()
FAR = Nearness(engagement_milli=4_000)


def said(near: Nearness, rules: MovementRules = RULES) -> list[tuple[str, str, str, str]]:
    return [(each.subject, each.kind, each.what, each.missing) for each in close_to("p1", near, rules)]


@pytest.mark.parametrize(
    ("near", "expected"),
    [
        (FAR, []),
        (
            replace(FAR, next_grade="A", to_grade_milli=10_000),
            [("p1", "grade", "close to grade A", "10 points to grade A")],
        ),
        (replace(FAR, next_grade="A", to_grade_milli=10_001), []),
        (
            replace(FAR, next_grade="A", to_grade_milli=2_500),
            [("p1", "grade", "close to grade A", "2.5 points to grade A")],
        ),
        (
            replace(FAR, next_stage="qualified_lead", ways=[["fit is at least 20 points"], ["a", "b"]]),
            [("p1", "stage", "one condition short of qualified lead", "fit is at least 20 points")],
        ),
        (replace(FAR, next_stage="qualified_lead", ways=[["a", "b"], []]), []),
        (
            replace(FAR, next_stage="lead", ways=[["a"], ["b"], ["a"]]),
            [("p1", "stage", "one condition short of lead", "a; or b")],
        ),
        (
            replace(FAR, engagement_milli=15_000, engagement_before_milli=0),
            [("p1", "engagement", "engagement rose by 15 points in 7 days", "")],
        ),
        (replace(FAR, engagement_milli=29_000, engagement_before_milli=14_001), []),
        (
            replace(FAR, account_id=7, account_active=3),
            [("a7", "account", "3 people of the account were active in 14 days", "")],
        ),
        (replace(FAR, account_id=7, account_active=2), []),
    ],
)  # fmt: skip
def test_what_is_close_and_what_is_missing(near, expected):
    assert said(near) == expected


def test_what_is_switched_off_is_not_told():
    off = MovementRules(points_to_grade=0, one_condition=False, engagement_points=0, account_people=0)
    near = Nearness("A", 1, "lead", [["a"]], 30_000, 0, 7, 9)
    assert len(close_to("p1", near, RULES)) == 4
    assert close_to("p1", near, off) == []


CLOSE = close_to("p1", replace(FAR, next_grade="A", to_grade_milli=5_000), RULES)
BUSY = close_to("p1", replace(FAR, account_id=7, account_active=3), RULES)


def test_an_edge_is_told_once_and_again_only_after_a_fall():
    known: dict[tuple[str, str], Edge] = {}
    told: list[int] = []
    for day, holding in enumerate([[], CLOSE, CLOSE, [], [], CLOSE, CLOSE]):
        found = moved(holding, known, RULES, NOW + timedelta(days=day))
        known |= found.edges
        told += [day] * len(found.told)
    assert told == [1, 5]


def test_another_target_is_another_edge():
    other = close_to("p1", replace(FAR, next_grade="B", to_grade_milli=5_000), RULES)
    known = dict(moved(CLOSE, {}, RULES, NOW).edges)
    assert [each.target for each in moved(other, known, RULES, NOW).told] == ["B"]


@pytest.mark.parametrize(("days", "again"), [(14, 0), (15, 1)])
def test_an_account_nobody_looked_at_for_the_window_has_fallen_back(days, again):
    known = dict(moved(BUSY, {}, RULES, NOW).edges)
    assert len(moved(BUSY, known, RULES, NOW + timedelta(days=days)).told) == again


@given(st.lists(st.booleans(), max_size=30))
def test_it_is_told_exactly_as_often_as_it_is_crossed(days):
    known: dict[tuple[str, str], Edge] = {}
    told = 0
    for number, close in enumerate(days):
        found = moved(CLOSE if close else [], known, RULES, NOW + timedelta(days=number))
        known |= found.edges
        told += len(found.told)
    assert told == sum(now and not before for before, now in zip([False, *days], days, strict=False))
