"""Merges in both modes, their aliases and traces, and privacy deletions."""

from __future__ import annotations

import pytest


@pytest.fixture
def pair(api):
    api.seed(
        records={
            "contacts": [
                {"id": "11", "properties": {"email": "a@b.example", "firstname": "Ada"}},
                {"id": "12", "properties": {"email": "old@b.example", "firstname": "No", "phone": "1"}},
            ],
            "companies": [{"id": "5", "properties": {"name": "C"}}],
        },
        associations=[{"from": ["contacts", "12"], "to": ["companies", "5"], "types": [1]}],
    )
    return api


def merge(api, primary="11", other="12"):
    return api.post("contacts/merge", {"primaryObjectId": primary, "objectIdToMerge": other})


def test_a_merge_mints_a_new_record_that_both_old_ids_lead_to(pair):
    answer = merge(pair)
    assert answer.status == 200
    survivor = answer.json["id"]
    assert survivor not in ("11", "12")
    for old in ("11", "12", survivor):
        assert pair.get(f"contacts/{old}").json["id"] == survivor
    assert pair.value(survivor, "firstname") == "Ada"
    assert pair.value(survivor, "phone") == "1"
    assert pair.value(survivor, "hs_additional_emails") == "old@b.example"
    assert pair.value(survivor, "hs_merged_object_ids") == "11;12"
    assert [row["id"] for row in pair.get("contacts").json["results"]] == [survivor]
    assert pair.get("contacts", archived="true").json["results"] == []


def test_a_merge_may_keep_the_primary_id(pair):
    pair.settings(merge_mode="preserve")
    assert merge(pair).json["id"] == "11"
    assert pair.get("contacts/12").json["id"] == "11"
    assert pair.value("11", "hs_merged_object_ids") == "12"


def test_the_losers_email_stays_taken(pair):
    survivor = merge(pair).json["id"]
    answer = pair.post("contacts", {"properties": {"email": "old@b.example"}})
    assert answer.json["message"] == f"Contact already exists. Existing ID: {survivor}"
    assert pair.get("contacts/old@b.example", idProperty="email").json["id"] == survivor


def test_ties_go_to_the_survivor(pair):
    survivor = merge(pair).json["id"]
    rows = pair.post("/crm/associations/2026-09/contacts/companies/batch/read", {"inputs": [{"id": survivor}]})
    assert rows.json["results"][0]["to"][0]["toObjectId"] == 5
    assert pair.value(survivor, "associatedcompanyid") == "5"


def test_the_survivor_keeps_its_own_primary_company(pair):
    pair.seed(
        records={"companies": [{"id": "6", "properties": {"name": "D"}}]},
        associations=[{"from": ["contacts", "11"], "to": ["companies", "6"], "types": [1]}],
    )
    survivor = merge(pair).json["id"]
    assert pair.value(survivor, "associatedcompanyid") == "6"
    (row,) = pair.post("/crm/associations/2026-09/contacts/companies/batch/read", {"inputs": [{"id": survivor}]}).json[
        "results"
    ]
    assert [tied["toObjectId"] for tied in row["to"]] == [5, 6]


def test_a_primary_without_an_email_takes_the_losers_as_its_own(pair):
    pair.contact("13", firstname="Nameless")
    survivor = merge(pair, "13", "12").json["id"]
    assert pair.value(survivor, "email") == "old@b.example"
    assert pair.value(survivor, "hs_additional_emails") is None


def test_merged_ids_drop_out_of_batches_silently(pair):
    survivor = merge(pair).json["id"]
    for operation in ("read", "update"):
        body = {"inputs": [{"id": "11", "properties": {}}, {"id": survivor, "properties": {}}]}
        answer = pair.post(f"contacts/batch/{operation}", body)
        assert answer.status == 200
        assert [row["id"] for row in answer.json["results"]] == [survivor]
    pair.settings(merged_in_batch="follow")
    body = {"inputs": [{"id": "11"}]}
    assert [row["id"] for row in pair.post("contacts/batch/read", body).json["results"]] == [survivor]


def test_merging_again_keeps_the_whole_trace(pair):
    survivor = merge(pair).json["id"]
    pair.contact("13", email="third@b.example")
    last = merge(pair, survivor, "13").json["id"]
    assert pair.value(last, "hs_merged_object_ids") == f"11;12;{survivor};13"
    assert pair.get("contacts/12").json["id"] == last
    assert pair.value(last, "hs_additional_emails") == "old@b.example;third@b.example"


def test_a_person_can_merge_and_history_says_who(pair):
    survivor = pair.control("merge", {"object": "contacts", "primary": "11", "other": "12", "by": 61})["id"]
    rows = pair.control("history", object="contacts", id=survivor)["history"]
    assert {(row["by"], row["source"]) for row in rows} == {(61, "CRM_UI")}
    assert "hs_merged_object_ids" in {row["property"] for row in rows}


def test_merges_that_are_refused(pair):
    assert merge(pair, "11", "11").status == 400
    assert merge(pair, "11", "99").status == 404
    pair.seed(records={"notes": [{"id": "1", "properties": {}}, {"id": "2", "properties": {}}]})
    assert pair.post("notes/merge", {"primaryObjectId": "1", "objectIdToMerge": "2"}).status == 404


def test_a_privacy_deletion_is_final_and_blocks_the_address(pair):
    assert pair.post("contacts/gdpr-delete", {"objectId": "11"}).status == 204
    assert pair.get("contacts/11").status == 404
    assert pair.get("contacts", archived="true").json["results"] == []
    assert pair.post("contacts", {"properties": {"email": "a@b.example"}}).status == 400
    body = {"objectId": "unknown@b.example", "idProperty": "email"}
    assert pair.post("contacts/gdpr-delete", body).status == 204
    assert pair.post("contacts", {"properties": {"email": "Unknown@b.example"}}).status == 400
    assert pair.post("contacts/gdpr-delete", {"objectId": "99"}).status == 404
