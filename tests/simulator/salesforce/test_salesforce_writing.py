"""Stamps, conditional writes, assignment rules, collections, composite, normalisation and bulk ingest."""

from __future__ import annotations

import json

import pytest

from tests.simulator.salesforce.salesforce_client import BASE, OWNER, QUIET, SECOND_OWNER, Client


@pytest.fixture
def org():
    return Client()


def of(kind, **fields):
    return {"attributes": {"type": kind}, **fields}


def stamps(org, lead):
    row = org.row("Lead", lead)
    return row["LastModifiedDate"][11:19], row["SystemModstamp"][11:19], row["LastModifiedById"]


def test_stamps_of_persons_automation_and_empty_updates(org):
    lead = org.lead()
    org.wait(10.7)
    org.control("edit", {"object": "Lead", "id": lead, "fields": {"Title": "a"}, "by": SECOND_OWNER})
    assert stamps(org, lead) == ("12:00:10", "12:00:10", SECOND_OWNER)
    org.wait(10)
    edit = {"object": "Lead", "id": lead, "fields": {"Title": "b"}, "by": OWNER, "automated": True}
    org.control("edit", edit)
    assert stamps(org, lead) == ("12:00:10", "12:00:20", SECOND_OWNER)
    org.wait(10)
    assert org.call("PATCH", f"sobjects/Lead/{lead}", {}, QUIET)[0] == 204
    assert stamps(org, lead)[:2] == ("12:00:30", "12:00:30")


def test_a_lead_without_the_header_is_reassigned(org):
    queue = org.soql("SELECT Id FROM Group")[0]["Id"]
    given = {"LastName": "a", "Company": "b", "OwnerId": OWNER}
    _, made = org.call("POST", "sobjects/Lead", given)
    assert org.row("Lead", made["id"])["OwnerId"] == queue
    _, kept = org.call("POST", "sobjects/Lead", given, QUIET)
    assert org.row("Lead", kept["id"])["OwnerId"] == OWNER
    org.control("settings", {"assignment_rule_owner_id": SECOND_OWNER})
    org.call("PATCH", f"sobjects/Lead/{kept['id']}", {"Title": "x"})
    assert org.row("Lead", kept["id"])["OwnerId"] == SECOND_OWNER
    last = org.control("history", method="GET", object="Lead", id=kept["id"])["history"][-1]
    assert (last["field"], last["before"], last["after"], last["through"]) == (
        "OwnerId",
        OWNER,
        SECOND_OWNER,
        "automation",
    )


def test_assignment_in_collections_and_composite(org):
    lead = org.lead(OwnerId=OWNER)

    def owner_after(path, body, headers=None):
        org.control("edit", {"object": "Lead", "id": lead, "fields": {"OwnerId": OWNER}, "by": OWNER})
        assert org.call("PATCH" if "sobjects" in path else "POST", path, body, headers)[0] == 200
        return org.row("Lead", lead)["OwnerId"]

    rows = {"records": [of("Lead", id=lead, Title="x")]}
    part = {"method": "PATCH", "url": f"{BASE}/sobjects/Lead/{lead}", "referenceId": "u", "body": {"Title": "y"}}
    quiet_part = {**part, "httpHeaders": QUIET}
    assert owner_after("composite/sobjects", rows) != OWNER
    assert owner_after("composite/sobjects", rows, QUIET) == OWNER
    assert owner_after("composite", {"compositeRequest": [part]}) != OWNER
    assert owner_after("composite", {"compositeRequest": [part]}, QUIET) == OWNER
    assert owner_after("composite", {"compositeRequest": [quiet_part]}) == OWNER


def test_owner_defaults_to_the_integration_user(org):
    _, made = org.call("POST", "sobjects/Contact", {"LastName": "a"})
    row = org.row("Contact", made["id"])
    assert row["OwnerId"] == row["CreatedById"] == org.soql("SELECT Id FROM User WHERE Alias = 'integ'")[0]["Id"]


