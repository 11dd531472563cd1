"""Batches: caps, shapes of 200 and 207, traces, conflicts and order."""

from __future__ import annotations

from typing import Any

import pytest


def inputs(*rows):
    return {"inputs": list(rows)}


def ids(answer):
    return {row["id"] for row in answer.json["results"]}


@pytest.fixture
def pair(api):
    api.contact("11", email="a@b.example", leadloop_id="u1")
    api.contact("12", email="b@b.example", leadloop_id="u2")
    return api


@pytest.mark.parametrize("operation", ["read", "create", "update", "upsert", "archive"])
def test_a_batch_holds_100_inputs(api, operation):
    rows = [{"id": str(number), "idProperty": "leadloop_id", "properties": {}} for number in range(101)]
    answer = api.post(f"contacts/batch/{operation}", inputs(*rows))
    assert answer.status == 400
    assert "100" in answer.json["message"]
    assert api.post(f"contacts/batch/{operation}", inputs()).status == 400
    assert api.post(f"contacts/batch/{operation}", {"inputs": ["x"]}).status == 400


def test_reading_with_history_holds_50_inputs(api):
    rows = [{"id": str(number)} for number in range(51)]
    body = {**inputs(*rows), "propertiesWithHistory": ["email"]}
    assert api.post("contacts/batch/read", body).status == 400
    assert api.post("contacts/batch/read", inputs(*rows)).status == 207


@pytest.mark.parametrize("operation", ["read", "update", "upsert", "archive"])
def test_a_repeated_id_refuses_the_batch(pair, operation):
    row = {"id": "11", "properties": {}}
    answer = pair.post(f"contacts/batch/{operation}", inputs(row, row))
    assert answer.status == 400
    assert answer.json["message"] == "Duplicate IDs found in batch input: [11]. IDs must be unique"
    assert answer.json["context"] == {"ids": ["11"]}


def test_missing_ids_of_a_read_share_one_error(pair):
    answer = pair.post("contacts/batch/read", {**inputs({"id": "11"}, {"id": "98"}, {"id": "99"}), "properties": []})
    assert answer.status == 207
    assert ids(answer) == {"11"}
    assert (answer.json["status"], answer.json["numErrors"]) == ("COMPLETE", 1)
    (error,) = answer.json["errors"]
    assert error["context"] == {"ids": ["98", "99"]}
    assert error["message"].startswith("Could not get some CONTACT objects")


def test_a_read_takes_a_unique_property_and_archived_records(pair):
    by_key = pair.post("contacts/batch/read", {**inputs({"id": "u2"}), "idProperty": "leadloop_id"})
    assert (by_key.status, ids(by_key)) == (200, {"12"})
    assert pair.post("contacts/batch/read", {**inputs({"id": "x"}), "idProperty": "firstname"}).status == 400
    pair.send("DELETE", "contacts/12")
    assert pair.post("contacts/batch/read", inputs({"id": "12"})).status == 207
    assert ids(pair.post("contacts/batch/read", inputs({"id": "12"}), archived="TRUE")) == {"12"}


def test_results_are_not_in_the_order_of_inputs_but_the_same_every_time(api):
    rows = [{"id": str(number)} for number in range(20, 40)]
    for row in rows:
        api.contact(row["id"])
    found = [row["id"] for row in api.post("contacts/batch/read", inputs(*rows)).json["results"]]
    assert sorted(found) == [row["id"] for row in rows]
    assert found != [row["id"] for row in rows]


def test_untraced_bad_row_refuses_the_whole_update(pair):
    rows = [
        {"id": "11", "properties": {"firstname": "Ada"}},
        {"id": "12", "properties": {"leadloop_grade": "Z"}},
    ]
    assert pair.post("contacts/batch/update", inputs(*rows)).status == 400
    assert pair.value("11", "firstname") is None
    pair.settings(batch_update_partial="always")
    assert pair.post("contacts/batch/update", inputs(*rows)).status == 207


def test_traced_rows_of_an_update_stand_alone(pair):
    rows = [
        {"id": "11", "properties": {"firstname": "Ada"}, "objectWriteTraceId": "t1"},
        {"id": "12", "properties": {"leadloop_grade": "Z"}, "objectWriteTraceId": "t2"},
        {"id": "99", "properties": {}, "objectWriteTraceId": "t3"},
    ]
    answer = pair.post("contacts/batch/update", inputs(*rows))
    assert answer.status == 207
    assert [(row["id"], row["objectWriteTraceId"]) for row in answer.json["results"]] == [("11", "t1")]
    by_trace = {error["context"]["objectWriteTraceId"][0]: error for error in answer.json["errors"]}
    assert by_trace["t2"]["category"] == "VALIDATION_ERROR"
    assert by_trace["t2"]["context"]["ids"] == ["12"]
    assert by_trace["t3"]["category"] == "OBJECT_NOT_FOUND"
    assert answer.json["numErrors"] == 2


def test_repeated_traces_do_not_count_as_traces(pair):
    rows = [
        {"id": "11", "properties": {"firstname": "Ada"}, "objectWriteTraceId": "t"},
        {"id": "12", "properties": {"leadloop_grade": "Z"}, "objectWriteTraceId": "t"},
    ]
    assert pair.post("contacts/batch/update", inputs(*rows)).status == 400


def test_an_update_by_email_or_object_id_is_refused(pair):
    for name in ("email", "hs_object_id"):
        row: dict[str, Any] = {"id": "a@b.example", "idProperty": name, "properties": {}}
        answer = pair.post("contacts/batch/update", inputs(row))
        assert answer.json["message"] == "Unable to perform update/upsert by non-unique 0-1 property"
    row = {"id": "u1", "idProperty": "leadloop_id", "properties": {"firstname": "Ada"}}
    assert ids(pair.post("contacts/batch/update", inputs(row))) == {"11"}


