"""Integers given out per company and name, inside the transaction that uses them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from connector.store.sql import insert, once, table
from connector.store.tables.company import Counter

_counter = table(Counter)


def reserve(connection: Connection, company: int, name: str, count: int = 1) -> int:
    """The first of ``count`` consecutive new integers; gapless per company because its lease serialises writers."""
    values = {"company": company, "name": name, "value": count}
    return int(connection.execute(once(_reserving, connection), values).scalar_one()) - count + 1


def _reserving(connection: Connection) -> Any:
    statement = insert(connection, _counter)
    added = _counter.c.value + statement.excluded.value
    statement = statement.on_conflict_do_update(index_elements=["company", "name"], set_={"value": added})
    return statement.returning(_counter.c.value)


def next_seq(connection: Connection, company: int) -> int:
    """The next position on the known-time axis."""
    return reserve(connection, company, "seq")
