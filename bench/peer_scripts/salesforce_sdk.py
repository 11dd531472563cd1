"""The plain loop with simple-salesforce into sqlite3. Arguments: url, file, names of the fields."""

from __future__ import annotations

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
    sdk = Salesforce(session_id="bench", instance_url=url, version="67.0", session=Plain())
    last = ""
    while True:  # the stub serves pages behind an id
        behind = f" WHERE Id > '{last}'" if last else ""
        rows = sdk.query(f"SELECT {names} FROM Lead{behind} ORDER BY Id LIMIT 2000")["records"]
        if not rows:
            break
        database.executemany(upsert, [tuple(row[name] for name in columns) for row in rows])
        last = rows[-1]["Id"]
    database.commit()
    print(database.execute("SELECT count(*) FROM lead").fetchone()[0])


if __name__ == "__main__":
    main(*sys.argv[1:])
