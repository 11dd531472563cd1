"""Integers given out per company and name, inside the transaction that uses them."""

from __future__ import annotations

from sqlalchemy import Connection

from connector.store.sql import insert, table
from connector.store.tables.company import Counter

_counter = table(Counter)


def reserve(connection: Connection, company: int, name: str, count: int = 1) -> int:
    """The first of ``count`` consecutive new integers; gapless per company because its lease serialises writers."""
    statement = insert(connection, _counter).values(company=company, name=name, value=count)
    statement = statement.on_conflict_do_update(
        index_elements=["company", "name"], set_={"value": _counter.c.value + count}
    ).returning(_counter.c.value)
    return int(connection.execute(statement).scalar_one()) - count + 1


def next_seq(connection: Connection, company: int) -> int:
    """The next position on the known-time axis."""
    return reserve(connection, company, "seq")
