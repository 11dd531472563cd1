"""One migrated database per engine and test module, and a company of its own for each test that writes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from connector.playbook import load
from connector.rules.definitions import Definitions
from connector.store.database import Database
from connector.store.migrate import upgrade

COMPANIES = itertools.count(100, 10)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A migrated, empty database for the tests of one module."""
    if request.param == "sqlite":
        yield from _opened(f"sqlite:///{tmp_path_factory.mktemp('rules') / 'rules.db'}")
        return
    databases: Any = request.getfixturevalue("postgres_databases")
    url = databases.create()
    yield from _opened(url)
    databases.drop(url)


def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    upgrade(database)
    yield database
    database.close()


@pytest.fixture
def company() -> int:
    """A company nobody else uses: tests that write share the module's database and nothing in it."""
    return next(COMPANIES)


@pytest.fixture(scope="session")
def default_definitions() -> Definitions:
    """The playbook as shipped."""
    return load(None, systems=("hubspot", "salesforce")).playbook.definitions
