"""Whether the store holds together: what ``leadloop db check`` and the demo look at.

Runs the statements of ``invariant_statements`` and counts; repairs nothing.
"""

from __future__ import annotations

from msgspec import Struct
from sqlalchemy import bindparam, text

from connector.store.database import Database
from connector.store.invariant_statements import statements


class Violation(Struct, frozen=True):
    """A broken invariant: how often, and one place as an example (ids only)."""

    name: str
    count: int
    example: str
    sentence: str = ""


def check(database: Database, company: int) -> list[Violation]:
    """Every broken invariant of a company, in a fixed order; empty is healthy. One read."""
    violations = []
    with database.read() as connection:
        for invariant in statements(connection.dialect.name):
            counted = f"SELECT count(*) AS broken, min(example) AS example FROM ({invariant.statement}) AS found"
            query = text(counted)
            if ":company" in invariant.statement:
                query = query.bindparams(bindparam("company", company))
            row = connection.execute(query).one()
            if row.broken:
                violations.append(Violation(invariant.name, row.broken, str(row.example), invariant.sentence))
    return violations
