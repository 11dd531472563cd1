"""What becomes of a hand-off in the whole loop over both simulators: answered, given back, refused, left lying."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from connector.app.reports import report
from connector.store.sql import table
from connector.store.tables import Assignment, DispositionHistory, FollowUp, FollowUpEvent
from tests.sync.company_world import ADA, BEN, COMPANY, CompanyWorld, opened

ANSWER, REASON, NOTE = "Leadloop_Response__c", "Leadloop_Reject_Reason__c", "Leadloop_Reject_Note__c"
REPS = {ADA, BEN}


def handed_off(world: CompanyWorld) -> dict[str, Any]:
    """Vera has asked for a demo and is in somebody's hands; the clock runs."""
    world.raise_hand(world.contact())
    world.sync(2)
    (lead,) = world.leads()
    return lead


def touch(world: CompanyWorld, subtype: str = "Call", **fields: Any) -> None:
    """The rep tries once more, and logs it as done."""
    (lead,) = world.leads()
    task = {"Subject": "Tried", "WhoId": lead["Id"], "OwnerId": lead["OwnerId"], "Status": "Completed"}
    task |= {"TaskSubtype": subtype, **fields}
    world.act("salesforce", "create", {"object": "Task", "fields": task, "by": lead["OwnerId"]})


def events(world: CompanyWorld) -> list[str]:
    return [row.event for row in world.rows(select(table(FollowUpEvent)).order_by(table(FollowUpEvent).c.seq))]


def moves(world: CompanyWorld) -> list[tuple[str, str | None]]:
    return [(row.disposition_to, row.reason) for row in world.stored(DispositionHistory)]


def look_at(world: CompanyWorld, at: datetime) -> None:
    world.clock.move_to(at)
    world.sync(minutes=1)


def subjects(world: CompanyWorld) -> list[str]:
    return sorted(task["Subject"] for task in world.tasks())


