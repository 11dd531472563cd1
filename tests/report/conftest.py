"""Databases that are migrated once per engine and copied for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlmodel import SQLModel

from connector.store.database import Database
from tests.conftest import PostgresDatabases


@pytest.fixture
def sqlite_url(sqlite_store_url: str) -> str:
    """A migrated SQLite file of this test."""
    return sqlite_store_url


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
