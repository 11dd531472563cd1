"""Single records: reading, paging, values, history and every refusal of a write."""

from __future__ import annotations

import json
from typing import Any

import pytest


def codes(answer):
    return [error["code"] for error in answer.json["errors"]]


@pytest.mark.parametrize(
    "root", ["/crm/v3/objects/contacts", "/crm/objects/2026-03/contacts", "/crm/objects/2026-09/contacts/"]
)
def test_every_version_serves_the_same_records(api, root):
    api.contact("11", email="a@b.example")
    assert [row["id"] for row in api.get(root).json["results"]] == ["11"]
    assert api.get(root.replace("contacts", "0-1")).status == 200


def test_lists_page_by_id_and_take_repeated_and_comma_names(api):
    for number in range(5):
        api.contact(str(10 + number), email=f"p{number}@b.example", firstname="F")
    first = api.get("contacts", limit=2, properties="firstname,email").json
    assert [row["id"] for row in first["results"]] == ["10", "11"]
    assert first["paging"]["next"]["after"] == "12"
    second = api.get("contacts", limit=2, after="12").json
    assert [row["id"] for row in second["results"]] == ["12", "13"]
    last = api.get("contacts", limit=2, after="14").json
    assert [row["id"] for row in last["results"]] == ["14"]
    assert "paging" not in last
    system = {"createdate", "lastmodifieddate", "hs_object_id"}
    assert set(first["results"][0]["properties"]) == {"firstname", "email", *system}
    repeated = api.get("contacts", limit=1, properties=["firstname", "phone"]).json["results"][0]
    assert set(repeated["properties"]) == {"firstname", "phone", *system}


def test_page_size_is_at_most_100_and_50_with_history(api):
    assert api.get("contacts", limit=100).status == 200
    assert api.get("contacts", limit=101).status == 400
    assert api.get("contacts", limit=50, propertiesWithHistory="email").status == 200
    assert api.get("contacts", limit=51, propertiesWithHistory="email").status == 400


def test_undefined_properties_are_left_out_and_unset_ones_are_null(api):
    api.contact("11", email="a@b.example")
    properties = api.get("contacts/11", properties="phone,nonsense").json["properties"]
    assert properties["phone"] is None
    assert "nonsense" not in properties
    assert properties["hs_object_id"] == "11"


def test_default_properties_without_a_request(api):
    api.contact("11", email="a@b.example")
    names = {"firstname", "lastname", "email", "createdate", "lastmodifieddate", "hs_object_id"}
    record = api.get("contacts/11").json
    assert set(record["properties"]) == names
    assert record["url"].endswith("/record/0-1/11")


def test_a_record_is_found_by_a_unique_property_only(api):
    api.contact("11", email="a@b.example", leadloop_id="u1", hs_additional_emails="old@b.example")
    assert api.get("contacts/A@b.example", idProperty="email").json["id"] == "11"
    assert api.get("contacts/a%40b.example", idProperty="email").json["id"] == "11"
    assert api.get("contacts/old@b.example", idProperty="email").json["id"] == "11"
    assert api.get("contacts/u1", idProperty="leadloop_id").json["id"] == "11"
    assert "non-unique 0-1" in api.get("contacts/A", idProperty="firstname").json["message"]


def test_create_answers_what_was_set_and_the_origin(api):
    answer = api.post(
        "contacts", {"properties": {"email": "a@b.example", "leadloop_score": 12, "leadloop_recycled": True}}
    )
    assert answer.status == 201
    properties = answer.json["properties"]
    assert properties["leadloop_score"] == "12"
    assert properties["leadloop_recycled"] == "true"
    assert properties["hs_object_source"] == "INTEGRATION"
    assert "firstname" not in properties


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("nonsense", "1", "PROPERTY_DOESNT_EXIST"),
        ("leadloop_stage", "Lead", "INVALID_OPTION"),
        ("hs_lead_status", "new", "INVALID_OPTION"),
        ("email", "ada@@x", "INVALID_EMAIL"),
        ("leadloop_score", "many", "INVALID_INTEGER"),
        ("leadloop_recycled", "yes", "INVALID_OPTION"),
        ("leadloop_recycle_until", "1/1/1", "INVALID_DATE"),
        ("leadloop_recycle_until", "1763712000123", "INVALID_DATE"),
        ("leadloop_qualified_at", "1/1/1", "INVALID_LONG"),
        ("recent_conversion_date", "2026-01-01T00:00:00Z", "READ_ONLY_VALUE"),
        ("hubspot_owner_id", "999", "INVALID_OPTION"),
        ("hubspot_owner_id", "502", "INVALID_OPTION"),
    ],
)
def test_bad_values_are_refused_with_the_vendors_code(api, name, value, code):
    api.contact("11", email="a@b.example")
    answer = api.patch("contacts/11", {"properties": {name: value, "firstname": "Ada"}})
    assert answer.status == 400
    assert answer.json["category"] == "VALIDATION_ERROR"
    assert codes(answer) == [code]
    rows = json.loads(answer.json["message"].removeprefix("Property values were not valid: "))
    assert rows[0]["name"] == name
    assert rows[0]["isValid"] is False
    assert api.value("11", "firstname") is None


