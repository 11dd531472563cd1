"""One event in several records counts once, a planned one not before its time, and a CRM's history gives true times."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from connector.clock import to_micros
from connector.model import RawRecord, RecordRef
from connector.ports.landing import LandedPage
from connector.ports.people import Cursor, LinkChange, MemberRow, PastChange, ResolvedChunk, Signal, UserRow
from connector.store.database import Database
from connector.store.decisions import SqlDecisionStore
from connector.store.landing import SqlLandingStore
from connector.store.resolve import SqlResolveStore
from connector.store.sql import table
from connector.store.tables import Activity, FieldHistory, Link, PersonDirty
from tests.store.fuse import COMPANY

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
LEAD = RecordRef("blue", "Lead", "1")
CONTACT = RecordRef("green", "contacts", "7")


def cursor(object_name: str = "Lead", system: str = "blue", seq: int = 1) -> Cursor:
    return Cursor(system, object_name, seq, NOW)


def link(ref: RecordRef, person: int, **mapped: Any) -> LinkChange:
    return LinkChange(
        ref=ref,
        person=person,
        link_id=None,
        family="person",
        mapped=mapped,
        stamps=dict.fromkeys(mapped, to_micros(NOW)),
        state="active",
        created_at=NOW,
        modified_at=NOW,
        parent_record_id=None,
        keys=(),
        history=(),
        verdict="linked",
    )


def save(database: Database, *links: LinkChange) -> SqlResolveStore:
    store, keys = SqlResolveStore(database), itertools.count(1)
    new = {each.person: False for each in links if each.person < 0}
    store.save_people(COMPANY, ResolvedChunk(links, new_people=new), cursor(), lambda: f"{links[0].ref}-{next(keys)}")
    return store


def seen(ref: RecordRef, *, precedence: int, sameness: str | None = "event_attended|2026-03-02|webinar") -> Signal:
    key = f"{ref.system}:{ref.object}:{ref.record_id}:0"
    signal = Signal(key, f"{ref.system}.{ref.object}", "event_attended", NOW, NOW, (ref,), asset="Webinar")
    return replace(signal, sameness=sameness, precedence=precedence)


def activities(database: Database) -> list[Any]:
    target = table(Activity)
    with database.read() as connection:
        return list(connection.execute(select(target).order_by(target.c.source_key)))


def counted(database: Database) -> list[str]:
    living = [row for row in activities(database) if row.deleted_seq is None and row.person_id is not None]
    return [row.source_key.split(":")[0] for row in living if row.duplicate_of is None]


def dirty(database: Database) -> set[int]:
    target = table(PersonDirty)
    with database.read() as connection:
        return {row.person_id for row in connection.execute(select(target))}


def forget_dirty(database: Database) -> None:
    with database.begin(COMPANY) as connection:
        connection.execute(table(PersonDirty).delete())


@pytest.mark.parametrize("order", [(LEAD, CONTACT), (CONTACT, LEAD)])
def test_the_same_webinar_in_two_systems_counts_once_whichever_comes_first(
    database: Database, order: Sequence[RecordRef]
) -> None:
    store = save(database, link(LEAD, -1), link(CONTACT, -1))
    for ref in order:
        store.save_signals(COMPANY, [seen(ref, precedence=1 if ref is CONTACT else 2)], [], cursor(ref.object))
    assert counted(database) == ["green"]
    leading = {row.source: row.activity_id for row in activities(database)}
    assert [row.duplicate_of for row in activities(database)] == [leading["green.contacts"], None]


def test_the_other_sighting_counts_when_the_first_is_deleted(database: Database) -> None:
    store = save(database, link(LEAD, -1), link(CONTACT, -1))
    store.save_signals(COMPANY, [seen(LEAD, precedence=2), seen(CONTACT, precedence=1)], [], cursor())
    store.save_signals(COMPANY, [], [CONTACT], cursor("contacts"))
    assert counted(database) == ["blue"]


def test_sightings_of_two_people_become_one_when_their_records_do(database: Database) -> None:
    store = save(database, link(LEAD, -1), link(CONTACT, -2))
    store.save_signals(COMPANY, [seen(LEAD, precedence=2), seen(CONTACT, precedence=1)], [], cursor())
    assert counted(database) == ["blue", "green"]
    links = {each.ref: each for each in store.links_of(COMPANY, [LEAD, CONTACT])}
    moved = replace(link(LEAD, links[CONTACT].person_id), link_id=links[LEAD].link_id, moved_from=links[LEAD].person_id)
    store.save_people(COMPANY, ResolvedChunk([moved]), cursor(), lambda: "unused")
    assert counted(database) == ["green"]


def test_without_an_asset_nothing_is_the_same(database: Database) -> None:
    store = save(database, link(LEAD, -1), link(CONTACT, -1))
    signals = [seen(ref, precedence=1, sameness=None) for ref in (LEAD, CONTACT)]
    store.save_signals(COMPANY, signals, [], cursor())
    assert counted(database) == ["blue", "green"]


def planned(at: datetime, *people: RecordRef) -> Signal:
    return Signal("blue:Event:9:1", "blue.Event", "meeting_held", at, at, people, waits=True)


def test_a_planned_meeting_counts_once_its_time_has_come(database: Database) -> None:
    store = save(database, link(LEAD, -1))
    store.save_signals(COMPANY, [planned(NOW + HOUR, LEAD)], [], cursor("Event"))
    forget_dirty(database)
    assert store.release_due(COMPANY, NOW) == 0
    assert (counted(database), dirty(database)) == ([], set())
    assert store.release_due(COMPANY, NOW + HOUR) == 1
    assert (counted(database), dirty(database)) == (["blue"], {1})
    assert store.release_due(COMPANY, NOW + HOUR) == 0


def test_a_meeting_that_is_put_off_waits_again(database: Database) -> None:
    store = save(database, link(LEAD, -1))
    store.save_signals(COMPANY, [planned(NOW - HOUR, LEAD)], [], cursor("Event"))
    assert counted(database) == ["blue"]
    forget_dirty(database)
    store.save_signals(COMPANY, [planned(NOW + HOUR, LEAD)], [], cursor("Event"))
    assert (counted(database), dirty(database)) == ([], {1})


def test_a_planned_meeting_of_a_record_that_comes_later_still_waits(database: Database) -> None:
    store = SqlResolveStore(database)
    store.save_signals(COMPANY, [planned(NOW + HOUR, LEAD)], [], cursor("Event"))
    save(database, link(LEAD, -1))
    assert counted(database) == []
    store.release_due(COMPANY, NOW + HOUR)
    assert counted(database) == ["blue"]


def test_a_queue_has_its_members_until_they_leave(database: Database) -> None:
    store = SqlResolveStore(database)
    queue = UserRow("blue", "Q", None, "Inbound", active=True, kind="queue")
    people = [UserRow("blue", name, f"{name}@x.example", name, active=True, kind="user") for name in ("ann", "bob")]
    store.save_users(COMPANY, [queue, *people], cursor("User"))
    rows = [MemberRow(RecordRef("blue", "GroupMember", name), "Q", name) for name in ("ann", "bob", "unknown")]
    store.save_members(COMPANY, rows, [], cursor("GroupMember"))
    store.save_members(COMPANY, [], [RecordRef("blue", "GroupMember", "bob")], cursor("GroupMember", seq=2))
    users = {user.name: user for user in SqlDecisionStore(database).users(COMPANY)}
    assert users["Inbound"].members == (users["ann"].user_id,)
    assert users["ann"].members == ()


def test_a_history_row_dates_a_value_that_still_stands(database: Database) -> None:
    store = save(database, link(LEAD, -1, sf_status="Working"))
    forget_dirty(database)
    earlier = [
        PastChange(LEAD, "sf_status", "New", NOW - 3 * HOUR, "automation"),
        PastChange(LEAD, "sf_status", "Working", NOW - 2 * HOUR, "human"),
    ]
    store.save_history(COMPANY, earlier[::-1], cursor("LeadHistory"))
    target = table(FieldHistory)
    with database.read() as connection:
        told = connection.execute(select(target).order_by(target.c.valid_from)).all()
        (stored,) = connection.execute(select(table(Link))).all()
    assert [(row.value_text, row.valid_from, row.actor) for row in told] == [
        ("New", NOW - 3 * HOUR, "automation"),
        ("Working", NOW - 2 * HOUR, "human"),
    ]
    at = to_micros(NOW - 2 * HOUR)
    assert (stored.stamps["sf_status"], stored.authors["sf_status"]) == (at, ["Working", "person", at])
    assert dirty(database) == {stored.person_id}


def test_a_history_row_of_a_value_that_has_gone_moves_no_stamp(database: Database) -> None:
    store = save(database, link(LEAD, -1, sf_status="Working"))
    forget_dirty(database)
    store.save_history(COMPANY, [PastChange(LEAD, "sf_status", "Other", NOW - HOUR, "human")], cursor("LeadHistory"))
    assert dirty(database) == set()


def test_an_owner_shown_by_name_is_dropped_and_unknown_records_too(database: Database) -> None:
    store = save(database, link(LEAD, -1, owner="ann"))
    store.save_users(COMPANY, [UserRow("blue", "ann", None, "Ann", active=True, kind="user")], cursor("User"))
    rows = [
        PastChange(LEAD, "owner", "Ann", NOW - HOUR, "human", is_owner=True),
        PastChange(LEAD, "owner", "ann", NOW - HOUR, "human", is_owner=True),
        PastChange(RecordRef("blue", "Lead", "none"), "owner", "ann", NOW, "human", is_owner=True),
    ]
    store.save_history(COMPANY, rows, cursor("LeadHistory"))
    with database.read() as connection:
        assert [row.value_text for row in connection.execute(select(table(FieldHistory)))] == ["ann"]


def test_what_a_complete_read_does_not_answer_is_gone_and_may_come_back(database: Database) -> None:
    landing = SqlLandingStore(database)
    rows = [RawRecord(RecordRef("blue", "Member", name), NOW, {"queue": "Q"}) for name in ("1", "2")]
    page = LandedPage("blue", "Member", "Member", rows, ("queue",), {}, NOW, NOW)
    landing.land(COMPANY, page)
    assert landing.sweep(COMPANY, "blue", "Member", {"1"}, NOW) == 1
    assert landing.sweep(COMPANY, "blue", "Member", {"1"}, NOW) == 0
    assert sorted(landing.records(COMPANY, "blue", "Member")) == ["1"]
    gone = SqlResolveStore(database).unresolved(COMPANY, "blue", "Member", 10)[-1]
    assert (gone.ref.record_id, gone.deleted, gone.fields) == ("2", True, {"queue": "Q"})
    assert landing.land(COMPANY, page) == 1
    assert sorted(landing.records(COMPANY, "blue", "Member")) == ["1", "2"]


def test_a_connected_call_is_one_touch_and_a_duplicate_is_none(database: Database) -> None:
    store = save(database, link(LEAD, -1), link(CONTACT, -1))

    def call(number: int, signal: str, ref: RecordRef, sameness: str | None) -> Signal:
        key = f"{ref.system}:Call:5:{number}"
        return Signal(key, f"{ref.system}.Call", signal, NOW, NOW, (ref,), direction="us", sameness=sameness)

    signals = [
        call(0, "connected_call", LEAD, "one call"),
        call(1, "rep_touch_attempt", LEAD, None),
        replace(call(0, "connected_call", CONTACT, "one call"), precedence=2),
    ]
    store.save_signals(COMPANY, signals, [], cursor("Call"))
    (facts,) = SqlDecisionStore(database).facts(COMPANY, [1])
    assert [touch.source_key for touch in facts.touches] == ["blue:Call:5:0"]
