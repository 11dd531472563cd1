"""What each level writes, field by field, and when a plan waits for a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.errors import NeedsOperator, WaitingForApproval
from tests.sync.company_world import COMPANY, CompanyWorld, opened

CONTESTED = {
    "assign": {("hubspot", "contacts", "hubspot_owner_id")},
    "full": {("hubspot", "contacts", "lifecyclestage"), ("hubspot", "contacts", "hs_lead_status")},
}


def written(world: CompanyWorld) -> set[tuple[str, str, str]]:
    """(system, object, field) of everything that was really written."""
    before = {"Lead": 0, "Task": 0}
    found: set[tuple[str, str, str]] = set()
    for contact in world.records("hubspot", "contacts").values():
        found |= {("hubspot", "contacts", name) for name in contact if name.startswith("leadloop_")}
        for name, start in (("hubspot_owner_id", ""), ("lifecyclestage", ""), ("hs_lead_status", "")):
            if contact.get(name, "") != start:
                found.add(("hubspot", "contacts", name))
    for name in before:
        for record in world.records("salesforce", name).values():
            found |= {("salesforce", name, field) for field, value in record.items() if value not in (None, "", False)}
    return found


@pytest.mark.parametrize("level", ["observe", "annotate", "assign", "full"])
def test_a_level_writes_its_own_fields_and_no_others(tmp_path: Path, level: str) -> None:
    with opened(tmp_path, level=level) as world:
        world.raise_hand(world.contact(lifecyclestage=""))
        summary = world.sync(3)
        fields = written(world)
        ours = {name for system, _, name in fields if system == "hubspot" and name.startswith("leadloop_")}
        assert bool(ours) == (level != "observe")
        for needed, names in CONTESTED.items():
            ladder = ["observe", "annotate", "assign", "full"]
            allowed = ladder.index(level) >= ladder.index(needed)
            assert names <= fields if allowed else not names & fields
        leads = world.leads()
        assert len(leads) == len(world.tasks()) == int(level in ("assign", "full"))
        assert all(lead["Status"] for lead in leads)
        assert summary.status == "ok", "held by the level alone is done"
        assert (summary.held > 0) == (level != "full")


def test_the_plan_always_shows_what_level_full_would_write(tmp_path: Path) -> None:
    with opened(tmp_path, level="observe") as world:
        world.raise_hand(world.contact())
        world.sync()
        changes = list(world.app.open_plan(COMPANY).changes())
        fields = {(each["system"], each["object"], each["field"]) for each in changes}
        assert {("hubspot", "contacts", "lifecyclestage"), ("hubspot", "contacts", "leadloop_stage")} <= fields
        assert ("salesforce", "Lead", "OwnerId") in fields
        assert {each["held_by"] for each in changes} == {"level"}
        assert all(each["rule"] for each in changes)
        assert next(each["record_id"] for each in changes if each["object"] == "Lead") is None


def test_the_first_push_waits_for_a_person_and_the_next_does_not(tmp_path: Path) -> None:
    with opened(tmp_path, approval="first") as world:
        contact = world.contact()
        world.raise_hand(contact)
        state = world.states()
        summary = world.sync()
        assert (summary.status, summary.exit_code) == ("stopped", 3)
        assert isinstance(summary.problem, WaitingForApproval)
        assert set(summary.held_by) == {"approval"}
        assert world.states() == state
        assert world.sync().pushed == {"salesforce": 0, "hubspot": 0}
        pushed = world.app.push(COMPANY)
        assert pushed.status == "ok"
        assert len(world.leads()) == 1
        world.sync(2)
        world.edit_contact(contact, leadloop_response="accepted")
        summary = world.sync()
        assert summary.status == "ok"
        assert world.properties(contact)["leadloop_disposition"] == "accepted"


def test_always_means_every_plan(tmp_path: Path) -> None:
    with opened(tmp_path, approval="always") as world:
        contact = world.contact()
        world.raise_hand(contact)
        world.sync()
        world.app.push(COMPANY)
        while world.sync().problem is not None:  # what the new Lead made possible has a plan of its own
            world.app.push(COMPANY)
        world.edit_contact(contact, leadloop_response="accepted")
        state = world.states()
        assert isinstance(world.sync().problem, WaitingForApproval)
        assert world.states() == state


def test_a_paused_company_is_read_and_decided_but_not_written(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        contact = world.contact()
        world.sync()
        world.app.pause(COMPANY, paused=True)
        state = world.states()
        world.raise_hand(contact)
        changed = world.states()
        assert changed != state
        assert world.sync().handed_off == 1
        assert world.states() == changed
        with pytest.raises(WaitingForApproval, match="acme: pushing is paused; run leadloop resume acme"):
            world.app.push(COMPANY)
        world.app.pause(COMPANY, paused=False)
        world.sync()
        assert len(world.leads()) == 1


def test_a_plan_is_pushed_as_it_was_shown_or_not_at_all(tmp_path: Path) -> None:
    with opened(tmp_path, approval="always") as world:
        world.raise_hand(world.contact())
        shown = world.app.plan(COMPANY)
        assert shown.plan_id is None, "nothing was read yet"
        world.sync()
        shown = world.app.open_plan(COMPANY)
        assert shown.plan_id is not None
        with pytest.raises(WaitingForApproval, match=f"plan {shown.plan_id + 7} is not open"):
            world.app.push(COMPANY, shown.plan_id + 7)
        world.clock.sleep(25 * 3600)
        state = world.states()
        assert world.app.push(COMPANY, shown.plan_id).problem is not None, "older than its limit"
        assert world.states() == state


def test_a_push_that_the_level_keeps_back_is_no_approval(tmp_path: Path) -> None:
    with opened(tmp_path, approval="first", level="observe") as world:
        world.raise_hand(world.contact())
        world.sync()
        assert world.app.push(COMPANY).pushed == {"salesforce": 0, "hubspot": 0}
    with opened(tmp_path, approval="first", level="full") as world:
        world.raise_hand(world.contact())
        state = world.states()
        assert isinstance(world.sync().problem, WaitingForApproval)
        assert world.states() == state


def test_a_push_tells_what_it_kept_back(tmp_path: Path) -> None:
    with opened(tmp_path, approval="always", level="annotate") as world:
        world.raise_hand(world.contact())
        world.sync()
        summary = world.app.push(COMPANY)
        assert summary.pushed["hubspot"] == 1
        assert set(summary.held_by) == {"level"}
        assert summary.held == 2, "the contact's lifecycle and the Lead record to be"
        assert summary.status == "ok"


@pytest.mark.parametrize("load", ["sync", "backfill"])
def test_a_mixed_pair_is_refused_before_a_person_is_read(tmp_path: Path, load: str) -> None:
    with opened(tmp_path, environment="sandbox") as world:
        world.contact()
        with pytest.raises(NeedsOperator, match="salesforce is a production account, the company is sandbox"):
            getattr(world.app, load)(COMPANY)
        assert world.app.funnel(COMPANY).people == 0
        assert not world.app.stores.landing.records(1, "hubspot", "contacts")
