"""Nobody goes out of a stage and in again at once: years of days, with signals, answers and rungs that come and go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.decide.cycles import Evidence, PersonState, StageMove
from connector.decide.lifecycle import decide
from connector.model import Stage
from tests.decide.lifecycle_people import LIVE, RULES

LADDER = (Stage.SUSPECT, Stage.LEAD, Stage.QUALIFIED_LEAD)
DAYS = 900
Times = st.lists(st.integers(0, DAYS), max_size=4)


def walk(
    rungs: dict[int, frozenset[Stage]], signals: list[int], answers: list[int], *, step: int = 1
) -> list[tuple[StageMove, ...]]:
    """The stage moves of each day that has any. ``rungs``: day -> what holds from then on."""
    state, found, held = PersonState(), [], frozenset[Stage]()
    for day in range(0, DAYS, step):
        now = LIVE + timedelta(days=day)
        held = next((rungs[known] for known in sorted(rungs, reverse=True) if known <= day), held)
        signal = max((LIVE + timedelta(days=at) for at in signals if at <= day), default=None)
        answer = max((LIVE + timedelta(days=at) for at in answers if at <= day), default=None)
        newest = max((at for at in (signal, answer) if at is not None), default=None)
        evidence = Evidence(rungs=held, last_signal_at=signal, last_evidence_at=newest, grade="B")
        decision = decide(state, evidence, RULES, now, LIVE)
        assert decide(decision.state, evidence, RULES, now, LIVE).stage_moves == ()
        state = decision.state
        found += [decision.stage_moves] if decision.stage_moves else []
    return found


@given(
    rungs=st.dictionaries(st.integers(0, DAYS), st.integers(0, 3).map(lambda n: frozenset(LADDER[:n])), max_size=4),
    signals=Times,
    answers=Times,
)
def test_a_day_never_leads_down_and_up_again(
    rungs: dict[int, frozenset[Stage]], signals: list[int], answers: list[int]
) -> None:
    for moves in walk(rungs, signals, answers, step=5):
        ranks = [moves[0].stage_from.rank, *(move.stage_to.rank for move in moves)]
        assert ranks == sorted(ranks) or ranks == sorted(ranks, reverse=True)


LEAD = {0: frozenset({Stage.LEAD})}
TOLD: list[tuple[str, list[int], list[int], list[tuple[str, str, int]]]] = [
    ("an_answer_only", [], [0], [("name", "lead", 0), ("lead", "suspect", 180), ("suspect", "name", 545)]),
    (
        "a_newer_answer_stands_for_a_signal",
        [],
        [0, 175],
        [("name", "lead", 0), ("lead", "suspect", 355), ("suspect", "name", 720)],
    ),
    ("a_signal_ends_by_itself", [0], [175], [("name", "lead", 0), ("lead", "suspect", 180), ("suspect", "name", 545)]),
    ("a_fact_of_no_known_time", [], [], [("name", "lead", 0)]),
]


@pytest.mark.parametrize(("signals", "answers", "wanted"), [row[1:] for row in TOLD], ids=[row[0] for row in TOLD])
def test_when_a_lead_goes_cold(signals: list[int], answers: list[int], wanted: list[tuple[str, str, int]]) -> None:
    moves = [move for day in walk(LEAD, signals, answers) for move in day]
    assert [(move.stage_from.value, move.stage_to.value, (move.at - LIVE).days) for move in moves] == wanted
