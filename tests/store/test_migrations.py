"""The migrations build what the code says, from nothing, again after an interruption, and never over a newer schema."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from alembic.util import CommandError
from sqlalchemy import Connection, event, inspect, text
from sqlmodel import SQLModel

from connector.errors import BadConfiguration
from connector.store.database import Database
from connector.store.migrate import differences, head, require_current, revision, upgrade
from connector.store.migrations.partitions import PARTITIONED, PARTITIONS


class PowerCut(BaseException):
    """The process dies in the middle of a migration."""


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def tables(database: Database) -> set[str]:
    with database.read() as connection:
        return set(inspect(connection).get_table_names())


def test_from_nothing_every_table_is_there_and_nothing_has_drifted(empty: Database) -> None:
    assert revision(empty) is None
    upgrade(empty)
    assert tables(empty) >= set(SQLModel.metadata.tables)
    assert revision(empty) == head()
    differences(empty)
    require_current(empty)


def test_a_drift_is_told(empty: Database) -> None:
    upgrade(empty)
    with empty.begin() as connection:
        connection.execute(text("ALTER TABLE finding DROP COLUMN remedy"))
    with pytest.raises(CommandError, match="remedy"):
        differences(empty)


def test_upgrading_twice_changes_nothing(empty: Database) -> None:
    upgrade(empty)
    with empty.begin() as connection:
        connection.execute(text("INSERT INTO company (id, name) VALUES (1, 'acme')"))
    upgrade(empty)
    with empty.read() as connection:
        assert connection.execute(text("SELECT name FROM company")).scalar_one() == "acme"


def test_growing_tables_are_partitioned_by_company_on_postgresql(postgres_url: str) -> None:
    database = Database(postgres_url)
    upgrade(database)
    query = text("SELECT count(*) FROM pg_inherits WHERE inhparent = CAST(:name AS regclass)")
    with database.read() as connection:
        parts = {name: connection.execute(query, {"name": name}).scalar_one() for name in PARTITIONED}
    database.close()
    assert parts == dict.fromkeys(PARTITIONED, PARTITIONS)


@pytest.mark.parametrize("dies_at", [1, 7, 40, 60])
def test_an_interrupted_upgrade_goes_on_where_it_was(empty: Database, dies_at: int) -> None:
    statements = itertools.count(1)

    def die(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        is_change = statement.lstrip().upper().startswith(("CREATE", "INSERT", "UPDATE"))
        if is_change and next(statements) == dies_at:
            raise PowerCut(statement)

    event.listen(empty.engine, "before_cursor_execute", die)
    with pytest.raises(PowerCut):
        upgrade(empty)
    event.remove(empty.engine, "before_cursor_execute", die)
    empty.engine.dispose()
    upgrade(empty)
    differences(empty)
    assert revision(empty) == head()


def test_a_newer_schema_is_refused_in_one_sentence(empty: Database) -> None:
    upgrade(empty)
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from_the_future'"))
    with pytest.raises(BadConfiguration, match="newer version of leadloop; update leadloop") as refused:
        upgrade(empty)
    assert "\n" not in str(refused.value)
    with pytest.raises(BadConfiguration, match="newer version of leadloop"):
        require_current(empty)


def test_an_empty_database_is_told_what_to_run(empty: Database) -> None:
    with pytest.raises(BadConfiguration, match='has no tables yet; run "leadloop db upgrade"'):
        require_current(empty)
