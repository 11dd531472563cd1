"""The benchmark compares like with like: floors and product store the same records, and both statements agree."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import evaluating, pulling
from bench.floors import evaluation, hubspot_rest, salesforce_bulk
from bench.people import AS_OF, make
from bench.stub import running
from connector.store.database import Database
from connector.store.migrate import upgrade

RECORDS = 250


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(1, RECORDS) as address:
        yield address


@pytest.fixture
def store(tmp_path: Path) -> str:
    database = Database(f"sqlite:///{tmp_path / 'store.db'}")
    upgrade(database)
    database.close()
    return str(tmp_path / "store.db")


def landed(file: str) -> set[tuple[str, str]]:
    return set(sqlite3.connect(file).execute("SELECT record_id, fields ->> 'email' FROM landing"))


def test_a_floor_and_the_product_store_the_same_contacts(url: str, store: str, tmp_path: Path) -> None:
    floor = str(tmp_path / "floor.db")
    assert hubspot_rest.pull(url, floor) == RECORDS
    assert pulling.pull("hubspot", url, store, "rest")["rows"] == RECORDS
    assert landed(store) == set(sqlite3.connect(floor).execute("SELECT id, email FROM contact"))


def test_a_floor_and_the_product_store_the_same_leads_by_bulk(url: str, store: str, tmp_path: Path) -> None:
    floor = str(tmp_path / "floor.db")
    assert salesforce_bulk.pull(url, floor) == RECORDS
    assert pulling.pull("salesforce", url, store, "bulk")["rows"] == RECORDS
    ids = {row[0] for row in sqlite3.connect(store).execute("SELECT record_id FROM landing")}
    assert ids == {row[0] for row in sqlite3.connect(floor).execute("SELECT Id FROM lead")}


def test_the_hand_written_statement_gives_what_the_product_gives(tmp_path: Path) -> None:
    file = tmp_path / "people.db"
    make(file, 400, 10, 3)
    assert evaluating.compare(str(file), AS_OF) == {"rows": 400, "different": 0}
    evaluating.rescore(str(file), AS_OF)
    assert evaluation.rescore(str(file), AS_OF) == 0, "the product has stored the same scores"
