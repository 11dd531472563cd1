"""Conversion and merge as persons do them, and what the API says afterwards."""

from __future__ import annotations

import pytest

from tests.simulator.salesforce.salesforce_client import OWNER, SECOND_OWNER, Client


@pytest.fixture
def org():
    return Client()


def task_on(org, who):
    fields = {"Subject": "Call", "WhoId": who}
    return org.control("create", {"object": "Task", "fields": fields, "by": OWNER})["id"]


def test_conversion_makes_account_contact_opportunity_and_role(org):
    lead = org.lead(FirstName="Ann", Email="ann@acme.co", City="Rome", Leadloop_Id__c="k1", Leadloop_Person__c="p1")
    task = task_on(org, lead)
    org.wait(30)
    found = org.control("convert", {"id": lead, "by": SECOND_OWNER, "opportunity": {"Amount": 500}})
    row = org.row("Lead", lead)
    assert (row["IsConverted"], row["ConvertedDate"], row["Status"]) == (True, "2026-03-02", "Closed - Converted")
    assert row["ConvertedContactId"] == found["contact_id"]
    assert (row["SystemModstamp"][11:19], row["LastModifiedById"]) == ("12:00:30", SECOND_OWNER)
    contact = org.row("Contact", found["contact_id"])
    assert (contact["Name"], contact["Email"], contact["MailingCity"]) == ("Ann Doe", "ann@acme.co", "Rome")
    assert (contact["OwnerId"], contact["AccountId"]) == (OWNER, found["account_id"])
    assert "Leadloop_Id__c" not in contact
    assert "Leadloop_Person__c" not in contact
    assert org.row("Account", found["account_id"])["Name"] == "Acme"
    assert org.row("Opportunity", found["opportunity_id"])["Amount"] == 500.0
    roles = org.soql("SELECT ContactId, OpportunityId, IsPrimary FROM OpportunityContactRole")
    assert roles == [{"ContactId": found["contact_id"], "OpportunityId": found["opportunity_id"], "IsPrimary": True}]
    assert org.row("Task", task)["WhoId"] == found["contact_id"]


def test_a_converted_lead_is_closed_to_the_api(org):
    lead = org.lead()
    org.control("convert", {"id": lead, "by": OWNER})
    assert org.refused("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"}) == (400, "CANNOT_UPDATE_CONVERTED_LEAD")
    refused = org.refused("POST", "sobjects/Task", {"Subject": "Call", "WhoId": lead})
    assert refused == (400, "CANNOT_UPDATE_CONVERTED_LEAD")
    assert org.soql("SELECT IsConverted FROM Lead") == [{"IsConverted": True}]
    assert org.soql("SELECT Id FROM Opportunity") == []


def test_mapped_fields_go_along_and_a_queue_hands_over_to_the_person(org):
    org.control("settings", {"conversion_field_map": {"Leadloop_Person__c": "Leadloop_Person__c"}})
    queue = org.soql("SELECT Id FROM Group")[0]["Id"]
    lead = org.lead(Leadloop_Person__c="p1", OwnerId=queue)
    found = org.control("convert", {"id": lead, "by": SECOND_OWNER})
    contact = org.row("Contact", found["contact_id"])
    assert (contact["Leadloop_Person__c"], contact["OwnerId"]) == ("p1", SECOND_OWNER)


def test_conversion_into_existing_records_fills_only_what_is_empty(org):
    account = org.control("create", {"object": "Account", "fields": {"Name": "Old"}, "by": OWNER})["id"]
    fields = {"LastName": "Kept", "AccountId": account}
    contact = org.control("create", {"object": "Contact", "fields": fields, "by": OWNER})["id"]
    lead = org.lead(Title="CEO")
    found = org.control("convert", {"id": lead, "by": OWNER, "account_id": account, "contact_id": contact})
    assert (found["account_id"], found["contact_id"]) == (account, contact)
    row = org.row("Contact", contact)
    assert (row["LastName"], row["Title"]) == ("Kept", "CEO")


def test_a_conversion_that_fails_leaves_nothing(org):
    lead = org.lead()
    before = org.control("digest", method="GET")
    bad = {"id": lead, "by": OWNER, "opportunity": {"StageName": None}}
    assert org.raw("POST", "/_simulator/convert", bad).status == 400
    assert org.raw("POST", "/_simulator/convert", {"id": lead, "by": OWNER, "status": "Nurturing"}).status == 400
    assert org.control("digest", method="GET") == before


def test_a_conversion_may_commit_late_as_a_whole(org):
    lead = org.lead(Leadloop_Id__c="k1")
    org.control("settings", {"visible_after_s": 60})
    org.control("convert", {"id": lead, "by": OWNER, "opportunity": {}})
    assert org.soql("SELECT IsConverted FROM Lead") == [{"IsConverted": False}]
    assert org.soql("SELECT Id FROM Contact") == []
    refused = org.refused("PATCH", "sobjects/Lead/Leadloop_Id__c/k1", {"Title": "x"})
    assert refused == (400, "UNABLE_TO_LOCK_ROW")
    org.wait(60)
    assert org.soql("SELECT IsConverted FROM Lead") == [{"IsConverted": True}]
    assert len(org.soql("SELECT Id FROM OpportunityContactRole")) == 1


def test_merge_leaves_losers_in_the_bin_and_moves_children(org):
    master, loser, other = org.lead(LastName="M"), org.lead(LastName="L"), org.lead(LastName="O")
    task = task_on(org, loser)
    org.wait(60)
    org.control("merge", {"object": "Lead", "master": master, "losers": [loser, other], "by": SECOND_OWNER})
    rows = org.soql("SELECT Id, IsDeleted, MasterRecordId, SystemModstamp FROM Lead ORDER BY Id", "queryAll")
    assert [(row["Id"], row["IsDeleted"], row["MasterRecordId"]) for row in rows] == [
        (master, False, None),
        (loser, True, master),
        (other, True, master),
    ]
    assert {row["SystemModstamp"] for row in rows} == {"2026-03-02T12:01:00.000+0000"}
    assert org.soql("SELECT Id FROM Lead") == [{"Id": master}]
    child = org.row("Task", task)
    assert (child["WhoId"], child["SystemModstamp"]) == (master, "2026-03-02T12:00:00.000+0000")
    assert org.refused("PATCH", f"sobjects/Lead/{loser}", {"Title": "x"}) == (404, "ENTITY_IS_DELETED")


def test_merge_takes_at_most_three_records(org):
    ids = [org.lead() for _ in range(4)]
    body = {"object": "Lead", "master": ids[0], "losers": ids[1:], "by": OWNER}
    assert org.raw("POST", "/_simulator/merge", body).status == 400
    assert len(org.soql("SELECT Id FROM Lead")) == 4