def test_all_bad_values_are_named_at_once(api):
    answer = api.post("contacts", {"properties": {"email": "x", "nonsense": "1"}})
    assert codes(answer) == ["INVALID_EMAIL", "PROPERTY_DOESNT_EXIST"]


def test_the_error_of_an_unknown_owner_is_a_switch(api):
    api.settings(unknown_owner_error="COULD_NOT_FIND_OWNER")
    assert codes(api.post("contacts", {"properties": {"hubspot_owner_id": "9"}})) == ["COULD_NOT_FIND_OWNER"]
    assert api.post("contacts", {"properties": {"hubspot_owner_id": "503"}}).status == 201


def test_moments_and_days_are_stored_in_one_form(api):
    api.contact("11", email="a@b.example")
    values = {"leadloop_qualified_at": "1763712000123", "leadloop_recycle_until": "1763683200000"}
    api.patch("contacts/11", {"properties": values})
    assert api.value("11", "leadloop_qualified_at") == "2025-11-21T08:00:00.123Z"
    assert api.value("11", "leadloop_recycle_until") == "2025-11-21"
    api.patch("contacts/11", {"properties": {"leadloop_qualified_at": "2026-01-01T01:00:00+01:00"}})
    assert api.value("11", "leadloop_qualified_at") == "2026-01-01T00:00:00.000Z"


@pytest.mark.parametrize("nothing", ["", None])
def test_empty_text_and_null_clear(api, nothing):
    api.contact("11", email="a@b.example", firstname="Ada")
    assert api.patch("contacts/11", {"properties": {"firstname": nothing}}).status == 200
    assert api.value("11", "firstname") is None


def test_a_leading_semicolon_adds_to_a_multiple_choice(api):
    api.contact("11", email="a@b.example", hs_buying_role="CHAMPION")
    api.patch("contacts/11", {"properties": {"hs_buying_role": ";END_USER"}})
    assert api.value("11", "hs_buying_role") == "CHAMPION;END_USER"


def test_an_email_belongs_to_one_contact_in_any_case_and_as_a_second_address(api):
    api.contact("11", email="a@b.example", hs_additional_emails="old@b.example;older@b.example")
    for taken in ("A@B.example", "older@b.example"):
        answer = api.post("contacts", {"properties": {"email": taken}})
        assert answer.status == 409
        assert answer.json["category"] == "CONFLICT"
        assert answer.json["message"] == "Contact already exists. Existing ID: 11"


def test_a_unique_value_of_another_record_is_refused_with_both_ids(api):
    api.contact("11", email="a@b.example", leadloop_id="u1")
    api.contact("12", email="b@b.example")
    answer = api.patch("contacts/12", {"properties": {"leadloop_id": "u1"}})
    assert answer.status == 400
    assert answer.json["message"] == (
        "Cannot set PropertyValueCoordinates{portalId=148800001, objectTypeId=ObjectTypeId{legacyObjectType=CONTACT}, "
        "propertyName=leadloop_id, value=u1} on 12. 11 already has that value."
    )
    assert api.patch("contacts/12", {"properties": {"email": "a@b.example"}}).status == 400
    api.patch("contacts/11", {"properties": {"leadloop_id": ""}})
    assert api.patch("contacts/12", {"properties": {"leadloop_id": "u1"}}).status == 200


