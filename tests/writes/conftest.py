"""A world to write to, on one database or on each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.writes.writes_world import WritesWorld, open_quickly


@pytest.fixture
def world(sqlite_store_url: str) -> Iterator[WritesWorld]:
    """A world on a SQLite file."""
    database = open_quickly(sqlite_store_url)
    yield WritesWorld(database)
    database.close()


@pytest.fixture
def either_world(store_url: str) -> Iterator[WritesWorld]:
    """A world, once on each engine."""
    database = open_quickly(store_url)
    yield WritesWorld(database)
    database.close()
