"""Activities: each event once, on the person its record is linked to, or waiting for that record or for its time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, null, or_, select, update

from connector.model import RecordRef
from connector.ports.people import Signal
from connector.store.counters import next_seq, reserve
from connector.store.duplicates import mark_duplicates
from connector.store.resolving import mark_dirty, users_by_owner
from connector.store.sql import chunks, insert, table
from connector.store.tables import Activity, Link

_activity = table(Activity)
_link = table(Link)
TIME = "time"
"""What an activity awaits that is planned ahead."""
CHANGING = (
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
    "sameness",
    "precedence",
    "asked",
    "form_key",
    "channel",
)
RANGES_MAX = 100
"""Ranges of keys in one statement."""


def save_signals(connection: Connection, company: int, signals: Sequence[Signal], at: datetime) -> None:
    """Insert new activities, correct known ones; the people concerned become dirty. ``at``: the present."""
    if not signals:
        return
    _leave_events(connection, company, signals)
    links = _links(connection, company, [ref for signal in signals for ref in signal.people])
    owners = users_by_owner(
        connection, company, [(signal.source.split(".")[0], signal.owner) for signal in signals if signal.owner]
    )
    seq = next_seq(connection, company)
    first = reserve(connection, company, "activity", len(signals))
    once = _once(signals)
    rows = [
        _row(company, signal, links, owners, at) | {"activity_id": first + number, "known_seq": seq}
        for number, signal in enumerate(once)
    ]
    for summary in (False, True):
        part = [row for row, signal in zip(rows, once, strict=True) if signal.summary is summary]
        if part:
            connection.execute(_upsert(connection, summary=summary), part)
    people = [link.person_id for link in links.values()]
    mark_duplicates(connection, company, people)
    mark_dirty(connection, company, people, "activity")


def _upsert(connection: Connection, *, summary: bool) -> Any:
    """What a person's record tells in passing corrects only what it told before."""
    statement = insert(connection, _activity)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["company", "source_key"],
        set_={**{name: new[name] for name in (*CHANGING, "source")}, "deleted_seq": None},
        where=_activity.c.source == new.source if summary else None,
    )


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
    people = [row.person_id for row in rows]
    mark_duplicates(connection, company, people)
    mark_dirty(connection, company, people, why)


def release_due(connection: Connection, company: int, at: datetime) -> int:
    """Activities whose time has come go to their people, who become dirty; returns how many people."""
    due = (_activity.c.company == company, _activity.c.awaits == TIME, _activity.c.occurred_at <= at)
    same = (_link.c.company == _activity.c.company) & (_link.c.link_id == _activity.c.link_id)
    found = connection.execute(select(_link.c.person_id).select_from(_activity.join(_link, same)).where(*due))
    people = sorted({row.person_id for row in found})
    owner = select(_link.c.person_id).where(same).scalar_subquery()
    connection.execute(update(_activity).where(*due).values(person_id=owner, awaits=None))
    mark_duplicates(connection, company, people)
    mark_dirty(connection, company, people, "time")
    return len(people)


def attach_waiting(
    connection: Connection, company: int, links: Sequence[tuple[int, int, RecordRef]], at: datetime
) -> None:
    """Activities that waited for these new links' records (link id, person id, record) get their person.

    What is still ahead goes on waiting, for its time.
    """
    ahead = _activity.c.occurred_at > at
    for part in chunks([str(ref) for _, _, ref in links]):
        query = select(_activity.c.awaits).where(_activity.c.company == company, _activity.c.awaits.in_(part))
        waited = set(connection.execute(query).scalars())
        for link_id, person_id, ref in links:
            if str(ref) in waited:
                connection.execute(
                    update(_activity)
                    .where(_activity.c.company == company, _activity.c.awaits == str(ref))
                    .values(
                        link_id=link_id,
                        person_id=case((ahead, null()), else_=person_id),
                        awaits=case((ahead, TIME), else_=null()),
                    )
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
    at: datetime,
) -> dict[str, Any]:
    link = next((links[ref] for ref in signal.people if ref in links), None)
    system = signal.source.split(".")[0]
    ahead = signal.waits and signal.occurred_at > at and link is not None
    awaited = str(signal.people[0]) if link is None and signal.people else None
    return {
        "company": company,
        "link_id": link.link_id if link else None,
        "person_id": link.person_id if link and not ahead else None,
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
        "awaits": TIME if ahead else awaited,
        "sameness": signal.sameness,
        "precedence": signal.precedence,
        "asked": signal.asked,
        "form_key": signal.form_key,
        "channel": signal.channel,
    }


def _once(signals: Sequence[Signal]) -> list[Signal]:
    by_key = {signal.source_key: signal for signal in sorted(signals, key=lambda signal: not signal.summary)}
    return list(by_key.values())
