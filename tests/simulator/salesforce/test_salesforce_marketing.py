"""E-mails, campaigns, queue members and field histories of the simulated org, as a REST caller sees them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.salesforce.salesforce_client import OWNER, QUIET, SECOND_OWNER, Client

HISTORY = "SELECT Field, OldValue, NewValue, CreatedById, CreatedDate FROM LeadHistory ORDER BY CreatedDate, Id"


@pytest.fixture
def org() -> Client:
    return Client()


def edit(org: Client, record_id: str, by: str = OWNER, object_name: str = "Lead", **fields: Any) -> None:
    org.control("edit", {"object": object_name, "id": record_id, "fields": fields, "by": by})


def made(org: Client, object_name: str, **fields: Any) -> str:
    return str(org.control("create", {"object": object_name, "fields": fields, "by": OWNER})["id"])


def changes(org: Client) -> list[tuple[Any, ...]]:
    return [(row["Field"], row.get("OldValue"), row.get("NewValue")) for row in org.soql(HISTORY)]


def test_a_change_of_a_tracked_field_leaves_a_row_with_its_author(org: Client) -> None:
    lead = org.lead()
    edit(org, lead, by=SECOND_OWNER, Status="Working - Contacted", Title="CEO")
    (row,) = org.soql(HISTORY)
    assert (row["Field"], row["OldValue"], row["NewValue"]) == ("Status", "Open - Not Contacted", "Working - Contacted")
    assert row["CreatedById"] == SECOND_OWNER


def test_a_change_of_the_owner_leaves_a_row_with_names_and_one_with_ids(org: Client) -> None:
    lead = org.lead()
    edit(org, lead, OwnerId=SECOND_OWNER)
    assert changes(org) == [("Owner", "Ruiz", "Lee"), ("Owner", OWNER, SECOND_OWNER)]
    org.control("settings", {"history_owner_names": False})
    edit(org, lead, OwnerId=OWNER)
    assert changes(org)[2:] == [("Owner", SECOND_OWNER, OWNER)]


def test_what_is_tracked_is_a_setting_and_without_any_there_is_no_such_object(org: Client) -> None:
    lead = org.lead()
    org.control("settings", {"tracked_fields": {"Lead": ["Title"]}})
    edit(org, lead, Status="Nurturing", Title="CEO")
    assert changes(org) == [("Title", None, "CEO")]
    org.control("settings", {"tracked_fields": {}})
    assert org.refused("GET", "query", q=HISTORY) == (400, "INVALID_TYPE")
    assert org.call("GET", "sobjects/ContactHistory/describe")[0] == 404


def test_an_api_write_is_tracked_and_a_refused_one_is_not(org: Client) -> None:
    lead = org.lead()
    assert org.call("PATCH", f"sobjects/Lead/{lead}", {"Status": "Nurturing"}, QUIET)[0] == 204
    assert org.call("PATCH", f"sobjects/Lead/{lead}", {"Status": "Working - Contacted", "Email": "no"}, QUIET)[0] == 400
    assert [row[2] for row in changes(org)] == ["Nurturing"]
    rows = [
        {"attributes": {"type": "Lead"}, "id": lead, "Status": "Working - Contacted"},
        {"attributes": {"type": "Lead"}, "id": "00Q000000000000AAA", "Status": "Nurturing"},
    ]
    org.call("PATCH", "composite/sobjects", {"allOrNone": True, "records": rows}, QUIET)
    assert [row[2] for row in changes(org)] == ["Nurturing"]


def test_a_late_commit_shows_its_history_as_late_as_its_record(org: Client) -> None:
    lead = org.lead()
    document = {"object": "Lead", "id": lead, "fields": {"Status": "Nurturing"}, "by": OWNER, "visible_after_s": 40}
    org.control("edit", document)
    assert changes(org) == []
    org.control("clock", {"advance_seconds": 41})
    assert [row[2] for row in changes(org)] == ["Nurturing"]


def test_history_values_can_be_neither_filtered_nor_written(org: Client) -> None:
    refused = org.refused("GET", "query", q="SELECT Id FROM LeadHistory WHERE NewValue = 'x'")
    assert refused == (400, "INVALID_FIELD")
    assert org.call("POST", "sobjects/LeadHistory", {"Field": "Status"})[0] >= 400


def test_whether_a_member_has_responded_follows_from_its_status(org: Client) -> None:
    campaign = made(org, "Campaign", Name="Webinar: leaks", Type="Webinar")
    member = made(org, "CampaignMember", CampaignId=campaign, LeadId=org.lead())
    query = "SELECT HasResponded, FirstRespondedDate, Type, Campaign.Name FROM CampaignMember"
    assert org.soql(query)[0]["HasResponded"] is False
    edit(org, member, object_name="CampaignMember", Status="Attended")
    org.control("clock", {"advance_seconds": 86_400})
    edit(org, member, object_name="CampaignMember", Status="Responded")
    (row,) = org.soql(query)
    assert (row["HasResponded"], row["FirstRespondedDate"], row["Type"]) == (True, "2026-03-02", "Lead")
    assert org.call("PATCH", f"sobjects/CampaignMember/{member}", {"HasResponded": False})[0] == 400


def test_a_converted_leads_member_names_the_contact_too(org: Client) -> None:
    lead = org.lead()
    member = made(org, "CampaignMember", CampaignId=made(org, "Campaign", Name="Fair"), LeadId=lead)
    contact = org.control("convert", {"id": lead, "by": OWNER, "opportunity": None})["contact_id"]
    (row,) = org.soql("SELECT Id, LeadId, ContactId FROM CampaignMember")
    assert (row["Id"], row["LeadId"], row["ContactId"]) == (member, lead, contact)


def test_merging_leads_moves_their_campaigns(org: Client) -> None:
    master, loser = org.lead(), org.lead()
    made(org, "CampaignMember", CampaignId=made(org, "Campaign", Name="Fair"), LeadId=loser)
    org.control("merge", {"object": "Lead", "master": master, "losers": [loser], "by": OWNER})
    assert [row["LeadId"] for row in org.soql("SELECT LeadId FROM CampaignMember")] == [master]


def test_an_email_is_found_by_its_task(org: Client) -> None:
    task = made(org, "Task", WhoId=org.lead(), Subject="Email: hello", TaskSubtype="Email", Status="Completed")
    made(org, "EmailMessage", ActivityId=task, Incoming=True, Subject="Re: hello", FromAddress="pat@x.example")
    (row,) = org.soql("SELECT Incoming, Subject, Activity.Subject FROM EmailMessage WHERE Incoming = true")
    assert row["Subject"] == "Re: hello"


def test_a_queue_member_who_leaves_is_gone_without_a_trace(org: Client) -> None:
    queue = org.soql("SELECT Id FROM Group WHERE Type = 'Queue'")[0]["Id"]
    member = made(org, "GroupMember", GroupId=queue, UserOrGroupId=OWNER)
    query = "SELECT Id, GroupId, UserOrGroupId, SystemModstamp FROM GroupMember WHERE Group.Type = 'Queue'"
    assert [row["UserOrGroupId"] for row in org.soql(query)] == [OWNER]
    org.control("delete", {"object": "GroupMember", "id": member, "by": OWNER})
    assert org.soql(query, "queryAll") == []


def test_the_org_says_whether_it_is_a_sandbox(org: Client) -> None:
    query = "SELECT IsSandbox FROM Organization"
    assert [row["IsSandbox"] for row in org.soql(query)] == [False]
    org.control("settings", {"sandbox": True})
    assert [row["IsSandbox"] for row in org.soql(query)] == [True]
