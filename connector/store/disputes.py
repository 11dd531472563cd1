"""What stands against each other, read for merging and planning: open conflicts, and those a person has decided.

Inside the caller's connection; decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from connector.decide.contradictions import REASON
from connector.model import Canonical
from connector.ports.outbox import Decided
from connector.store.sql import table
from connector.store.tables import ConflictRow

_conflict = table(ConflictRow)


@dataclass
class Disputes:
    """By link id. ``about``: CRM field -> the value a conflict is about, which waits for a person and says nothing new.
    ``taken``: canonical field -> the value of this record that a person has taken, and when.
    """

    about: dict[int, dict[str, Any]] = field(default_factory=dict)
    taken: dict[int, dict[str, tuple[Canonical, datetime]]] = field(default_factory=dict)


def read_disputes(connection: Connection, company: int, person_ids: Sequence[int]) -> Disputes:
    """The conflicts of these people that are not settled."""
    found = Disputes()
    names = ("link_id", "field", "theirs", "name", "taken_link_id", "taken_value", "taken_at")
    query = select(*(_conflict.c[name] for name in names)).where(
        _conflict.c.company == company, _conflict.c.person_id.in_(person_ids), _conflict.c.state != "settled"
    )
    for row in connection.execute(query.order_by(_conflict.c.taken_at, _conflict.c.conflict_id)):
        if row.taken_link_id != row.link_id:
            found.about.setdefault(row.link_id, {})[row.field] = row.theirs
        if row.taken_link_id is not None:
            found.taken.setdefault(row.taken_link_id, {})[row.name] = (row.taken_value, row.taken_at)
    return found


def read_decided(connection: Connection, company: int, person_ids: Sequence[int]) -> dict[int, list[Decided]]:
    """Person id -> the conflicts that were decided and are not carried out yet."""
    query = select(_conflict).where(
        _conflict.c.company == company, _conflict.c.person_id.in_(person_ids), _conflict.c.state == "taken"
    )
    found: dict[int, list[Decided]] = {}
    for row in connection.execute(query.order_by(_conflict.c.conflict_id)):
        decided = Decided(
            conflict_id=row.conflict_id,
            link_id=row.link_id,
            field=row.field,
            name=row.name,
            winner=row.taken_link_id,
            value=row.taken_value,
            ours=row.ours,
            theirs=row.theirs,
            by=row.taken_by,
            is_answer=row.reason == REASON,
        )
        found.setdefault(row.person_id, []).append(decided)
    return found
