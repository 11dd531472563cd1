"""Human touches of people who are only in HubSpot: a HubSpot task for each, once, until somebody has acted."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from connector.model import Level
from tests.loop.test_touch_loop import DAY, EMAIL, NURTURE, ROUTING
from tests.loop.two_systems import COMPANY, GUID, Loop, OpenLoop

MAX_OWNER, MAX_USER = "9003", 7_003
KEY = {"tasks": [{"name": "leadloop_id", "type": "string", "hasUniqueValue": True}]}
KEYED = '[hubspot.tasks]\nkey = "leadloop_id"\n'

Opened = Callable[..., Loop]


@pytest.fixture
def opened(open_loop: OpenLoop) -> Opened:
    def with_touches(**rules: str) -> Loop:
        files = {"nurture": NURTURE, "routing": ROUTING, **rules}
        loop = open_loop({f"{name}.toml": text for name, text in files.items()})
        loop.control("hubspot", "seed", {"forms": [{"id": f"{GUID}2", "name": "Newsletter sign-up"}]})
        return loop

    return with_touches


@pytest.fixture
def loop(opened: Opened) -> Loop:
    return opened()


def welcomed(loop: Loop, email: str = EMAIL, **more: str) -> str:
    """Mara shows interest on Tuesday at 10:00 and is to be called by Wednesday at 10:20; gives her contact."""
    contact = loop.contact(email, **{"numemployees": "1-5", "jobtitle": "Analyst", **more})
    loop.control("hubspot", "submit_form", {"form": f"{GUID}2", "email": email})
    loop.sync()
    return contact


def tasks(loop: Loop) -> dict[str, dict[str, str]]:
    """The living tasks of the portal."""
    found: dict[str, dict[str, str]] = loop.control("hubspot", "dump")["records"].get("tasks", {})
    return found


def tied(loop: Loop) -> list[tuple[str, str]]:
    """(task, contact) of every tie."""
    ties = loop.control("hubspot", "dump")["associations"]
    ends = [sorted((row["from"], row["to"])) for row in ties if "tasks" in (row["from"][0], row["to"][0])]
    return sorted((task[1], contact[1]) for contact, task in ends)


def edit(loop: Loop, task: str, **properties: str) -> None:
    document = {"object": "tasks", "id": task, "properties": properties, "by": MAX_USER}
    loop.control("hubspot", "edit", document)


def clocks(loop: Loop) -> list[tuple[object, ...]]:
    return loop.rows("select number, state, touched_at is not null, decided_by from track_touch order by due_at")


def fault(loop: Loop, kind: str) -> None:
    """The next request that creates a task goes wrong."""
    loop.control("hubspot", "faults", {"faults": [{"kind": kind, "path": "/tasks/batch/create"}]})


def test_the_touch_of_somebody_who_is_only_in_hubspot_is_one_task_there(loop: Loop) -> None:
    contact = welcomed(loop)
    ((task, held),) = tasks(loop).items()
    assert tied(loop) == [(task, contact)]
    shown = {name: held[name] for name in ("hs_task_subject", "hubspot_owner_id", "hs_timestamp", "hs_task_status")}
    assert shown == {
        "hs_task_subject": "Call and say welcome: Mara Oduya",
        "hubspot_owner_id": MAX_OWNER,
        "hs_timestamp": "2026-11-18T10:20:00.000Z",
        "hs_task_status": "NOT_STARTED",
    }
    assert held["hs_task_body"].startswith("Call and say welcome. Reasons: ")
    assert "Ask next:\n  " in held["hs_task_body"]
    assert loop.records("Task") == {}
    before = loop.writes()
    loop.sync()
    loop.sync(minutes=DAY - 60)
    assert (list(tasks(loop)), loop.writes()) == ([task], before)


@pytest.mark.parametrize("kind", ["TODO", "CALL", "EMAIL"])
def test_ticking_it_off_makes_the_touch_whatever_its_kind(loop: Loop, kind: str) -> None:
    contact = welcomed(loop)
    (task,) = tasks(loop)
    loop.clock.sleep(DAY * 60)
    edit(loop, task, hs_task_type=kind, hs_task_status="COMPLETED")
    loop.sync()
    assert clocks(loop)[0] == (0, "kept", 1, f"hubspot:tasks:{task}:2:{contact}")
    assert [signal for signal, source in loop.signals() if source == "hubspot.tasks"] == ["task_done"]
    loop.sync(minutes=3 * DAY)
    assert [row[:3] for row in clocks(loop)] == [(0, "kept", 1), (1, "waiting", 0)]
    assert len(tasks(loop)) == 2


def test_somebody_elses_completed_task_is_a_call_and_not_a_tick(loop: Loop) -> None:
    contact = welcomed(loop)
    call: dict[str, str] = {
        "hs_timestamp": "2026-11-17T10:30:00Z",
        "hs_task_subject": "Rang her",
        "hs_task_type": "CALL",
    }
    call |= {"hs_task_status": "COMPLETED", "hubspot_owner_id": MAX_OWNER}
    document: dict[str, Any] = {"object": "tasks", "properties": call, "by": MAX_USER}
    document["associations"] = [{"to": ["contacts", contact]}]
    loop.control("hubspot", "create", document)
    loop.sync()
    assert [signal for signal, source in loop.signals() if source == "hubspot.tasks"] == ["rep_touch_attempt"]
    assert clocks(loop)[0][:3] == (0, "kept", 1)


def test_who_has_both_records_has_the_salesforce_task_alone(loop: Loop) -> None:
    row = {"FirstName": "Mara", "LastName": "Oduya", "Company": "Northwind", "Email": EMAIL}
    loop.control("salesforce", "seed", {"records": {"Lead": [row]}})
    welcomed(loop)
    assert (len(loop.records("Task")), tasks(loop)) == (1, {})


def test_a_record_in_salesforce_that_comes_later_brings_no_second_task(loop: Loop) -> None:
    welcomed(loop)
    row = {"FirstName": "Mara", "LastName": "Oduya", "Company": "Northwind", "Email": EMAIL}
    loop.control("salesforce", "seed", {"records": {"Lead": [row]}})
    loop.sync()
    assert loop.rows("select count(distinct system) from link where state = 'active'") == [(2,)]
    assert (loop.records("Task"), len(tasks(loop))) == ({}, 1)


def test_a_deleted_task_stays_deleted_and_the_clock_runs_on(loop: Loop) -> None:
    welcomed(loop)
    (task,) = tasks(loop)
    loop.control("hubspot", "archive", {"object": "tasks", "id": task})
    before = loop.writes()
    loop.sync()
    assert (tasks(loop), loop.writes()) == ({}, before)
    assert clocks(loop)[0][:2] == (0, "waiting")


@pytest.mark.parametrize("keyed", [False, True], ids=["found beside the contact", "found by its key"])
@pytest.mark.parametrize("kind", ["drop_after", "truncate"])
def test_an_answer_that_is_lost_makes_no_second_task(opened: Opened, kind: str, keyed: bool) -> None:
    loop = opened(**({"fields": KEYED} if keyed else {}))
    if keyed:
        loop.control("hubspot", "seed", {"properties": KEY})
    fault(loop, kind)
    contact = welcomed(loop)
    loop.sync()
    assert [contact for _, contact in tied(loop)] == [contact]
    rows = loop.rows("select state, attempts, record_id, external_key = action_id from outbox where kind = 'task'")
    assert rows == [("confirmed", 1, next(iter(tasks(loop))), 1)]
    if keyed:
        assert [held["leadloop_id"] for held in tasks(loop).values()] == [
            row[0] for row in loop.rows("select action_id from outbox where kind = 'task'")
        ]


def test_a_request_that_never_arrived_is_sent_again_under_the_same_action(loop: Loop) -> None:
    fault(loop, "drop_before")
    welcomed(loop)
    loop.sync()
    loop.sync()
    assert len(tasks(loop)) == 1
    assert loop.rows("select state, count(*) from outbox where kind = 'task' group by 1") == [("confirmed", 1)]


@pytest.mark.parametrize("change", ["renamed", "deleted", "merged"])
def test_what_people_did_before_we_could_look_is_followed(loop: Loop, change: str) -> None:
    """The answer is lost and HubSpot cannot be asked: meanwhile people go on working."""
    refused: list[dict[str, Any]] = [{"kind": "drop_after", "path": "/tasks/batch/create"}]
    refused += [{"kind": "status", "status": 503, "path": "/contacts/tasks/batch/read", "times": 50}]
    contact = loop.contact(EMAIL, numemployees="1-5", jobtitle="Analyst")
    loop.control("hubspot", "submit_form", {"form": f"{GUID}2", "email": EMAIL})
    loop.clock.sleep(1_200)
    loop.control("hubspot", "faults", {"faults": refused})
    loop.app.sync(COMPANY)
    assert loop.rows("select state from outbox where kind = 'task'") == [("unknown",)]
    loop.control("hubspot", "faults", {"faults": []})
    (task,) = tasks(loop)
    if change == "renamed":
        edit(loop, task, hs_task_subject="Ring Mara", hs_timestamp="2026-11-20T08:00:00Z")
    elif change == "deleted":
        loop.control("hubspot", "archive", {"object": "tasks", "id": task})
    else:
        other = loop.contact("m.oduya@northwind.example")
        document = {"object": "contacts", "primary": contact, "other": other, "by": MAX_USER}
        contact = str(loop.control("hubspot", "merge", document)["id"])
    for _ in range(3):
        loop.sync()
    assert list(tasks(loop)) == ([] if change == "deleted" else [task])
    if change == "merged":
        assert tied(loop) == [(task, contact)]
    assert loop.rows("select distinct record_id from outbox where kind = 'task'") == [(task,)]


def test_contacts_that_are_merged_keep_the_task_and_the_tick_counts(loop: Loop) -> None:
    contact = welcomed(loop)
    other = loop.contact("m.oduya@northwind.example", lastname="Oduya-Bell")
    loop.sync()
    (task,) = tasks(loop)
    before = loop.rows("select count(*) from outbox where kind = 'task'")
    document = {"object": "contacts", "primary": other, "other": contact, "by": MAX_USER}
    survivor = str(loop.control("hubspot", "merge", document)["id"])
    loop.sync()
    loop.sync()
    assert loop.rows("select count(*) from outbox where kind = 'task'") == before
    edit(loop, task, hs_task_status="COMPLETED")
    loop.sync()
    assert (list(tasks(loop))[:1], tied(loop)[0]) == ([task], (task, survivor))
    assert ("kept", 1) in [row[1:3] for row in clocks(loop)]


def test_the_plan_says_why_and_the_level_holds_it(loop: Loop) -> None:
    systems: Any = loop.app.settings.companies[COMPANY].systems
    allowed = systems["hubspot"]
    systems["hubspot"] = replace(allowed, level=Level.ANNOTATE)
    welcomed(loop)
    assert tasks(loop) == {}
    ((held_by, target, changes),) = loop.rows("select held_by, target, changes from outbox where kind = 'task'")
    assert (held_by, target.partition(":note:")[0]) == ("level", "hubspot:tasks")
    shown = {name: (change["rule"], change["reason"]) for name, change in json.loads(changes).items()}
    assert set(shown.values()) == {("human touch", "track welcome: call and say welcome 1 of 2")}
    assert {"association:contacts", "hs_task_subject", "hs_timestamp", "hubspot_owner_id"} <= shown.keys()
    systems["hubspot"] = replace(allowed, level=Level.ASSIGN)
    loop.sync()
    assert len(tasks(loop)) == 1


def test_what_is_planned_for_a_track_that_is_over_is_not_sent(loop: Loop) -> None:
    loop.control("hubspot", "settings", {"missing_scopes": ["crm.objects.contacts.write"]})
    contact = loop.contact(EMAIL, numemployees="1-5", jobtitle="Analyst")
    loop.control("hubspot", "submit_form", {"form": f"{GUID}2", "email": EMAIL})
    loop.clock.sleep(1_200)
    loop.app.sync(COMPANY)
    assert loop.rows("select count(*) from outbox where kind = 'task' and state = 'planned'") == [(1,)]
    loop.control("hubspot", "settings", {"missing_scopes": []})
    loop.edit(contact, hs_email_optout="true", phone="")
    loop.sync()
    assert loop.rows("select track from person") != [("welcome",)]
    assert tasks(loop) == {}
