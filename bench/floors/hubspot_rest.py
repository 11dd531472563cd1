"""Floor: HubSpot contacts by list, ``http.client`` + ``orjson`` + ``sqlite3.executemany`` upsert."""

from __future__ import annotations

import sqlite3
import sys
from http.client import HTTPConnection
from urllib.parse import quote, urlsplit

import orjson

from bench.payloads import CONTACT_PROPERTIES


def pull(url: str, file: str) -> int:
    database = sqlite3.connect(file)
    names = ", ".join(CONTACT_PROPERTIES)
    database.execute(f"CREATE TABLE contact (id TEXT PRIMARY KEY, updated_at TEXT, {names})")
    marks = ", ".join("?" * (len(CONTACT_PROPERTIES) + 2))
    updates = ", ".join(f"{name} = excluded.{name}" for name in ("updated_at", *CONTACT_PROPERTIES))
    upsert = f"INSERT INTO contact VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {updates}"
    server = HTTPConnection(urlsplit(url).netloc)
    asked = f"/crm/objects/2026-09/contacts?limit=100&properties={quote(','.join(CONTACT_PROPERTIES))}"
    after: str | None = "0"
    while after is not None:
        server.request("GET", f"{asked}&after={after}")
        page = orjson.loads(server.getresponse().read())
        database.executemany(
            upsert, [(row["id"], row["updatedAt"], *row["properties"].values()) for row in page["results"]]
        )
        after = page.get("paging", {}).get("next", {}).get("after")
    server.close()
    database.commit()
    return int(database.execute("SELECT count(*) FROM contact").fetchone()[0])


if __name__ == "__main__":
    print(pull(*sys.argv[1:]))
