"""Copies of activities and cross references, as the tables show them on each engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from connector.model import RecordRef
from connector.ports.native_sync import CopyRule
from connector.ports.people import Cursor, Signal
from connector.store.database import Database
from connector.store.native_sync import SqlNativeSyncStore
from connector.store.resolve import SqlResolveStore
from connector.store.sql import table
from connector.store.tables import Activity, Link, MatchKey, Person, PersonDirty
from tests.store.fuse import COMPANY

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RULES = (CopyRule("green.Task", "blue", ("[Blue]",)),)
PERSON = {"blue": ("contacts", "1"), "green": ("Lead", "2")}


@pytest.fixture(autouse=True)
def _one_person(database: Database) -> None:
    """Person 1 with a record in each system; person 2 with none."""
    people = [{"company": COMPANY, "person_id": number, "person_key": str(number)} for number in (1, 2)]
    links = [
        {
            "company": COMPANY,
            "link_id": number,
            "person_id": 1,
            "system": system,
            "object": name,
            "family": "person",
            "record_id": record_id,
            "external_key": str(number),
            "first_seen_at": NOW,
            "mapped": {},
        }
        for number, (system, (name, record_id)) in enumerate(PERSON.items(), 1)
    ]
    with database.begin(COMPANY) as connection:
        connection.execute(table(Person).insert(), [{**person, **_defaults(Person)} for person in people])
        connection.execute(table(Link).insert(), [{**_defaults(Link), **link} for link in links])


def _defaults(model: type[Person] | type[Link]) -> dict[str, object]:
    if model is Link:
        return {"stamped": False, "is_primary": True, "state": "active", "seq": 0}
    numbers = dict.fromkeys(("seq", "open_opportunities", "won_opportunities"), 0)
    scores = dict.fromkeys(("score_milli", "fit_milli", "engagement_milli", "readiness_milli"), 0)
    return {"created_at": NOW, "provisional": False, "unsettled": True, "stage": "name", **numbers, **scores}


def signal(system: str, record_id: str, subject: str, at: datetime, name: str = "connected_call") -> Signal:
    source = "green.Task" if system == "green" else "blue.calls"
    whose = RecordRef(system, *PERSON[system])
    key = f"{source.replace('.', ':')}:{record_id}:{name}"
    return Signal(key, source, name, at, at, (whose,), asset=subject)


def save(database: Database, *signals: Signal, gone: tuple[RecordRef, ...] = ()) -> None:
    cursor = Cursor("blue", "calls", 1, NOW + timedelta(days=30))
    SqlResolveStore(database).save_signals(COMPANY, signals, gone, cursor)


def marked(database: Database) -> dict[str, str | None]:
    """Key -> key of what it is a duplicate of."""
    SqlNativeSyncStore(database).mark_copies(COMPANY, RULES)
    activity = table(Activity)
    with database.read() as connection:
        rows = connection.execute(select(activity)).all()
    keys = {row.activity_id: row.source_key for row in rows}
    return {row.source_key: keys.get(row.duplicate_of) for row in rows}


@pytest.mark.parametrize("original_first", [True, False])
def test_a_copy_counts_not_whichever_arrives_first(database: Database, *, original_first: bool) -> None:
    original, copy = signal("blue", "1", "Intro", NOW), signal("green", "9", "[Blue] Call: Intro", NOW + 14 * MINUTE)
    for each in (original, copy) if original_first else (copy, original):
        save(database, each)
        found = marked(database)
    assert found == {original.source_key: None, copy.source_key: original.source_key}


def test_without_a_mark_only_the_same_subject_in_the_same_minute_is_the_same(database: Database) -> None:
    original = signal("blue", "1", "Intro", NOW)
    same = signal("green", "1", " intro", NOW + MINUTE / 2)
    later, other = signal("green", "2", "Intro", NOW + 5 * MINUTE), signal("green", "3", "Offer", NOW)
    save(database, original, same, later, other)
    assert {key for key, of in marked(database).items() if of is not None} == {same.source_key}


def test_the_original_with_the_same_subject_and_signal_is_chosen(database: Database) -> None:
    untitled, intro = signal("blue", "1", "", NOW), signal("blue", "2", "Intro", NOW)
    attempt = signal("blue", "2", "Intro", NOW, "rep_touch_attempt")
    copies = [signal("green", "9", "[Blue] Call: Intro", NOW, name) for name in ("connected_call", "rep_touch_attempt")]
    save(database, untitled, attempt, intro, *copies)
    found = marked(database)
    assert [found[copy.source_key] for copy in copies] == [intro.source_key, attempt.source_key]


def test_a_copy_stays_one_when_somebody_edits_it_later(database: Database) -> None:
    original, copy = signal("blue", "1", "Intro", NOW), signal("green", "9", "Intro", NOW)
    save(database, original, copy)
    marked(database)
    save(database, signal("green", "9", "Intro", NOW + timedelta(days=9)))
    assert marked(database)[copy.source_key] == original.source_key


def test_a_copy_counts_again_when_its_original_is_gone_or_is_another_persons(database: Database) -> None:
    original, copy = signal("blue", "1", "Intro", NOW), signal("green", "9", "[Blue] Intro", NOW)
    save(database, original, copy)
    marked(database)
    activity = table(Activity)
    with database.begin(COMPANY) as connection:
        connection.execute(update(activity).where(activity.c.source == "blue.calls").values(person_id=2))
    assert marked(database)[copy.source_key] is None
    save(database, original)
    assert marked(database)[copy.source_key] == original.source_key
    save(database, gone=(RecordRef("blue", "calls", "1"),))
    assert marked(database)[copy.source_key] is None


def test_nothing_is_done_for_people_who_did_not_change(database: Database) -> None:
    save(database, signal("blue", "1", "Intro", NOW), signal("green", "9", "[Blue] Intro", NOW))
    with database.begin(COMPANY) as connection:
        connection.execute(table(PersonDirty).delete())
    assert SqlNativeSyncStore(database).mark_copies(COMPANY, RULES) == 0


def test_a_reference_to_the_other_system_is_seen_and_one_to_the_own_is_not(database: Database) -> None:
    store, systems = SqlNativeSyncStore(database), ("blue", "green")
    with database.begin(COMPANY) as connection:
        own = {"company": COMPANY, "kind": "cross_reference", "value": "blue contacts 7", "link_id": 1}
        connection.execute(table(MatchKey).insert(), [own])
    assert (store.is_seen(COMPANY, systems), store.carriers(COMPANY, systems)) == (False, 0)
    with database.begin(COMPANY) as connection:
        keys = [{**own, "value": value} for value in ("green Lead 2", "green Contact 3")]
        connection.execute(table(MatchKey).insert(), keys)
    assert (store.is_seen(COMPANY, systems), store.carriers(COMPANY, systems)) == (True, 1)
    assert not store.is_seen(COMPANY, ("blue",)), "the other system is not connected"
    with database.begin(COMPANY) as connection:
        connection.execute(update(table(Link)).values(state="deleted"))
    assert not store.is_seen(COMPANY, systems)
