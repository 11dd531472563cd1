"""What must hold for any history: deciding twice moves nothing, histories are chains, decay lowers no stage."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from connector.decide.cycles import (
    Evidence,
    OpportunityFact,
    Owner,
    PersonState,
    Response,
    StageSet,
    WorkSigns,
    handed_over,
)
from connector.decide.lifecycle import decide
from connector.decide.unreached import Proposal, Tried
from connector.model import Stage
from tests.decide.lifecycle_people import (
    HELD,
    LIVE,
    NOW,
    REASONS,
    RULES,
    ago,
)

moments = st.integers(-3, 900).map(ago)
opportunities = st.builds(
    lambda key, created, kind, reason: OpportunityFact(
        key,
        created,
        kind == "open",
        kind == "won",
        None if kind == "open" else created + timedelta(days=2),
        reason,
    ),
    st.sampled_from(["o1", "o2"]),
    moments,
    st.sampled_from(["open", "won", "lost"]),
    st.sampled_from([None, "lost_price", "no_fit", "strange"]),
)
evidences = st.builds(
    Evidence,
    provisional=st.booleans(),
    junk_rule=st.sampled_from([None, None, None, "gibberish"]),
    rungs=st.frozensets(st.sampled_from(sorted(HELD, key=lambda stage: stage.rank))),
    total_milli=st.integers(0, 100_000),
    engagement_milli=st.sampled_from([0, 10_000]),
    grade=st.sampled_from("ABCD"),
    grade_ceiling=st.sampled_from([None, None, "B"]),
    last_hand_raise_at=st.none() | moments,
    last_signal_at=st.none() | moments,
    last_evidence_at=st.none() | moments,
    opportunities=st.lists(opportunities, max_size=2, unique_by=lambda each: each.key).map(tuple),
    crm_stage=st.none() | st.builds(StageSet, st.sampled_from(Stage), moments, st.booleans()),
    response=st.none()
    | st.builds(Response, st.booleans(), moments, st.none() | st.sampled_from(sorted(REASONS)), st.none()),
    owner=st.none() | st.builds(Owner, st.integers(1, 3), st.booleans(), st.booleans()),
    signs=st.builds(
        WorkSigns,
        *(st.none() | moments,) * 6,
        st.builds(Tried, st.integers(0, 9), st.integers(0, 3), st.sampled_from([0, 4, 6]), st.integers(0, 2)),
    ),
    decide_by=st.none() | moments,
    unreached=st.none() | st.builds(Proposal, moments, moments),
    changed_at=st.dictionaries(st.sampled_from(["title", "account_name"]), moments),
    former_customer=st.booleans(),
    partner=st.booleans(),
)
lives = st.none() | moments


@given(st.lists(evidences, min_size=1, max_size=6), lives)
def test_deciding_twice_moves_nothing_and_history_is_one_chain(history, live):
    state, open_numbers = PersonState(), set()
    for day, evidence in enumerate(history):
        now = NOW + timedelta(days=40 * day)
        decision = decide(state, evidence, RULES, now, live)
        again = decide(decision.state, evidence, RULES, now, live)
        assert again.state == decision.state
        steps = (*again.stage_moves, *again.disposition_moves, *again.closed, *again.opened)
        assert steps == ()
        assert again.hand_off == decision.hand_off
        _check_chain(state, decision)
        open_numbers |= {cycle.number for cycle in decision.opened}
        assert len(open_numbers) == decision.state.cycles
        state = decision.state
        if decision.hand_off is not None:
            assert live is not None
            assert decision.hand_off.evidence_at >= live
            state, _ = handed_over(state, now, 1)
            assert decide(state, evidence, RULES, now, live).hand_off is None


def _check_chain(before, decision):
    stage, since = before.stage, before.stage_since
    for move in decision.stage_moves:
        assert move.stage_from is stage
        assert since is None or move.at >= since
        stage, since = move.stage_to, move.at
    assert stage is decision.state.stage
    dispositions = {before.cycle.number: before.cycle.disposition} if before.cycle else {}
    for move in decision.disposition_moves:
        assert dispositions.get(move.cycle_number) is move.disposition_from
        dispositions[move.cycle_number] = move.disposition_to
    cycle = decision.state.cycle
    assert cycle is None or dispositions[cycle.number] is cycle.disposition


@given(evidences, st.integers(0, 100_000), st.sampled_from("ABCD"), st.integers(1, 170))
def test_points_that_decay_lower_no_stage(evidence, total, grade, days):
    signal_at = NOW - timedelta(days=1)
    lively = replace(
        evidence, last_signal_at=signal_at, junk_rule=None, crm_stage=None, response=None, opportunities=()
    )
    before = decide(PersonState(), replace(lively, rungs=HELD), RULES, NOW, LIVE).state
    faded = replace(lively, rungs=frozenset(), total_milli=total, engagement_milli=0, grade=grade)
    later = decide(before, replace(faded, signs=WorkSigns()), RULES, NOW + timedelta(days=days), LIVE).state
    assert later.stage is before.stage
