"""A mistake in scoring.toml or stages.toml is one sentence with the file, the table, the key and the nearest word."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from connector.errors import BadConfiguration
from connector.rules import scoring, stages
from connector.rules.toml import Table, load
from tests.rules.worlds import DEFAULT

SCORING = load(DEFAULT / "scoring.toml")
STAGES = load(DEFAULT / "stages.toml")


def changed(document: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """A copy with ``value`` at ``path``."""
    copied = copy.deepcopy(document)
    place: Any = copied
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copied


SCORING_MISTAKES = [
    (("fit", "rules", 0, "field"), "senority", 'fit.rules[1]] field: "senority" is not a fact', '"seniority"'),
    (("fit", "rules", 0, "otherwize"), 2, "fit.rules[1]] otherwize: unknown key", '"otherwise"'),
    (("fit", "rules", 2, "cases", 0), {"between": [50], "points": 1}, "cases[1]] between", "lower one first"),
    (("fit", "rules", 2, "cases", 0), {"is": "x", "points": 1}, "cases[1]] is: employees is integer", "whole number"),
    (
        ("fit", "rules", 0, "cases", 0),
        {"at_least": 3, "points": 1},
        "cases[1]] at_least: seniority is text",
        "cannot be compared so",
    ),
    (("fit", "max"), "40", "[fit] max: expected a number", ""),
    (("fit", "max"), 1.00001, "[fit] max: expected points", "three decimals"),
    (
        ("engagement", "rules", 0, "signal"),
        "hand_rise",
        'rules[1]] signal: "hand_rise" is not a signal',
        '"hand_raise"',
    ),
    (("engagement", "rules", 0, "decay", "kind"), "steps", "rules[1].decay] kind", '"step"'),
    (("engagement", "rules", 0, "decay", "half_days"), 3, "rules[1].decay] half_days", "more than full_days"),
    (("engagement", "rules", 0, "cap"), -20, "rules[1]] cap", "another sign"),
    (("engagement", "rules", 1, "id"), "hand_raise", 'two rules are called "hand_raise"', "own id"),
    (("engagement", "kind_caps"), {"web": 3}, "[engagement.kind_caps] web: no rule has this kind", ""),
    (("readiness", "rules", 0, "answer"), "q_ned", '"q_ned" is not an answer', '"q_need"'),
    (("readiness", "rules", 4, "when"), {"score": "fit", "at_least": 3}, "rules[5].when] score", "not computed yet"),
    (("readiness", "rules", 4, "when"), {"hapened": "reply"}, "rules[5].when] hapened: unknown key", '"happened"'),
    (("grades", 3, "at_least"), 3, "grades: the last grade must begin at 0", ""),
    (("grades", 1, "at_least"), 80, "at_least must fall", ""),
    (("phases", 0, "name"), "decided", "phases[1]] name", "not one of"),
    (("hysteresis", "day"), 3, "[hysteresis] day: unknown key", '"days"'),
    (("bonus",), {}, "bonus: unknown key", ""),
]
STAGES_MISTAKES = [
    (("stages", "leads"), {}, "[stages] leads: not a stage", '"lead"'),
    (("stages", "suspect", "paths", 0, "when"), {"rung": "lead"}, "paths[1].when] rung", "not a lower stage"),
    (("stages", "lead", "paths"), [], "[stages.lead] paths: missing", ""),
    (("stages", "lead", "cold_to"), "cold", "[stages.lead] cold_to", "not one of"),
    (
        ("junk", 0, "when"),
        {"field": "disposable", "is": "yes"},
        "junk[1].when] is: disposable is boolean",
        "true or false",
    ),
    (("junk", 1, "id"), "gibberish", '"gibberish" stands there twice', ""),
    (("junk", 0, "resaon"), "x", "junk[1]] resaon: unknown key", '"reason"'),
    (("signals", "interest"), ["opens"], "[signals] interest", "not one of"),
    (("exits", "lock_day"), 3, "[exits] lock_day: unknown key", '"lock_days"'),
    (("agreement", "agreed_on"), "2026-01-31", "[agreement] agreed_on: expected a date", "without quotes"),
    (("exclusions", 0, "when"), {"any": [{"happened": "reply", "within_days": 0}]}, "when.any[1]] within_days", "1 to"),
]


@pytest.mark.parametrize(("path", "value", "where", "remedy"), SCORING_MISTAKES)
def test_scoring_mistakes_are_located(path: tuple[Any, ...], value: Any, where: str, remedy: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        scoring.parse(Table(changed(SCORING, path, value), "scoring.toml"))
    check(str(caught.value), "scoring.toml:", where, remedy)


@pytest.mark.parametrize(("path", "value", "where", "remedy"), STAGES_MISTAKES)
def test_stages_mistakes_are_located(path: tuple[Any, ...], value: Any, where: str, remedy: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        stages.parse(Table(changed(STAGES, path, value), "stages.toml"))
    check(str(caught.value), "stages.toml:", where, remedy)


def check(sentence: str, file: str, where: str, remedy: str) -> None:
    assert sentence.startswith(file)
    assert where in sentence
    assert remedy in sentence
    assert "\n" not in sentence