def test_conditional_update(org):
    lead = org.lead()
    path = f"sobjects/Lead/{lead}"
    seen = {**QUIET, "If-Unmodified-Since": "Mon, 02 Mar 2026 12:00:00 GMT"}
    assert org.call("PATCH", path, {"Title": "a"}, seen)[0] == 204
    org.wait(1)
    org.control("edit", {"object": "Lead", "id": lead, "fields": {"Title": "theirs"}, "by": OWNER})
    assert org.refused("PATCH", path, {"Title": "b"}, seen) == (412, "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE")
    assert org.row("Lead", lead)["Title"] == "theirs"
    assert org.call("PATCH", path, {"Title": "b"}, {**seen, "If-Unmodified-Since": "yesterday"})[0] == 400


def test_automation_does_not_trip_the_condition(org):
    lead = org.lead()
    org.wait(5)
    edit = {"object": "Lead", "id": lead, "fields": {"Title": "t"}, "automated": True}
    org.control("edit", edit)
    seen = {**QUIET, "If-Unmodified-Since": "Mon, 02 Mar 2026 12:00:00 GMT"}
    assert org.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "b"}, seen)[0] == 204


def test_composite_of_conditional_updates(org):
    first, second = org.lead(), org.lead()
    org.wait(5)
    org.control("edit", {"object": "Lead", "id": second, "fields": {"Title": "theirs"}, "by": OWNER})
    headers = {**QUIET, "If-Unmodified-Since": "Mon, 02 Mar 2026 12:00:00 GMT"}
    parts = [
        {
            "method": "PATCH",
            "url": f"{BASE}/sobjects/Lead/{lead}",
            "referenceId": f"u{n}",
            "httpHeaders": headers,
            "body": {"Title": "ours"},
        }
        for n, lead in enumerate((first, second))
    ]
    status, answer = org.call("POST", "composite", {"allOrNone": False, "compositeRequest": parts})
    codes = [(part["referenceId"], part["httpStatusCode"]) for part in answer["compositeResponse"]]
    assert (status, codes) == (200, [("u0", 204), ("u1", 412)])
    assert (org.row("Lead", first)["Title"], org.row("Lead", second)["Title"]) == ("ours", "theirs")
    _, answer = org.call("POST", "composite", {"allOrNone": True, "compositeRequest": [parts[0], parts[1]]})
    bodies = [part["body"][0]["errorCode"] for part in answer["compositeResponse"]]
    assert bodies[0] == "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE"


def test_composite_all_or_none_and_references(org):
    make = {
        "method": "POST",
        "url": f"{BASE}/sobjects/Account",
        "referenceId": "acc",
        "body": {"Name": "Acme"},
    }
    use = {
        "method": "POST",
        "url": f"{BASE}/sobjects/Contact",
        "referenceId": "con",
        "body": {"LastName": "Doe", "AccountId": "@{acc.id}"},
    }
    _, answer = org.call("POST", "composite", {"allOrNone": True, "compositeRequest": [make, use]})
    assert [part["httpStatusCode"] for part in answer["compositeResponse"]] == [201, 201]
    assert org.soql("SELECT Account.Name FROM Contact") == [{"Account": {"Name": "Acme"}}]
    broken = {**use, "body": {"AccountId": "@{acc.id}"}}
    _, answer = org.call("POST", "composite", {"allOrNone": True, "compositeRequest": [make, broken]})
    codes = [part["body"][0]["errorCode"] for part in answer["compositeResponse"]]
    assert codes == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]
    assert len(org.soql("SELECT Id FROM Account")) == 1


def test_composite_refuses_the_whole_call(org):
    part = {"method": "GET", "url": f"{BASE}/sobjects/Lead/describe"}
    parts = [{**part, "referenceId": f"r{n}"} for n in range(26)]
    assert org.refused("POST", "composite", {"compositeRequest": parts}) == (400, "LIMIT_EXCEEDED")
    assert org.call("POST", "composite", {"compositeRequest": parts[:25]})[0] == 200
    same = {"compositeRequest": [parts[0], parts[0]]}
    assert org.refused("POST", "composite", same) == (400, "INVALID_INPUT")
    token = {"compositeRequest": [{**parts[0], "httpHeaders": {"Authorization": "Bearer x"}}]}
    assert org.refused("POST", "composite", token) == (400, "INVALID_INPUT")
    query = [{**parts[n], "url": f"{BASE}/query?q=SELECT+Id+FROM+Lead"} for n in range(6)]
    assert org.refused("POST", "composite", {"compositeRequest": query}) == (400, "LIMIT_EXCEEDED")
    nested = [{**parts[0], "method": "POST", "url": f"{BASE}/composite", "body": {}}]
    _, answer = org.call("POST", "composite", {"compositeRequest": nested})
    assert answer["compositeResponse"][0]["httpStatusCode"] == 400


