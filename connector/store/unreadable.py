"""Values of a CRM that could not be read, as rejects of direction ``in``: kept by record and field, never the value.

Inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, case, update

from connector.ports.people import Cursor, LinkChange, RejectRow
from connector.store.sql import chunks, insert, once, table
from connector.store.tables import Reject

_reject = table(Reject)


def save_rejects(
    connection: Connection, company: int, rejects: Sequence[RejectRow], changes: Sequence[LinkChange], cursor: Cursor
) -> None:
    """Fields that could not be read stay open; those of the same records that can be read again are settled.

    One that a person lets be stays ignored while its value is the same.
    """
    still = {each.ref.record_id for each in rejects}
    seen = [change.ref.record_id for change in changes]
    _settle(connection, company, cursor, [each for each in seen if each not in still], {"decided_by": None})
    _settle(connection, company, cursor, sorted(still), {})
    rows = [_values(company, each, cursor) for each in rejects]
    if rows:
        connection.execute(once(_keeping, connection), rows)


def _settle(
    connection: Connection, company: int, cursor: Cursor, record_ids: Sequence[str], more: dict[str, Any]
) -> None:
    here = _reject.c.company == company, _reject.c.system == cursor.system, _reject.c.object == cursor.object
    for part in chunks(record_ids):
        mine = *here, _reject.c.record_id.in_(part), _reject.c.direction == "in"
        connection.execute(update(_reject).where(*mine).values(state="settled", **more))


def _values(company: int, each: RejectRow, cursor: Cursor) -> dict[str, Any]:
    return {
        "company": company,
        "system": each.ref.system,
        "object": each.ref.object,
        "record_id": each.ref.record_id,
        "field": each.field,
        "direction": "in",
        "code": each.code,
        "first_at": cursor.at,
        "last_at": cursor.at,
        "attempts": 1,
        "state": "open",
        "wanted": each.wanted,
    }


def _keeping(connection: Connection) -> Any:
    statement = insert(connection, _reject)
    new = statement.excluded
    let_be = and_(_reject.c.decided_by.is_not(None), _reject.c.wanted == new.wanted, _reject.c.direction == "in")
    return statement.on_conflict_do_update(
        index_elements=[column.name for column in _reject.primary_key],
        set_={
            "code": new.code,
            "last_at": new.last_at,
            "attempts": _reject.c.attempts + 1,
            "state": case((let_be, "ignored"), else_="open"),
            "decided_by": case((let_be, _reject.c.decided_by), else_=None),
            "direction": "in",
            "wanted": new.wanted,
        },
    )
