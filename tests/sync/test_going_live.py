"""What a company's history is worth on the first day: it is adopted and starts nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from connector.store.tables import Assignment, Cycle, FollowUp
from tests.sync.company_world import ADA, COMPANY, LIVE, START, CompanyWorld, opened

AGO = START - timedelta(days=60)


def old_buyer(world: CompanyWorld) -> tuple[str, str]:
    """Somebody who asked for a demo two months ago and is in both CRMs since; (contact, Lead)."""
    moment = AGO.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    properties = {
        "email": "vera.bell@customer.example",
        "firstname": "Vera",
        "lastname": "Bell",
        "jobtitle": "VP Marketing",
        "country": "United States",
        "numemployees": "100-500",
        "industry": "COMPUTER_SOFTWARE",
        "lifecyclestage": "marketingqualifiedlead",
        "hubspot_owner_id": "9002",
        "recent_conversion_event_name": "Demo request",
        "recent_conversion_date": moment,
    }
    row = {"properties": properties, "createdAt": AGO.isoformat()}
    world.act("hubspot", "seed", {"records": {"contacts": [row]}})
    (contact_id,) = world.records("hubspot", "contacts")
    lead_id = world.lead(Email="vera.bell@customer.example", Status="Working - Contacted")
    return contact_id, lead_id


def test_existing_owners_and_statuses_are_adopted_and_nobody_is_handed_off(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        contact, lead = old_buyer(world)
        assert world.sync().handed_off == 0
        world.sync(2)
        assert world.records("salesforce", "Lead")[lead]["OwnerId"] == ADA
        assert world.records("salesforce", "Lead")[lead]["Status"] == "Working - Contacted"
        shown = world.properties(contact)
        # The two CRMs name different owners: that is theirs to settle, not ours to sweep.
        assert shown["hubspot_owner_id"] == "9002"
        assert shown["lifecyclestage"] == "marketingqualifiedlead"
        assert shown["leadloop_stage"] == "qualified_lead", "our own fields are filled in"
        assert world.stored(FollowUp) == []
        assert world.stored(Assignment) == []
        assert world.tasks() == []
        (cycle,) = world.stored(Cycle)
        assert cycle.reconstructed
        assert world.app.leaks(COMPANY).new == 0
        assert world.broken() == []


def test_a_company_that_is_not_live_hands_nobody_off_until_it_is(tmp_path: Path) -> None:
    with opened(tmp_path, live_since=None) as world:
        contact = world.contact()
        world.raise_hand(contact)
        assert world.sync(2).handed_off == 0
        assert world.leads() == []
        assert world.person().stage == "qualified_lead"
        world.clock.sleep(3600)
        world.app.go_live(COMPANY)
        # What was asked before that hour stays history ...
        assert world.sync(2).handed_off == 0
        assert world.tasks() == []
        # ... and what is asked from now on is answered.
        world.clock.sleep(3600)
        world.raise_hand(contact, "Contact sales")
        assert world.sync().handed_off == 1
        assert len(world.tasks()) == 1


@pytest.mark.parametrize(("before_s", "handed_off"), [(1, 0), (-1, 1)])
def test_going_live_is_a_moment_and_not_a_day(tmp_path: Path, before_s: int, handed_off: int) -> None:
    with opened(tmp_path, live_since=START + timedelta(seconds=before_s)) as world:
        world.raise_hand(world.contact())
        assert world.sync().handed_off == handed_off


def test_a_second_run_right_after_the_first_contact_writes_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        old_buyer(world)
        world.contact(email="other@customer.example", lastname="Other")
        world.sync()
        world.sync()
        state = world.states()
        assert world.sync().pushed == {"salesforce": 0, "hubspot": 0}
        assert world.states() == state


def test_what_happened_before_is_inherited_and_not_a_new_leak(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        old_buyer(world)
        world.sync()
        leaks = world.app.leaks(COMPANY)
        assert leaks.new == 0
        assert world.company_row().live_since is None, "a live_since of the configuration is not stored"
        assert world.app.state(COMPANY).live_since == LIVE
