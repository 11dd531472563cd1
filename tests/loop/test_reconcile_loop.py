"""The nightly comparison over both simulators: what no stream brought is found, landed, counted and told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connector.app.reconcile import reconcile
from connector.clock import to_micros
from connector.sync.reconcile import RECENT
from connector.sync.reconcile import reconcile as compare
from tests.loop.two_systems import ADA, Loop, OpenLoop

NOTHING = {"missed": 0, "changed": 0, "gone": 0, "merged": 0, "too_many_gone": 0, "too_dear": 0, "drifted": 0}


@pytest.fixture
def loop(open_loop: OpenLoop) -> Loop:
    made = open_loop()
    for number in range(3):
        made.contact(f"p{number}@firm.example", lastname=f"P{number}")
    rows = [{"LastName": f"L{number}", "Company": "Firm", "Email": f"l{number}@firm.example"} for number in range(3)]
    made.control("salesforce", "seed", {"records": {"Lead": rows}})
    made.sync()
    made.sync()
    return made


def compared(loop: Loop) -> dict[str, dict[str, int]]:
    """What differed, by object; only where something did."""
    loop.clock.sleep(600)
    told = {f"{each.system}.{each.object}": each.counted() for each in reconcile(loop.app, "acme").compared}
    return {name: counts for name, counts in told.items() if counts != NOTHING}


def lead(loop: Loop, last_name: str) -> str:
    (found,) = [key for key, row in loop.records("Lead").items() if row["LastName"] == last_name]
    return found


def change(loop: Loop, statement: str, record_id: str) -> None:
    """The landing of one record, as it might have come to be without us noticing."""
    with loop.app.database.begin() as connection:
        done = connection.exec_driver_sql(statement, (record_id,))
        assert done.rowcount == 1


def landed(loop: Loop, what: str, record_id: str) -> Any:
    return loop.rows(f"select {what} from landing where record_id = '{record_id}'")[0][0]


def told(loop: Loop) -> list[str]:
    return [name for name in loop.findings() if name.startswith("reconcile_")]


def test_a_quiet_night_finds_nothing_writes_nothing_and_costs_a_page_for_each_object(loop: Loop) -> None:
    before = loop.writes()
    loop.clock.sleep(600)
    found = reconcile(loop.app, "acme")
    assert all(each.counted() == NOTHING for each in found.compared)
    cost = {f"{each.system}.{each.object}": (each.read, each.calls) for each in found.compared}
    assert cost["hubspot.contacts"] == (3, 1)
    assert cost["salesforce.Lead"][0] == 3
    assert max(calls for _, calls in cost.values()) <= 2  # Salesforce: a count (is it worth a bulk job?) and a page
    assert (loop.writes(), told(loop)) == (before, [])
    (run,) = loop.app.companies.runs(loop.app.state("acme").company_id, limit=1)
    assert (run.kind, run.status, run.counts["hubspot.contacts"]["calls"]) == ("reconcile", "ok", 1)


def test_a_record_that_a_watermark_passed_is_read(loop: Loop) -> None:
    contact = loop.contact("late@firm.example", lastname="Late")
    loop.sync()
    loop.sync()
    change(loop, "delete from landing where record_id = ?", contact)
    assert compared(loop) == {"hubspot.contacts": NOTHING | {"missed": 1}}
    assert loop.findings()["reconcile_missed:hubspot.contacts"].count == 1
    assert landed(loop, "deleted_at", contact) is None
    assert compared(loop) == {}
    assert told(loop) == []  # settled by a night without it


def test_what_came_after_the_streams_were_read_is_read_and_no_difference(loop: Loop) -> None:
    loop.sync()
    contact = loop.contact("new@firm.example", lastname="New")
    with loop.app.running("acme", "reconcile") as (run, _outcome):
        found = compare(run, loop.app.stores.landing, loop.app.stores.findings)
    assert all(each.counted() == NOTHING for each in found)
    assert landed(loop, "deleted_at", contact) is None


def test_a_value_that_changed_without_a_stamp_is_read(loop: Loop) -> None:
    key = lead(loop, "L0")
    stale = """replace(fields, '"L0"', '"Old"')"""
    change(loop, f"update landing set fields = {stale}, content_hash = 'other' where record_id = ?", key)
    assert landed(loop, "json_extract(fields, '$.LastName')", key) == "Old"
    assert compared(loop) == {"salesforce.Lead": NOTHING | {"changed": 1}}
    assert landed(loop, "json_extract(fields, '$.LastName')", key) == "L0"


def test_a_field_of_ours_that_was_changed_without_a_stamp_is_drift(loop: Loop) -> None:
    contact = loop.contact("drift@firm.example", lastname="Drift")
    loop.edit(contact, recent_conversion_event_name="Webinar A", recent_conversion_date="2026-11-17T10:30:00.000Z")
    loop.sync()
    loop.sync()
    assert loop.properties(contact)["leadloop_stage"] == "suspect"
    stale = """replace(fields, '"suspect"', '"lead"')"""
    change(loop, f"update landing set fields = {stale}, content_hash = 'other' where record_id = ?", contact)
    assert compared(loop) == {"hubspot.contacts": NOTHING | {"drifted": 1}}
    assert "leadloop_stage" in loop.findings()["reconcile_drifted:hubspot.contacts"].remedy


def test_a_deletion_without_a_trace_is_asked_for_and_followed(loop: Loop) -> None:
    key = lead(loop, "L1")
    del loop.salesforce.org.tables["Lead"].rows[key]  # not even in the recycle bin: no feed will tell
    loop.sync()
    assert landed(loop, "deleted_at", key) is None
    assert compared(loop) == {"salesforce.Lead": NOTHING | {"gone": 1}}
    assert landed(loop, "deleted_at", key) is not None
    loop.sync()
    assert loop.rows(f"select state from link where record_id = '{key}'") == [("deleted",)]
    assert compared(loop) == {}


def test_a_merge_whose_trace_was_missed_is_followed_to_the_survivor(loop: Loop) -> None:
    winner, loser = loop.contact("w@firm.example", lastname="W"), loop.contact("x@firm.example", lastname="X")
    loop.sync()
    loop.sync()
    loop.control("hubspot", "merge", {"object": "contacts", "primary": winner, "other": loser})
    later = to_micros(loop.clock.now() + timedelta(hours=1))
    with loop.app.database.begin() as connection:  # the stream has passed it without seeing it
        connection.exec_driver_sql(f"update watermark set covered_until = {later} where stream = 'contacts'")
    assert compared(loop)["hubspot.contacts"]["merged"] == 2  # the survivor has an id of its own
    loop.sync()
    assert loop.rows(f"select state from link where record_id = '{loser}'") == [("merged",)]


def test_when_far_too_much_is_gone_nothing_is_followed(loop: Loop) -> None:
    rows = [{"LastName": f"M{number}", "Company": "Mass", "Email": f"m{number}@mass.example"} for number in range(60)]
    loop.control("salesforce", "seed", {"records": {"Lead": rows}})
    loop.sync()
    loop.salesforce.org.tables["Lead"].rows.clear()
    assert compared(loop)["salesforce.Lead"]["too_many_gone"] == 63
    assert loop.findings()["reconcile_too_many_gone:salesforce.Lead"].severity == "error"
    assert loop.rows("select count(*) from landing where object = 'Lead' and deleted_at is not null") == [(0,)]


def meeting(loop: Loop, contact: str = "") -> str:
    """A meeting in HubSpot that was held, with a contact."""
    properties = {
        "hs_meeting_title": "Demo",
        "hs_meeting_outcome": "COMPLETED",
        "hs_timestamp": "2026-11-17T09:00:00Z",
        "hs_meeting_start_time": "2026-11-17T09:00:00Z",
        "hs_meeting_end_time": "2026-11-17T09:30:00Z",
        "hubspot_owner_id": "9001",
    }
    made = {"object": "meetings", "properties": properties}
    tied = {"associations": [{"to": ["contacts", contact]}]} if contact else {}
    return str(loop.control("hubspot", "create", made | tied)["id"])


def held(loop: Loop) -> int:
    return sum(signal == "meeting_held" for signal, _ in loop.signals())


def test_a_meeting_counts_from_a_late_association_until_it_is_deleted_though_no_stream_tells(loop: Loop) -> None:
    contact = loop.contact("met@firm.example", lastname="Met")
    key = meeting(loop)
    loop.sync()
    loop.control("hubspot", "associate", {"from": ["meetings", key], "to": ["contacts", contact]})  # leaves no stamp
    loop.sync()
    assert held(loop) == 0
    assert compared(loop) == {"hubspot.meetings": NOTHING | {"changed": 1}}
    loop.sync()
    assert held(loop) == 1
    loop.control("hubspot", "archive", {"object": "meetings", "id": key})  # there is no feed of deleted activities
    loop.sync()
    assert held(loop) == 1
    assert compared(loop) == {"hubspot.meetings": NOTHING | {"gone": 1}}
    loop.sync()
    assert held(loop) == 0
    assert compared(loop) == {}


def test_an_old_activity_is_neither_asked_for_nor_taken_for_gone(loop: Loop) -> None:
    contact = loop.contact("met@firm.example", lastname="Met")
    key = meeting(loop, contact)
    loop.sync()
    loop.clock.sleep(RECENT.total_seconds() + 3_600)
    loop.sync()
    loop.control("hubspot", "archive", {"object": "meetings", "id": key})
    before = len(loop.control("hubspot", "requests")["requests"])
    assert compared(loop) == {}
    asked = [entry["path"] for entry in loop.control("hubspot", "requests")["requests"][before:]]
    assert not [path for path in asked if path.endswith("meetings/batch/read")]


def test_what_a_salesforce_user_deleted_without_our_seeing_it_is_gone_and_not_read_as_changed(loop: Loop) -> None:
    call = {"Subject": "Call", "TaskSubtype": "Call", "Status": "Completed", "WhoId": lead(loop, "L0"), "OwnerId": ADA}
    key = str(loop.control("salesforce", "create", {"object": "Task", "fields": call, "by": ADA})["id"])
    loop.sync()
    loop.control("salesforce", "delete", {"object": "Task", "id": key})
    later = to_micros(loop.clock.now() + timedelta(hours=1))
    with loop.app.database.begin() as connection:  # the stream has passed it without seeing it
        connection.exec_driver_sql(f"update watermark set covered_until = {later} where stream = 'Task'")
    assert compared(loop) == {"salesforce.Task": NOTHING | {"gone": 1}}
    assert landed(loop, "deleted_at", key) is not None
    assert compared(loop) == {}


def test_a_comparison_that_would_cost_more_than_a_quarter_of_the_day_is_left_out_and_told(loop: Loop) -> None:
    contact = loop.contact("one@firm.example", lastname="One")
    loop.sync()
    loop.control("hubspot", "settings", {"daily_limit": 1_000})  # a quarter: 250 pages of 100
    known = ", ".join(row[1] for row in loop.rows("pragma table_info(landing)"))
    named = known.replace("record_id", "'many' || i")
    numbers = "with recursive numbers(i) as (select 1 union all select i + 1 from numbers where i < 25000)"
    with loop.app.database.begin() as connection:
        copied = f"insert into landing ({known}) {numbers} select {named} from landing, numbers where record_id = ?"
        connection.exec_driver_sql(copied, (contact,))
    loop.clock.sleep(600)
    (found,) = [each for each in reconcile(loop.app, "acme").compared if each.object == "contacts"]
    assert (found.read, found.calls, found.too_dear) == (0, 0, 25_004)
    assert loop.findings()["reconcile_too_dear:hubspot.contacts"].severity == "note"
    with loop.app.database.begin() as connection:  # one page less is not too many
        connection.exec_driver_sql("delete from landing where record_id in ('many1', 'many2', 'many3', 'many4')")
    (found,) = [each for each in reconcile(loop.app, "acme").compared if each.object == "contacts"]
    assert (found.too_dear, found.too_many_gone) == (0, 24_996)
    assert told(loop) == ["reconcile_too_many_gone:hubspot.contacts"]


def test_a_survivor_deleted_before_it_was_read_is_found(loop: Loop) -> None:
    """HubSpot shows a merge on the survivor alone: without it no feed tells that both records are gone."""
    asked = {"recent_conversion_event_name": "Demo request", "recent_conversion_date": "2026-11-17T10:30:00.000Z"}
    winner = loop.contact("w@firm.example", lastname="W", **asked)
    loser = loop.contact("x@firm.example", lastname="X", **asked)
    loop.sync()
    loop.sync()
    survivor = loop.control("hubspot", "merge", {"object": "contacts", "primary": winner, "other": loser})["id"]
    loop.control("hubspot", "archive", {"object": "contacts", "id": survivor})
    gone = f"record_id in ('{winner}', '{loser}')"
    loop.sync(minutes=24 * 60)  # the promised first contact is late: that is to be written to both
    assert loop.rows(f"select state from link where {gone}") == [("active",), ("active",)]
    assert compared(loop)["hubspot.contacts"] == NOTHING | {"gone": 2}
    loop.sync()
    assert loop.rows(f"select state from link where {gone}") == [("deleted",), ("deleted",)]
    planned = loop.rows(f"select count(*) from outbox where {gone}")
    loop.sync(minutes=24 * 60)
    assert loop.rows(f"select count(*) from outbox where {gone}") == planned, "nobody tries any more"
    assert compared(loop) == {}
