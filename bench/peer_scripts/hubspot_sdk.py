"""The plain loop with HubSpot's SDK into sqlite3. Arguments: url, file, names of the properties."""

from __future__ import annotations

import sqlite3
import sys
from typing import Any

from hubspot import HubSpot


def main(url: str, file: str, names: str) -> None:
    columns = names.split(",")
    database = sqlite3.connect(file)
    database.execute(f"CREATE TABLE contact (id TEXT PRIMARY KEY, {', '.join(columns)})")
    upsert = f"INSERT OR REPLACE INTO contact VALUES ({', '.join('?' * (len(columns) + 1))})"
    api: Any = HubSpot(access_token="bench", host=url, base_url=url).crm.contacts.basic_api
    # The SDK knows only the old path; the stub serves both.
    after = None
    while True:
        page = api.get_page(limit=100, properties=columns, after=after)
        database.executemany(
            upsert, [(row.id, *(row.properties.get(name) for name in columns)) for row in page.results]
        )
        if page.paging is None:
            break
        after = page.paging.next.after
    database.commit()
    print(database.execute("SELECT count(*) FROM contact").fetchone()[0])


if __name__ == "__main__":
    main(*sys.argv[1:])
