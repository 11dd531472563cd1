"""Databases that are migrated once per engine and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from connector.store.database import Database
from connector.store.migrate import upgrade
from tests.conftest import PostgresDatabases


def _migrate(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file that nobody writes to."""
    path = tmp_path_factory.mktemp("template") / "leadloop.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_databases: PostgresDatabases) -> Iterator[str]:
    """A migrated database that nobody is connected to."""
    url = postgres_databases.create()
    _migrate(url)
    yield url
    postgres_databases.drop(url)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite file of this test."""
    path = tmp_path / "leadloop.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def own_postgres_url(postgres_databases: PostgresDatabases, postgres_template: str) -> Iterator[str]:
    """A migrated PostgreSQL database of this test, whose schema it may damage."""
    url = postgres_databases.create(template=postgres_template)
    yield url
    postgres_databases.drop(url)


@pytest.fixture(scope="session")
def shared_postgres(postgres_databases: PostgresDatabases, postgres_template: str) -> Iterator[Database]:
    """One migrated PostgreSQL database for all tests that only add rows: a copy for each would take seconds."""
    database = Database(postgres_databases.create(template=postgres_template))
    yield database
    database.close()
    postgres_databases.drop(database.url)


@pytest.fixture
def postgres_url(shared_postgres: Database) -> str:
    """The shared PostgreSQL database, emptied."""
    with shared_postgres.begin() as connection:
        for table in SQLModel.metadata.tables.values():
            connection.execute(table.delete())
    return shared_postgres.url
