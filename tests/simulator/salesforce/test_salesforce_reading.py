"""Pages, locators, late commits, deletions, replication calls, describe: what a reader may rely on."""

from __future__ import annotations

import pytest

from tests.simulator.salesforce.salesforce_client import BASE, OWNER, QUIET, Client


@pytest.fixture
def org():
    return Client()


def seeded(org, count):
    org.control("seed", {"records": {"Lead": [{"LastName": f"L{i:05}", "Company": "Acme"} for i in range(count)]}})


def test_pages_of_two_thousand_and_locators(org):
    seeded(org, 4500)
    _, page = org.call("GET", "query", q="SELECT Id FROM Lead ORDER BY LastName")
    sizes, ids = [len(page["records"])], [row["Id"] for row in page["records"]]
    while not page["done"]:
        assert page["totalSize"] == 4500
        _, page = org.call("GET", page["nextRecordsUrl"])
        sizes.append(len(page["records"]))
        ids += [row["Id"] for row in page["records"]]
    assert sizes == [2000, 2000, 500]
    assert len(set(ids)) == 4500


@pytest.mark.parametrize(("asked", "given"), [(500, 500), (50, 200), (9000, 2000)])
def test_batch_size_is_a_bounded_wish(org, asked, given):
    seeded(org, 2100)
    headers = {"Sforce-Query-Options": f"batchSize={asked}"}
    _, page = org.call("GET", "query", None, headers, q="SELECT Id FROM Lead")
    assert len(page["records"]) == given


def test_a_server_may_return_shorter_pages(org):
    seeded(org, 3000)
    org.control("settings", {"page_size_shrinks": True})
    _, page = org.call("GET", "query", q="SELECT Id FROM Lead")
    ids = [row["Id"] for row in page["records"]]
    assert 0 < len(ids) < 2000
    while not page["done"]:
        _, page = org.call("GET", page["nextRecordsUrl"])
        ids += [row["Id"] for row in page["records"]]
    assert len(set(ids)) == len(ids) == 3000


def test_a_cursor_freezes_ids_but_not_values(org):
    seeded(org, 2003)
    _, page = org.call("GET", "query", q="SELECT Id, Title FROM Lead ORDER BY LastName")
    rest = [row["Id"] for row in org.soql("SELECT Id FROM Lead ORDER BY LastName LIMIT 3 OFFSET 2000")]
    org.call("PATCH", f"sobjects/Lead/{rest[0]}", {"Title": "New"}, QUIET)
    org.call("DELETE", f"sobjects/Lead/{rest[1]}")
    org.lead(LastName="Z")
    _, page = org.call("GET", page["nextRecordsUrl"])
    assert [(row["Id"], row["Title"]) for row in page["records"]] == [(rest[0], "New"), (rest[2], None)]


def test_locators_expire_after_two_days(org):
    seeded(org, 2001)
    _, page = org.call("GET", "query", q="SELECT Id FROM Lead")
    org.wait(2 * 86_400)
    assert org.call("GET", page["nextRecordsUrl"])[0] == 200
    org.wait(1)
    assert org.refused("GET", page["nextRecordsUrl"]) == (400, "INVALID_QUERY_LOCATOR")
    assert org.refused("GET", "query/01g000000000001AAA-2000") == (400, "INVALID_QUERY_LOCATOR")


def test_a_late_commit_is_seen_after_its_stamp(org):
    org.control("create", {"object": "Lead", "fields": {"LastName": "Late", "Company": "x"}, "visible_after_s": 90})
    assert org.soql("SELECT Id FROM Lead") == []
    org.wait(60)
    watermark = org.soql("SELECT Id FROM Lead WHERE SystemModstamp >= 2026-03-02T12:00:00Z")
    assert watermark == []
    org.wait(30)
    rows = org.soql("SELECT LastName, SystemModstamp FROM Lead")
    assert rows == [{"LastName": "Late", "SystemModstamp": "2026-03-02T12:00:00.000+0000"}]


def test_a_late_change_shows_the_old_version_and_holds_the_lock(org):
    lead = org.lead(Title="Old")
    org.control("edit", {"object": "Lead", "id": lead, "fields": {"Title": "New"}, "visible_after_s": 30})
    assert org.soql("SELECT Title FROM Lead") == [{"Title": "Old"}]
    assert org.refused("PATCH", f"sobjects/Lead/{lead}", {"Title": "Mine"}) == (400, "UNABLE_TO_LOCK_ROW")
    org.wait(30)
    assert org.soql("SELECT Title FROM Lead") == [{"Title": "New"}]
    assert org.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "Mine"}, QUIET)[0] == 204


def test_latest_date_covered_is_held_by_an_open_transaction(org):
    early = org.lead()
    org.wait(120)
    org.control("settings", {"visible_after_s": 600})
    late = org.lead()
    org.control("settings", {"visible_after_s": 0})
    org.wait(300)
    window = {"start": "2026-03-02T11:30:00Z", "end": "2026-03-02T12:07:00Z"}
    _, found = org.call("GET", "sobjects/Lead/updated/", **window)
    assert found == {"ids": [early], "latestDateCovered": "2026-03-02T12:02:00.000+0000"}
    org.wait(300)
    _, found = org.call("GET", "sobjects/Lead/updated", **window)
    assert found == {"ids": [early, late], "latestDateCovered": "2026-03-02T12:07:00.000+0000"}


