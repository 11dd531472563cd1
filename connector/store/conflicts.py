"""Conflicts and holds as rows, inside the caller's transaction: at most one open conflict per link and field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select, update

from connector.ports.outbox import ConflictNote, HoldNote, Stamp
from connector.store.counters import reserve
from connector.store.sql import chunks, table, upsert
from connector.store.tables import ConflictRow, Hold

_conflict, _hold = table(ConflictRow), table(Hold)


def note(connection: Connection, company: int, notes: Sequence[ConflictNote], stamp: Stamp) -> None:
    """Keep new conflicts; one that is open already is left as it was first seen. Settled ones are kept as history."""
    known = _open(connection, company, [entry.link_id for entry in notes])
    new = [entry for entry in notes if entry.settled_by is not None or (entry.link_id, entry.field) not in known]
    if not new:
        return
    first = reserve(connection, company, "conflict", len(new))
    rows = [values(company, first + position, entry, stamp) for position, entry in enumerate(new)]
    connection.execute(_conflict.insert(), rows)


def free(connection: Connection, company: int, freed: Iterable[tuple[int, str]]) -> None:
    """These fields are not in conflict any more: a side gave way or both agree."""
    wanted = set(freed)
    known = _open(connection, company, {link_id for link_id, _ in wanted})
    rows = [{"k_link": link_id, "k_field": name} for link_id, name in sorted(wanted & known)]
    if not rows:
        return
    same = and_(_conflict.c.link_id == bindparam("k_link"), _conflict.c.field == bindparam("k_field"))
    statement = update(_conflict).where(_conflict.c.company == company, _conflict.c.state == "open", same)
    connection.execute(statement.values(state="settled", settled_by="agreed"), rows)


def hold(connection: Connection, company: int, notes: Sequence[HoldNote], stamp: Stamp) -> None:
    """Keep fields from being written."""
    rows = [
        {
            "company": company,
            "person_id": entry.person_id,
            "field": entry.field,
            "why": entry.why,
            "by": "leadloop",
            "at": stamp.now,
            "until": entry.until,
        }
        for entry in notes
    ]
    upsert(connection, _hold, rows, update=["why", "by", "at", "until"])


def _open(connection: Connection, company: int, link_ids: Iterable[int]) -> set[tuple[int, str]]:
    known: set[tuple[int, str]] = set()
    for part in chunks(sorted(set(link_ids))):
        query = select(_conflict.c.link_id, _conflict.c.field).where(
            _conflict.c.company == company, _conflict.c.state == "open", _conflict.c.link_id.in_(part)
        )
        known |= {(row.link_id, row.field) for row in connection.execute(query)}
    return known


def values(company: int, conflict_id: int, entry: ConflictNote, stamp: Stamp) -> dict[str, Any]:
    """A conflict as its row."""
    return {
        "company": company,
        "conflict_id": conflict_id,
        "person_id": entry.person_id,
        "link_id": entry.link_id,
        "field": entry.field,
        "base": entry.base,
        "ours": entry.ours,
        "theirs": entry.theirs,
        "reason": entry.reason,
        "who": entry.who,
        "at": stamp.now,
        "state": "open" if entry.settled_by is None else "settled",
        "settled_by": entry.settled_by,
    }
