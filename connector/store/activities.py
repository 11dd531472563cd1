"""Activities: each event once, on the person its record is linked to, or waiting for that record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, or_, select, update

from connector.model import RecordRef
from connector.ports.people import Signal
from connector.store.counters import next_seq, reserve
from connector.store.resolving import mark_dirty, users_by_owner
from connector.store.sql import chunks, insert, table
from connector.store.tables import Activity, Link

_activity = table(Activity)
_link = table(Link)
RANGES_MAX = 100
"""Ranges of keys in one statement."""


def save_signals(connection: Connection, company: int, signals: Sequence[Signal]) -> None:
    """Insert new activities, correct known ones; the people concerned become dirty."""
    if not signals:
        return
    _leave_events(connection, company, signals)
    links = _links(connection, company, [ref for signal in signals for ref in signal.people])
    owners = users_by_owner(
        connection, company, [(signal.source.split(".")[0], signal.owner) for signal in signals if signal.owner]
    )
    seq = next_seq(connection, company)
    first = reserve(connection, company, "activity", len(signals))
    rows = [
        _row(company, signal, links, owners, {"activity_id": first + number, "known_seq": seq})
        for number, signal in enumerate(_once(signals))
    ]
    statement = insert(connection, _activity)
    new = statement.excluded
    changing = (
        "link_id",
        "person_id",
        "signal",
        "occurred_at",
        "kind",
        "phase",
        "asset",
        "owner_id",
        "direction",
        "awaits",
    )
    statement = statement.on_conflict_do_update(
        index_elements=["company", "source_key"], set_={**{name: new[name] for name in changing}, "deleted_seq": None}
    )
    connection.execute(statement, rows)
    mark_dirty(connection, company, [row["person_id"] for row in rows], "activity")


def remove_signals(connection: Connection, company: int, gone: Sequence[RecordRef]) -> None:
    """The activities of deleted records count no more."""
    records = [f"{ref.system}:{ref.object}:{ref.record_id}" for ref in gone]
    _take_away(connection, company, _under(connection, company, records), "activity removed")


def _leave_events(connection: Connection, company: int, signals: Sequence[Signal]) -> None:
    """Whoever does not take part in an event any more loses it."""
    events = sorted({signal.event_key for signal in signals if signal.event_key})
    kept = {signal.source_key for signal in signals}
    left = [row for row in _under(connection, company, events) if row.source_key not in kept]
    _take_away(connection, company, left, "left the event")


def _under(connection: Connection, company: int, names: Sequence[str]) -> list[Any]:
    """The counting activities whose key is one of the names, or goes on behind it with a colon."""
    found: list[Any] = []
    for part in chunks(names, RANGES_MAX):
        key = _activity.c.source_key
        behind = [and_(key >= f"{name}:", key < f"{name};") for name in part]  # ";" follows ":"
        query = select(_activity.c.activity_id, _activity.c.person_id, key).where(
            _activity.c.company == company, or_(key.in_(part), *behind), _activity.c.deleted_seq.is_(None)
        )
        found += connection.execute(query).all()
    return found


def _take_away(connection: Connection, company: int, rows: Sequence[Any], why: str) -> None:
    if not rows:
        return
    seq = next_seq(connection, company)
    for part in chunks([row.activity_id for row in rows]):
        mine = _activity.c.company == company, _activity.c.activity_id.in_(part)
        connection.execute(update(_activity).where(*mine).values(deleted_seq=seq))
    mark_dirty(connection, company, [row.person_id for row in rows], why)


def attach_waiting(connection: Connection, company: int, links: Sequence[tuple[int, int, RecordRef]]) -> None:
    """Activities that waited for these new links' records (link id, person id, record) get their person."""
    for part in chunks([str(ref) for _, _, ref in links]):
        query = select(_activity.c.awaits).where(_activity.c.company == company, _activity.c.awaits.in_(part))
        waited = set(connection.execute(query).scalars())
        for link_id, person_id, ref in links:
            if str(ref) in waited:
                connection.execute(
                    update(_activity)
                    .where(_activity.c.company == company, _activity.c.awaits == str(ref))
                    .values(link_id=link_id, person_id=person_id, awaits=None)
                )


def move_with_link(connection: Connection, company: int, link_id: int, person_id: int) -> None:
    """The activities of a link belong to the link's person."""
    connection.execute(
        update(_activity)
        .where(_activity.c.company == company, _activity.c.link_id == link_id, _activity.c.person_id != person_id)
        .values(person_id=person_id)
    )


def _links(connection: Connection, company: int, refs: Sequence[RecordRef]) -> dict[RecordRef, Any]:
    found: dict[RecordRef, Any] = {}
    for part in chunks(sorted({ref.record_id for ref in refs})):
        query = select(_link).where(_link.c.company == company, _link.c.record_id.in_(part))
        found |= {RecordRef(row.system, row.object, row.record_id): row for row in connection.execute(query)}
    return found


def _row(
    company: int,
    signal: Signal,
    links: dict[RecordRef, Any],
    owners: dict[tuple[str, str], int],
    fresh: dict[str, int],
) -> dict[str, Any]:
    link = next((links[ref] for ref in signal.people if ref in links), None)
    system = signal.source.split(".")[0]
    return {
        "company": company,
        **fresh,
        "link_id": link.link_id if link else None,
        "person_id": link.person_id if link else None,
        "signal": signal.signal,
        "occurred_at": signal.occurred_at,
        "known_at": signal.known_at,
        "source_key": signal.source_key,
        "source": signal.source,
        "kind": signal.kind,
        "phase": signal.phase,
        "asset": signal.asset,
        "owner_id": owners.get((system, signal.owner or "")),
        "direction": signal.direction,
        "awaits": str(signal.people[0]) if link is None and signal.people else None,
    }


def _once(signals: Sequence[Signal]) -> list[Signal]:
    return list({signal.source_key: signal for signal in signals}.values())
