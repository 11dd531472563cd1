"""A migrated database, once on each engine; PostgreSQL copies one that was migrated once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import event

from connector.store.companies import SqlCompanyStore
from connector.store.database import Database
from connector.store.migrate import upgrade
from tests.conftest import PostgresDatabases
from tests.store.fuse import COMPANY, Fuse
from tests.store.people_world import PeopleWorld


@pytest.fixture(scope="session")
def migrated_template(postgres_databases: PostgresDatabases) -> Iterator[str]:
    url = postgres_databases.create()
    database = Database(url)
    upgrade(database)
    database.close()
    yield url
    postgres_databases.drop(url)


@pytest.fixture
def fuse() -> Fuse:
    return Fuse()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, fuse: Fuse) -> Iterator[Database]:
    """The tables and one company, on each engine; ``fuse`` can kill the process at a commit."""
    if request.param == "sqlite":
        opened = Database(request.getfixturevalue("sqlite_url"), checkpoint=fuse)
        # These tests kill a process, never the machine: no need to wait for the disk.
        event.listen(opened.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))
        upgrade(opened)
        yield from _with_company(opened)
        return
    databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
    url = databases.create(template=request.getfixturevalue("migrated_template"))
    yield from _with_company(Database(url, checkpoint=fuse))
    databases.drop(url)


def _with_company(database: Database) -> Iterator[Database]:
    assert SqlCompanyStore(database).company("acme").company_id == COMPANY
    yield database
    database.close()


@pytest.fixture
def world(database: Database) -> PeopleWorld:
    """Records, people and activities on each engine."""
    return PeopleWorld(database)