def test_lifecycle_moves_forward_only_unless_cleared(api):
    api.contact("11", email="a@b.example", lifecyclestage="salesqualifiedlead")
    backward = api.patch("contacts/11", {"properties": {"lifecyclestage": "lead", "firstname": "Ada"}})
    assert backward.status == 200
    assert backward.json["properties"]["lifecyclestage"] == "salesqualifiedlead"
    assert api.value("11", "firstname") == "Ada"
    api.patch("contacts/11", {"properties": {"lifecyclestage": ""}})
    api.patch("contacts/11", {"properties": {"lifecyclestage": "lead"}})
    assert api.value("11", "lifecyclestage") == "lead"
    assert api.value("11", "hs_lifecyclestage_lead_date") == "2026-11-20T09:30:00.000Z"


def test_a_backward_lifecycle_can_be_an_error_and_a_person_may_do_it(api):
    api.contact("11", email="a@b.example", lifecyclestage="customer")
    api.settings(lifecycle_backward="error")
    assert api.patch("contacts/11", {"properties": {"lifecyclestage": "lead"}}).status == 400
    api.control("edit", {"object": "contacts", "id": "11", "properties": {"lifecyclestage": "lead"}, "by": 61})
    assert api.value("11", "lifecyclestage") == "lead"


def test_only_a_change_moves_the_modified_stamp(api):
    api.contact("11", email="a@b.example", firstname="Ada")
    before = api.get("contacts/11").json["updatedAt"]
    api.advance(1.234)
    api.patch("contacts/11", {"properties": {"firstname": "Ada"}})
    assert api.get("contacts/11").json["updatedAt"] == before
    api.patch("contacts/11", {"properties": {"firstname": "Eda"}})
    record = api.get("contacts/11").json
    assert record["updatedAt"] == record["properties"]["lastmodifieddate"] == "2026-11-20T09:30:01.234Z"


def test_history_is_newest_first_and_names_the_source(api):
    api.contact("11", email="a@b.example", leadloop_response="accepted")
    api.advance(5)
    edit = {"object": "contacts", "id": "11", "properties": {"leadloop_response": "rejected"}, "by": 61}
    api.control("edit", edit)
    api.advance(5)
    api.patch("contacts/11", {"properties": {"leadloop_response": ""}})
    rows = api.get("contacts/11", propertiesWithHistory="leadloop_response").json["propertiesWithHistory"][
        "leadloop_response"
    ]
    assert [(row["value"], row["sourceType"]) for row in rows] == [
        ("", "INTEGRATION"),
        ("rejected", "CRM_UI"),
        ("accepted", "IMPORT"),
    ]
    assert rows[0]["sourceId"] == "1160452"
    assert rows[1]["sourceId"] == "userId:61"
    assert rows[1]["updatedByUserId"] == 61
    assert [row["timestamp"][-9:-1] for row in rows] == ["0:10.000", "0:05.000", "0:00.000"]


def test_a_form_may_set_what_an_app_and_a_person_may_not(api):
    api.contact("11", email="a@b.example")
    signal = {"recent_conversion_event_name": "Demo request", "recent_conversion_date": "2026-11-20T09:00:00Z"}
    edit = {"object": "contacts", "id": "11", "properties": signal}
    refused = api.post("/_simulator/edit", {**edit, "by": 61})
    assert refused.status == 400
    assert "READ_ONLY_VALUE" in refused.json["message"]
    api.control("edit", {**edit, "source": "FORM"})
    assert api.value("11", "recent_conversion_event_name") == "Demo request"


def test_archive_hides_and_lists_apart(api):
    api.contact("11", email="a@b.example")
    assert api.send("DELETE", "contacts/11").status == 204
    assert api.get("contacts/11").status == 404
    assert api.get("contacts").json["results"] == []
    (row,) = api.get("contacts", archived="True").json["results"]
    assert row["archived"] is True
    assert row["archivedAt"]
    assert api.post("contacts", {"properties": {"email": "a@b.example"}}).status == 201


def test_archiving_a_missing_record_is_a_switch(api):
    assert api.send("DELETE", "contacts/99").status == 204
    api.settings(archive_missing=404)
    assert api.send("DELETE", "contacts/99").status == 404


