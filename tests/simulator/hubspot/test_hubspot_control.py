"""The control plane: seed, faults, log, dump, determinism."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from adapters.simulator.hubspot import HubSpotSimulator
from adapters.simulator.wire import ConnectionLost, Request

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def faults(api, *rows):
    api.control("faults", {"faults": list(rows)})


def refused(api, route, body):
    answer = api.post(f"/_simulator/{route}", body)
    assert answer.status == 400
    return answer.json["error"]


def test_a_seed_keeps_stamps_history_and_read_only_values(api):
    counts = api.seed(
        records={
            "contacts": [
                {
                    "id": "11",
                    "createdAt": "2025-01-01T00:00:00Z",
                    "updatedAt": "2025-06-01T00:00:00Z",
                    "properties": {"email": "a@b.example", "recent_conversion_event_name": "Webinar", "phone": None},
                    "history": {
                        "leadloop_need": [
                            {"value": "general", "timestamp": "2025-02-01T00:00:00Z", "sourceType": "FORM"},
                            {"value": "", "timestamp": "2025-03-01T00:00:00Z", "sourceType": "CRM_UI"},
                        ]
                    },
                },
                {"properties": {"email": "b@b.example"}},
            ]
        }
    )
    assert counts == {"records": {"contacts": 2}, "associations": 0, "owners": 0, "properties": 0}
    record = api.get("contacts/11", propertiesWithHistory="leadloop_need").json
    assert (record["createdAt"], record["updatedAt"]) == ("2025-01-01T00:00:00.000Z", "2025-06-01T00:00:00.000Z")
    assert [row["value"] for row in record["propertiesWithHistory"]["leadloop_need"]] == ["", "general"]
    assert api.search().json["total"] == 2


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"records": {"contacts": [{"id": "11", "properties": {"nope": "1"}}]}}, 'contacts 11: property "nope"'),
        ({"records": {"contacts": [{"id": "11", "properties": {"leadloop_grade": "Z"}}]}}, "INVALID_OPTION"),
        ({"records": {"contacts": [{"id": "x"}]}}, "must be a number"),
        ({"records": {"contacts": [{"id": "11"}, {"id": "11"}]}}, "there is such a record already"),
        ({"records": {"contacts": [{"id": "11", "createdAt": "soon"}]}}, "is not a moment"),
        ({"associations": [{"from": ["contacts", "1"], "to": ["companies", "2"]}]}, "there is no contacts record 1"),
        ({"owners": [{"id": "x"}]}, "must be a number"),
    ],
)
def test_a_bad_seed_says_what_and_where(api, document, said):
    assert said in refused(api, "seed", document)


def test_a_seed_keeps_emails_unique(api):
    rows = [{"id": str(number), "properties": {"email": "a@b.example"}} for number in (11, 12)]
    assert "contacts 12: contacts 11 already has its email" in refused(api, "seed", {"records": {"contacts": rows}})


def test_the_clock_moves_forward_only(api):
    assert api.control("clock") == {"now": "2026-11-20T09:30:00.000Z"}
    assert api.control("clock", {"advance_seconds": 1.5})["now"] == "2026-11-20T09:30:01.500Z"
    assert api.control("clock", {"now": "2026-11-21T00:00:00Z"})["now"] == "2026-11-21T00:00:00.000Z"
    assert api.control("clock", {"now": "2020-01-01T00:00:00Z"})["now"] == "2026-11-21T00:00:00.000Z"
    assert "lacks" in refused(api, "clock", {})


def test_settings_are_checked(api):
    assert "there is no setting colour" in refused(api, "settings", {"colour": 1})
    assert "must be one of" in refused(api, "settings", {"merge_mode": "odd"})
    assert "must be like" in refused(api, "settings", {"burst_limit": "many"})
    assert api.control("settings")["search_lag_s"] == 2


def test_unknown_control_routes_and_records(api):
    assert api.post("/_simulator/nonsense", {}).status == 404
    assert "there is no contacts record 9" in refused(api, "edit", {"object": "contacts", "id": "9", "properties": {}})
    assert api.post("/_simulator/edit", {"object": "widgets", "id": "9"}).status == 400


def test_a_person_creates_ties_archives_and_erases(api):
    company = api.control("create", {"object": "companies", "properties": {"name": "C"}, "by": 61})["id"]
    tie = {"to": ["companies", company], "types": [279]}
    body = {"object": "contacts", "properties": {"email": "a@b.example"}, "by": 61, "associations": [tie]}
    contact = api.control("create", body)["id"]
    assert api.value(contact, "associatedcompanyid") == company
    assert api.value(contact, "hs_object_source") == "CRM_UI"
    api.control("archive", {"object": "contacts", "id": contact})
    assert api.get(f"contacts/{contact}").status == 404
    api.control("gdpr_delete", {"object": "companies", "id": company})
    assert api.get("companies", archived="true").json["results"] == []
    assert api.control("requests", count=1)["routes"] == {
        "GET /crm/objects/2026-09/companies": 1,
        "GET /crm/objects/2026-09/contacts/{id}": 3,
    }


def test_the_log_keeps_writes_with_their_answers(api):
    api.contact("11", email="a@b.example")
    api.get("contacts", limit=1)
    api.advance(3)
    api.patch("contacts/11", {"properties": {"firstname": "Ada"}})
    read, write = api.control("requests")["requests"]
    assert (read["index"], read["method"], read["query"], read["response_body"]) == (0, "GET", "limit=1", None)
    assert (write["index"], write["at"], write["status"]) == (1, "2026-11-20T09:30:03.000Z", 200)
    assert json.loads(write["body"]) == {"properties": {"firstname": "Ada"}}
    assert json.loads(write["response_body"])["properties"]["firstname"] == "Ada"
    (row,) = api.control("history", object="contacts", id="11")["history"]
    assert (row["index"], row["property"], row["before"], row["after"]) == (1, "firstname", None, "Ada")
    assert api.send("DELETE", "/_simulator/requests").json["total"] == 0
    assert api.control("requests", count=1) == {"total": 0, "routes": {}}


def test_history_tells_persons_from_the_api(api):
    api.contact("11", email="a@b.example")
    api.contact("12", email="b@b.example")
    edit = {"object": "contacts", "id": "11", "properties": {"hs_lead_status": "NEW"}, "by": 61}
    api.control("edit", edit)
    api.control("edit", {**edit, "id": "12"})
    assert [row["id"] for row in api.control("history", object="contacts")["history"]] == ["11", "12"]
    (row,) = api.control("history", object="contacts", id="11")["history"]
    assert (row["index"], row["by"], row["source"], row["at"]) == (None, 61, "CRM_UI", "2026-11-20T09:30:00.000Z")


def test_a_scripted_answer_does_nothing(api):
    api.contact("11", email="a@b.example")
    faults(api, {"kind": "status", "status": 423, "method": "PATCH", "skip": 1, "headers": [["X-Why", "lock"]]})
    assert api.patch("contacts/11", {"properties": {"firstname": "A"}}).status == 200
    locked = api.patch("contacts/11", {"properties": {"firstname": "B"}})
    assert (locked.status, locked.response.header("X-Why")) == (423, "lock")
    assert api.value("11", "firstname") == "A"
    assert api.patch("contacts/11", {"properties": {"firstname": "B"}}).status == 200
    assert api.control("faults")["faults"][0]["times"] == 0


def test_html_instead_of_json(api):
    faults(api, {"kind": "html"})
    response = api.simulator.handle(Request("GET", "/crm/v3/objects/contacts"))
    assert (response.status, response.header("content-type")) == (503, "text/html")
    assert response.body.startswith(b"<html>")


@pytest.mark.parametrize(("kind", "stored"), [("drop_before", None), ("drop_after", "Ada"), ("truncate", "Ada")])
def test_connections_break_before_or_after_the_write(api, kind, stored):
    api.contact("11", email="a@b.example")
    faults(api, {"kind": kind, "path": "contacts/11"})
    with pytest.raises(ConnectionLost) as lost:
        api.patch("contacts/11", {"properties": {"firstname": "Ada"}})
    assert (lost.value.sent > 0) is (kind == "truncate")
    assert api.value("11", "firstname") == stored
    statuses = [row["status"] for row in api.control("requests")["requests"]]
    assert statuses == [0 if kind == "drop_before" else 200, 200]


def test_a_lie_says_200_and_stores_nothing(api):
    api.contact("11", email="a@b.example")
    faults(api, {"kind": "lie"})
    answer = api.patch("contacts/11", {"properties": {"firstname": "Ada"}})
    assert (answer.status, answer.json["properties"]["firstname"]) == (200, "Ada")
    assert api.value("11", "firstname") is None
    assert api.control("history", object="contacts", id="11")["history"] == []
    assert api.patch("contacts/11", {"properties": {"firstname": "Ada"}}).status == 200
    assert api.value("11", "firstname") == "Ada"


def test_bad_faults_are_refused(api):
    assert "fault kind must be one of" in refused(api, "faults", {"faults": [{"kind": "odd"}]})
    assert "a fault has no colour" in refused(api, "faults", {"faults": [{"kind": "html", "colour": 1}]})


def story(seed):
    simulator = HubSpotSimulator(seed=seed, now=NOW)

    def send(method, path, body=None):
        headers = {"authorization": "Bearer simulator-token"}
        payload = b"" if body is None else json.dumps(body).encode()
        return simulator.handle(Request(method, path, "", headers, payload))

    rows = [{"properties": {"email": f"p{number}@b.example"}} for number in range(20)]
    answers = [
        send("POST", "/crm/v3/objects/contacts/batch/create", {"inputs": rows}),
        send("GET", "/crm/v3/objects/contacts"),
        send("GET", "/crm/v3/objects/contacts/1"),
        send("GET", "/_simulator/dump"),
        send("GET", "/_simulator/digest"),
    ]
    return [(answer.status, answer.headers, answer.body) for answer in answers]


def test_the_same_seed_gives_the_same_bytes_and_another_other_ids():
    assert story(1) == story(1)
    assert story(1) != story(2)


def test_the_dump_is_the_whole_state(api):
    api.contact("11", email="a@b.example")
    api.contact("12", email="b@b.example")
    api.send("DELETE", "contacts/12")
    before = api.control("digest")
    dump = api.control("dump")
    assert dump["records"]["contacts"]["11"]["email"] == "a@b.example"
    assert list(dump["archived"]["contacts"]) == ["12"]
    assert [owner["id"] for owner in dump["owners"]] == ["501", "502", "503"]
    api.get("contacts")
    assert api.control("digest") == before
    api.patch("contacts/11", {"properties": {"firstname": "Ada"}})
    assert api.control("digest") != before
    api.control("reset", {})
    assert api.control("dump")["records"]["contacts"] == {}


def test_a_company_may_have_properties_of_its_own(api):
    api.contact("11", email="a@b.example")
    tier = {"name": "tier", "label": "Tier", "type": "enumeration", "options": [{"value": "gold"}]}
    key = {"name": "erp_key", "label": "ERP key", "type": "string", "hasUniqueValue": True}
    assert api.seed(properties={"contacts": [tier, key]})["properties"] == 2
    assert api.patch("contacts/11", {"properties": {"tier": "gold", "erp_key": "k1"}}).status == 200
    assert api.post("contacts", {"properties": {"erp_key": "k1"}}).status == 400
    assert api.post("contacts", {"properties": {"tier": "lead"}}).status == 400
    (option,) = api.get("/crm/properties/2026-09/contacts/tier").json["options"]
    assert option == {"label": "gold", "displayOrder": 0, "hidden": False, "value": "gold"}


def test_an_unknown_association_type_is_refused_in_a_seed(api):
    api.seed(records={"contacts": [{"id": "11"}], "companies": [{"id": "5"}]})
    tie = {"from": ["contacts", "11"], "to": ["companies", "5"], "types": [3]}
    assert "type 3 does not exist" in refused(api, "seed", {"associations": [tie]})
    api.seed(associations=[{**tie, "types": None}])
    assert api.control("dump")["associations"] == [{**tie, "types": [1, 279]}]


def test_a_usual_body_stands_in_for_a_status_without_one(api):
    faults(api, {"kind": "status", "status": 429}, {"kind": "status", "status": 502, "body": "bad gateway"})
    limited = api.get("contacts")
    assert (limited.status, limited.json["policyName"]) == (429, "TEN_SECONDLY_ROLLING")
    response = api.simulator.handle(Request("GET", "/crm/v3/objects/contacts"))
    assert (response.status, response.body) == (502, b"bad gateway")


def test_a_lie_about_a_create_leaves_no_record(api):
    faults(api, {"kind": "lie", "method": "POST", "path": "contacts"})
    made = api.post("contacts", {"properties": {"email": "a@b.example"}})
    assert made.status == 201
    assert api.get(f"contacts/{made.json['id']}").status == 404
    assert api.post("contacts", {"properties": {"email": "a@b.example"}}).status == 201