def test_collections_answer_row_by_row(org):
    lead = org.lead()
    body = {"records": [of("Lead", id=lead, Title="x"), of("Lead", id=lead, Title="y" * 129), of("Lead", Title="z")]}
    status, rows = org.call("PATCH", "composite/sobjects", body, QUIET)
    assert status == 200
    assert rows[0] == {"id": lead, "success": True, "errors": []}
    assert [row["errors"][0]["statusCode"] for row in rows[1:]] == ["STRING_TOO_LONG", "MISSING_ARGUMENT"]
    assert org.row("Lead", lead)["Title"] == "x"


def test_collections_all_or_none(org):
    body = {"allOrNone": True, "records": [of("Lead", LastName="a", Company="b"), of("Lead", LastName="a")]}
    _, rows = org.call("POST", "composite/sobjects", body)
    codes = [row["errors"][0]["statusCode"] for row in rows]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    assert org.soql("SELECT Id FROM Lead") == []
    assert org.control("history", method="GET", object="Lead")["history"] == []


def test_collections_take_two_hundred_records(org):
    records = [of("Lead", LastName="a", Company="b", Leadloop_Id__c=f"k{n}") for n in range(201)]
    path = "composite/sobjects/Lead/Leadloop_Id__c"
    assert org.refused("PATCH", path, {"records": records}) == (400, "EXCEEDED_ID_LIMIT")
    assert org.soql("SELECT Id FROM Lead") == []
    _, rows = org.call("PATCH", path, {"records": records[:200]})
    assert [row["created"] for row in rows] == [True] * 200
    _, rows = org.call("PATCH", path, {"records": records[:2]})
    assert [row["created"] for row in rows] == [False] * 2
    ids = ",".join(row["id"] for row in rows)
    _, rows = org.call("DELETE", "composite/sobjects", ids=ids, allOrNone="false")
    assert all(row["success"] for row in rows)
    assert org.call("GET", "query", q="SELECT COUNT() FROM Lead")[1]["totalSize"] == 198
    chunks = [of("Lead" if n % 2 else "Contact", LastName="a", Company="b") for n in range(11)]
    assert org.refused("POST", "composite/sobjects", {"records": chunks}) == (400, "INVALID_INPUT")


def test_one_key_twice_in_an_upsert_fails_both_rows(org):
    rows = [of("Lead", LastName="a", Company="b", Leadloop_Id__c=key) for key in ("k1", "K1", "k2")]
    _, answers = org.call("PATCH", "composite/sobjects/Lead/Leadloop_Id__c", {"records": rows})
    codes = [answer["errors"][0]["statusCode"] if answer["errors"] else None for answer in answers]
    assert codes == ["DUPLICATE_VALUE", "DUPLICATE_VALUE", None]


def test_collections_of_deleted_unknown_and_untyped_records(org):
    lead = org.lead()
    org.call("DELETE", f"sobjects/Lead/{lead}")
    records = [
        of("Lead", id=lead, Title="x"),
        of("Lead", id="00Q000000000001EAA", Title="x"),
        {"id": lead, "Title": "x"},
        of("Laed", id=lead),
        of("Contact", id=lead),
        of("Lead", id="nobody"),
    ]
    _, rows = org.call("PATCH", "composite/sobjects", {"records": records})
    codes = [row["errors"][0]["statusCode"] for row in rows]
    assert codes == [
        "ENTITY_IS_DELETED",
        "INVALID_CROSS_REFERENCE_KEY",
        "INVALID_TYPE",
        "INVALID_TYPE",
        "MALFORMED_ID",
        "MALFORMED_ID",
    ]


