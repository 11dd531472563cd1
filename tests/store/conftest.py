"""A migrated database, once on each engine; PostgreSQL copies one that was migrated once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import event

from connector.store.companies import SqlCompanyStore
from connector.store.database import Database
from tests.store.fuse import COMPANY, Fuse
from tests.store.people_world import PeopleWorld


@pytest.fixture
def fuse() -> Fuse:
    return Fuse()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, fuse: Fuse) -> Iterator[Database]:
    """The tables and one company, on each engine; ``fuse`` can kill the process at a commit."""
    if request.param == "sqlite":
        opened = Database(request.getfixturevalue("sqlite_store_url"), checkpoint=fuse)
        # These tests kill a process, never the machine: no need to wait for the disk.
        event.listen(opened.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))
        yield from _with_company(opened)
        return
    yield from _with_company(Database(request.getfixturevalue("postgres_store_url"), checkpoint=fuse))


def _with_company(database: Database) -> Iterator[Database]:
    assert SqlCompanyStore(database).company("acme").company_id == COMPANY
    yield database
    database.close()


@pytest.fixture
def world(database: Database) -> PeopleWorld:
    """Records, people and activities on each engine."""
    return PeopleWorld(database)
