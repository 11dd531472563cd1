"""Floor: Salesforce Leads by REST, ``http.client`` + ``msgspec`` + ``sqlite3.executemany`` upsert."""

from __future__ import annotations

import sqlite3
import sys
from http.client import HTTPConnection
from urllib.parse import quote, urlsplit

import msgspec

from bench.payloads import LEAD_FIELDS

Lead = msgspec.defstruct("Lead", [(name, str | int | bool | None) for name in LEAD_FIELDS])
Page = msgspec.defstruct("Page", [("records", list[Lead])])  # type: ignore[valid-type]


def pull(url: str, file: str) -> int:
    database = sqlite3.connect(file)
    database.execute(f"CREATE TABLE lead ({', '.join(LEAD_FIELDS)}, PRIMARY KEY (Id))")
    updates = ", ".join(f"{name} = excluded.{name}" for name in LEAD_FIELDS[1:])
    marks = ", ".join("?" * len(LEAD_FIELDS))
    upsert = f"INSERT INTO lead VALUES ({marks}) ON CONFLICT (Id) DO UPDATE SET {updates}"
    server, decoder = HTTPConnection(urlsplit(url).netloc), msgspec.json.Decoder(Page)
    last: str | None = ""
    while last is not None:
        behind = f" WHERE Id > '{last}'" if last else ""
        query = quote(f"SELECT {', '.join(LEAD_FIELDS)} FROM Lead{behind} ORDER BY Id LIMIT 2000")
        server.request("GET", f"/services/data/v67.0/query?q={query}")
        rows = [msgspec.structs.astuple(row) for row in decoder.decode(server.getresponse().read()).records]  # type: ignore[attr-defined]
        database.executemany(upsert, rows)
        last = rows[-1][0] if rows else None
    server.close()
    database.commit()
    return int(database.execute("SELECT count(*) FROM lead").fetchone()[0])


if __name__ == "__main__":
    print(pull(*sys.argv[1:]))
