"""``ports.history.HistoryStore``: imported rows in, each once, under a store company of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from connector.ports.history import PastActivity, PastDeal, PastLead, Saved
from connector.store.counters import next_seq, reserve
from connector.store.database import Database
from connector.store.history_deals import deal_state, known_deals, save_deals
from connector.store.history_leads import hash_of, hashes_of, save_leads
from connector.store.history_people import SYSTEM, people_named
from connector.store.sql import chunks, insert, table
from connector.store.tables import Activity

_activity = table(Activity)
ACTIVITY_COLUMNS = ("person_id", "signal", "occurred_at", "known_at", "kind", "phase", "asset", "direction")


class SqlHistoryStore:
    """``ports.history.HistoryStore`` on SQLite and PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save_leads(self, company: int, leads: Sequence[PastLead], at: datetime, mint: Callable[[], str]) -> Saved:
        """Leads by key; those with the same e-mail are one person. One transaction, none when nothing changed."""
        hashes = {lead.key: hash_of(lead) for lead in leads}
        with self._database.read() as connection:
            known = hashes_of(connection, company, list(hashes))
        fresh = [lead for lead in leads if known.get(lead.key) != hashes[lead.key]]
        new = sum(lead.key not in known for lead in fresh)
        if fresh:
            with self._database.begin(company) as connection:
                save_leads(connection, company, fresh, hashes, at, mint)
        return Saved(new, len(fresh) - new, len(leads) - len(fresh))

    def save_activities(self, company: int, activities: Sequence[PastActivity], at: datetime) -> Saved:
        """Activities of known people. One transaction, none when nothing changed."""
        with self._database.read() as connection:
            people = people_named(connection, company, [each.person for each in activities])
            known = _known_activities(connection, company, [_source_key(each) for each in activities])
        placed = [(each, people[each.person]) for each in activities if each.person in people]
        rows = [_activity_row(company, each, person) for each, person in placed]
        fresh = [row for row in rows if known.get(row["source_key"]) != _compared(row)]
        if fresh:
            with self._database.begin(company) as connection:
                _save_activities(connection, company, fresh)
        new = sum(row["source_key"] not in known for row in fresh)
        unknown = tuple(place for place, each in enumerate(activities) if each.person not in people)
        return Saved(new, len(fresh) - new, len(rows) - len(fresh), unknown)

    def save_deals(self, company: int, deals: Sequence[PastDeal], at: datetime) -> Saved:
        """Deals of known people. One transaction, none when nothing changed."""
        with self._database.read() as connection:
            people = people_named(connection, company, [each.person for each in deals])
            known = known_deals(connection, company, [each.key for each in deals])
        placed = [(each, people[each.person]) for each in deals if each.person in people]
        fresh = [pair for pair in placed if known.get(pair[0].key) != deal_state(*pair)]
        if fresh:
            with self._database.begin(company) as connection:
                save_deals(connection, company, fresh)
        new = sum(deal.key not in known for deal, _person in fresh)
        unknown = tuple(place for place, each in enumerate(deals) if each.person not in people)
        return Saved(new, len(fresh) - new, len(placed) - len(fresh), unknown)


def _source_key(activity: PastActivity) -> str:
    return f"{SYSTEM}:activity:{activity.key}"


def _activity_row(company: int, activity: PastActivity, person: int) -> dict[str, Any]:
    values = {name: getattr(activity, name) for name in ACTIVITY_COLUMNS if name != "person_id"}
    own = {"company": company, "person_id": person, "source_key": _source_key(activity), "source": SYSTEM}
    return own | values


def _compared(row: Any) -> tuple[Any, ...]:
    return tuple(row[name] for name in ACTIVITY_COLUMNS)


def _known_activities(connection: Connection, company: int, keys: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    columns = [_activity.c[name] for name in ACTIVITY_COLUMNS]
    for part in chunks(keys):
        query = select(_activity.c.source_key, *columns)
        query = query.where(_activity.c.company == company, _activity.c.source_key.in_(part))
        found |= {row.source_key: _compared(row._mapping) for row in connection.execute(query)}
    return found


def _save_activities(connection: Connection, company: int, rows: Sequence[dict[str, Any]]) -> None:
    seq = next_seq(connection, company)
    first = reserve(connection, company, "activity", len(rows))
    numbered = [row | {"activity_id": first + place, "known_seq": seq} for place, row in enumerate(rows)]
    statement = insert(connection, _activity)
    statement = statement.on_conflict_do_update(
        index_elements=["company", "source_key"],
        set_={name: statement.excluded[name] for name in ACTIVITY_COLUMNS},
    )
    connection.execute(statement, numbered)
