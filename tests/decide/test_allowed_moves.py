"""Which stage may go to which: before/after tables of ways, of the fold, and random moves against a walk by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from connector.decide.cycles import PersonState, StageSet
from connector.decide.lifecycle import decide
from connector.errors import BadConfiguration
from connector.model import Stage
from connector.rules.moves import STAGES, Moves, parse
from connector.rules.toml import Table
from tests.decide.lifecycle_people import LIVE, NOW, RULES, ago, hot, seen

ALL = ("suspect", "lead", "qualified_lead")


@pytest.mark.parametrize(
    ("allowed", "start", "held", "way"),
    [
        ({}, "name", ALL, ("qualified_lead",)),
        ({"name": ["suspect"]}, "name", ALL, ("suspect", "qualified_lead")),
        ({"name": ["suspect"], "suspect": ["lead"]}, "name", ALL, ALL),
        ({"name": ["suspect"]}, "name", ("lead", "qualified_lead"), ()),
        ({"name": ["suspect", "lead"], "lead": []}, "name", ALL, ("suspect", "qualified_lead")),
        ({"lead": []}, "lead", ALL, ()),
        ({"lead": []}, "suspect", ALL, ("qualified_lead",)),
        ({}, "qualified_lead", ALL, ()),
        ({}, "customer", ALL, ()),
    ],
)
def test_the_way_up(allowed: dict[str, list[str]], start: str, held: tuple[str, ...], way: tuple[str, ...]) -> None:
    assert parse(Table(allowed, "stages.toml", "moves")).way(start, held) == way


def run(moves: dict[str, list[str]], state: PersonState, **evidence: object) -> list[str]:
    rules = replace(RULES, moves=parse(Table(moves, "stages.toml", "moves")))
    return [move.stage_to.value for move in decide(state, hot(**evidence), rules, NOW, LIVE).stage_moves]


@pytest.mark.parametrize(
    ("moves", "moved"),
    [
        ({}, ["qualified_lead"]),
        ({"name": ["lead"]}, ["lead", "qualified_lead"]),
        ({"name": ["suspect", "lead"], "suspect": [], "lead": []}, ["lead"]),
        ({"name": []}, []),
    ],
)
@pytest.mark.parametrize("state", [PersonState(), seen()])
def test_what_is_not_allowed_does_not_happen(moves: dict[str, list[str]], moved: list[str], state: PersonState) -> None:
    assert run(moves, state) == moved


def test_a_person_may_do_what_rules_may_not() -> None:
    found = StageSet(Stage.QUALIFIED_LEAD, ago(1), by_person=True, who="hubspot")
    assert run({"name": []}, seen(), crm_stage=found) == ["qualified_lead"]


@pytest.mark.parametrize(("moves", "moved"), [({}, ["suspect"]), ({"lead": ["name"]}, [])])
def test_an_exit_that_is_not_allowed_does_not_happen(moves: dict[str, list[str]], moved: list[str]) -> None:
    state = seen(stage=Stage.LEAD, stage_since=ago(300))
    assert run(moves, state, rungs=frozenset(), last_signal_at=ago(250), last_hand_raise_at=None) == moved


@given(
    st.dictionaries(st.sampled_from(STAGES), st.frozensets(st.sampled_from(STAGES)), max_size=6),
    st.sampled_from(STAGES),
    st.frozensets(st.sampled_from(ALL)),
)
def test_random_moves_lead_as_far_as_a_walk_by_hand(
    allowed: dict[str, frozenset[str]], start: str, held: frozenset[str]
) -> None:
    moves = Moves(tuple((low, tuple(sorted(ends - {low}))) for low, ends in allowed.items()))
    found = {start}
    for _ in STAGES:
        found |= {
            high
            for low in found
            for high in held
            if STAGES.index(high) > STAGES.index(low) and high in allowed.get(low, STAGES)
        }
    way = moves.way(start, held)
    assert (way[-1] if way else start) == max(found, key=STAGES.index)
    for low, high in zip((start, *way), way, strict=False):
        assert moves.allows(low, high)
        assert high in held


def test_a_stage_that_does_not_exist_is_named_with_the_nearest() -> None:
    with pytest.raises(BadConfiguration) as told:
        parse(Table({"name": ["suspects"]}, "stages.toml", "moves"))
    assert str(told.value.where) == "stages.toml: [moves] name"
    assert 'did you mean "suspect"' in told.value.remedy
    with pytest.raises(BadConfiguration, match="no such stage"):
        parse(Table({"nmae": []}, "stages.toml", "moves"))
