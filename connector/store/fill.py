"""How many people a fact is known of, for checking a playbook. Never makes a store: a missing one knows nothing."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from connector.store.database import Database
from connector.store.sql import table
from connector.store.tables import Company, Person

_company, _person = table(Company), table(Person)


def fill_of(store_url: str, company: str, facts: Collection[str]) -> dict[str, float]:
    """Fact -> share of the company's people of whom it is known; empty without a store that can be read, or people."""
    url = make_url(store_url)
    if url.get_backend_name() == "sqlite" and not (url.database and Path(url.database).exists()):
        return {}
    database = Database(store_url)
    try:
        return _shares(database, company, sorted(facts))
    except SQLAlchemyError:
        return {}  # not reachable, or from before the first migration: the files are checked all the same
    finally:
        database.close()


def _shares(database: Database, company: str, facts: list[str]) -> dict[str, float]:
    facts = [name for name in facts if name in _person.c]
    known = [func.count(_person.c[name]).label(f"f_{number}") for number, name in enumerate(facts)]
    owner = select(_company.c.id).where(_company.c.name == company).scalar_subquery()
    query = select(func.count().label("people"), *known).where(
        _person.c.company == owner, _person.c.merged_into.is_(None)
    )
    with database.read() as connection:
        row = connection.execute(query).one()
    if not row.people:
        return {}
    return {name: row._mapping[f"f_{number}"] / row.people for number, name in enumerate(facts)}
