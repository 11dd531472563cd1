"""Floor: Salesforce Leads by Bulk 2.0, ``csv.reader`` straight into a ``sqlite3.executemany`` upsert."""

from __future__ import annotations

import csv
import io
import sqlite3
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

from bench.payloads import LEAD_FIELDS


def pull(url: str, file: str) -> int:
    database = sqlite3.connect(file)
    database.execute(f"CREATE TABLE lead ({', '.join(LEAD_FIELDS)}, PRIMARY KEY (Id))")
    updates = ", ".join(f"{name} = excluded.{name}" for name in LEAD_FIELDS[1:])
    marks = ", ".join("?" * len(LEAD_FIELDS))
    upsert = f"INSERT INTO lead VALUES ({marks}) ON CONFLICT (Id) DO UPDATE SET {updates}"
    server, locator = HTTPConnection(urlsplit(url).netloc), "0"
    while locator != "null":
        server.request("GET", f"/services/data/v67.0/jobs/query/750000000000001AAA/results?locator={locator}")
        answer = server.getresponse()
        rows = csv.reader(io.TextIOWrapper(io.BytesIO(answer.read()), "utf-8", newline=""))
        next(rows)
        database.executemany(upsert, rows)
        locator = answer.headers["Sforce-Locator"]
    server.close()
    database.commit()
    return int(database.execute("SELECT count(*) FROM lead").fetchone()[0])


if __name__ == "__main__":
    print(pull(*sys.argv[1:]))