def test_one_unknown_field_may_fail_the_whole_collection(org):
    records = [of("Lead", LastName="a", Company="b"), of("Lead", LastName="a", Company="b", Foo=1)]
    _, rows = org.call("POST", "composite/sobjects", {"records": records})
    assert [row["success"] for row in rows] == [True, False]
    org.control("settings", {"collection_parse_errors": "request"})
    assert org.refused("POST", "composite/sobjects", {"records": records}) == (400, "INVALID_FIELD")
    assert len(org.soql("SELECT Id FROM Lead")) == 1


def test_retrieve_keeps_the_order_and_shows_gaps(org):
    first, second = org.lead(LastName="1"), org.lead(LastName="2")
    body = {"ids": [second, "00Q000000000001EAA", first], "fields": ["LastName"]}
    _, rows = org.call("POST", "composite/sobjects/Lead", body)
    assert [row and row["LastName"] for row in rows] == ["2", None, "1"]


def test_normalisation_is_the_orgs_own(org):
    org.control("settings", {"normalise": {"Lead.Email": "lower", "Lead.FirstName": "trim", "Lead.Phone": "digits"}})
    lead = org.lead(Email="A@B.co", FirstName=" Al ", Phone="+1 (2) 3")
    row = org.row("Lead", lead)
    assert (row["Email"], row["FirstName"], row["Phone"]) == ("a@b.co", "Al", "123")
    org.call("PATCH", f"sobjects/Lead/{lead}", {"FirstName": "  "}, QUIET)
    assert "FirstName" not in org.row("Lead", lead)


def test_derived_fields(org):
    lead = org.lead(FirstName="Ann")
    assert org.row("Lead", lead)["Name"] == "Ann Doe"
    task = org.call("POST", "sobjects/Task", {"Subject": "Call", "WhoId": lead})[1]["id"]
    assert org.row("Task", task)["IsClosed"] is False
    org.call("PATCH", f"sobjects/Task/{task}", {"Status": "Completed"})
    assert org.row("Task", task)["IsClosed"] is True
    given = {"Name": "Deal", "StageName": "Closed Won", "CloseDate": "2026-03-31", "Amount": 10}
    deal = org.call("POST", "sobjects/Opportunity", given)[1]["id"]
    row = org.row("Opportunity", deal)
    assert (row["IsClosed"], row["IsWon"], row["Probability"], row["ExpectedRevenue"]) == (True, True, 100.0, 10.0)
    given = {"StartDateTime": "2026-03-02T13:00:00Z", "DurationInMinutes": 30, "WhoId": lead}
    meeting = org.call("POST", "sobjects/Event", given)[1]["id"]
    assert org.row("Event", meeting)["EndDateTime"] == "2026-03-02T13:30:00.000+0000"


def test_values_are_stored_as_the_vendor_shows_them(org):
    lead = org.lead(
        Leadloop_Score__c="87",
        Leadloop_Expected_Value__c=12.345,
        Leadloop_Qualified_At__c="2026-03-01T10:00:00.900+02:00",
        Leadloop_Recycle_Until__c="2026-04-01",
        Leadloop_Why__c="",
    )
    row = org.row("Lead", lead)
    assert (row["Leadloop_Score__c"], row["Leadloop_Expected_Value__c"]) == (87.0, 12.35)
    assert row["Leadloop_Qualified_At__c"] == "2026-03-01T08:00:00.000+0000"
    assert row["Leadloop_Recycle_Until__c"] == "2026-04-01"
    assert "Leadloop_Why__c" not in row


