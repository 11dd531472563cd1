"""simple-salesforce's Bulk 2.0 with csv into sqlite3. Arguments: url, file, names of the fields."""

from __future__ import annotations

import csv
import io
import sqlite3
import sys
from typing import Any

import requests
from simple_salesforce.api import Salesforce


class Plain(requests.Session):
    """The SDK always writes https; the stub has no TLS."""

    def request(self, method: Any, url: Any, *arguments: Any, **options: Any) -> requests.Response:
        return super().request(method, str(url).replace("https://", "http://"), *arguments, **options)


def main(url: str, file: str, names: str) -> None:
    columns = names.split(",")
    database = sqlite3.connect(file)
    database.execute(f"CREATE TABLE lead ({names}, PRIMARY KEY (Id))")
    upsert = f"INSERT OR REPLACE INTO lead VALUES ({', '.join('?' * len(columns))})"
    sdk: Any = Salesforce(session_id="bench", instance_url=url, version="67.0", session=Plain())
    for portion in sdk.bulk2.Lead.query(f"SELECT {names} FROM Lead"):
        rows = csv.reader(io.StringIO(portion, newline=""))
        next(rows)
        database.executemany(upsert, rows)
    database.commit()
    print(database.execute("SELECT count(*) FROM lead").fetchone()[0])


if __name__ == "__main__":
    main(*sys.argv[1:])
