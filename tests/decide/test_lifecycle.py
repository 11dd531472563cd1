"""Before and after, for each kind of lifecycle move: first contact, stages, junk, opportunities, grade."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from connector.decide.cycles import (
    CycleState,
    Evidence,
    OpportunityFact,
    Owner,
    PersonState,
    Response,
    StageSet,
    handed_over,
)
from connector.decide.lifecycle import LadderWords, lifecycle_for, status_for
from connector.model import Disposition, Motion, Stage
from tests.decide.lifecycle_people import (
    HELD,
    NOW,
    ago,
    hot,
    quiet,
    recycled,
    run,
    seen,
    with_sales,
)


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

    def test_whom_a_person_lifts_is_recycled_no_more(self):
        lifted = StageSet(Stage.QUALIFIED_LEAD, ago(1), True, "user 4")
        decision = run(recycled(), replace(quiet(), crm_stage=lifted))
        moves = [(move.disposition_to, move.by, move.reason) for move in decision.disposition_moves]
        assert moves[0] == (Disposition.OPEN, "human", "set_by_a_person")
        cycle = decision.state.cycle
        assert (decision.state.stage, cycle.recycle_until, cycle.recycle_track) == (Stage.QUALIFIED_LEAD, None, None)
        machine = run(recycled(), replace(quiet(), crm_stage=replace(lifted, by_person=False)))
        assert machine.state.cycle.disposition is Disposition.RECYCLED

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
