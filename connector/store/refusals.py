"""Refused writes as rejects of direction ``out``: kept by record and field, counted, settled when one goes through."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, bindparam, select, update

from connector.decide.limits import digest_of
from connector.ports.outbox import OutboxEntry
from connector.store.sql import chunks, insert, table
from connector.store.tables import Reject

_reject = table(Reject)


class Refused(Struct, frozen=True):
    """One field (``*``: the record) that a CRM did not take. The value itself is not kept."""

    entry: OutboxEntry
    field: str
    code: str


def note(connection: Connection, company: int, refused: Sequence[Refused], now: datetime) -> None:
    """Count a refusal; the next try rests longer each time."""
    if not refused:
        return
    statement = insert(connection, _reject)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=[column.name for column in _reject.primary_key],
        set_={
            "direction": new.direction,
            "code": new.code,
            "message": new.message,
            "last_at": new.last_at,
            "attempts": _reject.c.attempts + 1,
            "state": "open",
            "wanted": new.wanted,
            "decided_by": None,
            "decided_at": None,
        },
    )
    connection.execute(statement, [_values(company, one, now) for one in refused])


def settle(connection: Connection, company: int, stored: Sequence[tuple[OutboxEntry, str]]) -> None:
    """The field went through: its open refusal, and the record's, are over."""
    refused = _open_keys(connection, company, sorted({_address(entry) for entry, _ in stored}))
    end(
        connection,
        company,
        refused and refused & {_key(entry, name) for entry, field in stored for name in (field, "*")},
    )


def end(connection: Connection, company: int, keys: Collection[tuple[str, str, str, str]]) -> None:
    """These refusals (system, object, record id, field) are over, whatever a person has said about them."""
    if not keys:
        return
    names = ("system", "object", "record_id", "field")
    same = [_reject.c[name] == bindparam(f"k_{name}") for name in names]
    statement = update(_reject).where(_reject.c.company == company, _reject.c.direction == "out", *same)
    statement = statement.where(_reject.c.state != "settled").values(state="settled", attempts=0)
    rows = [{f"k_{name}": value for name, value in zip(names, key, strict=True)} for key in sorted(keys)]
    connection.execute(statement, rows)


def _open_keys(connection: Connection, company: int, addresses: Sequence[str]) -> set[tuple[str, str, str, str]]:
    columns = (_reject.c.system, _reject.c.object, _reject.c.record_id, _reject.c.field)
    found: set[tuple[str, str, str, str]] = set()
    for part in chunks(addresses):
        still_open = _reject.c.direction == "out", _reject.c.state != "settled", _reject.c.record_id.in_(part)
        query = select(*columns).where(_reject.c.company == company, *still_open)
        found |= {(row.system, row.object, row.record_id, row.field) for row in connection.execute(query)}
    return found


def _address(entry: OutboxEntry) -> str:
    # A record that does not exist yet is named by its target.
    new = entry.row.kind in ("create", "task") or entry.row.record_id is None
    return entry.row.target if new else str(entry.row.record_id)


def _key(entry: OutboxEntry, name: str) -> tuple[str, str, str, str]:
    return entry.row.system, entry.row.object, _address(entry), name


def _values(company: int, refused: Refused, now: datetime) -> dict[str, Any]:
    return {
        "company": company,
        "system": refused.entry.row.system,
        "object": refused.entry.row.object,
        "record_id": _address(refused.entry),
        "field": refused.field,
        "direction": "out",
        "code": refused.code,
        "message": "",
        "first_at": now,
        "last_at": now,
        "attempts": 1,
        "state": "open",
        "wanted": digest_of(refused.entry.row.changes, refused.field),
    }
