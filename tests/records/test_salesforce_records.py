"""Salesforce's records from the simulated org to what is known of a person: each lands, maps and shows its signals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.errors import NeedsOperator
from connector.store.tables import FieldHistory, Landing, Link, QueueMember
from tests.records.salesforce_company import ANN, BOB, FAIR, PAT, QUEUE, ROBOT, START, Company, company


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path) as opened:
        yield opened


def wire(seconds: float = 0) -> str:
    return (START + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def test_a_mail_and_its_answer_are_an_attempt_and_a_reply_of_the_same_lead(acme: Company) -> None:
    task = acme.make("Task", WhoId=PAT, Subject="Email: hello", TaskSubtype="Task")
    acme.make("EmailMessage", ActivityId=task, Incoming=False, Subject="hello", MessageDate=wire(-600))
    answer: dict[str, Any] = {"Incoming": True, "FromAddress": "Pat@Customer.example", "MessageDate": wire(-60)}
    acme.make("EmailMessage", Subject="Re: hello", **answer)
    acme.make("EmailMessage", Subject="Automatic reply: hello", **answer)
    acme.make("EmailMessage", Subject="Re: hello", **{**answer, "FromAddress": "stranger@other.example"})
    acme.sync()
    assert acme.signals() == [("salesforce.EmailMessage", "rep_touch_attempt"), ("salesforce.EmailMessage", "reply")]


def test_a_meeting_is_held_only_once_it_has_ended(acme: Company) -> None:
    acme.make("Event", WhoId=PAT, Subject="Demo", StartDateTime=wire(3_600), EndDateTime=wire(7_200))
    acme.sync()
    assert acme.signals() == [("salesforce.Event", "meeting_booked")]
    acme.move(7_201)
    acme.sync()
    assert acme.signals() == [
        ("salesforce.Event", "meeting_booked"),
        ("salesforce.Event", "meeting_held"),
        ("salesforce.Event", "rep_touch_attempt"),
    ]


def test_a_response_is_a_signal_and_membership_is_none(acme: Company) -> None:
    member = acme.make("CampaignMember", CampaignId=FAIR, LeadId=PAT)
    acme.sync()
    assert acme.signals() == []
    acme.edit("CampaignMember", member, Status="Attended")
    acme.sync()
    assert acme.signals() == [("salesforce.CampaignMember", "event_attended")]


@pytest.mark.parametrize("hubspot_first", [True, False])
def test_the_same_webinar_in_both_systems_counts_once_and_hubspot_goes_first(
    acme: Company, hubspot_first: bool
) -> None:
    def in_hubspot() -> None:
        form = {"recent_conversion_event_name": "Webinar: Lead scoring", "recent_conversion_date": wire(-3_600)}
        acme.contact(email="pat@customer.example", lastname="Roe", **form)

    def in_salesforce() -> None:
        acme.make("CampaignMember", CampaignId=FAIR, LeadId=PAT, Status="Attended")

    for happens in (in_hubspot, in_salesforce) if hubspot_first else (in_salesforce, in_hubspot):
        happens()
        acme.sync()
    assert acme.signals() == [("hubspot.contacts", "event_attended")]
    assert len(acme.signals(counted=False)) == 2


def test_a_web_to_lead_with_a_listed_source_is_a_hand_raise(acme: Company) -> None:
    acme.make("Lead", LastName="Web", Company="Acme", Email="web@customer.example", LeadSource="Web - Demo request")
    acme.make("Lead", LastName="List", Company="Acme", Email="list@customer.example", LeadSource="Purchased List")
    acme.sync()
    assert acme.signals() == [("salesforce.Lead", "hand_raise")]


def test_the_history_gives_changes_their_true_times_and_authors(acme: Company) -> None:
    acme.sync()
    acme.move(600)
    acme.edit("Lead", PAT, by=ROBOT, Status="Nurturing")
    acme.move(600)
    acme.edit("Lead", PAT, by=BOB, Status="Working - Contacted", OwnerId=BOB)
    acme.move(600)
    acme.edit("Lead", PAT, Title="CEO")
    acme.sync()
    told = [row for row in acme.rows(FieldHistory) if row.actor in ("human", "automation")]
    assert sorted((row.valid_from, row.field, row.value_text, row.actor) for row in told) == [
        (START + timedelta(seconds=600), "sf_status", "Nurturing", "automation"),
        (START + timedelta(seconds=1_200), "owner", BOB, "human"),
        (START + timedelta(seconds=1_200), "sf_status", "Working - Contacted", "human"),
    ]
    (link,) = [row for row in acme.rows(Link) if row.record_id == PAT]
    at = round((START + timedelta(seconds=1_200)).timestamp() * 1_000_000)
    assert (link.stamps["sf_status"], link.stamps["owner"]) == (at, at)
    assert link.authors["sf_status"] == ["Working - Contacted", "person", at]


def test_who_is_in_a_queue_is_known_until_they_leave(acme: Company) -> None:
    members = [acme.make("GroupMember", GroupId=QUEUE, UserOrGroupId=user) for user in (ANN, BOB)]
    acme.sync()
    assert {row.member_owner_id for row in acme.rows(QueueMember)} == {ANN, BOB}
    acme.control("salesforce", "delete", {"object": "GroupMember", "id": members[0], "by": ANN})
    acme.sync()
    users = {user.name: user for user in acme.app.stores.decisions.users(acme.app.state("acme").company_id)}
    assert users["Inbound"].members == (users["Bob"].user_id,)


def test_every_object_lands(acme: Company) -> None:
    acme.make("CampaignMember", CampaignId=FAIR, LeadId=PAT)
    acme.make("EmailMessage", Subject="One", Incoming=True)
    acme.make("GroupMember", GroupId=QUEUE, UserOrGroupId=ANN)
    acme.edit("Lead", PAT, Status="Nurturing")
    acme.sync()
    landed = {row.object for row in acme.rows(Landing) if row.system == "salesforce"}
    wanted = {"EmailMessage", "Campaign", "CampaignMember", "LeadHistory", "GroupMember", "LeadStatus", "Organization"}
    assert wanted <= landed


def test_objects_that_we_may_not_see_are_findings_and_cost_a_call_each(acme: Company) -> None:
    hidden = ["EmailMessage", "Campaign", "CampaignMember", "GroupMember", "LeadStatus", "Organization"]
    acme.control("salesforce", "settings", {"hidden_objects": hidden, "tracked_fields": {}})
    assert acme.sync().status == "ok"
    missing = {f"missing_object:salesforce.{name}" for name in (*hidden, "LeadHistory", "ContactHistory")}
    assert missing <= acme.findings().keys()
    before = acme.calls()
    acme.sync()
    objects = acme.app.loaded("acme").mapping.of_system("salesforce")
    assert acme.calls() - before <= len(objects) + 2
    acme.control("salesforce", "settings", {"hidden_objects": [], "tracked_fields": {"Lead": ["Status"]}})
    acme.move(60)
    acme.sync()
    assert {name for name in acme.findings() if name in missing} == {"missing_object:salesforce.ContactHistory"}


def test_an_idle_sync_costs_a_call_per_object_and_two(acme: Company) -> None:
    acme.sync()
    acme.sync()
    before = acme.calls()
    acme.sync()
    objects = acme.app.loaded("acme").mapping.of_system("salesforce")
    assert acme.calls() - before <= len(objects) + 2


def test_a_status_that_we_would_write_and_the_org_does_not_have_is_a_finding(acme: Company) -> None:
    acme.sync()
    assert not [name for name in acme.findings() if name.startswith("unknown_value")]
    (status,) = [row.record_id for row in acme.rows(Landing) if row.fields.get("ApiName") == "Nurturing"]
    acme.control("salesforce", "delete", {"object": "LeadStatus", "id": status, "by": ANN})
    acme.sync()
    finding = acme.findings()["unknown_value:salesforce.Lead.Status"]
    assert "Nurturing" in finding.remedy


@pytest.mark.parametrize(("environment", "sandbox"), [("production", True), ("sandbox", False)])
def test_an_account_of_another_environment_is_refused_before_a_person_is_read(
    tmp_path: Path, environment: str, sandbox: bool
) -> None:
    with company(tmp_path, environment) as acme:
        acme.control("salesforce", "settings", {"sandbox": sandbox})
        with pytest.raises(NeedsOperator, match="correct url or environment"):
            acme.sync()
        assert {row.object for row in acme.rows(Landing)} == {"Organization"}
        assert acme.findings()["environment:salesforce"].severity == "error"
        acme.control("salesforce", "settings", {"sandbox": not sandbox})
        assert acme.sync().status == "ok"
        assert "environment:salesforce" not in acme.findings()


def test_an_account_that_becomes_a_sandbox_is_not_written_to(acme: Company) -> None:
    acme.sync()
    acme.control("salesforce", "settings", {"sandbox": True})
    with pytest.raises(NeedsOperator):
        acme.sync()
    with pytest.raises(NeedsOperator):
        acme.app.push("acme")
