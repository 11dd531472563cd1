"""Search: operators, case rules, limits, sort, the cap of 10,000 and the index that lags."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from adapters.simulator.hubspot import HubSpotSimulator
from adapters.simulator.wire import Request


def where(name, operator, value=None, **more):
    row = {"propertyName": name, "operator": operator, **more}
    return row if value is None else {**row, "value": value}


@pytest.fixture
def people(api):
    api.contact("11", email="ada@b.example", firstname="Ada", leadloop_score="9", leadloop_stage="lead")
    api.contact("12", email="bob@c.example", firstname="Bob", leadloop_score="10", hs_buying_role="CHAMPION;END_USER")
    api.contact("13", email="cy@b.example", leadloop_qualified_at="2026-11-01T12:00:00.000Z", hs_lead_status="NEW")
    return api


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (where("firstname", "EQ", "ADA"), ["11"]),
        (where("firstname", "NEQ", "ada"), ["12", "13"]),
        (where("leadloop_stage", "EQ", "lead"), ["11"]),
        (where("leadloop_stage", "EQ", "LEAD"), []),
        (where("hs_lead_status", "EQ", "NEW"), ["13"]),
        (where("hs_lead_status", "EQ", "new"), []),
        (where("hs_lead_status", "IN", values=["NEW"]), ["13"]),
        (where("leadloop_score", "GT", "9"), ["12"]),
        (where("leadloop_score", "GTE", 9), ["11", "12"]),
        (where("leadloop_score", "LT", "10"), ["11"]),
        (where("leadloop_score", "LTE", "10"), ["11", "12"]),
        (where("leadloop_score", "BETWEEN", "8", highValue="9"), ["11"]),
        (where("firstname", "IN", values=["ada", "bob"]), ["11", "12"]),
        (where("firstname", "IN", values=["Ada", "bob"]), ["12"]),
        (where("firstname", "NOT_IN", values=["ada"]), ["12", "13"]),
        (where("leadloop_stage", "IN", values=["lead"]), ["11"]),
        (where("hs_buying_role", "EQ", "END_USER"), ["12"]),
        (where("firstname", "HAS_PROPERTY"), ["11", "12"]),
        (where("firstname", "NOT_HAS_PROPERTY"), ["13"]),
        (where("email", "CONTAINS_TOKEN", "b.example"), ["11", "13"]),
        (where("email", "CONTAINS_TOKEN", "AD*"), ["11"]),
        (where("email", "NOT_CONTAINS_TOKEN", "c"), ["11", "13"]),
        (where("leadloop_qualified_at", "LTE", "1793534400000"), ["13"]),
        (where("leadloop_qualified_at", "LT", "2026-11-01T12:00:00Z"), []),
        (where("leadloop_qualified_at", "GTE", "2026-11-01T12:00:00Z"), ["13"]),
        (where("hs_object_id", "GT", "11"), ["12", "13"]),
    ],
)
def test_operators(people, row, expected):
    assert people.found(row) == expected


def test_groups_are_alternatives_and_filters_all_hold(people):
    both = people.found(where("firstname", "EQ", "ada"), where("leadloop_score", "EQ", "10"))
    assert both == []
    groups = [{"filters": [where("firstname", "EQ", name)]} for name in ("ada", "bob")]
    found = people.post("contacts/search", {"filterGroups": groups}).json
    assert found["total"] == 2
    assert people.post("contacts/search", {"filters": [where("firstname", "EQ", "ada")]}).json["total"] == 1
    assert people.post("contacts/search", {"query": "b.example"}).json["total"] == 2


def test_associations_can_be_searched(people):
    people.seed(
        records={"companies": [{"id": "5", "properties": {"name": "C"}}]},
        associations=[{"from": ["contacts", "12"], "to": ["companies", "5"], "types": [279]}],
    )
    assert people.found(where("associations.company", "EQ", "5")) == ["12"]
    assert people.search(where("associations.company", "GT", "5")).status == 400


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"filterGroups": [{"filters": [where("email", "HAS_PROPERTY")]}] * 6},
        {"filterGroups": [{"filters": [where("email", "HAS_PROPERTY")] * 7}]},
        {"filterGroups": [{"filters": [where("email", "HAS_PROPERTY")] * 5}] * 4},
        {"sorts": [{"propertyName": "email"}, {"propertyName": "firstname"}]},
        {"sorts": [{"propertyName": "email", "direction": "UP"}]},
        {"sorts": [{"propertyName": "nonsense"}]},
        {"after": "9801", "limit": 200},
        {"after": "x"},
        {"filterGroups": [{"filters": [where("nonsense", "EQ", "1")]}]},
        {"filterGroups": [{"filters": [where("email", "LIKE", "1")]}]},
        {"filterGroups": [{"filters": [where("email", "EQ")]}]},
        {"filterGroups": [{"filters": [where("email", "IN", values=[])]}]},
        {"filterGroups": [{"filters": [where("leadloop_score", "GT", "many")]}]},
        {"filterGroups": [{"filters": [where("lastmodifieddate", "GT", "yesterday")]}]},
        {"filterGroups": "all"},
        {"properties": ["p" * 3000]},
    ],
)
def test_what_search_refuses(people, body):
    answer = people.post("contacts/search", body)
    assert answer.status == 400
    assert answer.json["category"] == "VALIDATION_ERROR"


def test_a_body_of_3000_characters_is_accepted(people):
    body = {"properties": ["email"]}
    padding = " " * (3000 - len(json.dumps(body)))
    assert people.post("contacts/search", json.dumps(body).encode() + padding.encode()).status == 200
    assert people.post("contacts/search", json.dumps(body).encode() + padding.encode() + b" ").status == 400


def test_sorting_and_paging(people):
    descending = [{"propertyName": "leadloop_score", "direction": "DESCENDING"}]
    assert people.found(sorts=descending) == ["12", "11", "13"]
    assert people.found(sorts=["leadloop_score"]) == ["11", "12", "13"]
    assert people.found(sorts=["-hs_object_id"]) == ["13", "12", "11"]
    first = people.search(limit=2).json
    assert (first["total"], first["paging"]) == (3, {"next": {"after": "2"}})
    last = people.search(limit=2, after="2").json
    assert [row["id"] for row in last["results"]] == ["13"]
    assert "paging" not in last


def test_paging_ends_at_ten_thousand():
    simulator = HubSpotSimulator(now=datetime(2026, 11, 20, tzinfo=UTC))
    rows = [{"id": str(number), "properties": {}} for number in range(1, 10_051)]
    seeded = Request("POST", "/_simulator/seed", body=json.dumps({"records": {"contacts": rows}}).encode())
    assert simulator.handle(seeded).status == 200

    def page(after):
        body = json.dumps({"limit": 200, "after": str(after), "sorts": ["hs_object_id"]}).encode()
        headers = {"authorization": "Bearer simulator-token"}
        response = simulator.handle(Request("POST", "/crm/v3/objects/contacts/search", "", headers, body))
        return response.status, json.loads(response.body)

    status, document = page(9_800)
    assert (status, document["total"], len(document["results"])) == (200, 10_050, 200)
    assert document["paging"]["next"]["after"] == "10000"
    assert page(10_000)[0] == 400


def test_a_new_record_is_found_after_the_lag(api):
    made = api.post("contacts", {"properties": {"email": "a@b.example"}}).json["id"]
    assert api.get(f"contacts/{made}").status == 200
    assert api.found() == []
    api.advance(1.9)
    assert api.found() == []
    api.advance(0.1)
    assert api.found() == [made]


def test_during_the_lag_search_shows_and_matches_the_old_value(people):
    people.patch("contacts/11", {"properties": {"firstname": "Eda"}})
    (row,) = people.search(where("firstname", "EQ", "ada")).json["results"]
    assert row["properties"]["firstname"] == "Ada"
    assert row["updatedAt"] == "2026-11-20T09:30:00.000Z"
    assert people.value("11", "firstname") == "Eda"
    people.advance(2)
    assert people.found(where("firstname", "EQ", "ada")) == []
    assert people.found(where("firstname", "EQ", "eda")) == ["11"]


def test_a_shorter_lag_does_not_bring_back_an_older_state(people):
    people.settings(search_lag_s=60)
    people.patch("contacts/11", {"properties": {"firstname": "First"}})
    people.settings(search_lag_s=0)
    people.patch("contacts/11", {"properties": {"firstname": "Second"}})
    assert people.found(where("firstname", "EQ", "second")) == ["11"]
    people.advance(61)
    assert people.found(where("firstname", "EQ", "second")) == ["11"]


def test_archived_records_are_never_found(people):
    people.patch("contacts/11", {"properties": {"firstname": "Eda"}})
    people.send("DELETE", "contacts/11")
    assert people.found() == ["12", "13"]
    people.advance(10)
    assert people.found() == ["12", "13"]
