"""Before and after, for each kind of lifecycle move, and what must hold for any of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.decide.cycles import (
    CycleState,
    Evidence,
    OpportunityFact,
    Owner,
    PersonState,
    Reason,
    Response,
    Rules,
    StageSet,
    WorkSigns,
    handed_over,
)
from connector.decide.lifecycle import LadderWords, decide, lifecycle_for, status_for
from connector.model import Disposition, Motion, Stage

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
LIVE = NOW - timedelta(days=100)
REASONS = {
    reason.code: reason
    for reason in (
        Reason("timing", "recycle", 90, "recycled_timing", rise_milli=15_000, rise_after_days=30),
        Reason("unresponsive", "recycle", 60, "recycled_unreached", signal_breaks=True, attempts_min=6),
        Reason("no_authority", "recycle", 0, "qualified_c"),
        Reason("no_decision", "recycle", 120, "recycled_timing"),
        Reason("lost_price", "recycle", 180, "recycled_timing"),
        Reason("no_fit", "disqualify"),
        Reason("wrong_owner", "reroute"),
        Reason("duplicate", "merge"),
        Reason("unspecified", "pending"),
    )
}
RULES = Rules(REASONS)
HELD = frozenset({Stage.SUSPECT, Stage.LEAD, Stage.QUALIFIED_LEAD})


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def hot(**changes) -> Evidence:
    """A hand-raise two days ago of somebody who fits."""
    values: dict[str, Any] = {
        "rungs": HELD,
        "total_milli": 76_000,
        "engagement_milli": 20_000,
        "grade": "A",
        "last_hand_raise_at": ago(2),
        "last_signal_at": ago(2),
        "last_evidence_at": ago(2),
    }
    return Evidence(**(values | changes))


def seen(**changes) -> PersonState:
    return replace(PersonState(stage_since=ago(90)), **changes)


def run(state: PersonState, evidence: Evidence, *, now=NOW, live=LIVE):
    return decide(state, evidence, RULES, now, live)


def with_sales(*, handed_off_days=10.0, **changes) -> PersonState:
    """A person who was handed to user 7."""
    at = ago(handed_off_days)
    cycle = CycleState(1, Motion.NEW_BUSINESS, at, Disposition.OPEN, at, qualified_at=at)
    state = PersonState(Stage.QUALIFIED_LEAD, stage_since=at, cycle=cycle, cycles=1, grade="A", grade_current="A")
    state, _ = handed_over(state, at, 7)
    assert state.cycle is not None
    return replace(state, cycle=replace(state.cycle, **changes))


def recycled(*, days=20.0, until=70.0, code="timing", **changes) -> PersonState:
    state = with_sales(handed_off_days=days + 10)
    assert state.cycle is not None
    cycle = replace(
        state.cycle,
        disposition=Disposition.RECYCLED,
        disposition_at=ago(days),
        reason=code,
        recycles=1,
        recycle_until=NOW + timedelta(days=until),
        recycle_track="recycled_timing",
        **changes,
    )
    return replace(state, stage=Stage.LEAD, stage_since=ago(days), cycle=cycle, grade=None, grade_current=None)


def quiet(**changes) -> Evidence:
    return Evidence(last_signal_at=ago(40), last_evidence_at=ago(40), rungs=HELD, grade="B", **changes)


class TestFirstContact:
    def test_a_rung_that_holds_is_entered_at_the_time_of_its_evidence(self):
        decision = run(PersonState(), hot())
        assert decision.state.stage is Stage.QUALIFIED_LEAD
        assert decision.state.stage_since == ago(2)
        assert not decision.stage_moves[0].reconstructed
        assert decision.hand_off is not None
        assert decision.hand_off.kind == "hand_raise"

    def test_history_is_reconstructed_and_starts_nothing(self):
        old = hot(last_hand_raise_at=ago(110), last_signal_at=ago(110), last_evidence_at=ago(110))
        decision = run(PersonState(), old)
        assert decision.state.stage is Stage.QUALIFIED_LEAD
        assert decision.stage_moves[0].reconstructed
        assert decision.state.cycle.reconstructed
        assert decision.hand_off is None

    def test_a_company_that_is_not_live_hands_nothing_off(self):
        decision = run(PersonState(), hot(), live=None)
        assert decision.state.grade == "A"
        assert decision.hand_off is None

    def test_the_crm_stage_is_a_floor(self):
        found = StageSet(Stage.LEAD, ago(400))
        decision = run(
            PersonState(), Evidence(rungs=frozenset({Stage.SUSPECT}), last_signal_at=ago(3), crm_stage=found)
        )
        assert [(move.stage_to, move.by) for move in decision.stage_moves] == [(Stage.LEAD, "crm")]

    def test_somebody_in_sales_who_works_them_keeps_them(self):
        old = hot(last_hand_raise_at=ago(120), last_signal_at=ago(120), last_evidence_at=ago(120), owner=Owner(9, True))
        decision = run(PersonState(), old)
        assert decision.state.cycle.disposition is Disposition.ASSIGNED
        assert decision.state.cycle.adopted
        assert decision.state.last_sales_owner_id == 9
        assert decision.hand_off is None

    def test_an_adopted_person_who_raises_a_hand_gets_a_promise(self):
        old = hot(last_hand_raise_at=ago(120), last_signal_at=ago(120), last_evidence_at=ago(120), owner=Owner(9, True))
        adopted = run(PersonState(), old).state
        decision = run(adopted, hot(owner=Owner(9, True)))
        assert decision.hand_off is not None
        after, _ = handed_over(decision.state, NOW, 9)
        assert run(after, hot(owner=Owner(9, True))).hand_off is None

    def test_an_old_lost_opportunity_is_history_with_a_cool_down_that_still_runs(self):
        lost = OpportunityFact("o1", ago(300), False, closed_at=ago(101), loss_reason="lost_price")
        decision = run(PersonState(), hot(last_hand_raise_at=None, last_evidence_at=ago(3), opportunities=(lost,)))
        assert decision.state.cycle.disposition is Disposition.RECYCLED
        assert decision.state.cycle.recycle_until == ago(101) + timedelta(days=180)
        assert decision.recycle is None
        assert decision.hand_off is None

    def test_a_customer_of_old_starts_as_a_customer_and_nothing_earlier_is_invented(self):
        won = OpportunityFact("o1", ago(500), False, won=True, closed_at=ago(400))
        decision = run(PersonState(), hot(last_hand_raise_at=ago(200), last_evidence_at=ago(50), opportunities=(won,)))
        assert [move.stage_to for move in decision.stage_moves] == [Stage.CUSTOMER]
        assert decision.state.cycle.origin == "sales"
        assert decision.state.cycle.qualified_at is None
        assert decision.state.cycle.disposition is Disposition.WON
        assert decision.state.stage_since == ago(400)


class TestStages:
    def test_decay_does_not_lower_a_stage(self):
        state = run(seen(), hot()).state
        cooled = hot(rungs=frozenset(), total_milli=10_000, engagement_milli=0, grade="D")
        later = run(state, cooled, now=NOW + timedelta(days=60)).state
        assert later.stage is Stage.QUALIFIED_LEAD

    @pytest.mark.parametrize(
        ("stage", "days", "below", "reason"),
        [
            (Stage.SUSPECT, 365, Stage.NAME, "cold"),
            (Stage.LEAD, 180, Stage.SUSPECT, "cold"),
            (Stage.QUALIFIED_LEAD, 180, Stage.LEAD, "let_go"),
        ],
    )
    def test_named_exits_after_a_long_silence(self, stage, days, below, reason):
        at = ago(days)
        cycle = CycleState(1, Motion.NEW_BUSINESS, at, Disposition.OPEN, at)
        state = PersonState(stage, stage_since=at, cycle=cycle, cycles=1)
        rungs = frozenset(each for each in HELD if each.rank <= stage.rank)
        silent = Evidence(rungs=rungs, last_signal_at=at, last_evidence_at=at, grade="C")
        almost = replace(silent, last_signal_at=at + timedelta(hours=1))
        assert run(state, almost).stage_moves == ()
        moves = run(state, silent).stage_moves
        assert [(move.stage_to, move.reason) for move in moves] == [(below, reason)]
        assert run(run(state, silent).state, silent).stage_moves == ()

    def test_a_person_moves_somebody_forward(self):
        decision = run(seen(), Evidence(crm_stage=StageSet(Stage.QUALIFIED_LEAD, ago(1), True, "user 4")))
        assert [(move.stage_to, move.by, move.reason) for move in decision.stage_moves] == [
            (Stage.QUALIFIED_LEAD, "human", "user 4")
        ]

    def test_a_machine_moves_nobody(self):
        assert run(seen(), Evidence(crm_stage=StageSet(Stage.CUSTOMER, ago(1), False))).stage_moves == ()

    def test_a_person_moves_somebody_back_and_it_stays_until_a_new_hand_raise(self):
        state = run(seen(), hot()).state
        back = hot(crm_stage=StageSet(Stage.LEAD, ago(1), True))
        locked = run(state, back).state
        assert locked.stage is Stage.LEAD
        assert locked.locked_until == ago(1) + timedelta(days=30)
        assert run(locked, back, now=NOW + timedelta(days=5)).stage_moves == ()
        raised = replace(back, last_hand_raise_at=NOW + timedelta(days=5))
        assert run(locked, raised, now=NOW + timedelta(days=6)).state.stage is Stage.QUALIFIED_LEAD

    def test_people_outside_the_scope_are_left_alone(self):
        assert run(seen(), hot(in_scope=False)).state == seen()


class TestJunk:
    def test_it_disqualifies_and_moves_no_stage(self):
        decision = run(seen(), hot(junk_rule="gibberish", junk_reason="junk"))
        assert decision.state.cycle.disposition is Disposition.DISQUALIFIED
        assert decision.state.cycle.reason == "junk"
        assert decision.stage_moves == ()
        assert decision.hand_off is None
        assert len(decision.closed) == 1

    def test_it_is_undone_when_it_ends(self):
        junk = run(seen(), hot(junk_rule="no_contact_point", junk_reason="bad_data")).state
        decision = run(junk, hot())
        assert decision.state.junk_rule is None
        assert decision.state.cycle.is_open
        assert decision.hand_off is not None

    def test_it_does_not_undo_what_a_person_decided(self):
        answer = Response(False, ago(1), "no_fit")
        closed = run(with_sales(), hot(response=answer)).state
        junk = run(closed, hot(junk_rule="gibberish", junk_reason="junk")).state
        assert run(junk, hot()).state.cycle.disposition is Disposition.DISQUALIFIED


class TestOpportunities:
    def opened(self) -> OpportunityFact:
        return OpportunityFact("o1", ago(5), True)

    def test_open_makes_a_prospect_whatever_the_rungs_say(self):
        decision = run(with_sales(), Evidence(opportunities=(self.opened(),)))
        assert decision.state.stage is Stage.PROSPECT
        assert decision.state.stage_since == ago(5)
        assert decision.state.cycle.disposition is Disposition.SALES_QUALIFIED
        assert decision.state.cycle.sales_qualified_at == ago(5)

    def test_won_makes_a_customer_and_closes_the_cycle(self):
        prospect = run(with_sales(), Evidence(opportunities=(self.opened(),))).state
        won = replace(self.opened(), is_open=False, won=True, closed_at=ago(1))
        decision = run(prospect, Evidence(opportunities=(won,)))
        assert decision.state.stage is Stage.CUSTOMER
        assert decision.closed[0].disposition is Disposition.WON
        assert decision.closed[0].closed_at == ago(1)

    def test_lost_is_recycled_with_its_reason(self):
        prospect = run(with_sales(), Evidence(opportunities=(self.opened(),))).state
        lost = replace(self.opened(), is_open=False, closed_at=ago(1), loss_reason="lost_price")
        decision = run(prospect, hot(opportunities=(lost,)))
        assert [move.disposition_to for move in decision.disposition_moves] == [
            Disposition.LOST,
            Disposition.RECYCLED,
        ]
        assert decision.state.stage is Stage.LEAD
        assert decision.recycle.until == ago(1) + timedelta(days=180)

    def test_reopened_goes_on_in_the_same_cycle(self):
        prospect = run(with_sales(), Evidence(opportunities=(self.opened(),))).state
        lost = replace(self.opened(), is_open=False, closed_at=ago(1), loss_reason="lost_price")
        back = run(prospect, Evidence(opportunities=(lost,))).state
        decision = run(back, Evidence(opportunities=(self.opened(),)))
        assert decision.state.stage is Stage.PROSPECT
        assert decision.state.cycle.number == 1
        assert decision.state.cycle.recycle_until is None

    def test_removed_leads_back_to_where_the_person_was(self):
        prospect = run(with_sales(), Evidence(opportunities=(self.opened(),))).state
        decision = run(prospect, Evidence())
        assert decision.state.stage is Stage.QUALIFIED_LEAD
        assert decision.stage_moves[0].reason == "opportunity_removed"

    def test_a_customers_hand_raise_opens_a_growth_cycle_and_keeps_the_stage(self):
        won = OpportunityFact("o1", ago(90), False, won=True, closed_at=ago(30))
        customer = run(PersonState(), Evidence(opportunities=(won,))).state
        decision = run(customer, hot(opportunities=(won,)))
        assert decision.state.stage is Stage.CUSTOMER
        assert decision.state.cycle.motion is Motion.GROWTH
        assert decision.state.cycle.number == 2
        assert decision.hand_off.kind == "growth"
        winback = run(customer, hot(opportunities=(won,), former_customer=True))
        assert winback.state.cycle.motion is Motion.WINBACK


class TestWork:
    @pytest.mark.parametrize(
        ("signs", "disposition"),
        [
            (WorkSigns(first_touch_at=ago(9)), Disposition.ACCEPTED),
            (WorkSigns(accepted_at=ago(9)), Disposition.ACCEPTED),
            (WorkSigns(first_touch_at=ago(9), second_touch_at=ago(8)), Disposition.WORKING),
            (WorkSigns(working_at=ago(8)), Disposition.WORKING),
            (WorkSigns(sales_qualified_at=ago(2)), Disposition.SALES_QUALIFIED),
            (WorkSigns(accepted_at=ago(11), working_at=ago(11)), Disposition.ASSIGNED),
        ],
    )
    def test_signs_since_the_hand_off_move_the_disposition_forward(self, signs, disposition):
        assert run(with_sales(), hot(signs=signs)).state.cycle.disposition is disposition

    def test_a_handed_off_person_keeps_the_grade_and_the_current_one_is_known(self):
        decision = run(with_sales(handed_off_days=40), hot(grade="D", total_milli=3_000, grade_ceiling="D"))
        assert decision.state.grade == "A"
        assert decision.state.grade_current == "D"

    @pytest.mark.parametrize(
        ("code", "disposition"),
        [
            ("timing", Disposition.RECYCLED),
            ("no_fit", Disposition.DISQUALIFIED),
            ("wrong_owner", Disposition.REROUTED),
            ("duplicate", Disposition.MERGED),
            (None, Disposition.REJECTED),
        ],
    )
    def test_a_rejection_is_decided_by_its_reason(self, code, disposition):
        decision = run(with_sales(), hot(response=Response(False, ago(1), code)))
        assert decision.state.cycle.disposition is disposition
        again = run(decision.state, hot(response=Response(False, ago(1), code)))
        assert again.disposition_moves == ()

    def test_a_reason_named_later_decides_a_pending_rejection(self):
        pending = run(with_sales(), hot(signs=WorkSigns(rejected_at=ago(2)))).state
        decision = run(pending, hot(response=Response(False, ago(1), "timing")))
        assert decision.state.cycle.disposition is Disposition.RECYCLED

    def test_a_stated_date_is_the_cool_down(self):
        until = NOW + timedelta(days=33)
        decision = run(with_sales(), hot(response=Response(False, ago(1), "timing", until)))
        assert decision.recycle.until == until
        assert decision.recycle.track == "recycled_timing"
        assert decision.state.stage is Stage.LEAD
        assert decision.state.grade is None

    def test_without_a_cool_down_no_date_brings_a_person_back(self):
        answer = Response(False, ago(1), "no_authority")
        decision = run(with_sales(), hot(response=answer))
        assert decision.state.cycle.disposition is Disposition.RECYCLED
        assert decision.recycle.until is None
        assert decision.hand_off is None
        later = run(decision.state, hot(response=answer), now=NOW + timedelta(days=300))
        assert later.state.cycle.disposition is Disposition.RECYCLED
        raised = hot(response=answer, last_hand_raise_at=NOW)
        assert run(decision.state, raised, now=NOW + timedelta(days=1)).hand_off is not None

    def test_unresponsive_is_refused_without_the_attempts(self):
        answer = Response(False, ago(1), "unresponsive")
        refused = run(with_sales(), hot(response=answer, signs=WorkSigns(attempts=2)))
        assert refused.state.cycle.disposition is Disposition.ASSIGNED
        assert [event.code for event in refused.events] == ["rejection_refused"]
        taken = run(with_sales(), hot(response=answer, signs=WorkSigns(attempts=6)))
        assert taken.state.cycle.disposition is Disposition.RECYCLED

    def test_wrong_owner_goes_to_another(self):
        decision = run(with_sales(), hot(response=Response(False, ago(1), "wrong_owner"), owner=Owner(8, True, True)))
        assert decision.hand_off.excluded == {7, 8}
        after, _ = handed_over(decision.state, NOW, 5)
        assert run(after, hot(response=Response(False, ago(1), "wrong_owner"))).disposition_moves == ()

    def test_an_answer_from_before_the_hand_off_is_not_taken_for_this_one(self):
        assert run(with_sales(), hot(response=Response(False, ago(11), "no_fit"))).disposition_moves == ()

    def test_a_rejection_from_before_go_live_is_noted_and_recycles_nothing(self):
        answer = Response(False, ago(115), "timing")
        old = hot(last_hand_raise_at=ago(120), last_signal_at=ago(120), last_evidence_at=ago(120), response=answer)
        early = run(PersonState(), old, now=ago(102))
        assert early.state.cycle.disposition is Disposition.RECYCLED
        assert early.recycle is None
        assert early.state.cycle.recycles == 0


class TestReturn:
    def test_the_cool_down_holds(self):
        decision = run(recycled(), quiet())
        assert decision.stage_moves == decision.disposition_moves == ()
        assert decision.state.grade is None

    def test_a_hand_raise_after_the_rejection_breaks_it_at_once(self):
        decision = run(recycled(), hot())
        assert decision.state.stage is Stage.QUALIFIED_LEAD
        assert (decision.hand_off.kind, decision.hand_off.promise) == ("returned", "hand_raise")

    def test_a_hand_raise_before_the_rejection_does_not(self):
        assert run(recycled(days=1), hot()).hand_off is None

    def test_after_the_cool_down_the_rung_decides(self):
        held = run(recycled(until=-1), replace(quiet(), grade="A", total_milli=80_000))
        assert held.hand_off.kind == "returned"
        assert held.hand_off.promise == "returned"
        gone = run(recycled(until=-1), Evidence(rungs=frozenset({Stage.LEAD}), last_signal_at=ago(40)))
        assert gone.state.stage is Stage.LEAD
        assert gone.state.cycle.disposition is Disposition.OPEN
        assert gone.hand_off is None

    def test_named_signs_break_it_early(self):
        risen = quiet(engagement_rise_milli=15_000)
        assert run(recycled(days=29), risen).disposition_moves == ()
        assert run(recycled(days=30), risen).state.cycle.disposition is Disposition.OPEN
        clicked = replace(quiet(), last_signal_at=ago(1))
        assert run(recycled(code="unresponsive"), clicked).state.cycle.disposition is Disposition.OPEN
        assert run(recycled(code="timing"), clicked).state.cycle.disposition is Disposition.RECYCLED

    def test_two_weeks_between_returns_except_for_a_hand_raise(self):
        twice = recycled(days=3, until=-1, returned_at=(ago(10),))
        waiting = run(twice, replace(quiet(), grade="A"))
        assert waiting.hand_off is None
        assert waiting.state.cycle.recycle_until == ago(10) + timedelta(days=14)
        assert run(twice, hot()).hand_off is not None

    def test_three_returns_are_the_limit_except_for_a_hand_raise(self):
        often = recycled(days=20, until=-1, returned_at=(ago(500), ago(300), ago(100)))
        kept = run(often, replace(quiet(), grade="A", total_milli=80_000))
        assert kept.hand_off is None
        assert kept.state.stage is Stage.LEAD
        assert run(kept.state, replace(quiet(), grade="A")).stage_moves == ()
        assert run(often, hot()).hand_off is not None


class TestGrade:
    def qualified(self, grade="A", low_since=None) -> PersonState:
        state = run(seen(), hot()).state
        return replace(state, grade=grade, grade_current=grade, grade_low_since=low_since)

    @pytest.mark.parametrize(
        ("before", "low_since", "total", "now", "after"),
        [
            ("A", None, 71_000, "B", "A"),
            ("A", None, 70_000, "B", "A"),
            ("A", ago(2.9), 70_000, "B", "A"),
            ("A", ago(3), 70_000, "B", "B"),
            ("A", ago(9), 71_000, "B", "A"),
            ("C", None, 50_000, "B", "B"),
            (None, None, 10_000, "D", "D"),
        ],
    )
    def test_down_slowly_and_up_at_once(self, before, low_since, total, now, after):
        decision = run(self.qualified(before, low_since), hot(grade=now, total_milli=total))
        assert decision.state.grade == after

    def test_a_ceiling_is_a_fact_and_takes_effect_at_once(self):
        decision = run(self.qualified(), hot(grade="B", total_milli=80_000, grade_ceiling="B"))
        assert decision.state.grade == "B"
        assert decision.hand_off is None

    def test_only_open_qualified_leads_have_one(self):
        assert run(seen(), hot(rungs=frozenset({Stage.LEAD}))).state.grade is None

    def test_who_is_in_doubt_or_a_partner_is_not_handed_off(self):
        assert run(seen(), hot(provisional=True)).hand_off is None
        assert run(seen(), hot(partner=True)).hand_off is None
        assert run(seen(), hot(grade="B", total_milli=60_000)).hand_off is None


def test_the_ladders_words_are_data():
    words = LadderWords({Stage.SUSPECT: "subscriber", Stage.QUALIFIED_LEAD: "mql"}, sales_qualified="sql")
    assert lifecycle_for(Stage.NAME, None, words) is None
    assert lifecycle_for(Stage.SUSPECT, None, words) is None
    assert lifecycle_for(Stage.SUSPECT, None, words, subscribed=True) == "subscriber"
    assert lifecycle_for(Stage.QUALIFIED_LEAD, Disposition.ACCEPTED, words) == "mql"
    assert lifecycle_for(Stage.QUALIFIED_LEAD, Disposition.SALES_QUALIFIED, words) == "sql"


def test_a_status_is_written_at_two_moments_only():
    words = {"handed_off": "Working", "recycled": "Nurturing"}
    back = run(with_sales(), hot(response=Response(False, ago(1), "timing")))
    assert status_for(back, False, words) == "Nurturing"
    assert status_for(run(with_sales(), hot()), True, words) == "Working"
    assert status_for(run(with_sales(), hot()), False, words) is None


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
    signs=st.builds(WorkSigns, *(st.none() | moments,) * 6, st.integers(0, 9)),
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
