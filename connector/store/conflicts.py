"""Conflicts and holds as rows, inside the caller's transaction: at most one open conflict per link and field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from connector.ports.outbox import ConflictNote, HoldNote, Stamp
from connector.store.counters import reserve
from connector.store.sql import chunks, table, upsert
from connector.store.tables import ConflictRow, Hold

_conflict, _hold = table(ConflictRow), table(Hold)
UNSETTLED = ("open", "taken")


def note(connection: Connection, company: int, notes: Sequence[ConflictNote], stamp: Stamp) -> None:
    """Keep new conflicts; one that is open already with the same values is left as it was first seen.

    One with other values is another conflict: what was shown to a person under a number stays what it was. Settled
    ones are kept as history.
    """
    known = _open(connection, company, [entry.link_id for entry in notes if entry.settled_by is None])
    new = [entry for entry in notes if entry.settled_by is not None or not _is_known(entry, known)]
    if not new:
        return
    replaced = [known[entry.link_id, entry.field] for entry in new if (entry.link_id, entry.field) in known]
    settle(connection, company, [row.conflict_id for row in replaced], "changed")
    first = reserve(connection, company, "conflict", len(new))
    rows = [values(company, first + position, entry, stamp) for position, entry in enumerate(new)]
    connection.execute(_conflict.insert(), rows)


def free(connection: Connection, company: int, freed: Iterable[tuple[int, str]]) -> None:
    """These fields are not in conflict any more: a side gave way or both agree. A decided one ends when carried out."""
    wanted = set(freed)
    known = _open(connection, company, {link_id for link_id, _ in wanted})
    ended = [row.conflict_id for key, row in known.items() if key in wanted and row.state == "open"]
    settle(connection, company, ended, "agreed")


def settle(connection: Connection, company: int, conflict_ids: Sequence[int], how: str) -> None:
    """These are over."""
    for part in chunks(sorted(conflict_ids)):
        mine = _conflict.c.company == company, _conflict.c.conflict_id.in_(part), _conflict.c.state != "settled"
        connection.execute(update(_conflict).where(*mine).values(state="settled", settled_by=how))


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


def _open(connection: Connection, company: int, link_ids: Iterable[int]) -> dict[tuple[int, str], Any]:
    known: dict[tuple[int, str], Any] = {}
    for part in chunks(sorted(set(link_ids))):
        query = select(_conflict).where(
            _conflict.c.company == company, _conflict.c.state.in_(UNSETTLED), _conflict.c.link_id.in_(part)
        )
        known |= {(row.link_id, row.field): row for row in connection.execute(query)}
    return known


def _is_known(entry: ConflictNote, known: Mapping[tuple[int, str], Any]) -> bool:
    row = known.get((entry.link_id, entry.field))
    return row is not None and (row.ours, row.theirs) == (entry.ours, entry.theirs)


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
