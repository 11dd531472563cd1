"""What a portal holds beside its records: forms, lists, e-mail events, subscriptions, teams; and their scopes."""

from __future__ import annotations

import pytest

GUID = "3f0c1111-0000-4000-8000-000000000001"
FORMS = "/marketing/v3/forms"
SUBMISSIONS = f"/form-integrations/v1/submissions/forms/{GUID}"
EVENTS = "/email/public/v1/events"
STATUSES = "/communication-preferences/v4/statuses/batch/read"


@pytest.fixture
def portal(api):
    api.seed(
        forms=[{"id": GUID, "name": "Demo request"}],
        lists=[{"id": "31", "name": "Visited pricing"}, {"id": "32", "name": "Companies", "object_type": "0-2"}],
        subscription_types=[{"id": "77", "name": "Newsletter"}],
        teams=[{"id": "5501", "name": "SDR West", "userIds": [61]}],
    )
    return api


def test_a_submitted_form_makes_a_contact_that_shows_its_latest_conversion(portal):
    made = portal.control("submit_form", {"form": GUID, "email": "Mara@x.example", "values": {"firstname": "Mara"}})
    assert portal.value(made["contact"], "recent_conversion_event_name") == "Demo request"
    again = portal.control("submit_form", {"form": "Demo request", "email": "mara@x.example", "at": "2026-01-01"})
    assert again["contact"] == made["contact"]
    assert portal.value(made["contact"], "num_conversion_events") == "2"
    assert portal.value(made["contact"], "recent_conversion_date") == "2026-11-20T09:30:00.000Z"


def test_submissions_come_newest_first_fifty_at_most_without_a_contact_id(portal):
    for number in range(60):
        portal.control("submit_form", {"form": GUID, "email": f"p{number}@x.example"})
        portal.advance(1)
    first = portal.get(SUBMISSIONS, limit=50).json
    times = [row["submittedAt"] for row in first["results"]]
    assert times == sorted(times, reverse=True)
    assert len(times) == 50
    assert set(first["results"][0]) == {"conversionId", "submittedAt", "values", "pageUrl"}
    rest = portal.get(SUBMISSIONS, limit=50, after=first["paging"]["next"]["after"]).json
    assert len(rest["results"]) == 10
    assert "paging" not in rest
    assert portal.get(SUBMISSIONS, limit=51).status == 400


def test_the_forms_are_listed_with_id_and_name(portal):
    (form,) = portal.get(FORMS).json["results"]
    assert (form["id"], form["name"]) == (GUID, "Demo request")
    assert portal.get(SUBMISSIONS.replace("3f0c", "9999")).status == 404


def test_a_search_of_lists_tells_when_somebody_joined_last(portal):
    portal.contact("101", email="a@x.example")
    portal.control("list_add", {"list": "31", "contact": "101"})
    answer = portal.post("/crm/lists/2026-09/search", {"count": 500}).json
    told = {row["listId"]: row["additionalProperties"] for row in answer["lists"]}
    assert told["31"] == {"hs_list_size": "1", "hs_last_record_added_at": "2026-11-20T09:30:00.000Z"}
    assert told["32"] == {"hs_list_size": "0"}
    assert answer["hasMore"] is False


def test_members_come_in_the_order_they_joined(portal):
    for record_id in ("102", "101"):
        portal.contact(record_id, email=f"{record_id}@x.example")
        portal.control("list_add", {"list": "Visited pricing", "contact": record_id})
        portal.advance(60)
    joined = portal.get("/crm/v3/lists/31/memberships/join-order").json["results"]
    assert [row["recordId"] for row in joined] == ["102", "101"]
    assert [row["recordId"] for row in portal.get("/crm/v3/lists/31/memberships").json["results"]] == ["101", "102"]
    portal.control("list_remove", {"list": "31", "contact": "102"})
    assert [row["recordId"] for row in portal.get("/crm/v3/lists/31/memberships").json["results"]] == ["101"]


