"""Small pieces of SQL that both databases share: a table by its model, an upsert, chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import sqlite
from sqlmodel import SQLModel

from connector.store.prepared import Prepared

STATEMENTS_KEPT = 256
CHUNK = 500
"""Ids per IN-list or batch: far below either database's limit of bound values."""

Item = TypeVar("Item")
Statement = TypeVar("Statement")

_BUILT: dict[tuple[Callable[[Connection], Any], str], Any] = {}
"""What ``once`` has built, by who built it and for which database."""


def table(model: type[SQLModel]) -> Table:
    """The Core table of a model."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


def insert(connection: Connection, target: Table) -> Any:
    """An INSERT that knows ``on_conflict_do_update`` on either database."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(target)
    from sqlalchemy.dialects import postgresql  # only where it is spoken: it is long to import

    return postgresql.insert(target)


def once(build: Callable[[Connection], Statement], connection: Connection) -> Statement:
    """The statement that ``build`` makes for this database, built at the first call only.

    For what runs with every page or chunk: building a statement takes longer than running it.
    """
    known = _BUILT.get((build, connection.dialect.name))
    if known is None:
        known = _BUILT[build, connection.dialect.name] = build(connection)
    return cast(Statement, known)


def upsert(connection: Connection, target: Table, rows: Sequence[dict[str, Any]], *, update: Sequence[str]) -> None:
    """Insert rows, or set the ``update`` columns of those whose primary key exists."""
    if rows:
        _run(_upsert(target, tuple(rows[0]), tuple(update)), connection, rows)


def insert_new(connection: Connection, target: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows; those that exist already (by any unique key) are left alone."""
    if rows:
        _run(_insert_new(target, tuple(rows[0])), connection, rows)


def _run(statement: Prepared, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    names = statement.names
    statement.run(connection, ([row[name] for name in names] for row in rows))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _upsert(target: Table, names: tuple[str, ...], update: tuple[str, ...]) -> Prepared:
    def build(connection: Connection) -> Any:
        statement = insert(connection, target)
        return statement.on_conflict_do_update(
            index_elements=[column.name for column in target.primary_key],
            set_={name: statement.excluded[name] for name in update},
        )

    return Prepared(build, names)


@lru_cache(maxsize=STATEMENTS_KEPT)
def _insert_new(target: Table, names: tuple[str, ...]) -> Prepared:
    return Prepared(lambda connection: insert(connection, target).on_conflict_do_nothing(), names)


def chunks(items: Sequence[Item], size: int = CHUNK) -> Iterator[Sequence[Item]]:
    """Slices of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
