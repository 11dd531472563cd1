"""Every kind of condition, on the person for whom it just holds and the one for whom it just does not."""

from __future__ import annotations

from typing import Any

import pytest

from connector.rules.condition_parser import Vocabulary, parse
from connector.rules.conditions import fields_used
from connector.rules.english import to_english
from connector.rules.toml import Table
from connector.store.database import Database
from connector.store.evaluate import Evaluations
from tests.oracle import Event
from tests.rules.worlds import AS_OF, COMPANY, PersonCase, blank, days_ago, definitions, store

PLAIN = Vocabulary()
EVERYTHING = Vocabulary(scores=True, buying_phase=True, rungs=("lead",))


def replies(*ages: int, signal: str = "reply", **details: Any) -> list[dict[str, Any]]:
    return [{"signal": signal, "occurred_at": days_ago(age), **details} for age in ages]


def person(*events: dict[str, Any], **facts: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    return facts, list(events)


BOTH = {"happened": ["reply", "hand_raise"], "signals_at_least": 2}
TABLE: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("is", {"field": "seniority", "is": "vp"}, person(seniority="VP"), person(seniority="head")),
    ("in", {"field": "seniority", "in": ["vp", "head"]}, person(seniority="head"), person()),
    ("not_in", {"field": "seniority", "not_in": ["vp"]}, person(seniority="head"), person()),
    ("not_in_nothing", {"field": "seniority", "not_in": []}, person(seniority="head"), person()),
    ("non_ascii", {"field": "country", "is": "ÖSTERREICH"}, person(country="Österreich"), person(country="österreich")),
    ("at_least", {"field": "employees", "at_least": 50}, person(employees=50), person(employees=49)),
    ("at_most", {"field": "employees", "at_most": 50}, person(employees=50), person(employees=51)),
    ("more_than", {"field": "employees", "more_than": 50}, person(employees=51), person(employees=50)),
    ("less_than", {"field": "employees", "less_than": 50}, person(employees=49), person()),
    ("between", {"field": "employees", "between": [50, 500]}, person(employees=500), person(employees=501)),
    ("zero_is_known", {"field": "employees", "known": True}, person(employees=0), person()),
    ("missing", {"field": "employees", "missing": True}, person(), person(employees=0)),
    ("not_known", {"field": "employees", "known": False}, person(), person(employees=0)),
    ("false_is_known", {"field": "has_email", "is": False}, person(has_email=False), person()),
    (
        "field_within",
        {"field": "q_need_at", "within_days": 3},
        person(q_need_at=days_ago(2)),
        person(q_need_at=days_ago(3)),
    ),
    ("field_future", {"field": "q_need_at", "within_days": 3}, person(q_need_at=AS_OF - 1), person(q_need_at=AS_OF)),
    ("in_stage", {"in_stage_days": 3}, person(stage_since=days_ago(3)), person(stage_since=days_ago(2))),
    ("stage", {"stage": "lead"}, person(stage="lead"), person(stage="suspect")),
    ("stage_at_least", {"stage_at_least": "lead"}, person(stage="prospect"), person(stage="suspect")),
    ("happened", {"happened": "reply", "within_days": 7}, person(*replies(6)), person(*replies(7))),
    ("ever", {"happened": "reply"}, person(*replies(4000)), person(*replies(1, signal="hand_raise"))),
    ("twice", {"happened": "reply", "at_least": 2}, person(*replies(1, 1)), person(*replies(1))),
    ("two_days", {"happened": "reply", "days_at_least": 2}, person(*replies(1, 2)), person(*replies(1, 1))),
    ("two_signals", BOTH, person(*replies(1), *replies(1, signal="hand_raise")), person(*replies(1, 2, 3))),
    ("kind", {"happened": "reply", "kinds": ["demo"]}, person(*replies(1, kind="demo")), person(*replies(1, kind="x"))),
    (
        "phase",
        {"happened": "reply", "phases": ["decision"]},
        person(*replies(1, phase="decision")),
        person(*replies(1)),
    ),
    (
        "direction",
        {"happened": "reply", "directions": ["human"]},
        person(*replies(1)),
        person(*replies(1, direction="us")),
    ),
    ("asset", {"happened": "reply", "assets": ["A Form"]}, person(*replies(1, asset="a form")), person(*replies(1))),
    (
        "source",
        {"happened": "reply", "sources": ["salesforce"]},
        person(*replies(1, source="salesforce.Task")),
        person(*replies(1, source="salesforces.Task")),
    ),
    ("not_lately", {"happened": "reply", "not_within_days": 7}, person(*replies(7)), person(*replies(6))),
    (
        "burst",
        {"happened": "reply", "at_least": 3, "within_minutes": 1},
        person(*replies(1, 1, 1)),
        person(*replies(1, 1, 2)),
    ),
    ("open_amount", {"field": "open_amount", "at_least": 5}, person(open_amount=5), person(open_amount=4)),
    ("won_amount", {"field": "won_amount", "more_than": 0}, person(won_amount=1), person()),
    ("owner_known", {"field": "owner_known", "is": True}, person(owner_kind="user"), person()),
    ("owner_kind", {"field": "owner_kind", "is": "queue"}, person(owner_kind="queue"), person(owner_kind="inactive")),
    ("disposition", {"field": "disposition", "in": ["open"]}, person(disposition="open"), person()),
    ("motion", {"field": "motion", "is": "growth"}, person(motion="growth"), person(motion="winback")),
    ("cycle", {"field": "cycle_number", "at_least": 2}, person(cycle_number=2), person(cycle_number=1)),
    ("no_bots", {"happened": "reply"}, person(*replies(1)), person(*replies(1, direction="bot"))),
    ("none_of_unknown", {"none": [{"field": "seniority", "is": "vp"}]}, person(), person(seniority="vp")),
    ("none_of_nothing_done", {"none": [{"happened": "reply"}]}, person(), person(*replies(1))),
    ("all_of_nothing", {"all": []}, person(), None),
    ("any_of_nothing", {"any": []}, None, person()),
]


