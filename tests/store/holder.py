"""A process of its own that holds something of a database until it is told to let go, or is killed.

``python -m tests.store.holder URL lease`` holds the lease of company 1; ``... write`` an open writing transaction.
Says ``held`` once it has it, and lets go at the next line on its standard input.
"""

from __future__ import annotations

import sys

from sqlalchemy import text

from connector.store.database import Database
from connector.store.lease import hold_lease


def main(url: str, what: str) -> None:
    database = Database(url)
    holding = hold_lease(database, 1, "acme") if what == "lease" else database.begin()
    with holding as connection:
        if connection is not None:
            connection.execute(text("UPDATE company SET playbook_digest = coalesce(playbook_digest, '') || 'h'"))
        print("held", flush=True)  # noqa: T201 - the other process reads it
        sys.stdin.readline()
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