def test_create_is_all_or_nothing_without_traces(pair):
    rows = [{"properties": {"email": "new@b.example"}}, {"properties": {"email": "a@b.example"}}]
    answer = pair.post("contacts/batch/create", inputs(*rows))
    assert (answer.status, answer.json["message"]) == (409, "Contact already exists. Existing ID: 11")
    assert len(pair.get("contacts").json["results"]) == 2
    traced = [{**row, "objectWriteTraceId": str(number)} for number, row in enumerate(rows)]
    answer = pair.post("contacts/batch/create", inputs(*traced))
    assert answer.status == 207
    assert len(answer.json["results"]) == 1
    assert answer.json["errors"][0]["context"]["objectWriteTraceId"] == ["1"]


def test_two_rows_of_one_create_cannot_share_an_email(api):
    rows = [{"properties": {"email": "x@b.example"}}, {"properties": {"email": "X@b.example"}}]
    assert api.post("contacts/batch/create", inputs(*rows)).status == 409
    assert api.get("contacts").json["results"] == []


def test_create_answers_201(api):
    answer = api.post("contacts/batch/create", inputs({"properties": {"email": "x@b.example"}}))
    assert answer.status == 201
    assert answer.json["results"][0]["properties"]["email"] == "x@b.example"


def test_upsert_creates_and_updates_by_a_unique_property(pair):
    rows = [
        {"id": "u1", "idProperty": "leadloop_id", "properties": {"firstname": "Ada"}},
        {"id": "u9", "idProperty": "leadloop_id", "properties": {"email": "n@b.example"}},
    ]
    answer = pair.post("contacts/batch/upsert", inputs(*rows))
    assert answer.status == 200
    new = {row["id"]: row["new"] for row in answer.json["results"]}
    assert new.pop("11") is False
    (created,) = new
    assert new[created] is True
    assert pair.value(created, "leadloop_id") == "u9"


def test_upsert_by_email_finds_second_addresses_and_is_never_partial(pair):
    pair.contact("13", email="c@b.example", hs_additional_emails="c2@b.example")
    row = {"id": "c2@b.example", "idProperty": "email", "properties": {"firstname": "Cy"}, "objectWriteTraceId": "1"}
    assert ids(pair.post("contacts/batch/upsert", inputs(row))) == {"13"}
    bad = {"id": "d@b.example", "idProperty": "email", "properties": {"leadloop_grade": "Z"}, "objectWriteTraceId": "2"}
    assert pair.post("contacts/batch/upsert", inputs({**row, "properties": {"firstname": "No"}}, bad)).status == 400
    assert pair.value("13", "firstname") == "Cy"


def test_a_conflict_in_an_upsert_is_409_for_the_whole_batch(pair):
    rows = [
        {"id": "u1", "idProperty": "leadloop_id", "properties": {"firstname": "Ada"}, "objectWriteTraceId": "1"},
        {"id": "u9", "idProperty": "leadloop_id", "properties": {"email": "b@b.example"}, "objectWriteTraceId": "2"},
    ]
    answer = pair.post("contacts/batch/upsert", inputs(*rows))
    assert (answer.status, answer.json["category"]) == (409, "CONFLICT")
    assert pair.value("11", "firstname") is None
    pair.settings(upsert_conflict="row")
    assert pair.post("contacts/batch/upsert", inputs(*rows)).status == 207


def test_upsert_by_object_id_or_a_common_property_is_refused(pair):
    for name in ("hs_object_id", "firstname"):
        row: dict[str, Any] = {"id": "11", "idProperty": name, "properties": {}}
        assert "non-unique" in pair.post("contacts/batch/upsert", inputs(row)).json["message"]


def test_archive_batch(pair):
    assert pair.post("contacts/batch/archive", inputs({"id": "11"}, {"id": "99"})).status == 204
    assert pair.get("contacts/11").status == 404


def test_upsert_by_id_updates_only_what_exists(pair):
    rows = [{"id": "11", "properties": {"firstname": "Ada"}}, {"id": "99", "properties": {"firstname": "No"}}]
    answer = pair.post("contacts/batch/upsert", inputs(*rows))
    assert (answer.status, ids(answer)) == (207, {"11"})
    assert answer.json["errors"][0]["context"]["ids"] == ["99"]


def test_a_created_batch_is_tied_to_existing_records(api):
    api.seed(records={"companies": [{"id": "5", "properties": {"name": "C"}}]})
    tie = {"to": {"id": "5"}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]}
    row = {"properties": {"email": "x@b.example"}, "associations": [tie]}
    (made,) = api.post("contacts/batch/create", inputs(row)).json["results"]
    assert api.value(made["id"], "associatedcompanyid") == "5"


def test_inputs_need_an_id_and_properties(pair):
    assert pair.post("contacts/batch/read", inputs({})).status == 400
    assert pair.post("contacts/batch/update", inputs({"id": "11"})).status == 400
    assert pair.post("contacts/batch/read", {**inputs({"id": "11"}), "properties": "email"}).status == 400


def test_a_traced_unique_value_is_taken_by_the_first_row(pair):
    rows = [
        {"id": record_id, "properties": {"leadloop_id": "same"}, "objectWriteTraceId": record_id}
        for record_id in ("11", "12")
    ]
    answer = pair.post("contacts/batch/update", inputs(*rows))
    assert (answer.status, ids(answer)) == (207, {"11"})
    assert answer.json["errors"][0]["message"].endswith("on 12. 11 already has that value.")