def playbook(condition: dict[str, Any]):
    stages = {
        "signals": {"interest": ["reply"]},
        "stages": {"suspect": {"paths": [{"id": "way", "when": condition}]}},
    }
    axes = {name: {"max": 1} for name in ("fit", "engagement", "readiness")}
    return definitions({**axes, "grades": [{"name": "D", "at_least": 0}]}, stages)


@pytest.fixture(scope="module")
def evaluations(shared_database: Database) -> Evaluations:
    store(shared_database, [case(number, one) for number, one in numbered() if one is not None])
    return Evaluations(shared_database)


def numbered():
    return [(2 * row + side, pair[side]) for row, (_n, _c, *pair) in enumerate(TABLE) for side in (0, 1)]


def case(number: int, described: Any) -> PersonCase:
    facts, events = described
    happened = (Event(activity_id=number * 10 + place, **event) for place, event in enumerate(events))
    return PersonCase(number, blank(**facts), tuple(happened))


@pytest.mark.parametrize("row", [pytest.param(row, id=TABLE[row][0]) for row in range(len(TABLE))])
def test_condition_holds_for_one_and_not_for_the_other(evaluations: Evaluations, row: int) -> None:
    found = evaluations.evaluate(COMPANY, playbook(TABLE[row][1]), AS_OF, people=[2 * row, 2 * row + 1])
    held = {one.person_id: one.rungs == ("suspect",) for one in found}
    wanted = {2 * row + side: side == 0 for side in (0, 1) if TABLE[row][2 + side] is not None}
    assert held == wanted


ENGLISH = [
    ({"field": "seniority", "in": ["vp", "head"]}, "seniority is one of vp or head"),
    ({"field": "employees", "between": [50, 500]}, "employees is between 50 and 500"),
    ({"field": "has_email", "is": True}, "has a valid e-mail address"),
    ({"happened": "hand_raise", "within_days": 30}, "hand raise in the last 30 days"),
    (
        {"happened": ["reply", "hand_raise"], "at_least": 3, "days_at_least": 2, "phases": ["decision"]},
        "reply or hand raise of phase decision, at least 3 times on at least 2 days",
    ),
    ({"none": [{"score": "fit", "at_least": 20}]}, "not (fit is at least 20 points)"),
    (
        {"all": [{"rung": "lead"}, {"any": [{"field": "q_need", "known": True}, {"stage": "lead"}]}]},
        "the entry rule of lead holds and (need is known or the stage is lead)",
    ),
    ({"in_stage_days": 4}, "in the stage for at least 4 days"),
]


@pytest.mark.parametrize(("document", "words"), ENGLISH)
def test_words(document: dict[str, Any], words: str) -> None:
    assert to_english(parse(Table(document, "f.toml"), EVERYTHING)) == words


def test_fields_used_are_those_of_every_part() -> None:
    document = {"all": [{"field": "title", "known": True}, {"none": [{"stage": "lead"}, {"in_stage_days": 3}]}]}
    assert fields_used(parse(Table(document, "f.toml"))) == {"title", "stage", "stage_since"}
