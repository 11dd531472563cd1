"""Conflicts about answers: opened when a decision saw them, settled when it sees them no more. In the caller's
transaction. One that a person has decided counts as known until both CRMs say the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select, update

from connector.decide.contradictions import REASON
from connector.ports.decisions import DecisionStamp, PersonDecision
from connector.ports.outbox import ConflictNote, Stamp
from connector.store.conflicts import values
from connector.store.counters import reserve
from connector.store.sql import chunks, table
from connector.store.tables import ConflictRow

_conflict = table(ConflictRow)
ABOUT_ANSWERS = _conflict.c.reason == REASON
"""Conflicts of writing name a CRM's field; these name a question."""


def save_answers(
    connection: Connection, company: int, decisions: Sequence[PersonDecision], stamp: DecisionStamp
) -> None:
    """What these people's answers came to."""
    seen = {each.person_id: each.answers for each in decisions if each.answers is not None}
    known = _open(connection, company, sorted(seen))
    wanted = {_key(note): note for notes in seen.values() for note in notes}
    ended = [row.conflict_id for key, row in known.items() if key not in wanted]
    for part in chunks(ended):
        mine = _conflict.c.company == company, _conflict.c.conflict_id.in_(part)
        for state, how in (("open", "agreed"), ("taken", "taken")):
            statement = update(_conflict).where(*mine, _conflict.c.state == state)
            connection.execute(statement.values(state="settled", settled_by=how))
    new = [wanted[key] for key in sorted(wanted.keys() - known.keys())]
    if new:
        first, by = reserve(connection, company, "conflict", len(new)), Stamp(stamp.run_id, stamp.now, stamp.digest)
        rows = [values(company, first + place, note, by) for place, note in enumerate(new)]
        connection.execute(_conflict.insert(), rows)


def count_answers(connection: Connection, company: int, reason: str) -> int:
    """How many are open."""
    query = select(func.count()).select_from(_conflict).where(_conflict.c.company == company)
    query = query.where(_conflict.c.state == "open", _conflict.c.reason == reason)
    return int(connection.execute(query).scalar_one())


Key = tuple[int, str, str, str]


def _key(note: ConflictNote) -> Key:
    return note.link_id, note.field, str(note.ours), str(note.theirs)


def _open(connection: Connection, company: int, people: Sequence[int]) -> dict[Key, Any]:
    found: dict[Key, Any] = {}
    for part in chunks(people):
        query = select(_conflict).where(
            _conflict.c.company == company,
            _conflict.c.state.in_(("open", "taken")),
            _conflict.c.person_id.in_(part),
            ABOUT_ANSWERS,
        )
        found |= {(row.link_id, row.field, str(row.ours), str(row.theirs)): row for row in connection.execute(query)}
    return found
