"""The one statement that stores landed rows, in the words of each database.

Decides when a row replaces another. It is compiled once and given to the driver with plain values: building it for each
page would cost as much as storing some hundred records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from sqlalchemy import Column, Connection, MetaData, Table, and_, case, or_, select
from sqlalchemy.exc import OperationalError

from connector.store.landing_rows import Row
from connector.store.sql import insert, table
from connector.store.tables.landing import Landing

_landing = table(Landing)
COLUMNS = tuple(column.name for column in _landing.columns)
ARRIVED = "landing_arrived"
_MAKE_ARRIVED = f"CREATE TEMPORARY TABLE IF NOT EXISTS {ARRIVED} (LIKE landing) ON COMMIT DELETE ROWS"
_COPY = f"COPY {ARRIVED} ({', '.join(COLUMNS)}) FROM STDIN"


class Upsert(Protocol):
    """Stores rows (in the order of ``COLUMNS``), inside the caller's transaction."""

    def store(self, connection: Connection, rows: Iterable[Row]) -> None:
        """Insert the rows, or replace older versions by them."""


def upsert_for(connection: Connection) -> Upsert:
    """The way of this database."""
    return SqliteUpsert(connection) if connection.dialect.name == "sqlite" else PostgresUpsert(connection)


class SqliteUpsert:
    """Row by row, by the driver."""

    def __init__(self, connection: Connection) -> None:
        statement = newer_wins(insert(connection, _landing))
        self._text = str(statement.compile(dialect=connection.dialect, column_keys=COLUMNS))

    def store(self, connection: Connection, rows: Iterable[Row]) -> None:
        """Insert the rows, or replace older versions by them."""
        with _driver(connection, self._text) as cursor:
            cursor.executemany(self._text, rows)


class PostgresUpsert:
    """COPY into a table of the session, and from there by one statement: thrice as fast as row by row.

    The table is empty again after each transaction, and nobody else sees it.
    """

    def __init__(self, connection: Connection) -> None:
        columns = [Column(column.name, column.type) for column in _landing.columns]
        arrived = Table(ARRIVED, MetaData(), *columns)
        statement = newer_wins(insert(connection, _landing).from_select(COLUMNS, select(arrived)))
        self._text = str(statement.compile(dialect=connection.dialect))

    def store(self, connection: Connection, rows: Iterable[Row]) -> None:
        """Insert the rows, or replace older versions by them."""
        connection.exec_driver_sql(_MAKE_ARRIVED)
        with _driver(connection, _COPY) as cursor, cursor.copy(_COPY) as copy:
            for row in rows:
                copy.write_row(row)
        connection.exec_driver_sql(self._text)


@contextmanager
def _driver(connection: Connection, statement: str) -> Iterator[Any]:
    """The driver's own cursor: SQLAlchemy knows no COPY, and wants all rows at once. It fails as SQLAlchemy does."""
    cursor: Any = connection.connection.cursor()
    try:
        yield cursor
    except connection.dialect.loaded_dbapi.OperationalError as error:
        raise OperationalError(statement, None, error) from error
    finally:
        cursor.close()


def newer_wins(statement: Any) -> Any:
    """Replace by a newer version; the same content only moves the stamp and is not "touched".

    A deletion carries no fields, so what was known of the record stays.
    """
    new, old = statement.excluded, _landing.c
    differs = new.content_hash != old.content_hash
    gone = new.deleted_at.is_not(None)
    return statement.on_conflict_do_update(
        index_elements=["company", "system", "object", "record_id"],
        set_={
            "modified_at": new.modified_at,
            "content_hash": new.content_hash,
            "schema_id": new.schema_id,
            "deleted_at": new.deleted_at,
            "fields": case((gone, old.fields), else_=new.fields),
            "facts": new.facts,
            "landed_at": case((differs, new.landed_at), else_=old.landed_at),
            "seq": case((differs, new.seq), else_=old.seq),
        },
        where=or_(new.modified_at > old.modified_at, and_(new.modified_at == old.modified_at, differs)),
    )