def test_wrong_addresses(api):
    assert api.get("contacts/99").json["category"] == "OBJECT_NOT_FOUND"
    assert api.get("contacts/abc").json["message"] == "Unable to parse value for path parameter: abc"
    unknown = api.get("widgets")
    assert (unknown.status, unknown.json["message"]) == (400, "Unable to infer object type from: widgets")
    assert "category" not in unknown.json
    assert api.get("/crm/v9/objects/contacts").status == 404
    assert api.post("contacts", b"{nonsense").json["message"].startswith("Invalid input JSON on line 1")
    assert api.post("contacts", {"properties": {"email": {"a": 1}}}).status == 400
    assert api.get("contacts", archived="maybe").status == 400


def test_engagements_need_a_time_and_leads_a_contact(api):
    api.contact("11", email="a@b.example")
    answer = api.post("calls", {"properties": {"hs_call_title": "Hello"}})
    assert (answer.status, answer.json["context"]) == (400, {"properties": ["hs_timestamp"]})
    link: list[dict[str, Any]] = [
        {"to": {"id": "11"}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 194}]}
    ]
    made = api.post("calls", {"properties": {"hs_timestamp": "2026-11-20T09:00:00Z"}, "associations": link})
    assert made.status == 201
    assert api.post("leads", {"properties": {"hs_lead_name": "L"}}).status == 400
    link[0]["types"][0]["associationTypeId"] = 578
    assert api.post("leads", {"properties": {"hs_lead_name": "L"}, "associations": link}).status == 201
    nowhere = [{"to": {"id": "99"}, "types": [{"associationTypeId": 578}]}]
    assert api.post("leads", {"properties": {"hs_lead_name": "L"}, "associations": nowhere}).status == 400


def test_a_deal_stage_says_whether_it_is_closed(api):
    made = api.post("deals", {"properties": {"dealname": "D", "dealstage": "closedwon", "amount": "100.5"}})
    assert api.value(made.json["id"], "hs_is_closed_won", "deals") == "true"
    api.patch(f"deals/{made.json['id']}", {"properties": {"dealstage": "contractsent"}})
    assert api.value(made.json["id"], "hs_is_closed", "deals") == "false"


def test_a_portal_may_rewrite_values(api):
    api.settings(normalise={"contacts.firstname": "trim", "contacts.email": "lower", "contacts.phone": "digits"})
    values = {"email": "A@B.example", "firstname": " Ada ", "phone": "+1 (555) 01"}
    made = api.post("contacts", {"properties": values})
    kept = made.json["properties"]
    assert (kept["email"], kept["firstname"], kept["phone"]) == ("a@b.example", "Ada", "155501")


def test_the_properties_of_the_salesforce_sync_exist_only_when_installed(api):
    assert api.get("/crm/properties/2026-09/contacts/salesforceleadid").status == 404
    api.settings(salesforce_sync_installed=True)
    assert api.get("/crm/properties/2026-09/contacts/salesforceleadid").json["modificationMetadata"]["readOnlyValue"]
    api.contact("11", email="a@b.example", salesforceleadid="00Q000000000001")
    assert codes(api.patch("contacts/11", {"properties": {"salesforceleadid": "x"}})) == ["READ_ONLY_VALUE"]


def test_an_archived_record_is_read_only_when_asked_for(api):
    api.contact("11", email="a@b.example")
    assert api.get("contacts/11", archived="true").status == 404
    api.send("DELETE", "contacts/11")
    assert api.get("contacts/11", archived="true").json["archived"] is True
    assert api.patch("contacts/11", {"properties": {"firstname": "Ada"}}).status == 404


def test_a_change_of_owner_is_stamped(api):
    api.contact("11", email="a@b.example")
    api.patch("contacts/11", {"properties": {"hubspot_owner_id": "501"}})
    assert api.value("11", "hubspot_owner_assigneddate") == "2026-11-20T09:30:00.000Z"
    api.patch("contacts/11", {"properties": {"hubspot_owner_id": ""}})
    assert api.value("11", "hubspot_owner_assigneddate") is None


def test_paging_links_keep_the_other_parameters(api):
    for number in (11, 12):
        api.contact(str(number))
    link = api.get("contacts", limit=1, properties="email").json["paging"]["next"]["link"]
    assert link == "https://api.hubapi.com/crm/objects/2026-09/contacts?limit=1&properties=email&after=12"
