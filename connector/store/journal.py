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
from connector.store.sql import append as append_rows
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
    rows = [
        {"company": company, "seq": first + position, **_row(result, done, stamp)}
        for position, (result, done) in enumerate(applied)
    ]
    append_rows(connection, _journal, rows)


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


def _row(result: RowResult, done: FieldResult, stamp: Stamp) -> dict[str, Any]:
    entry, change = result.entry, done.change
    return {
        "action_id": entry.action_id,
        "person_id": entry.row.person_id,
        "link_id": entry.row.link_id,
        "system": entry.row.system,
        "object": entry.row.object,
        "record_id": result.record_id or entry.row.record_id,
        "field": done.field,
        "before": change.before,
        "after": done.wire,
        "rule": change.rule,
        "reason": change.reason,
        "digest": stamp.digest,
        "request_id": entry.request_id,
        "run_id": stamp.run_id,
        "at": stamp.now,
    }
