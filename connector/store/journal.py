"""The journal: one appended row per field that was written and read back, inside the caller's transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from connector.model import Wire
from connector.ports.outbox import FieldResult, RowResult, Stamp
from connector.store.counters import reserve
from connector.store.prepared import Prepared
from connector.store.sql import chunks, table
from connector.store.tables import Journal

_journal = table(Journal)

Written = dict[int, Counter[tuple[str, Wire]]]
"""link id -> (field, value) -> how often we wrote it."""


def append(
    connection: Connection, company: int, applied: Sequence[tuple[RowResult, FieldResult]], stamp: Stamp
) -> None:
    """Write down what is proven to have reached the CRM: before, after (as read back) and why."""
    if not applied:
        return
    first = reserve(connection, company, "seq", len(applied))
    _APPEND.run(connection, (_row(company, seq, *each, stamp) for seq, each in enumerate(applied, first)))


def written_since(connection: Connection, company: int, person_ids: Sequence[int], since: datetime) -> Written:
    """How often we wrote which value lately, by link; for the oscillation breaker."""
    counts: Written = {}
    columns = (_journal.c.link_id, _journal.c.field, _journal.c.after)
    for part in chunks(person_ids):
        query = select(*columns).where(
            _journal.c.company == company, _journal.c.person_id.in_(part), _journal.c.at >= since
        )
        for row in connection.execute(query):
            counts.setdefault(row.link_id, Counter())[(row.field, row.after)] += 1
    return counts


def _row(company: int, seq: int, result: RowResult, done: FieldResult, stamp: Stamp) -> tuple[Any, ...]:
    """In the order of ``COLUMNS``."""
    entry, change = result.entry, done.change
    row = entry.row
    return (
        *(company, seq, entry.action_id, row.person_id, row.link_id, row.system, row.object),
        *(result.record_id or row.record_id, done.field, change.before, done.wire, OURS, change.rule, change.reason),
        *(stamp.digest, entry.request_id, stamp.run_id, stamp.now),
    )


OURS = "leadloop"
COLUMNS = (
    *("company", "seq", "action_id", "person_id", "link_id", "system", "object"),
    *("record_id", "field", "before", "after", "actor", "rule", "reason"),
    *("digest", "request_id", "run_id", "at"),
)
_APPEND = Prepared(lambda connection: _journal.insert(), COLUMNS)
