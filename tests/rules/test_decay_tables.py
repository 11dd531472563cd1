"""Each form of decay, before and after its edges, by the statement itself."""

from __future__ import annotations

from typing import Any

import pytest

from connector.rules.decay import HalfLife, half_life_table
from connector.store.database import Database
from connector.store.evaluate import Evaluations
from tests.oracle import DAY, Event
from tests.rules.worlds import AS_OF, COMPANY, PersonCase, blank, days_ago, definitions, store

STAGES = {
    "signals": {"interest": ["reply"]},
    "stages": {"suspect": {"paths": [{"id": "any", "when": {"happened": "reply", "within_days": 5}}]}},
}
GRADES = [{"name": "D", "at_least": 0}]


def with_rule(**rule: Any):
    """A playbook of one engagement rule; a start of 100 keeps negative points visible."""
    start = {"id": "start", "when": {"all": []}, "points": 100}
    axis = {"max": 1000, "rules": [start, {"id": "rule", "signal": "reply", **rule}]}
    return definitions({"fit": {"max": 1}, "engagement": axis, "readiness": {"max": 1}, "grades": GRADES}, STAGES)


DECAYS: list[tuple[str, dict[str, Any], dict[int, int]]] = [
    ("none", {"points": 3}, {0: 3000, 3000: 3000}),
    ("window", {"points": 3, "decay": {"kind": "none", "within_days": 30}}, {0: 3000, 29: 3000, 30: 0}),
    (
        "step",
        {"points": 0.005, "decay": {"kind": "step", "full_days": 14, "half_days": 45}},
        {0: 5, 13: 5, 14: 3, 44: 3, 45: 0},
    ),
    (
        "step_down",
        {"points": -0.005, "decay": {"kind": "step", "full_days": 14, "half_days": 45}},
        {13: -5, 14: -2, 45: 0},
    ),
    ("linear", {"points": 1, "decay": {"kind": "linear", "days": 3}}, {0: 1000, 1: 667, 2: 333, 3: 0, 4: 0}),
    ("linear_half_up", {"points": 0.005, "decay": {"kind": "linear", "days": 2}}, {0: 5, 1: 3, 2: 0}),
    ("linear_down", {"points": -1, "decay": {"kind": "linear", "days": 3}}, {0: -1000, 1: -667, 2: -333, 3: 0}),
    ("linear_down_half_up", {"points": -0.005, "decay": {"kind": "linear", "days": 2}}, {0: -5, 1: -2, 2: 0}),
    (
        "half_life",
        {"points": 8, "decay": {"kind": "half_life", "half_life_days": 10, "until_days": 31}},
        {0: 8000, 1: 7464, 10: 4000, 20: 2000, 30: 1000, 31: 0},
    ),
    (
        "half_life_half_up",
        {"points": 7.333, "decay": {"kind": "half_life", "half_life_days": 30, "until_days": 91}},
        {0: 7333, 30: 3667, 60: 1833, 90: 917, 91: 0},
    ),
    (
        "half_life_down",
        {"points": -8, "decay": {"kind": "half_life", "half_life_days": 10, "until_days": 31}},
        {0: -8000, 10: -4000, 31: 0},
    ),
]


@pytest.fixture(scope="module")
def evaluations(shared_database: Database) -> Evaluations:
    ages = sorted({age for _name, _rule, table in DECAYS for age in table})
    store(
        shared_database,
        [PersonCase(age + 1, blank(), (Event(age + 1, "reply", days_ago(age, within_day=DAY)),)) for age in ages],
    )
    return Evaluations(shared_database)


@pytest.mark.parametrize(("rule", "table"), [pytest.param(rule, table, id=name) for name, rule, table in DECAYS])
def test_points_by_age(evaluations: Evaluations, rule: dict[str, Any], table: dict[int, int]) -> None:
    people = [age + 1 for age in table]
    found = evaluations.evaluate(COMPANY, with_rule(**rule), AS_OF, people=people)
    assert {one.person_id - 1: one.engagement_milli - 100_000 for one in found} == table


def test_an_event_of_the_last_microsecond_of_a_day_counts_that_day_and_one_later_does_not(
    shared_database: Database,
    company: int,
) -> None:
    store(
        shared_database,
        [PersonCase(n, blank(), (Event(n, "reply", AS_OF + offset),)) for n, offset in enumerate((-1, 0), 1)],
        company=company,
    )
    playbook = with_rule(points=1)
    found = Evaluations(shared_database).evaluate(company, playbook, AS_OF)
    assert [one.engagement_milli for one in found] == [101_000, 100_000]
    later = Evaluations(shared_database).evaluate(company, playbook, AS_OF + DAY)
    assert [one.engagement_milli for one in later] == [101_000, 101_000]


@pytest.mark.parametrize(("points", "cap", "wanted"), [(4, 10, 110), (4, 20, 112), (-4, -10, 90), (-4, -20, 88)])
def test_a_cap_limits_the_sum(shared_database: Database, company: int, points: int, cap: int, wanted: int) -> None:
    events = tuple(Event(number, "reply", days_ago(number)) for number in range(3))
    store(shared_database, [PersonCase(1, blank(), events)], company=company)
    (found,) = Evaluations(shared_database).evaluate(company, with_rule(points=points, cap=cap), AS_OF)
    assert found.engagement_milli == wanted * 1000


def test_an_axis_is_never_negative(shared_database: Database, company: int) -> None:
    store(shared_database, [PersonCase(1, blank(), (Event(1, "reply", days_ago(0)),))], company=company)
    (found,) = Evaluations(shared_database).evaluate(company, with_rule(points=-200), AS_OF)
    assert found.engagement_milli == 0


def test_the_half_life_table_halves_exactly() -> None:
    table = half_life_table(64_000, HalfLife(7, 50))
    assert [table[age] for age in range(0, 50, 7)] == [64_000, 32_000, 16_000, 8_000, 4_000, 2_000, 1_000, 500]
    assert list(table) == sorted(table, reverse=True)
