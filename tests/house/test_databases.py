"""The fixtures themselves: a database is fresh, real, and of the engine that was asked for."""

from __future__ import annotations

import socket

import pytest
from sqlalchemy import create_engine, inspect, text

from tests.conftest import OutsideLoopback, PostgresDatabases


@pytest.mark.parametrize("attempt", [1, 2])
def test_every_test_gets_an_empty_database(database_url: str, attempt: int) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        assert inspect(connection).get_table_names() == []
        connection.execute(text("CREATE TABLE mark (attempt INTEGER)"))
        connection.execute(text("INSERT INTO mark VALUES (:attempt)"), {"attempt": attempt})
    engine.dispose()


def test_the_engine_is_the_one_asked_for(database_url: str, request: pytest.FixtureRequest) -> None:
    engine = create_engine(database_url)
    assert engine.dialect.name in request.node.name
    engine.dispose()


def test_a_database_is_copied_from_a_template(postgres_databases: PostgresDatabases) -> None:
    template = postgres_databases.create()
    _execute(template, "CREATE TABLE mark AS SELECT 7 AS number")
    copy = postgres_databases.create(template=template)
    try:
        engine = create_engine(copy)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT number FROM mark")) == 7
        engine.dispose()
    finally:
        postgres_databases.drop(copy)
        postgres_databases.drop(template)


def test_another_machine_is_out_of_reach() -> None:
    with socket.socket() as connection, pytest.raises(OutsideLoopback, match=r"192\.0\.2\.1"):
        connection.connect(("192.0.2.1", 80))


def _execute(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
