"""What a person does in a CRM stands, and what they may not be sent or called about is respected."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.store.tables import Assignment
from tests.sync.company_world import ADA, BEN, COMPANY, CompanyWorld, opened


def handed_off(world: CompanyWorld) -> tuple[str, str]:
    contact = world.contact()
    world.raise_hand(contact)
    world.sync(2)
    return contact, world.leads()[0]["Id"]


def test_another_owner_that_a_person_chose_stands(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        _, lead = handed_off(world)
        given = world.records("salesforce", "Lead")[lead]["OwnerId"]
        other = BEN if given == ADA else ADA
        world.clock.sleep(600)
        world.edit_lead(lead, OwnerId=other)
        world.sync(3)
        assert world.records("salesforce", "Lead")[lead]["OwnerId"] == other
        colleague = next(u for u in world.app.stores.decisions.users(1) if u.owner_ids.get("salesforce") == other)
        assert world.person().owner_id == colleague.user_id, "whoever has it answers for it"
        state = world.states()
        world.sync(2)
        assert world.states() == state
        assert len(world.stored(Assignment)) == 1


def test_a_status_that_a_person_set_is_never_written_over(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        contact, lead = handed_off(world)
        world.clock.sleep(600)
        world.edit_lead(lead, Status="Working - Contacted")
        world.edit_contact(contact, hs_lead_status="IN_PROGRESS")
        world.sync(3)
        assert world.records("salesforce", "Lead")[lead]["Status"] == "Working - Contacted"
        assert world.properties(contact)["hs_lead_status"] == "IN_PROGRESS"
        assert world.person().disposition in ("accepted", "working")
        assert world.properties(contact)["leadloop_disposition"] == world.person().disposition


@pytest.mark.parametrize("stage", ["opportunity", "customer", "evangelist", "other"])
def test_a_lifecycle_further_up_or_unknown_is_left_alone(tmp_path: Path, stage: str) -> None:
    with opened(tmp_path) as world:
        contact = world.contact(lifecyclestage=stage)
        world.raise_hand(contact)
        world.sync(3)
        assert world.properties(contact)["lifecyclestage"] == stage


def test_a_lifecycle_that_a_person_took_back_is_not_pushed_forward_again(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        contact, _ = handed_off(world)
        assert world.properties(contact)["lifecyclestage"] == "marketingqualifiedlead"
        world.clock.sleep(600)
        world.edit_contact(contact, lifecyclestage="")
        world.edit_contact(contact, lifecyclestage="lead")
        world.sync(3)
        assert world.properties(contact)["lifecyclestage"] == "lead"


def test_our_own_field_that_somebody_changed_is_put_right(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        contact, _ = handed_off(world)
        world.clock.sleep(600)
        world.edit_contact(contact, leadloop_grade="C")
        world.sync(2)
        assert world.properties(contact)["leadloop_grade"] == "A"


def test_whoever_asked_not_to_be_mailed_but_asks_for_a_call_is_called(tmp_path: Path) -> None:
    """Consent is a permission, not a score: the telephone is still allowed."""
    with opened(tmp_path) as world:
        contact = world.contact(phone="+15550001")
        opted_out = {"object": "contacts", "id": contact, "properties": {"hs_email_optout": "true"}, "source": "FORM"}
        world.act("hubspot", "edit", opted_out)
        world.raise_hand(contact)
        assert world.sync().handed_off == 1
        assert world.person().grade == "A"


def test_whoever_may_not_be_reached_at_all_is_held_visibly_and_is_no_leak(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        contact = world.contact(phone="")
        properties = {"hs_email_optout": "true"}
        world.act("hubspot", "edit", {"object": "contacts", "id": contact, "properties": properties, "source": "FORM"})
        world.sync()
        assert world.person().track in (None, "no_contact")
        assert world.app.leaks(COMPANY).new == 0


def test_the_people_of_somebody_who_left_go_to_a_colleague(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        _, lead = handed_off(world)
        owner = world.records("salesforce", "Lead")[lead]["OwnerId"]
        world.clock.sleep(600)
        edit = {"object": "User", "id": owner, "fields": {"IsActive": False}, "user_id": ADA}
        world.act("salesforce", "edit", edit)
        world.sync(2)
        users = {user.user_id: user for user in world.app.stores.decisions.users(1)}
        colleague = users[world.person().owner_id]
        assert colleague.active, "an inactive user never answers for anybody"
        assert world.app.leaks(COMPANY).new == 0
        assert world.records("salesforce", "Lead")[lead]["OwnerId"] == colleague.owner_ids["salesforce"] != owner
