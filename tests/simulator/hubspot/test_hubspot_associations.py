"""Associations: batch read and create, labels, the one primary company, single ties."""

from __future__ import annotations

from typing import Any

import pytest

TIES = "/crm/associations/2026-09/contacts/companies"


@pytest.fixture
def firm(api):
    api.seed(
        records={
            "contacts": [{"id": "11", "properties": {}}, {"id": "12", "properties": {}}],
            "companies": [{"id": "5", "properties": {"name": "C"}}, {"id": "6", "properties": {"name": "D"}}],
        },
        associations=[{"from": ["contacts", "11"], "to": ["companies", "5"], "types": [279]}],
    )
    return api


def types_of(api, contact):
    rows = api.post(f"{TIES}/batch/read", {"inputs": [{"id": contact}]}).json["results"]
    return {
        row["toObjectId"]: {(kind["typeId"], kind["label"]) for kind in row["associationTypes"]}
        for row in rows[0]["to"]
    }


@pytest.mark.parametrize("root", ["/crm/v4/associations", "/crm/associations/2026-03", "/crm/associations/2026-09"])
def test_read_answers_numbers_and_types(firm, root):
    answer = firm.post(f"{root}/contacts/companies/batch/read", {"inputs": [{"id": "11"}]})
    assert answer.status == 200
    (row,) = answer.json["results"]
    assert row["from"] == {"id": "11"}
    assert row["to"][0]["toObjectId"] == 5
    assert {kind["category"] for kind in row["to"][0]["associationTypes"]} == {"HUBSPOT_DEFINED"}


def test_the_first_company_is_primary_and_there_is_only_one(firm):
    assert types_of(firm, "11") == {5: {(1, "Primary"), (279, None)}}
    tie: dict[str, Any] = {"from": {"id": "11"}, "to": {"id": "6"}, "types": []}
    tie["types"] = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
    made = firm.post(f"{TIES}/batch/create", {"inputs": [tie]})
    assert (made.status, made.json["results"][0]["toObjectId"]) == (201, 6)
    assert types_of(firm, "11") == {5: {(279, None)}, 6: {(1, "Primary"), (279, None)}}
    assert firm.value("11", "associatedcompanyid") == "6"


def test_nothing_found_is_an_error_row_in_a_207(firm):
    answer = firm.post(f"{TIES}/batch/read", {"inputs": [{"id": "11"}, {"id": "12"}]})
    assert answer.status == 207
    assert len(answer.json["results"]) == 1
    (error,) = answer.json["errors"]
    assert error["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"
    assert error["message"] == "No company is associated with contact 12."
    assert error["context"] == {"fromObjectId": ["12"], "fromObjectType": ["contact"], "toObjectType": ["company"]}


def test_a_read_takes_1000_inputs(firm):
    rows = [{"id": str(number)} for number in range(1000)]
    assert firm.post(f"{TIES}/batch/read", {"inputs": rows}).status == 207
    assert firm.post(f"{TIES}/batch/read", {"inputs": [*rows, {"id": "1000"}]}).status == 400


def test_long_lists_are_read_in_pages_per_input(firm):
    firm.settings(association_page_size=1)
    firm.control("associate", {"from": ["contacts", "11"], "to": ["companies", "6"], "types": [279]})
    (first,) = firm.post(f"{TIES}/batch/read", {"inputs": [{"id": "11"}]}).json["results"]
    assert [row["toObjectId"] for row in first["to"]] == [5]
    after = first["paging"]["next"]["after"]
    (second,) = firm.post(f"{TIES}/batch/read", {"inputs": [{"id": "11", "after": after}]}).json["results"]
    assert [row["toObjectId"] for row in second["to"]] == [6]
    assert "paging" not in second


def test_create_refuses_what_cannot_be_tied(firm):
    tie = {"from": {"id": "11"}, "to": {"id": "99"}}
    missing = firm.post(f"{TIES}/batch/create", {"inputs": [tie]})
    assert (missing.status, missing.json["numErrors"]) == (207, 1)
    wrong = {"from": {"id": "11"}, "to": {"id": "6"}, "types": [{"associationTypeId": 3}]}
    assert firm.post(f"{TIES}/batch/create", {"inputs": [wrong]}).status == 400


def test_archive_unties(firm):
    body = {"inputs": [{"from": {"id": "11"}, "to": [{"id": "5"}]}]}
    assert firm.post(f"{TIES}/batch/archive", body).status == 204
    assert firm.post(f"{TIES}/batch/read", {"inputs": [{"id": "11"}]}).status == 207
    assert firm.value("11", "associatedcompanyid") is None


def test_labels(firm):
    rows = firm.get(f"{TIES}/labels").json["results"]
    assert {(row["typeId"], row["label"]) for row in rows} == {(1, "Primary"), (279, None)}
    back = firm.get("/crm/v4/associations/companies/contacts/labels").json["results"]
    assert {row["typeId"] for row in back} == {2, 280}


def test_single_ties(firm):
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]
    assert firm.send("PUT", "/crm/v4/objects/contacts/12/associations/companies/6", spec).status == 201
    assert types_of(firm, "12") == {6: {(1, "Primary"), (279, None)}}
    listed = firm.get("/crm/v4/objects/contacts/12/associations/companies").json["results"]
    assert [row["toObjectId"] for row in listed] == [6]
    assert firm.send("DELETE", "/crm/v4/objects/contacts/12/associations/companies/6").status == 204
    assert firm.send("PUT", "/crm/v4/objects/contacts/12/associations/default/companies/5").status == 200
    assert set(types_of(firm, "12")) == {5}
    assert firm.send("PUT", "/crm/v4/objects/contacts/12/associations/default/companies/99").status == 404


def test_the_newest_version_has_no_read_by_record(firm):
    assert firm.get("/crm/objects/2026-09/contacts/11/associations/companies").status == 404


def test_records_show_their_associations(firm):
    record = firm.get("contacts/11", associations="companies,deals").json
    rows = record["associations"]["companies"]["results"]
    assert {row["type"] for row in rows} == {"contact_to_company", "contact_to_company_unlabeled"}
    assert "deals" not in record["associations"]


def test_an_archived_record_loses_its_ties(firm):
    firm.send("DELETE", "companies/5")
    assert firm.post(f"{TIES}/batch/read", {"inputs": [{"id": "11"}]}).status == 207
    assert firm.value("11", "associatedcompanyid") is None


def test_a_tie_can_be_made_from_the_company(firm):
    root = "/crm/associations/2026-09/companies/contacts"
    tie = {"from": {"id": "6"}, "to": {"id": "12"}, "types": [{"associationTypeId": 280}]}
    assert firm.post(f"{root}/batch/create", {"inputs": [tie]}).status == 201
    assert types_of(firm, "12") == {6: {(1, "Primary"), (279, None)}}
