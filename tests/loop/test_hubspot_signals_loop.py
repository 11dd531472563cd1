"""HubSpot's forms, lists, clicks and leads through the whole loop: each happening is one activity with its own time."""

from __future__ import annotations

import pytest

from tests.loop.two_systems import GUID, Loop, OpenLoop

FIELDS = """
[[hubspot.list_memberships.signals]]
at = "joined_at"
subject = "list_name"
subject_id = "list_id"

[hubspot.list_memberships.signals.meanings]
"31" = { signal = "key_page" }
"Visited careers" = { signal = "careers_page" }
"""


@pytest.fixture
def loop(open_loop: OpenLoop) -> Loop:
    made = open_loop({"fields.toml": FIELDS})
    lists = [{"id": "31", "name": "Visited pricing"}, {"id": "32", "name": "Visited careers"}]
    made.control("hubspot", "seed", {"forms": [{"id": GUID, "name": "Demo request"}], "lists": lists})
    return made


def submit(loop: Loop, email: str = "mara@northwind.example") -> None:
    loop.control("hubspot", "submit_form", {"form": GUID, "email": email})


def test_a_submission_counts_once_and_hands_the_person_over(loop: Loop) -> None:
    contact = loop.contact()
    loop.sync()
    submit(loop)
    summary = loop.sync()
    assert summary.handed_off == 1
    assert loop.properties(contact)["leadloop_disposition"] == "assigned"
    # The contact shows its latest conversion too; both are one activity, from its own record.
    assert loop.signals() == [("hand_raise", "hubspot.form_submissions")]
    loop.edit(contact, city="Boston")
    loop.sync()
    assert loop.signals() == [("hand_raise", "hubspot.form_submissions")]


def test_two_submissions_between_syncs_are_two_activities_unless_they_are_of_one_day(loop: Loop) -> None:
    loop.contact()
    loop.sync()
    submit(loop)
    loop.clock.sleep(600)
    submit(loop)  # the same form on the same day: the person asked once
    loop.clock.sleep(86_400)
    submit(loop)
    loop.sync()
    assert loop.signals() == [("hand_raise", "hubspot.form_submissions")] * 2


def test_without_the_scope_the_contact_still_tells_of_its_latest_conversion(loop: Loop) -> None:
    loop.control("hubspot", "settings", {"missing_scopes": ["forms"]})
    loop.contact()
    submit(loop)
    loop.sync()
    assert loop.signals() == [("hand_raise", "hubspot.contacts")]
    finding = loop.findings()["missing_scope:hubspot.form_submissions"]
    assert (finding.severity, finding.remedy) == ("warning", "grant the scopes: forms")
    loop.control("hubspot", "settings", {"missing_scopes": []})
    loop.sync()
    assert loop.signals() == [("hand_raise", "hubspot.form_submissions")]
    assert "missing_scope:hubspot.form_submissions" not in loop.findings()


def test_joining_a_named_list_is_a_signal(loop: Loop) -> None:
    contact = loop.contact()
    loop.sync()
    for each in ("31", "32"):
        loop.control("hubspot", "list_add", {"list": each, "contact": contact})
    loop.sync()
    expected = [("careers_page", "hubspot.list_memberships"), ("key_page", "hubspot.list_memberships")]
    assert loop.signals() == expected


def test_a_scanners_click_does_not_count_and_a_persons_counts_once_a_day(loop: Loop) -> None:
    loop.contact()
    event = {"email": "mara@northwind.example", "campaign": 9}
    for kind, wait_s in (("DELIVERED", 3), ("CLICK", 60)):
        loop.control("hubspot", "email_event", {**event, "type": kind})
        loop.clock.sleep(wait_s)
    loop.sync()
    assert loop.signals() == []
    for _ in range(3):
        loop.control("hubspot", "email_event", {**event, "type": "CLICK"})
        loop.clock.sleep(60)
    loop.sync()
    assert loop.signals() == [("email_click", "hubspot.email_events")]


def test_without_the_events_the_contacts_last_click_counts(loop: Loop) -> None:
    loop.control("hubspot", "settings", {"missing_scopes": ["content"]})
    loop.contact()
    loop.control("hubspot", "email_event", {"email": "mara@northwind.example", "campaign": 9, "type": "CLICK"})
    loop.sync()
    assert loop.signals() == [("email_click", "hubspot.contacts")]
    assert loop.findings()["missing_scope:hubspot.email_events"].remedy == "grant the scopes: content"


def test_the_stage_of_a_lead_shows_that_sales_works_the_person(loop: Loop) -> None:
    contact = loop.contact()
    submit(loop)
    assert loop.sync().handed_off == 1
    tied = [{"to": ["contacts", contact]}]
    lead = {"object": "leads", "properties": {"hs_lead_name": "Mara"}, "by": 7_001, "associations": tied}
    made = loop.control("hubspot", "create", lead)["id"]
    stages = (("attempting-stage-id", "working"), ("qualified-stage-id", "sales_qualified"))
    for stage, disposition in stages:
        loop.clock.sleep(600)
        edit = {"object": "leads", "id": made, "properties": {"hs_pipeline_stage": stage}, "by": 7_001}
        loop.control("hubspot", "edit", edit)
        loop.sync()
        assert loop.properties(contact)["leadloop_disposition"] == disposition


def test_notes_and_messages_are_kept_and_only_a_message_is_a_touch(loop: Loop) -> None:
    contact = loop.contact()
    at = loop.clock.now().isoformat()
    values = {
        "notes": {"hs_note_body": "asked around"},
        "communications": {"hs_communication_channel_type": "SMS", "hs_communication_logged_from": "CRM"},
    }
    for name, properties in values.items():
        document: dict[str, object] = {
            "object": name,
            "properties": {**properties, "hs_timestamp": at, "hubspot_owner_id": "9001"},
        }
        document |= {"by": 7_001, "associations": [{"to": ["contacts", contact]}]}
        loop.control("hubspot", "create", document)
    loop.sync()
    assert loop.signals() == [("rep_touch_attempt", "hubspot.communications")]
    landed = dict(loop.rows("select object, count(*) from landing where system = 'hubspot' group by object"))
    assert (landed["notes"], landed["communications"]) == (1, 1)


def test_a_colleagues_team_is_known(loop: Loop) -> None:
    teams = [{"id": "5501", "name": "West", "primary": True}]
    owner: dict[str, object] = {"id": "9001", "email": "ada@seller.example", "userId": 7_001, "teams": teams}
    team: dict[str, object] = {"id": "5501", "name": "West", "userIds": [7_001]}
    loop.control("hubspot", "seed", {"owners": [owner], "teams": [team]})
    loop.sync()
    assert loop.rows("select owner_id from crm_user where team = 'West'") == [("9001",)]
    assert loop.rows("select count(*) from landing where object = 'teams'") == [(1,)]


def test_a_quiet_sync_asks_each_object_once_and_writes_nothing(loop: Loop) -> None:
    loop.contact()
    submit(loop)
    loop.sync()
    for _ in range(3):
        loop.sync(minutes=60)
    before = loop.writes()
    loop.control("hubspot", "settings", {})
    counted = len(loop.control("hubspot", "requests")["requests"])
    loop.sync(minutes=5)  # within it no step of the untouched hand-off falls due
    mapped = len({row[0] for row in loop.rows("select distinct stream from watermark where system = 'hubspot'")
                  if ":" not in row[0]})  # fmt: skip
    paths = [(r["method"], r["path"]) for r in loop.control("hubspot", "requests")["requests"]][counted:]
    assert len(paths) <= mapped + 1 + 2, "\n".join(map(str, paths))
    assert loop.writes() == before
