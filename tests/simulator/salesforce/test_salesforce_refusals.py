"""One test per refusal of the simulated org: the vendor's status and code, and nothing stored."""

from __future__ import annotations

import pytest

from tests.simulator.salesforce.salesforce_client import BASE, INACTIVE, OWNER, QUIET, Client


@pytest.fixture
def org():
    return Client()


CREATES: list[tuple[dict[str, object], str, list[str] | None]] = [
    ({"LastName": "Doe"}, "REQUIRED_FIELD_MISSING", ["Company"]),
    ({}, "REQUIRED_FIELD_MISSING", ["LastName", "Company"]),
    ({"Foo": 1}, "INVALID_FIELD", []),
    ({"IsConverted": True}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["IsConverted"]),
    ({"SystemModstamp": "2026-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["SystemModstamp"]),
    ({"ConvertedOpportunityId": None}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["ConvertedOpportunityId"]),
    ({"FirstName": "x" * 41}, "STRING_TOO_LONG", ["FirstName"]),
    ({"Leadloop_Grade__c": "E"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Leadloop_Grade__c"]),
    ({"Leadloop_Grade__c": "a"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Leadloop_Grade__c"]),
    ({"Email": "nobody"}, "INVALID_EMAIL_ADDRESS", ["Email"]),
    ({"OwnerId": INACTIVE}, "INACTIVE_OWNER_OR_USER", []),
    ({"OwnerId": "005000000000009AAA"}, "INVALID_CROSS_REFERENCE_KEY", []),
    ({"OwnerId": "003000000000009AAA"}, "MALFORMED_ID", ["OwnerId"]),
    ({"OwnerId": "Dana"}, "MALFORMED_ID", ["OwnerId"]),
    ({"HasOptedOutOfEmail": None}, "INVALID_TYPE_ON_FIELD_IN_RECORD", None),
    ({"HasOptedOutOfEmail": "maybe"}, "JSON_PARSER_ERROR", None),
    ({"Leadloop_Score__c": "many"}, "JSON_PARSER_ERROR", None),
    ({"Leadloop_Score__c": True}, "JSON_PARSER_ERROR", None),
    ({"Leadloop_Score__c": 10_000}, "NUMBER_OUTSIDE_VALID_RANGE", ["Leadloop_Score__c"]),
    ({"NumberOfEmployees": 2**31}, "NUMBER_OUTSIDE_VALID_RANGE", ["NumberOfEmployees"]),
    ({"NumberOfEmployees": 1.5}, "JSON_PARSER_ERROR", None),
    ({"Leadloop_Recycle_Until__c": "soon"}, "JSON_PARSER_ERROR", None),
    ({"Leadloop_Recycle_Until__c": "2026-02-30"}, "JSON_PARSER_ERROR", None),
    ({"Leadloop_Qualified_At__c": "2026-02-01T00:00:00"}, "JSON_PARSER_ERROR", None),
    ({"Title": {"a": 1}}, "JSON_PARSER_ERROR", None),
    ({"Id": "00Q000000000001EAA"}, "INVALID_FIELD", ["Id"]),
]


@pytest.mark.parametrize(("fields", "code", "names"), CREATES, ids=[f"{c[1]}-{sorted(c[0])}" for c in CREATES])
def test_create_is_refused(org, fields, code, names):
    given = fields if code == "REQUIRED_FIELD_MISSING" else {"LastName": "Doe", "Company": "Acme", **fields}
    status, errors = org.call("POST", "sobjects/Lead", given, QUIET)
    assert (status, errors[0]["errorCode"], errors[0].get("fields")) == (400, code, names)
    assert org.soql("SELECT Id FROM Lead") == []


def test_messages_are_the_vendors(org):
    _, errors = org.call("POST", "sobjects/Lead", {})
    assert errors[0]["message"] == "Required fields are missing: [LastName, Company]"
    _, errors = org.call("POST", "sobjects/Lead", {"LastName": "a", "Company": "b", "Foo": 1})
    assert errors[0]["message"] == "No such column 'Foo' on sobject of type Lead"


def test_a_required_field_cannot_be_cleared(org):
    lead = org.lead()
    assert org.refused("PATCH", f"sobjects/Lead/{lead}", {"Company": ""}) == (400, "REQUIRED_FIELD_MISSING")
    assert org.row("Lead", lead)["Company"] == "Acme"


def test_id_in_an_update_body(org):
    lead = org.lead()
    assert org.refused("PATCH", f"sobjects/Lead/{lead}", {"Id": lead}) == (400, "INVALID_FIELD")


def test_unknown_deleted_and_malformed_ids(org):
    lead = org.lead()
    org.control("delete", {"object": "Lead", "id": lead, "by": OWNER})
    assert org.refused("GET", f"sobjects/Lead/{lead}") == (404, "ENTITY_IS_DELETED")
    assert org.refused("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"}) == (404, "ENTITY_IS_DELETED")
    assert org.refused("GET", "sobjects/Lead/00Q000000000001EAA") == (404, "NOT_FOUND")
    assert org.refused("GET", "sobjects/Lead/Dana") == (404, "NOT_FOUND")
    assert org.refused("GET", f"sobjects/Lead/{OWNER}") == (404, "NOT_FOUND")


def test_unknown_paths_versions_and_methods(org):
    assert org.refused("GET", "sobjects/Laed/describe") == (404, "NOT_FOUND")
    assert org.refused("GET", "nowhere") == (404, "NOT_FOUND")
    assert org.refused("GET", "/services/data/v30.0/limits") == (404, "UNSUPPORTED_API_VERSION")
    assert org.refused("GET", "/services/data/v69.0/limits") == (404, "UNSUPPORTED_API_VERSION")
    assert org.call("GET", "/services/data/v31.0/limits/")[0] == 200
    assert org.refused("PUT", "query") == (405, "METHOD_NOT_ALLOWED")


def test_duplicate_external_id(org):
    first = org.lead(Leadloop_Id__c="k1")
    other = org.lead()
    status, errors = org.call("PATCH", f"sobjects/Lead/{other}", {"Leadloop_Id__c": "K1"}, QUIET)
    assert (status, errors[0]["errorCode"]) == (400, "DUPLICATE_VALUE")
    assert errors[0]["message"] == (
        f"duplicate value found: Leadloop_Id__c duplicates value on record with id: {first[:15]}"
    )


def test_a_deleted_record_frees_its_external_id(org):
    first = org.lead(Leadloop_Id__c="k1")
    org.control("delete", {"object": "Lead", "id": first, "by": OWNER})
    status, created = org.call("PATCH", "sobjects/Lead/Leadloop_Id__c/k1", {"LastName": "a", "Company": "b"})
    assert status == 201
    assert created["id"] != first


def test_upsert_bodies_and_keys(org):
    path = "sobjects/Lead/Leadloop_Id__c/k1"
    assert org.refused("PATCH", path, {"Leadloop_Id__c": "k1"}) == (400, "INVALID_FIELD")
    assert org.refused("PATCH", path, {"LastName": "a", "Company": "b"}, updateOnly="true") == (404, "NOT_FOUND")
    assert org.refused("PATCH", "sobjects/Lead/Email/a@b.co", {"LastName": "a"}) == (404, "NOT_FOUND")
    assert org.soql("SELECT Id FROM Lead") == []


def test_several_records_with_one_key_answer_300(org):
    definition = {"name": "Legacy__c", "type": "string", "externalId": True}
    org.control("seed", {"schema": {"Lead": [definition]}})
    ids = sorted([org.lead(Legacy__c="x"), org.lead(Legacy__c="X")])
    status, urls = org.call("GET", "sobjects/Lead/Legacy__c/x")
    assert (status, urls) == (300, [f"{BASE}/sobjects/Lead/{identifier}" for identifier in ids])
    assert org.call("PATCH", "sobjects/Lead/Legacy__c/x", {"Title": "t"})[0] == 300
    body = {"records": [{"attributes": {"type": "Lead"}, "Legacy__c": "x", "Title": "t"}]}
    _, rows = org.call("PATCH", "composite/sobjects/Lead/Legacy__c", body)
    assert rows[0]["errors"][0]["statusCode"] == "DUPLICATE_EXTERNAL_ID"


def test_a_body_that_is_no_json(org):
    assert org.refused("POST", "sobjects/Lead", b"{") == (400, "JSON_PARSER_ERROR")
    assert org.refused("POST", "sobjects/Lead", []) == (400, "JSON_PARSER_ERROR")


def test_half_a_character_is_no_text(org):
    body = b'{"LastName": "\\ud83d", "Company": "Acme"}'
    assert org.refused("POST", "sobjects/Lead", body) == (400, "JSON_PARSER_ERROR")
    whole = b'{"LastName": "\\ud83d\\ude00\\u2028", "Company": "Acme"}'
    assert org.call("POST", "sobjects/Lead", whole, QUIET)[0] == 201
    assert org.soql("SELECT LastName FROM Lead") == [{"LastName": "\U0001f600\u2028"}]


def test_locks_and_read_only_records(org):
    lead = org.lead()
    org.control("settings", {"locked_ids": [lead]})
    assert org.refused("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"}) == (400, "UNABLE_TO_LOCK_ROW")
    org.control("settings", {"locked_ids": [], "read_only_ids": [lead]})
    assert org.refused("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"}) == (400, "INSUFFICIENT_ACCESS_OR_READONLY")


def test_a_queue_owns_leads_only_when_it_serves_them(org):
    queue = "00G000000000001EAA"
    org.control("seed", {"records": {"Group": [{"Id": queue, "Name": "Cases"}]}})
    lead = org.lead()
    path = f"sobjects/Lead/{lead}"
    assert org.refused("PATCH", path, {"OwnerId": queue}, QUIET) == (400, "INVALID_OPERATION")
    org.control("seed", {"records": {"QueueSobject": [{"QueueId": queue, "SobjectType": "Lead"}]}})
    assert org.call("PATCH", path, {"OwnerId": queue}, QUIET)[0] == 204
    owner = org.soql("SELECT Owner.Name, Owner.Type FROM Lead")[0]["Owner"]
    assert owner == {"Name": "Cases", "Type": "Queue"}


def test_lead_status_is_strict_only_when_said(org):
    lead = org.lead(Status="Anything")
    assert org.row("Lead", lead)["Status"] == "Anything"
    org.control("settings", {"strict_lead_status": True})
    refused = org.refused("PATCH", f"sobjects/Lead/{lead}", {"Status": "Else"})
    assert refused == (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")


def test_duplicate_rule(org):
    org.lead(Email="a@b.co")
    org.control("settings", {"duplicate_rule": "block"})
    given = {"LastName": "x", "Company": "y", "Email": "A@b.co"}
    assert org.refused("POST", "sobjects/Lead", given) == (400, "DUPLICATES_DETECTED")


def test_a_task_of_a_lead_has_no_what(org):
    account = org.control("create", {"object": "Account", "fields": {"Name": "Acme"}, "by": OWNER})["id"]
    given = {"Subject": "Call", "WhoId": org.lead(), "WhatId": account}
    assert org.refused("POST", "sobjects/Task", given) == (400, "FIELD_INTEGRITY_EXCEPTION")


def test_users_cannot_be_written_by_the_api(org):
    refused = org.refused("PATCH", f"sobjects/User/{OWNER}", {"Title": "x"})
    assert refused == (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")


def test_hidden_fields_and_objects_do_not_exist(org):
    lead = org.lead(Leadloop_Grade__c="A")
    org.control("settings", {"hidden_fields": ["Lead.Leadloop_Grade__c"], "hidden_objects": ["Task"]})
    names = [field["name"] for field in org.call("GET", "sobjects/Lead/describe")[1]["fields"]]
    assert "Leadloop_Grade__c" not in names
    assert "Leadloop_Stage__c" in names
    assert org.refused("GET", "query", q="SELECT Leadloop_Grade__c FROM Lead") == (400, "INVALID_FIELD")
    assert org.refused("PATCH", f"sobjects/Lead/{lead}", {"Leadloop_Grade__c": "B"}) == (400, "INVALID_FIELD")
    assert org.refused("GET", "query", q="SELECT Id FROM Task") == (400, "INVALID_TYPE")
    assert org.row("Lead", lead)["Leadloop_Grade__c"] == "A"


def test_a_picklist_value_that_was_removed(org):
    options = [{"value": "A", "active": False}, "B"]
    field = {"name": "Leadloop_Grade__c", "type": "picklist", "picklistValues": options, "restrictedPicklist": True}
    org.control("seed", {"schema": {"Lead": [field]}})
    path = f"sobjects/Lead/{org.lead()}"
    assert org.refused("PATCH", path, {"Leadloop_Grade__c": "A"})[1] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert org.call("PATCH", path, {"Leadloop_Grade__c": "B"})[0] == 204