def test_events_are_filtered_by_type_and_time_and_a_click_shows_on_the_contact(portal):
    portal.contact("101", email="a@x.example")
    for kind in ("SENT", "DELIVERED", "CLICK"):
        portal.control("email_event", {"type": kind, "email": "a@x.example", "campaign": 9})
        portal.advance(5)
    (click,) = portal.get(EVENTS, eventType="CLICK").json["events"]
    assert click["sentBy"]["created"] == click["created"] - 10_000
    assert portal.value("101", "hs_email_last_click_date") == "2026-11-20T09:30:10.000Z"
    page = portal.get(EVENTS, limit=2).json
    assert (len(page["events"]), page["hasMore"]) == (2, True)
    rest = portal.get(EVENTS, limit=2, offset=page["offset"]).json
    assert (len(rest["events"]), rest["hasMore"]) == (1, False)
    assert portal.get(EVENTS, startTimestamp=click["created"] + 1).json["events"] == []


def test_a_choice_for_one_kind_of_mail_is_a_status_and_a_property(portal):
    portal.contact("101", email="a@x.example")
    portal.control("subscription", {"email": "a@x.example", "id": "77", "status": "UNSUBSCRIBED"})
    inputs = {"inputs": ["A@x.example", "b@x.example"]}
    rows = {row["subscriberIdString"]: row["statuses"] for row in portal.post(STATUSES, inputs).json["results"]}
    assert [(row["subscriptionId"], row["status"]) for row in rows["A@x.example"]] == [(77, "UNSUBSCRIBED")]
    assert rows["b@x.example"] == []
    assert portal.value("101", "hs_email_optout_77") == "true"
    assert portal.value("101", "hs_email_optout") is None
    portal.control("subscription", {"email": "a@x.example", "status": "UNSUBSCRIBED"})
    assert portal.value("101", "hs_email_optout") == "true"


def test_teams_name_their_users(portal):
    expected = {"id": "5501", "name": "SDR West", "userIds": ["61"], "secondaryUserIds": []}
    assert portal.get("/settings/v3/users/teams").json == {"results": [expected]}


def test_a_lead_that_enters_a_stage_says_when(portal):
    lead = portal.control("create", {"object": "leads", "properties": {"hs_lead_name": "Mara"}, "by": 61})["id"]
    portal.advance(60)
    edit = {"object": "leads", "id": lead, "by": 61}
    portal.control("edit", {**edit, "properties": {"hs_pipeline_stage": "attempting-stage-id"}})
    portal.advance(60)
    portal.control("edit", {**edit, "properties": {"hs_lead_label": "HOT", "hs_pipeline_stage": "attempting-stage-id"}})
    assert portal.value(lead, "hs_v2_date_entered_current_stage", kind="leads") == "2026-11-20T09:31:00.000Z"


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", FORMS, "forms"),
        ("GET", SUBMISSIONS, "forms"),
        ("GET", EVENTS, "content"),
        ("POST", "/crm/lists/2026-09/search", "crm.lists.read"),
        ("POST", STATUSES, "communication_preferences.statuses.batch.read"),
        ("GET", "/settings/v3/users/teams", "settings.users.teams.read"),
    ],
)
def test_each_of_them_needs_its_scope(portal, method, path, scope):
    portal.settings(missing_scopes=[scope])
    answer = portal.send(method, path, {} if method == "POST" else None)
    assert answer.status == 403
    assert answer.json["errors"][0]["context"]["requiredGranularScopes"] == [scope]


def test_the_digest_sees_what_happens_beside_the_records(portal):
    portal.contact("101", email="a@x.example")
    before = portal.control("digest")
    portal.control("list_add", {"list": "31", "contact": "101"})
    assert portal.control("digest") != before


def test_a_mistake_in_the_control_plane_is_one_sentence(portal):
    answer = portal.post("/_simulator/list_add", {"list": "99", "contact": "101"})
    assert (answer.status, answer.json) == (400, {"error": "list_add: there is no list 99"})
