"""Tracks as list and campaign membership through the whole loop: put on, taken off, a colleague's doing stands."""

from __future__ import annotations

import pytest

from adapters.simulator.hubspot.simulator import HubSpotSimulator
from connector.app.rejects import Chosen, errors
from connector.cli.connectors import Connectors
from tests.loop.two_systems import ADA, GUID, Loop, OpenLoop

LIST, CAMPAIGN = "501", "701000000000501AAA"
RULES = f"""
[push.hubspot.tracks]
welcome = "Nurture: welcome"
no_contact = "502"

[push.salesforce]
left = "No Show"

[push.salesforce.tracks]
welcome = "{CAMPAIGN}"
"""
EMAIL = "mara@northwind.example"


@pytest.fixture
def loop(open_loop: OpenLoop) -> Loop:
    made = open_loop({"nurture.toml": RULES})
    lists = [
        {"id": LIST, "name": "Nurture: welcome", "processing": "MANUAL"},
        {"id": "502", "name": "Filtered", "processing": "DYNAMIC"},
    ]
    forms = [{"id": GUID, "name": "Demo request"}, {"id": f"{GUID}2", "name": "Newsletter sign-up"}]
    made.control("hubspot", "seed", {"forms": forms, "lists": lists})
    campaign = {"Id": CAMPAIGN, "Name": "Nurture welcome", "Type": "Email"}
    made.control("salesforce", "seed", {"records": {"Campaign": [campaign]}})
    return made


def suspect(loop: Loop) -> tuple[str, str]:
    """Somebody on track welcome, in both systems: contact id, Lead id."""
    contact = loop.contact(numemployees="1-5", jobtitle="Analyst")
    row = {"FirstName": "Mara", "LastName": "Oduya", "Company": "Northwind", "Email": EMAIL}
    loop.control("salesforce", "seed", {"records": {"Lead": [row]}})
    loop.control("hubspot", "submit_form", {"form": f"{GUID}2", "email": EMAIL})
    return contact, next(iter(loop.records("Lead")))


def on_list(loop: Loop) -> set[str]:
    simulator: HubSpotSimulator = loop.hubspot
    return set(simulator.portal.marketing.lists[LIST].members)


def standings(loop: Loop) -> list[str]:
    return [row["Status"] for row in loop.records("CampaignMember").values()]


def hand_raise(loop: Loop, contact: str) -> None:
    """Sales gets the person, so that they leave their track."""
    loop.edit(contact, jobtitle="VP Marketing", numemployees="100-500")
    loop.control("hubspot", "submit_form", {"form": GUID, "email": EMAIL})


def test_somebody_on_a_track_is_put_on_its_list_and_campaign_once_and_leaves_them_with_it(loop: Loop) -> None:
    contact, _ = suspect(loop)
    loop.sync()
    assert (on_list(loop), standings(loop)) == ({contact}, ["Sent"])
    loop.sync()
    before = loop.writes()
    for _ in range(3):
        summary = loop.sync(minutes=1_440)
        assert summary.planned == 0
    assert loop.writes() == before
    hand_raise(loop, contact)
    assert loop.sync().handed_off == 1
    assert (on_list(loop), standings(loop)) == (set(), ["No Show"])
    assert len(loop.records("CampaignMember")) == 1  # nobody is deleted from a campaign
    loop.sync()
    assert loop.sync().planned == 0
    kept = loop.rows("select field, after, reason from journal where object = 'memberships'")
    assert sorted(kept) == [
        (f"member:{CAMPAIGN}", '"No Show"', "left the track"),
        (f"member:{CAMPAIGN}", '"Sent"', "on track welcome"),
        ("member:Nurture: welcome", "false", "left the track"),
        ("member:Nurture: welcome", "true", "on track welcome"),
    ]


def test_what_a_colleague_put_on_a_list_or_campaign_is_never_taken_off(loop: Loop) -> None:
    contact, lead = suspect(loop)
    loop.control("hubspot", "list_add", {"list": LIST, "contact": contact})
    member = {"CampaignId": CAMPAIGN, "LeadId": lead, "Status": "Registered"}
    loop.control("salesforce", "create", {"object": "CampaignMember", "fields": member, "by": ADA})
    loop.sync()
    loop.sync()
    before = loop.writes()
    loop.sync()
    assert loop.writes() == before  # it is known to be theirs, and not looked at again
    hand_raise(loop, contact)
    loop.sync()
    loop.sync()
    assert (on_list(loop), standings(loop)) == ({contact}, ["Registered"])


def test_a_standing_that_a_colleague_has_changed_stays(loop: Loop) -> None:
    contact, _ = suspect(loop)
    loop.sync()
    (member,) = loop.records("CampaignMember")
    attended = {"object": "CampaignMember", "id": member, "fields": {"Status": "Attended"}, "by": ADA}
    loop.control("salesforce", "edit", attended)
    hand_raise(loop, contact)
    loop.sync()
    loop.sync()
    assert (on_list(loop), standings(loop)) == (set(), ["Attended"])
    assert loop.sync().planned == 0


@pytest.mark.parametrize(
    ("system", "path"), [("hubspot", "memberships/add-and-remove"), ("salesforce", "composite/sobjects")]
)
@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
def test_a_lost_answer_makes_one_membership_and_it_is_ours(loop: Loop, system: str, path: str, kind: str) -> None:
    contact, _ = suspect(loop)
    loop.control(system, "faults", {"faults": [{"kind": kind, "path": path, "times": 1}]})
    for _ in range(4):
        loop.clock.sleep(3_600)
        loop.app.sync("acme")
    assert (on_list(loop), standings(loop)) == ({contact}, ["Sent"])
    hand_raise(loop, contact)
    loop.sync()
    loop.sync()
    assert (on_list(loop), standings(loop)) == (set(), ["No Show"])


def test_a_list_that_keeps_itself_refuses_and_rests(loop: Loop) -> None:
    contact, _ = suspect(loop)
    loop.sync()
    loop.edit(contact, hs_email_optout="true", phone="")
    loop.clock.sleep(1_200)
    summary = loop.app.sync("acme")
    track = loop.rows("select track from person where merged_into is null")
    refused = loop.rows("select object, field, code from reject where direction = 'out'")
    assert (track, summary.failed) == ([("no_contact",)], 1)
    assert refused == [("memberships", "member:502", "LIST_KEEPS_ITSELF")]
    (told,) = errors(loop.app, "acme", Chosen(person=EMAIL), Connectors().remedies()).causes
    assert (told.code, told.rejects[0].record_id) == ("LIST_KEEPS_ITSELF", contact)
    assert "map a static list" in told.remedy
    before = loop.writes()
    loop.clock.sleep(600)
    loop.app.sync("acme")
    assert loop.writes() == before
