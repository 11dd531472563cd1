"""What sales does and says, and what brings a recycled person back: before and after."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from connector.decide.cycles import (
    Evidence,
    Owner,
    PersonState,
    Response,
    WorkSigns,
    handed_over,
)
from connector.decide.unreached import Proposal, Tried
from connector.model import Disposition, Stage
from tests.decide.lifecycle_people import (
    NOW,
    ago,
    hot,
    quiet,
    recycled,
    run,
    with_sales,
)


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
        refused = run(with_sales(), hot(response=answer, signs=WorkSigns(tried=Tried(2, 2, 6, 2))))
        assert refused.state.cycle.disposition is Disposition.ASSIGNED
        assert [event.code for event in refused.events] == ["rejection_refused"]
        one_way = run(with_sales(), hot(response=answer, signs=WorkSigns(tried=Tried(6, 1, 6, 2))))
        assert [event.code for event in one_way.events] == ["rejection_refused"]
        taken = run(with_sales(), hot(response=answer, signs=WorkSigns(tried=Tried(6, 2, 6, 2))))
        assert taken.state.cycle.disposition is Disposition.RECYCLED

    def test_a_rejection_without_a_reason_is_decided_when_its_time_is_over(self):
        pending = run(with_sales(), hot(response=Response(False, ago(1)))).state
        assert pending.cycle.disposition is Disposition.REJECTED
        answer = Response(False, ago(1))
        waits = run(pending, hot(response=answer, decide_by=NOW + timedelta(minutes=1)))
        assert waits.state.cycle.disposition is Disposition.REJECTED
        decided = run(pending, hot(response=answer, decide_by=NOW))
        assert (decided.recycle.reason, decided.recycle.track) == ("unspecified", "recycled_timing")
        assert decided.recycle.until == NOW + timedelta(days=90)
        assert run(decided.state, hot(response=answer)).disposition_moves == ()

    @pytest.mark.parametrize("disposition", [Disposition.ASSIGNED, Disposition.ACCEPTED, Disposition.WORKING])
    def test_a_proposed_recycle_is_done_when_nobody_vetoed(self, disposition):
        held = with_sales(disposition=disposition)
        early = run(held, hot(unreached=Proposal(ago(1), NOW + timedelta(hours=1))))
        assert early.state.cycle.disposition is disposition
        done = run(held, hot(unreached=Proposal(ago(3), ago(1))))
        assert (done.recycle.reason, done.state.cycle.disposition) == ("unresponsive", Disposition.RECYCLED)
        assert done.state.last_sales_owner_id == 7

    def test_what_sales_confirmed_is_not_recycled_for_silence(self):
        held = with_sales(disposition=Disposition.SALES_QUALIFIED)
        assert run(held, hot(unreached=Proposal(ago(3), ago(1)))).recycle is None

    def test_a_changed_fact_opens_what_it_had_closed(self):
        answer = Response(False, ago(5), "no_fit")
        ended = run(with_sales(), hot(response=answer)).state
        same = run(ended, hot(response=answer, changed_at={"title": ago(6), "phone": ago(1)}))
        assert same.disposition_moves == ()
        changed = run(ended, hot(response=answer, changed_at={"title": ago(1)}))
        assert [move.reason for move in changed.disposition_moves] == ["fact_changed"]
        assert changed.state.cycle.is_open

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
    def test_another_title_ends_no_authority(self):
        waiting = recycled(code="no_authority", until=400.0)
        assert run(waiting, quiet(changed_at={"title": ago(30)})).disposition_moves == ()
        after = run(waiting, quiet(changed_at={"title": ago(1)}))
        assert after.state.cycle.disposition is Disposition.OPEN

    @pytest.mark.parametrize(
        ("code", "colleague_at", "ended"),
        [("no_authority", None, False), ("no_authority", 30, False), ("no_authority", 1, True), ("timing", 1, False)],
    )
    def test_a_colleague_who_came_since_ends_no_authority(self, code, colleague_at, ended):
        seen_at = None if colleague_at is None else ago(colleague_at)
        after = run(recycled(code=code, until=400.0), quiet(colleague_at=seen_at))
        assert [move.reason for move in after.disposition_moves] == (["colleague_came"] if ended else [])

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
