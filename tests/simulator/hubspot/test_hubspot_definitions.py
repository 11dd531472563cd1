"""Properties, owners and pipelines."""

from __future__ import annotations

import pytest

PROPERTIES = "/crm/properties/2026-09/contacts"
TIER = {
    "name": "tier",
    "label": "Tier",
    "type": "enumeration",
    "fieldType": "select",
    "groupName": "contactinformation",
    "options": [{"label": "Gold", "value": "gold"}],
}


def test_the_list_is_whole_and_describes_types(api):
    rows = {row["name"]: row for row in api.get(PROPERTIES).json["results"]}
    assert rows["leadloop_id"]["hasUniqueValue"] is True
    assert rows["email"]["hasUniqueValue"] is True
    assert rows["recent_conversion_date"]["modificationMetadata"]["readOnlyValue"] is True
    owner = rows["hubspot_owner_id"]
    assert (owner["type"], owner["options"], owner["referencedObjectType"]) == ("enumeration", [], "OWNER")
    assert owner["externalOptions"] is True
    stages = [option["value"] for option in rows["lifecyclestage"]["options"]]
    assert stages[:4] == ["subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead"]
    assert [option["value"] for option in rows["leadloop_grade"]["options"]] == ["A", "B", "C", "D"]


def test_the_leadloop_set_has_the_designed_types(api):
    kinds = {row["name"]: row["type"] for row in api.get(PROPERTIES).json["results"] if "leadloop_" in row["name"]}
    assert len(kinds) == 30
    assert kinds["leadloop_score"] == "number"
    assert kinds["leadloop_recycled"] == "bool"
    assert kinds["leadloop_recycle_until"] == "date"
    assert kinds["leadloop_handed_off_at"] == "datetime"
    assert kinds["leadloop_reject_reason"] == "enumeration"
    assert kinds["leadloop_why"] == "string"


def test_properties_may_be_left_out(api):
    api.control("reset", {})
    api.seed(leadloop_fields=True, leave_out=["leadloop_grade", "numemployees"])
    assert api.get(f"{PROPERTIES}/leadloop_grade").status == 404
    assert api.get(f"{PROPERTIES}/numemployees").status == 404
    assert api.get(f"{PROPERTIES}/leadloop_stage").status == 200


def test_create_read_change_archive_revive(api):
    made = api.post(PROPERTIES, TIER)
    assert made.status == 201
    assert made.json["hubspotDefined"] is False
    assert api.post("contacts", {"properties": {"tier": "gold"}}).status == 201
    changed = api.patch(f"{PROPERTIES}/tier", {"options": [{"label": "Iron", "value": "iron"}], "hasUniqueValue": True})
    assert changed.status == 200
    assert [option["value"] for option in changed.json["options"]] == ["iron"]
    assert changed.json["hasUniqueValue"] is False
    assert api.post("contacts", {"properties": {"tier": "gold"}}).status == 400
    assert api.send("DELETE", f"{PROPERTIES}/tier").status == 204
    assert api.get(f"{PROPERTIES}/tier").status == 404
    assert api.get(f"{PROPERTIES}/tier", archived="true").json["archived"] is True
    assert "tier" in [row["name"] for row in api.get(PROPERTIES, archived="true").json["results"]]
    assert api.post(PROPERTIES, TIER).status == 201


def test_an_existing_name_is_409(api):
    answer = api.post(PROPERTIES, {**TIER, "name": "email"})
    assert (answer.status, answer.json["category"]) == (409, "OBJECT_ALREADY_EXISTS")
    assert answer.json["subCategory"] == "Properties.PROPERTY_WITH_NAME_EXISTS"


@pytest.mark.parametrize("change", [{"label": ""}, {"type": "colour"}, {"groupName": "nowhere"}])
def test_definitions_that_are_refused(api, change):
    assert api.post(PROPERTIES, {**TIER, **change}).status == 400


def test_at_most_ten_unique_properties(api):
    unique = {**TIER, "type": "string", "fieldType": "text", "hasUniqueValue": True}
    statuses = [api.post(PROPERTIES, {**unique, "name": f"key{number}"}).status for number in range(10)]
    assert statuses == [201] * 9 + [400]


def test_standard_properties_cannot_be_archived(api):
    assert api.send("DELETE", f"{PROPERTIES}/email").status == 400


def test_groups_and_batches_of_definitions(api):
    assert api.post(f"{PROPERTIES}/groups", {"name": "own", "label": "Own"}).status == 201
    assert api.post(f"{PROPERTIES}/groups", {"name": "own", "label": "Own"}).status == 409
    assert "own" in [row["name"] for row in api.get(f"{PROPERTIES}/groups").json["results"]]
    rows = [{**TIER, "name": name, "groupName": "own"} for name in ("a", "b")]
    assert api.post(f"{PROPERTIES}/batch/create", {"inputs": rows}).status == 201
    assert api.get(f"{PROPERTIES}/b").json["groupName"] == "own"


def test_owners_active_archived_and_queues(api):
    rows = api.get("/crm/v3/owners/", limit=500, archived="False").json["results"]
    assert [(row["id"], row["type"]) for row in rows] == [("501", "PERSON"), ("503", "QUEUE")]
    (gone,) = api.get("/crm/owners/2026-09", archived="True").json["results"]
    assert (gone["id"], gone.get("userId"), gone["userIdIncludingInactive"]) == ("502", None, 62)
    assert [row["id"] for row in api.get("/crm/owners/2026-09", email="DANA@seller.example").json["results"]] == ["501"]


def test_owner_pages_and_addresses(api):
    first = api.get("/crm/owners/2026-09", limit=1).json
    assert first["paging"]["next"]["after"] == "503"
    assert [row["id"] for row in api.get("/crm/owners/2026-09", after="503").json["results"]] == ["503"]
    assert api.get("/crm/owners/2026-09/501").json["userId"] == 61
    assert api.get("/crm/owners/2026-09/61", idProperty="userId").json["id"] == "501"
    assert api.get("/crm/owners/2026-09/502").status == 404
    assert api.get("/crm/owners/2026-09/502", archived="true").status == 200
    assert api.get("/crm/owners/2026-09", limit=501).status == 400


def test_the_default_deal_pipeline(api):
    (pipeline,) = api.get("/crm/pipelines/2026-09/deals").json["results"]
    assert pipeline["id"] == "default"
    assert [stage["id"] for stage in pipeline["stages"]][-2:] == ["closedwon", "closedlost"]
    assert pipeline["stages"][-2]["metadata"] == {"isClosed": "true", "probability": "1.0"}
    assert len(api.get("/crm/v3/pipelines/deals/default/stages").json["results"]) == 7
    assert api.get("/crm/v3/pipelines/deals/other").status == 404
    (leads,) = api.get("/crm/v3/pipelines/0-136").json["results"]
    assert leads["stages"][0]["id"] == "new-stage-id"


def test_a_company_may_have_other_pipelines(api):
    stage = {"id": "s1", "label": "One", "metadata": {"isClosed": "true", "probability": "1.0"}}
    api.seed(pipelines={"deals": [{"id": "p1", "label": "P", "stages": [stage]}]})
    assert api.post("deals", {"properties": {"dealstage": "closedwon"}}).status == 400
    made = api.post("deals", {"properties": {"pipeline": "p1", "dealstage": "s1"}}).json["id"]
    assert api.value(made, "hs_is_closed_won", "deals") == "true"
