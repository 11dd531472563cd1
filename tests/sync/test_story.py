"""One contact's way through the loop, over real HTTP, as somebody at the company would tell it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from connector.store.tables import Assignment, DispositionHistory, FollowUp
from tests.sync.company_world import ADA, BEN, COMPANY, opened

REPS = {ADA: "9001", BEN: "9002"}


def test_a_contact_asks_for_a_demo_and_somebody_answers_for_it(tmp_path: Path) -> None:
    with opened(tmp_path, over_http=True) as world:
        # A contact that only HubSpot knows. Nothing was asked for yet: nobody is bothered.
        contact = world.contact()
        assert world.sync().handed_off == 0
        assert world.leads() == []

        # Vera asks for a demo. Within one run she is a qualified lead of grade A in somebody's hands.
        world.raise_hand(contact)
        first = world.sync()
        assert (first.status, first.handed_off, first.failed, first.leaks) == ("ok", 1, 0, 0)
        assert first.grades == {"A": 1, "B": 0, "C": 0, "D": 0}

        # In Salesforce there is one Lead record, with an owner from the roster ...
        (lead,) = world.leads()
        assert lead["Email"] == "vera.bell@customer.example"
        assert lead["OwnerId"] in REPS
        assert lead["Status"] == "Open - Not Contacted"
        assert (lead["Leadloop_Stage__c"], lead["Leadloop_Grade__c"]) == ("qualified_lead", "A")
        # ... and one Task for that owner, which says why and until when.
        (task,) = world.tasks()
        assert (task["OwnerId"], task["WhoId"]) == (lead["OwnerId"], lead["Id"])
        assert "Vera Bell" in task["Subject"]
        assert "First contact due: 2026-11-17" in task["Description"]

        # HubSpot shows the same owner, stage and person.
        shown = world.properties(contact)
        assert shown["hubspot_owner_id"] == REPS[lead["OwnerId"]]
        assert shown["lifecyclestage"] == "marketingqualifiedlead"
        assert (shown["leadloop_stage"], shown["leadloop_grade"]) == ("qualified_lead", "A")
        assert shown["leadloop_person"] == lead["Leadloop_Person__c"] == world.person().person_key
        assert shown["leadloop_id"] != lead["Leadloop_Id__c"], "every record has a key of its own"

        # The promise's clock started with the confirmation.
        world.sync()
        (clock,) = world.stored(FollowUp)
        assert (clock.state, clock.promise) == ("running", "hand_raise")
        assert clock.started_at is not None

        # Then there is silence: our own echo is no news, now and tomorrow.
        world.sync()
        quiet = world.states()
        for minutes in (5, 5, 20):
            again = world.sync(minutes=minutes)
            assert (again.pushed, again.planned) == ({"salesforce": 0, "hubspot": 0}, 0)
        assert world.states() == quiet
        assert world.broken() == []


def test_the_rep_calls_and_the_promise_is_kept(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        world.raise_hand(world.contact())
        world.sync(2)
        (lead,) = world.leads()
        world.clock.sleep(10 * 60)
        done = world.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        call = {"Subject": "Called Vera", "WhoId": lead["Id"], "OwnerId": lead["OwnerId"], "Status": "Completed"}
        call |= {"TaskSubtype": "Call", "CallDurationInSeconds": 300, "ActivityDate": done[:10]}
        world.act("salesforce", "create", {"object": "Task", "fields": call, "user_id": lead["OwnerId"]})
        world.sync()
        (clock,) = world.stored(FollowUp)
        assert clock.state == "kept"
        assert world.person().disposition in ("accepted", "working")
        assert world.person().first_touch_at is not None
        assert world.broken() == []


def test_nobody_calls_and_the_promise_is_broken_at_its_minute(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        world.raise_hand(world.contact())
        world.sync(2)
        (clock,) = world.stored(FollowUp)
        assert world.person().next_evaluation_at <= clock.due_at
        world.clock.move_to(clock.due_at - timedelta(minutes=6))
        world.sync(minutes=5)
        assert world.stored(FollowUp)[0].state == "running"
        world.sync(minutes=5)
        (late,) = world.stored(FollowUp)
        assert (late.state, late.broken_at) == ("broken", clock.due_at)
        assert "late" in world.person().next_step
        assert world.app.leaks(COMPANY).new == 0


def test_a_rejection_with_a_reason_goes_back_to_marketing_until_its_day(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        contact = world.contact()
        world.raise_hand(contact)
        world.sync(2)
        (lead,) = world.leads()
        world.clock.sleep(13 * 3600)  # late in the evening: in London it is tomorrow already
        world.edit_lead(lead["Id"], Leadloop_Response__c="rejected", Leadloop_Reject_Reason__c="timing")
        result = world.sync()
        assert result.recycled == 1
        person = world.person()
        assert (person.disposition, person.recycle_reason, person.track) == ("recycled", "timing", "recycled_timing")
        assert (person.recycle_until - world.clock.now()).days in (89, 90)
        assert person.grade is None
        (lead,) = world.leads()
        assert lead["Status"] == "Nurturing"
        assert (lead["Leadloop_Recycled__c"], lead["Leadloop_Recycle_Reason__c"]) == (True, "timing")
        day = person.recycle_until.astimezone(ZoneInfo("America/New_York")).date()
        assert lead["Leadloop_Recycle_Until__c"] == day.isoformat()
        shown = world.properties(contact)
        assert (shown["hs_lead_status"], shown["leadloop_recycled"]) == ("BAD_TIMING", "true")
        assert shown["lifecyclestage"] == "marketingqualifiedlead", "the lifecycle never goes back"
        moves = [row.disposition_to for row in world.stored(DispositionHistory)]
        assert moves[-2:] == ["rejected", "recycled"]
        assert [row.until is None for row in world.stored(Assignment)] == [False]

        # Nothing happens during the cool-down ...
        world.sync(2)
        quiet = world.states()
        world.clock.move_to(person.recycle_until - timedelta(days=1, minutes=10))
        world.sync()
        before = world.person()
        assert before.disposition == "recycled"
        # ... and at its end, exactly, the person is looked at again.
        assert before.next_evaluation_at <= person.recycle_until
        world.clock.move_to(person.recycle_until)
        world.sync(minutes=1)
        assert world.person().disposition != "recycled"
        assert world.states() != quiet
        assert world.app.leaks(COMPANY).new == 0
        assert world.broken() == []


def test_a_new_hand_raise_ends_the_cool_down_at_once(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        contact = world.contact()
        world.raise_hand(contact)
        world.sync(2)
        (lead,) = world.leads()
        world.clock.sleep(3600)
        world.edit_lead(lead["Id"], Leadloop_Response__c="rejected", Leadloop_Reject_Reason__c="no_budget")
        world.sync(2)
        assert world.person().disposition == "recycled"
        world.clock.sleep(86_400)
        world.raise_hand(contact, "Contact sales")
        assert world.sync().handed_off == 1
        assert world.person().disposition == "assigned"
        assert [row.kind for row in world.stored(Assignment)] == ["hand_off", "return"]
        assert len(world.leads()) == 1, "she has a Lead already"
        assert len(world.tasks()) == 2
