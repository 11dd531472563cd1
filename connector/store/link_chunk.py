"""One resolved chunk of person records, saved: people made and merged, links, keys, histories, dirty marks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, update

from connector.model import Canonical
from connector.ports.people import Cursor, LinkChange, ResolveCounts, ResolvedChunk
from connector.store.activities import attach_waiting, move_with_link, save_signals
from connector.store.counters import next_seq, reserve
from connector.store.duplicates import mark_duplicates
from connector.store.person_merge import link_event, merge_people
from connector.store.records import attach_people
from connector.store.resolving import mark_dirty
from connector.store.sql import chunks, table, upsert
from connector.store.tables import FieldHistory, Link, LinkEvent, MatchKey, Person
from connector.store.unreadable import save_rejects

_person, _link, _event = table(Person), table(Link), table(LinkEvent)
_key, _history = table(MatchKey), table(FieldHistory)
LINK_CHANGES = (
    "person_id",
    "state",
    "parent_record_id",
    "created_at",
    "modified_at",
    "mapped",
    "stamps",
    "unseen",
    "seq",
)


def save_link_chunk(
    connection: Connection, company: int, chunk: ResolvedChunk, cursor: Cursor, mint: Callable[[], str]
) -> ResolveCounts:
    """Save a chunk; returns the people made, merged and concerned."""
    if not chunk.links and not chunk.merges:
        return ResolveCounts()
    seq = next_seq(connection, company)
    people = _make_people(connection, company, chunk, cursor, mint)
    made = _save_links(connection, company, chunk.links, people, cursor, seq=seq, mint=mint)
    merged = merge_people(connection, company, chunk.merges, cursor)
    _replace_keys(connection, company, chunk.links, made)
    _append_history(connection, company, chunk.links, made, seq)
    _append_events(connection, company, chunk.links, made, people, cursor)
    save_rejects(connection, company, chunk.rejects, chunk.links, cursor)
    concerned = _concerned(chunk, people)
    fresh = [each for each in chunk.links if each.link_id is None]
    waited = [(made[each.ref], _id(each.person, people), each.ref) for each in fresh]
    attach_waiting(connection, company, waited, cursor.at)
    for moved in (each for each in chunk.links if each.moved_from is not None):
        move_with_link(connection, company, made[moved.ref], _id(moved.person, people))
    attach_people(connection, company, concerned)
    save_signals(connection, company, chunk.signals, cursor.at)
    mark_duplicates(connection, company, concerned)
    mark_dirty(connection, company, concerned, "record")
    return ResolveCounts(len(people), merged, tuple(concerned))


def _id(person: int, people: dict[int, int]) -> int:
    return people.get(person, person)


def _concerned(chunk: ResolvedChunk, people: dict[int, int]) -> list[int]:
    losers = {merge.loser: merge.winner for merge in chunk.merges}
    ids = {_id(each.person, people) for each in chunk.links}
    ids |= {each.moved_from for each in chunk.links if each.moved_from is not None}
    ids |= {merge.winner for merge in chunk.merges}
    return sorted({losers.get(person, person) for person in ids})


def _make_people(
    connection: Connection, company: int, chunk: ResolvedChunk, cursor: Cursor, mint: Callable[[], str]
) -> dict[int, int]:
    """Negative number -> new person id, in the order of the numbers."""
    if chunk.doubtful:
        connection.execute(
            update(_person)
            .where(_person.c.company == company, _person.c.person_id.in_(sorted(chunk.doubtful)))
            .values(provisional=True)
        )
    numbers = sorted(chunk.new_people, reverse=True)
    if not numbers:
        return {}
    first = reserve(connection, company, "person", len(numbers))
    people = {number: first + position for position, number in enumerate(numbers)}
    rows = [
        {
            "company": company,
            "person_id": people[number],
            "person_key": mint(),
            "created_at": cursor.at,
            "provisional": chunk.new_people[number],
        }
        for number in numbers
    ]
    connection.execute(_person.insert(), rows)
    return people


def _save_links(
    connection: Connection,
    company: int,
    changes: Sequence[LinkChange],
    people: dict[int, int],
    cursor: Cursor,
    *,
    seq: int,
    mint: Callable[[], str],
) -> dict[Any, int]:
    """Upsert the links; returns record ref -> link id."""
    fresh = [change for change in changes if change.link_id is None]
    first = reserve(connection, company, "link", len(fresh)) if fresh else 0
    ids = {change.ref: first + position for position, change in enumerate(fresh)}
    ids |= {change.ref: change.link_id for change in changes if change.link_id is not None}
    rows = [
        {
            "company": company,
            "link_id": ids[change.ref],
            "person_id": _id(change.person, people),
            "system": change.ref.system,
            "object": change.ref.object,
            "record_id": change.ref.record_id,
            "family": change.family,
            "external_key": change.external_key or mint(),
            "stamped": change.external_key is not None,
            "state": change.state,
            "parent_record_id": change.parent_record_id,
            "created_at": change.created_at,
            "modified_at": change.modified_at,
            "first_seen_at": cursor.at,
            "mapped": dict(change.mapped),
            "stamps": dict(change.stamps),
            "unseen": {name: list(sight) for name, sight in change.unseen.items()} or None,
            "seq": seq,
        }
        for change in changes
    ]
    upsert(connection, _link, rows, update=LINK_CHANGES)
    _point_to_successors(connection, company, changes, ids)
    _end_absorbed(connection, company, changes, ids)
    return ids


def _point_to_successors(
    connection: Connection, company: int, changes: Sequence[LinkChange], ids: dict[Any, int]
) -> None:
    for change in changes:
        if change.successor is None:
            continue
        successor = select(_link.c.link_id).where(
            _link.c.company == company,
            _link.c.system == change.successor.system,
            _link.c.object == change.successor.object,
            _link.c.record_id == change.successor.record_id,
        )
        connection.execute(
            update(_link)
            .where(_link.c.company == company, _link.c.link_id == ids[change.ref])
            .values(successor_link_id=successor.scalar_subquery())
        )


def _end_absorbed(connection: Connection, company: int, changes: Sequence[LinkChange], ids: dict[Any, int]) -> None:
    """Records merged into another one end, also where their CRM shows that only on the survivor."""
    for change in changes:
        for ref in change.absorbs:
            connection.execute(
                update(_link)
                .where(
                    _link.c.company == company,
                    _link.c.system == ref.system,
                    _link.c.object == ref.object,
                    _link.c.record_id == ref.record_id,
                    _link.c.state == "active",
                )
                .values(state="merged", is_primary=False, successor_link_id=ids[change.ref])
            )


def _replace_keys(connection: Connection, company: int, changes: Sequence[LinkChange], ids: dict[Any, int]) -> None:
    for part in chunks([ids[change.ref] for change in changes]):
        connection.execute(delete(_key).where(_key.c.company == company, _key.c.link_id.in_(part)))
    rows = [
        {"company": company, "kind": kind, "value": value, "link_id": ids[change.ref]}
        for change in changes
        for kind, value in sorted(set(change.keys))
    ]
    if rows:
        connection.execute(_key.insert(), rows)


def _append_history(
    connection: Connection, company: int, changes: Sequence[LinkChange], ids: dict[Any, int], seq: int
) -> None:
    rows = [
        {
            "company": company,
            "seq": seq,
            "link_id": ids[change.ref],
            "field": name,
            "valid_from": change.modified_at,
            "value_text": value if isinstance(value, str) else None,
            "value_number": _number(value),
            "actor": change.actor,
            "source": change.ref.system,
        }
        for change in changes
        for name, value in change.history
    ]
    if rows:
        connection.execute(_history.insert(), rows)


def _append_events(
    connection: Connection,
    company: int,
    changes: Sequence[LinkChange],
    ids: dict[Any, int],
    people: dict[int, int],
    cursor: Cursor,
) -> None:
    told = [change for change in changes if change.verdict != "changed" or change.successor is not None]
    if not told:
        return
    first = reserve(connection, company, "seq", len(told))
    rows = []
    for position, change in enumerate(told):
        verdict = change.state if change.successor is not None else change.verdict
        row = link_event(company, ids[change.ref], verdict, cursor)
        row |= {"seq": first + position, "person_from": change.moved_from, "person_to": _id(change.person, people)}
        rows.append(row | {"evidence": dict(change.evidence)})
    connection.execute(_event.insert(), rows)


def _number(value: Canonical) -> int | None:
    return int(value) if isinstance(value, bool | int | float) else None
