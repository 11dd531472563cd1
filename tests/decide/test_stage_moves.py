"""Every rule about moving on the ladder, before and after, with the numbers of a company's own ``stages.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.decide.cycles import CycleState, Evidence, OpportunityFact, PersonState, Rules, StageSet
from connector.decide.lifecycle import decide
from connector.errors import BadConfiguration
from connector.model import Disposition, Motion, Stage
from connector.playbook import load
from tests.playbook.folder import SYSTEMS, write

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
OWN = """
[exits]
stay_hours = 48
lock_days = 10
let_go_days = 60
let_go_to = "suspect"
[stages.lead]
cold_days = 40
cold_to = "name"
"""
SUSPECT, LEAD, QUALIFIED = Stage.SUSPECT, Stage.LEAD, Stage.QUALIFIED_LEAD


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    return load(write(tmp_path_factory.mktemp("moves"), stages=OWN), systems=SYSTEMS).playbook.rules


def at(stage: Stage, days: float = 100, **changes: Any) -> PersonState:
    """Somebody who entered a stage so long ago, in an open cycle that nobody in sales holds."""
    since = ago(days)
    cycle = CycleState(1, Motion.NEW_BUSINESS, since, Disposition.OPEN, since)
    return PersonState(**{"stage": stage, "stage_since": since, "cycle": cycle, "cycles": 1, **changes})


def rungs(*stages: Stage, seen: float = 1, **changes: Any) -> Evidence:
    """Entries that hold, by evidence of so many days ago."""
    values = {"rungs": frozenset(stages), "last_signal_at": ago(seen), "last_evidence_at": ago(seen), "grade": "B"}
    return Evidence(**{**values, **changes})


@dataclass(frozen=True)
class Row:
    """A state and evidence, and the moves they lead to: (stage, by, reason, entered so many days ago)."""

    before: PersonState
    evidence: Evidence
    moves: tuple[tuple[Stage, str, str, float], ...] = ()
    state: Mapping[str, Any] = field(default_factory=dict)


WON = OpportunityFact("o1", ago(90), False, won=True, closed_at=ago(50))
CUSTOMER = at(
    Stage.CUSTOMER, 50, cycle=CycleState(1, Motion.NEW_BUSINESS, ago(90), Disposition.WON, ago(50), closed_at=ago(50))
)
LOST = OpportunityFact("o1", ago(20), False, closed_at=ago(5), loss_reason="lost_price")
OPEN = OpportunityFact("o1", ago(20), True)

TABLE: dict[str, Row] = {
    "one_rung_up": Row(at(SUSPECT), rungs(SUSPECT, LEAD), ((LEAD, "rule", "", 1),)),
    "a_forward_skip": Row(at(Stage.NAME), rungs(SUSPECT, LEAD, QUALIFIED), ((QUALIFIED, "rule", "", 1),)),
    "entered_at_the_time_of_the_evidence": Row(at(SUSPECT), rungs(LEAD, seen=7), ((LEAD, "rule", "", 7),)),
    "never_entered_before_the_stage_it_follows": Row(at(SUSPECT, 3), rungs(LEAD, seen=7), ((LEAD, "rule", "", 3),)),
    "latched_when_points_decay": Row(at(QUALIFIED), rungs(seen=30)),
    "latched_when_only_a_lower_entry_holds": Row(at(QUALIFIED), rungs(SUSPECT, seen=30)),
    "cold_by_its_named_exit": Row(at(LEAD), rungs(LEAD, seen=40), ((Stage.NAME, "rule", "cold", 0),)),
    "not_cold_a_day_before": Row(at(LEAD), rungs(LEAD, seen=39)),
    "let_go_by_its_named_exit": Row(at(QUALIFIED), rungs(QUALIFIED, seen=60), ((SUSPECT, "rule", "let_go", 0),)),
    "not_let_go_while_engaged": Row(at(QUALIFIED), rungs(QUALIFIED, seen=60, engagement_milli=1)),
    "not_let_go_with_the_hand_off_grade": Row(at(QUALIFIED), rungs(QUALIFIED, seen=60, grade="A")),
    "no_exit_within_the_shortest_stay": Row(at(LEAD, 1.9), rungs(seen=90)),
    "a_person_may_move_within_the_shortest_stay": Row(
        at(LEAD, 1),
        rungs(LEAD, crm_stage=StageSet(SUSPECT, ago(0.5), True, "user 4")),
        ((SUSPECT, "human", "user 4", 0.5),),
        {"locked_until": ago(0.5) + timedelta(days=10)},
    ),
    "junk_may_too": Row(
        at(QUALIFIED, 1), rungs(QUALIFIED, junk_rule="gibberish", junk_reason="junk"), (), {"junk_rule": "gibberish"}
    ),
    "a_crm_fact_may_too": Row(at(LEAD, 1), rungs(LEAD, opportunities=(OPEN,)), ((Stage.PROSPECT, "crm", "o1", 1),)),
    "a_persons_forward_move_is_evidence": Row(
        at(SUSPECT),
        rungs(SUSPECT, crm_stage=StageSet(QUALIFIED, ago(2), True, "user 4")),
        ((QUALIFIED, "human", "user 4", 2),),
    ),
    "a_machines_move_is_none": Row(at(SUSPECT), rungs(SUSPECT, crm_stage=StageSet(QUALIFIED, ago(2), False))),
    "a_machines_move_back_is_none": Row(at(LEAD), rungs(LEAD, crm_stage=StageSet(SUSPECT, ago(2), False))),
    "locked_against_automation": Row(
        at(SUSPECT, 3, locked_until=ago(3) + timedelta(days=10)), rungs(SUSPECT, LEAD, QUALIFIED)
    ),
    "the_lock_ends_by_itself": Row(
        at(SUSPECT, 11, locked_until=ago(1)), rungs(SUSPECT, LEAD), ((LEAD, "rule", "", 1),)
    ),
    "a_hand_raise_ends_the_lock": Row(
        at(SUSPECT, 3, locked_until=ago(3) + timedelta(days=10)),
        rungs(SUSPECT, LEAD, last_hand_raise_at=ago(1)),
        ((LEAD, "rule", "", 1),),
    ),
    "an_older_hand_raise_does_not": Row(
        at(SUSPECT, 3, locked_until=ago(3) + timedelta(days=10)), rungs(SUSPECT, LEAD, last_hand_raise_at=ago(4))
    ),
    "a_customer_asks_for_more": Row(
        CUSTOMER, rungs(opportunities=(WON,), last_hand_raise_at=ago(1)), (), {"motion": Motion.GROWTH, "cycles": 2}
    ),
    "a_former_customer_asks_again": Row(
        CUSTOMER,
        rungs(opportunities=(WON,), last_hand_raise_at=ago(1), former_customer=True),
        (),
        {"motion": Motion.WINBACK, "cycles": 2},
    ),
    "a_customer_who_is_only_busy_stays_as_they_are": Row(
        CUSTOMER, rungs(QUALIFIED, opportunities=(WON,)), (), {"motion": Motion.NEW_BUSINESS, "cycles": 1}
    ),
}


def reached(state: PersonState, name: str) -> object:
    if name == "motion":
        return state.cycle.motion if state.cycle is not None else None
    return getattr(state, name)


@pytest.mark.parametrize("name", TABLE)
def test_before_and_after(rules: Rules, name: str) -> None:
    row = TABLE[name]
    decision = decide(row.before, row.evidence, rules, NOW, ago(200))
    moves = [
        (move.stage_to, move.by, move.reason, (NOW - move.at) / timedelta(days=1)) for move in decision.stage_moves
    ]
    assert moves == list(row.moves)
    assert {key: reached(decision.state, key) for key in row.state} == row.state
    again = decide(decision.state, row.evidence, rules, NOW, ago(200))
    assert again.stage_moves == (), "deciding again moves nothing"


def test_an_opportunity_that_reopens_goes_on_in_the_same_cycle(rules: Rules) -> None:
    state = at(QUALIFIED, 30)
    for fact, stage in ((OPEN, Stage.PROSPECT), (LOST, LEAD), (OPEN, Stage.PROSPECT)):
        state = decide(state, rungs(opportunities=(fact,)), rules, NOW, ago(200)).state
        assert (state.stage, state.cycles) == (stage, 1)
    assert state.cycle is not None
    assert state.cycle.is_open
    assert state.cycle.recycle_until is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[exits]\nstay_hours = -1\n", "acme/stages.toml: [exits] stay_hours: expected 0 or more."),
        ("[exits]\nlet_go_days = 0\n", "acme/stages.toml: [exits] let_go_days: expected 1 or more."),
        (
            '[exits]\nlet_go_to = "prospect"\n',
            "acme/stages.toml: [exits] let_go_to: prospect is not below qualified_lead; write name or suspect or lead.",
        ),
        (
            '[stages.suspect]\ncold_to = "lead"\n',
            "acme/stages.toml: [stages.suspect] cold_to: lead is not below suspect; write name.",
        ),
        ("[stages.lead]\ncold_days = 0\n", "acme/stages.toml: [stages.lead] cold_days: expected 1 or more."),
        (
            '[stages.qualified_lead]\ncold_days = 9\ncold_to = "lead"\n',
            "acme/stages.toml: [stages.qualified_lead] cold_days: qualified_lead does not go cold; "
            "[exits] let_go_days and let_go_to say it.",
        ),
        (
            '[stages.customer]\ncold_days = 9\ncold_to = "lead"\n',
            "acme/stages.toml: [stages.customer] cold_days: customer does not go cold; leave it out.",
        ),
    ],
)
def test_a_mistake_in_an_exit_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        load(write(tmp_path, stages=text), systems=SYSTEMS)
    assert caught.value.sentence() == sentence