def test_bulk_ingest(org):
    lead = org.lead(Leadloop_Id__c="k1", Title="CEO", Phone="1")
    job = {"object": "Lead", "operation": "upsert", "externalIdFieldName": "Leadloop_Id__c", "lineEnding": "LF"}
    _, made = org.call("POST", "jobs/ingest", job)
    path = f"jobs/ingest/{made['id']}"
    rows = 'Leadloop_Id__c,LastName,Company,Title,Phone\nk1,"Zoë\nTwo",Acme,#N/A,\nk2,New,Acme,,\nk3,,,,\n'
    assert org.raw("PUT", f"{path}/batches", rows.encode()).status == 201
    assert org.call("PATCH", path, {"state": "UploadComplete"})[1]["state"] == "UploadComplete"
    assert org.refused("GET", f"{path}/failedResults/") == (400, "INVALIDJOBSTATE")
    org.wait(5)
    _, state = org.call("GET", path)
    assert (state["state"], state["numberRecordsProcessed"], state["numberRecordsFailed"]) == ("JobComplete", 3, 1)
    row = org.row("Lead", lead)
    assert (row["LastName"], row.get("Title"), row["Phone"]) == ("Zoë\nTwo", None, "1")
    failed = org.raw("GET", f"{path}/failedResults/").body.decode()
    assert (
        '"REQUIRED_FIELD_MISSING:Required fields are missing: [LastName, Company]:LastName Company --","k3"' in failed
    )
    done = org.raw("GET", f"{path}/successfulResults/").body.decode()
    assert done.startswith('"sf__Id","sf__Created","Leadloop_Id__c"')
    assert f'"{lead}","false","k1"' in done


@pytest.mark.parametrize("operation", ["insert", "update", "delete"])
def test_bulk_ingest_operations(org, operation):
    lead = org.lead(OwnerId=OWNER)
    _, made = org.call("POST", "jobs/ingest", {"object": "Lead", "operation": operation})
    rows = {
        "insert": "LastName,Company\nNew,Acme\nNew\n",
        "update": f"Id,Title\n{lead},CEO\n00Q000000000001EAA,CEO\n",
        "delete": f"Id\n{lead}\nnobody\n",
    }
    path = f"jobs/ingest/{made['id']}"
    org.raw("PUT", f"{path}/batches", rows[operation].encode())
    assert org.refused("PUT", f"{path}/batches", b"Id\n") == (400, "INVALIDJOBSTATE")
    org.call("PATCH", path, {"state": "UploadComplete"})
    org.wait(5)
    _, state = org.call("GET", path)
    assert (state["numberRecordsProcessed"], state["numberRecordsFailed"]) == (2, 1)
    found = {row["Id"]: (row["Title"], row["OwnerId"]) for row in org.soql("SELECT Id, Title, OwnerId FROM Lead")}
    assert (lead in found) == (operation != "delete")
    assert len(found) == {"insert": 2, "update": 1, "delete": 0}[operation]
    if operation == "update":
        assert found[lead] == ("CEO", OWNER)
    assert org.raw("GET", f"{path}/unprocessedrecords/").status == 200
    assert org.raw("DELETE", path).status == 204
    assert org.call("GET", path)[0] == 404


def test_bulk_query_in_parts(org):
    ids = [org.lead(LastName=f"L{n}", Title='say "hi"\nthere' if n == 0 else "") for n in range(3)]
    query = "SELECT Id, LastName, Title, SystemModstamp, DoNotCall, Owner.Name FROM Lead ORDER BY LastName"
    _, job = org.call("POST", "jobs/query", {"operation": "query", "query": query})
    path = f"jobs/query/{job['id']}"
    assert org.call("GET", path)[1]["state"] == "InProgress"
    assert org.refused("GET", f"{path}/results") == (400, "INVALIDJOBSTATE")
    org.wait(5)
    assert org.call("GET", path)[1]["state"] == "JobComplete"
    part = org.raw("GET", f"{path}/results", maxRecords="2")
    assert part.header("Sforce-NumberOfRecords") == "2"
    assert part.body.decode().splitlines()[0] == '"Id","LastName","Title","SystemModstamp","DoNotCall","Owner.Name"'
    assert f'"{ids[0]}","L0","say ""hi""\nthere","2026-03-02T12:00:00.000Z","false","Ruiz"' in part.body.decode()
    last = org.raw("GET", f"{path}/results", maxRecords="2", locator=part.header("Sforce-Locator"))
    assert (last.header("Sforce-NumberOfRecords"), last.header("Sforce-Locator")) == ("1", "null")
    old_version = f"/services/data/v66.0/{path}/results"
    assert org.call("GET", old_version)[0] == 409
    assert org.raw("DELETE", path).status == 204
    refused = org.refused("POST", "jobs/query", {"operation": "query", "query": "SELECT COUNT() FROM Lead"})
    assert refused == (400, "FEATURENOTENABLED")
    assert json.loads(org.raw("GET", "jobs/query").body)["records"] == []