def test_yes_in_time_is_one_promise_and_the_call_another(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        lead = handed_off(world)
        world.edit_lead(lead["Id"], **{ANSWER: "accepted"})
        world.sync()
        (clock,) = world.stored(FollowUp)
        assert (clock.accept_state, clock.state, world.person().disposition) == ("kept", "running", "accepted")
        look_at(world, clock.due_at + timedelta(minutes=5))
        (late,) = world.stored(FollowUp)
        assert (late.accept_state, late.state, late.touched_at) == ("kept", "broken", None)
        look_at(world, clock.due_at + timedelta(hours=6))
        assert [row.kind for row in world.stored(Assignment)] == ["hand_off"], "who accepted keeps it"
        assert {"accepted", "escalated"} <= set(events(world))


def test_an_untouched_hand_off_goes_to_somebody_else_after_four_hours(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        lead = handed_off(world)
        (clock,) = world.stored(FollowUp)
        look_at(world, clock.started_at + timedelta(hours=3, minutes=50))
        assert len(world.stored(Assignment)) == 1
        look_at(world, clock.started_at + timedelta(hours=4, minutes=1))
        world.sync(2)
        first, second = world.stored(Assignment)
        assert (second.kind, second.until, first.until is not None) == ("reassign", None, True)
        assert second.owner_id not in (first.owner_id,)
        assert second.reasons["before"] == [first.owner_id]
        assert (second.reasons["path"], second.reasons["kind"]) == ("Q1", "hand_raise")
        (now,) = world.leads()
        assert {lead["OwnerId"], now["OwnerId"]} == REPS
        assert now["Leadloop_Handed_Off_At__c"] == lead["Leadloop_Handed_Off_At__c"]
        assert sorted(task["OwnerId"] for task in world.tasks()) == sorted(REPS)
        assert [row.state for row in world.stored(FollowUp)] == ["broken", "running"]
        assert "reassigned" in events(world)
        # The next one is silent, too: twice is the limit, then it is the manager's.
        for day in range(1, 12):
            look_at(world, clock.started_at + timedelta(days=day))
            assert world.app.leaks(COMPANY).new == 0, f"day {day}"
        assert len(world.stored(Assignment)) <= 3
        assert world.broken() == []


@pytest.mark.parametrize("live_days", [10])
def test_in_the_first_month_nothing_is_taken_from_anybody(tmp_path: Path, live_days: int) -> None:
    from tests.sync.company_world import START

    with opened(tmp_path, live_since=START - timedelta(days=live_days)) as world:
        lead = handed_off(world)
        (clock,) = world.stored(FollowUp)
        for day in (1, 2, 5, 9):
            look_at(world, clock.started_at + timedelta(days=day))
            assert world.app.leaks(COMPANY).people == (), world.person()
        assert len(world.stored(Assignment)) == 1
        assert world.leads()[0]["OwnerId"] == lead["OwnerId"]
        assert events(world).count("escalated") >= 3


@pytest.mark.parametrize(
    ("reason", "disposition"),
    [
        ("wrong_owner", "assigned"),
        ("duplicate", "merged"),
        ("no_fit", "disqualified"),
        ("opted_out", "disqualified"),
        ("lost_price", "recycled"),
    ],
)
def test_each_class_of_reason_decides_at_once(tmp_path: Path, reason: str, disposition: str) -> None:
    with opened(tmp_path) as world:
        lead = handed_off(world)
        world.edit_lead(lead["Id"], **{ANSWER: "rejected", REASON: reason})
        world.sync(2)
        assert world.person().disposition == disposition
        assert ("rejected", reason) in moves(world)
        tracks = {"opted_out": "no_contact", "lost_price": "recycled_timing"}
        assert world.person().track == tracks.get(reason)
        (now,) = world.leads()
        assert (now["OwnerId"] != lead["OwnerId"]) is (reason == "wrong_owner")
        (clock, *_) = world.stored(FollowUp)
        assert (clock.accept_state, clock.state) == ("kept", "ended")
        quiet = world.states()
        world.sync(2)
        assert world.states() == quiet
        if reason == "no_fit":
            world.edit_lead(lead["Id"], Title="Chief Marketing Officer")
            world.sync()
            assert moves(world)[-1][0] != "disqualified"
        assert world.broken() == []


def test_what_the_fallback_gives_back_as_well_does_not_come_to_them_again(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        routing = tmp_path / "mapping" / "routing.toml"
        routing.write_text(routing.read_text("utf-8") + '[marketing]\nowner = "Max Lead"\n', encoding="utf-8")
        handed_off(world)
        for _ in range(4):
            (lead,) = world.leads()
            world.edit_lead(lead["Id"], **{ANSWER: None, REASON: None})
            world.sync()
            world.edit_lead(lead["Id"], **{ANSWER: "rejected", REASON: "wrong_owner"})
            world.sync(2)
        assert [row.owner_id for row in world.stored(Assignment)] == [1, 2, 3]
        person = world.person()
        assert (person.disposition, person.track, person.accountable) == ("rerouted", "qualified_b", "marketing")
        assert world.app.leaks(COMPANY).new == 0
        quiet = world.states()
        world.sync()
        assert world.states() == quiet


def test_without_a_reason_one_is_asked_for_and_then_decided(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        lead = handed_off(world)
        world.edit_lead(lead["Id"], **{ANSWER: "rejected"})
        world.sync(3)
        person = world.person()
        assert (person.disposition, moves(world)[-1]) == ("rejected", ("rejected", "unspecified"))
        asked = [task for task in world.tasks() if "reason" in task["Subject"].lower()]
        assert [task["OwnerId"] for task in asked] == [lead["OwnerId"]]
        assert "Not now, later" in asked[0]["Description"]
        assert world.app.leaks(COMPANY).new == 0
        look_at(world, person.next_step_due + timedelta(minutes=1))
        person = world.person()
        assert (person.disposition, person.recycle_reason) == ("recycled", "unspecified")
        assert person.track == "recycled_timing"
        tables = {table.key: table.rows for table in report(world.app, COMPANY, "recycle").tables}
        assert [row[1:3] for row in tables["reasons"]] == [("pending", 1)]
        assert [row[:3] for row in tables["path"]] == [("Q1", 1, 1)]


def test_a_date_in_the_note_goes_before_the_cool_down(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        lead = handed_off(world)
        world.edit_lead(lead["Id"], **{ANSWER: "rejected", REASON: "timing", NOTE: "Budget round, again 2027-02-01."})
        world.sync(2)
        assert world.leads()[0]["Leadloop_Recycle_Until__c"] == "2027-02-01"


def test_not_reached_is_refused_until_the_attempts_were_made(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        lead = handed_off(world)
        touch(world)
        world.edit_lead(lead["Id"], **{ANSWER: "rejected", REASON: "unresponsive"})
        world.sync(2)
        (clock,) = world.stored(FollowUp)
        assert (clock.state, clock.decided_by) == ("broken", "attempts_not_made")
        assert clock.touched_at is not None
        assert world.person().disposition in ("assigned", "accepted", "working")
        assert "attempts" in world.person().next_step
        for subtype in ("Call", "Call", "Email", "Call", "Email"):
            touch(world, subtype)
            world.sync()
        person = world.person()
        assert (person.disposition, person.recycle_reason) == ("recycled", "unresponsive")
        assert world.broken() == []


@pytest.mark.parametrize("veto", [False, True])
def test_after_every_attempt_a_recycle_is_proposed_and_can_be_vetoed(tmp_path: Path, veto: bool) -> None:
    with opened(tmp_path) as world:
        lead = handed_off(world)
        for subtype in ("Call", "Email", "Call", "Email", "Call", "Email"):
            touch(world, subtype)
            world.sync(minutes=20)
        world.sync()
        proposed = world.person()
        assert proposed.disposition == "working"
        assert any("keep or give back" in subject for subject in subjects(world))
        if veto:
            world.edit_lead(lead["Id"], **{ANSWER: "accepted"})
        look_at(world, proposed.next_step_due + timedelta(minutes=5))
        person = world.person()
        assert person.disposition == ("working" if veto else "recycled")
        assert person.last_sales_owner_id is not None
        if not veto:
            assert moves(world)[-1] == ("recycled", "unresponsive")


def test_who_comes_back_goes_to_the_same_rep_until_the_limit(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        contact = world.contact()
        world.raise_hand(contact)
        world.sync(2)
        (lead,) = world.leads()
        for reason in ("no_budget", "timing"):
            world.clock.sleep(3600)
            world.edit_lead(lead["Id"], **{ANSWER: "rejected", REASON: reason})
            world.sync()
            assert world.person().recycle_reason == reason
            world.clock.sleep(86_400)
            world.raise_hand(contact, "Contact sales")
            world.sync(2)
            assert world.person().disposition == "assigned"
        owners = {row.owner_id for row in world.stored(Assignment)}
        assert (len(owners), len(world.stored(Assignment))) == (1, 3)
        assert "Was with sales before" in world.tasks()[-1]["Description"] + world.tasks()[0]["Description"]


def test_a_later_edit_of_a_finished_task_moves_no_first_touch(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        handed_off(world)
        touch(world)
        world.sync()
        (kept,) = world.stored(FollowUp)
        assert kept.state == "kept"
        (call,) = [task for task in world.tasks() if task["Subject"] == "Tried"]
        world.clock.sleep(5 * 3600)
        edit = {"object": "Task", "id": call["Id"], "fields": {"Description": "left a message"}, "by": BEN}
        world.act("salesforce", "edit", edit)
        world.sync()
        (still,) = world.stored(FollowUp)
        assert (still.state, still.touched_at) == ("kept", kept.touched_at)


def test_a_task_is_due_on_the_day_of_whoever_has_to_do_it(tmp_path: Path) -> None:
    """Ten in the morning on Wednesday in Kathmandu is Tuesday night at the company."""
    with opened(tmp_path) as world:
        team = tmp_path / "mapping" / "team.toml"
        text = team.read_text(encoding="utf-8").replace("role = ", 'timezone = "Asia/Kathmandu"\nrole = ')
        team.write_text(text, encoding="utf-8")
        lead = handed_off(world)
        (task,) = world.tasks()
        assert task["ActivityDate"] == "2026-11-18"
        assert "First contact due: 2026-11-18 10:00 (Asia/Kathmandu)" in task["Description"]
        look_at(world, world.clock.now() + timedelta(days=3))
        world.edit_lead(lead["Id"], **{ANSWER: "rejected"})
        world.sync(3)
        (asked,) = [each for each in world.tasks() if "reason" in each["Subject"].lower()]
        due = world.person().next_step_due.astimezone(ZoneInfo("Asia/Kathmandu"))
        assert asked["ActivityDate"] == f"{due:%Y-%m-%d}"


def test_what_only_the_fallback_can_take_is_not_given_to_them_twice(tmp_path: Path) -> None:
    """After Ada nobody is left but Max: he keeps it and hears of it, instead of getting it anew from himself."""
    with opened(tmp_path) as world:
        team = tmp_path / "mapping" / "team.toml"
        team.write_text(team.read_text(encoding="utf-8").replace('name = "Ben', 'weight = 0\nname = "Ben'), "utf-8")
        handed_off(world)
        (clock,) = world.stored(FollowUp)
        look_at(world, clock.started_at + timedelta(hours=4, minutes=6))
        world.sync(2)
        first, second = world.stored(Assignment)
        assert (second.kind, second.reasons["rule"], second.until) == ("reassign", "fallback", None)
        for hours in (30, 54, 80):
            look_at(world, clock.started_at + timedelta(hours=hours))
        assert [row.owner_id for row in world.stored(Assignment)] == [first.owner_id, second.owner_id]
        assert len(subjects(world)) == 2
        assert events(world)[-1] == "escalated"
        assert world.app.leaks(COMPANY).new == 0


@pytest.mark.parametrize("answered", [False, True])
def test_the_clock_of_somebody_who_left_ends_with_the_hand_off(tmp_path: Path, answered: bool) -> None:
    """What was promised by who left is neither kept nor broken, and does not run for ever."""
    with opened(tmp_path) as world:
        lead = handed_off(world)
        if answered:
            world.edit_lead(lead["Id"], **{ANSWER: "accepted"})
            world.sync()
        other = min(REPS - {lead["OwnerId"]})
        world.act("salesforce", "edit", {"object": "User", "id": lead["OwnerId"], "fields": {"IsActive": False}})
        world.sync(3)
        assert [row.kind for row in world.stored(Assignment)] == ["hand_off", "reassign"]
        left, taken = world.stored(FollowUp)
        accepted = "kept" if answered else "ended"
        assert (left.state, left.accept_state, left.decided_by) == ("ended", accepted, "given_on")
        assert taken.state == "running"
        touch(world)
        world.sync()
        left, taken = world.stored(FollowUp)
        assert (left.state, taken.state) == ("ended", "kept")
        (now,) = world.leads()
        assert now["OwnerId"] == other