def test_replication_windows(org):
    path = "sobjects/Lead/updated"
    bad = [
        {"start": "2026-03-02T11:00:10Z", "end": "2026-03-02T11:00:50Z"},
        {"start": "2026-01-01T00:00:00Z", "end": "2026-03-02T11:00:00Z"},
        {"start": "2026-03-01T00:00:00", "end": "2026-03-02T11:00:00Z"},
        {"start": "2026-03-01T00:00:00Z"},
    ]
    for window in bad:
        assert org.refused("GET", path, **window) == (400, "INVALID_REPLICATION_DATE")


def test_deletes_are_listed_and_purged_after_fifteen_days(org):
    lead = org.lead()
    org.wait(60)
    assert org.call("DELETE", f"sobjects/Lead/{lead}")[0] == 204
    org.wait(60)
    window = {"start": "2026-03-02T12:00:00Z", "end": "2026-03-02T12:02:00Z"}
    _, found = org.call("GET", "sobjects/Lead/deleted/", **window)
    assert found["deletedRecords"] == [{"id": lead, "deletedDate": "2026-03-02T12:01:00.000+0000"}]
    assert found["earliestDateAvailable"] == "2026-02-15T12:02:00.000+0000"
    text = "SELECT IsDeleted, SystemModstamp FROM Lead"
    assert org.soql(text) == []
    assert org.soql(text, "queryAll") == [{"IsDeleted": True, "SystemModstamp": "2026-03-02T12:01:00.000+0000"}]
    assert org.soql(f"{text} ALL ROWS") == org.soql(text, "queryAll")
    org.wait(15 * 86_400)
    assert org.soql(text, "queryAll") == []


def test_undelete(org):
    lead = org.lead()
    org.call("DELETE", f"sobjects/Lead/{lead}")
    org.wait(60)
    org.control("undelete", {"object": "Lead", "id": lead, "by": OWNER})
    assert org.soql("SELECT Id, SystemModstamp FROM Lead") == [
        {"Id": lead, "SystemModstamp": "2026-03-02T12:01:00.000+0000"}
    ]


def test_reading_one_record(org):
    lead = org.lead(Title="CEO", AnnualRevenue="12.4")
    status, record = org.call("GET", f"sobjects/Lead/{lead[:15]}", fields="Title,AnnualRevenue,DoNotCall")
    assert status == 200
    assert record == {
        "attributes": {"type": "Lead", "url": f"{BASE}/sobjects/Lead/{lead}"},
        "Title": "CEO",
        "AnnualRevenue": 12.0,
        "DoNotCall": False,
        "Id": lead,
    }
    assert org.refused("GET", f"sobjects/Lead/{lead}", fields="Foo") == (400, "INVALID_FIELD")
    unchanged = {"If-Modified-Since": "Mon, 02 Mar 2026 12:00:00 GMT"}
    assert org.call("GET", f"sobjects/Lead/{lead}", None, unchanged)[0] == 304
    earlier = {"If-Modified-Since": "Mon, 02 Mar 2026 11:59:59 GMT"}
    assert org.call("GET", f"sobjects/Lead/{lead}", None, earlier)[0] == 200


def test_describe_has_every_key_and_answers_304(org):
    response = org.raw("GET", "sobjects/Lead/describe")
    status, document = org.call("GET", "sobjects/Lead/describe")
    fields = {field["name"]: field for field in document["fields"]}
    assert status == 200
    assert (fields["LastName"]["length"], fields["LastName"]["nillable"], fields["Company"]["nillable"]) == (
        80,
        False,
        False,
    )
    assert [value["value"] for value in fields["Leadloop_Grade__c"]["picklistValues"]] == ["A", "B", "C", "D"]
    assert fields["Leadloop_Grade__c"]["restrictedPicklist"]
    key = fields["Leadloop_Id__c"]
    assert (key["externalId"], key["unique"], key["idLookup"], key["length"]) == (True, True, True, 36)
    assert fields["OwnerId"]["referenceTo"] == ["Group", "User"]
    assert fields["Status"]["defaultedOnCreate"]
    names = {child["relationshipName"] for child in document["childRelationships"]}
    assert names == {"Tasks", "Events", "CampaignMembers"}
    since = {"If-Modified-Since": response.header("Last-Modified")}
    assert org.call("GET", "sobjects/Lead/describe", None, since) == (304, None)
    org.wait(60)
    org.control("seed", {"schema": {"Lead": [{"name": "New__c", "type": "string"}]}})
    assert org.call("GET", "sobjects/Lead/describe", None, since)[0] == 200


def test_describe_global_and_versions(org):
    _, document = org.call("GET", "sobjects")
    prefixes = {entry["name"]: entry["keyPrefix"] for entry in document["sobjects"]}
    assert (prefixes["Lead"], prefixes["Contact"], prefixes["Task"], prefixes["Group"]) == ("00Q", "003", "00T", "00G")
    assert "Name" not in prefixes
    org.token = "none"
    status, versions = org.call("GET", "/services/data/")
    assert status == 200
    assert versions[-2:] == [
        {"label": "Summer '26", "url": "/services/data/v67.0", "version": "67.0"},
        {"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"},
    ]


def test_lead_status_gives_the_converted_value(org):
    assert org.soql("SELECT ApiName FROM LeadStatus WHERE IsConverted = true") == [{"ApiName": "Closed - Converted"}]
    assert org.soql("SELECT ApiName FROM LeadStatus WHERE IsDefault = true") == [{"ApiName": "Open - Not Contacted"}]
