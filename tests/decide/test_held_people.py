"""Whoever waits to be looked at: behaviour moves them nowhere and hands nobody over; facts and sales' work go on."""

from __future__ import annotations

import pytest

from connector.decide.cycles import Decision, OpportunityFact, PersonState
from connector.decide.lifecycle import decide
from connector.model import Stage
from tests.decide.lifecycle_people import LIVE, NOW, RULES, ago, hot, seen

HELD = "suspected_bot"


def run(state: PersonState, hold: str | None, **evidence: object) -> Decision:
    return decide(state, hot(hold_rule=hold, **evidence), RULES, NOW, LIVE)


@pytest.mark.parametrize("state", [PersonState(), seen(), seen(stage=Stage.CUSTOMER)])
def test_nobody_is_handed_over(state: PersonState) -> None:
    assert run(state, None).hand_off is not None
    held = run(state, HELD)
    assert (held.hand_off, held.stage_moves, held.opened) == (None, (), ())


def test_silence_ends_no_stage() -> None:
    state = seen(stage=Stage.LEAD, stage_since=ago(300))
    quiet = {"rungs": frozenset(), "last_signal_at": ago(250), "last_hand_raise_at": None}
    assert [move.stage_to for move in run(state, None, **quiet).stage_moves] == [Stage.SUSPECT]
    assert run(state, HELD, **quiet).stage_moves == ()


def test_an_opportunity_is_a_fact_all_the_same() -> None:
    deal = OpportunityFact("salesforce:006", ago(1), is_open=True)
    assert [move.stage_to for move in run(seen(), HELD, opportunities=(deal,)).stage_moves] == [Stage.PROSPECT]
