"""Reads for reports: the funnel's counts in ``funnel_counts``, leaks in ``leak_candidates``, a story in ``story``.

Every public method is one read of one moment and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from connector.ports.reporting import FunnelFacts, HandOffOutcome, LeakBounds, OpenCycle, PersonFacts
from connector.store.database import Database
from connector.store.funnel_counts import funnel_facts, grade_counts
from connector.store.given_back import hand_off_outcomes
from connector.store.leak_candidates import may_leak, read_cycles
from connector.store.sql import chunks, table
from connector.store.story import find_people, person_facts
from connector.store.tables import ConflictRow, Person

_person, _conflict = table(Person), table(ConflictRow)


class SqlReporting:
    """``ports.reporting.Reporting`` on SQLite and PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def funnel(self, company: int, since: datetime | None = None, until: datetime | None = None) -> FunnelFacts:
        """The counts of the funnel (one read)."""
        with self._database.read() as connection:
            return funnel_facts(connection, company, since, until)

    def grades(self, company: int) -> dict[str, int]:
        """Qualified leads by grade (one read)."""
        with self._database.read() as connection:
            return grade_counts(connection, company)

    def leak_candidates(self, company: int, bounds: LeakBounds) -> list[OpenCycle]:
        """Every open cycle that may leak, and few others, by person id (one read)."""
        with self._database.read() as connection:
            cycle_ids = list(connection.scalars(may_leak(company, bounds)))
            return read_cycles(connection, company, cycle_ids)

    def hand_off_outcomes(
        self, company: int, since: datetime | None = None, until: datetime | None = None
    ) -> list[HandOffOutcome]:
        """Every hand-off and return of the period with what became of it (one read)."""
        with self._database.read() as connection:
            return hand_off_outcomes(connection, company, since, until)

    def find_people(self, company: int, named: str) -> list[int]:
        """People by any e-mail, key or record id (one read)."""
        with self._database.read() as connection:
            return find_people(connection, company, named)

    def open_conflicts(self, company: int) -> int:
        """How many conflicts wait for a person."""
        query = select(func.count()).where(_conflict.c.company == company, _conflict.c.state == "open")
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def person_keys(self, company: int, person_ids: Sequence[int]) -> dict[int, str]:
        """Person id -> the key that leaves the house (one read)."""
        keys: dict[int, str] = {}
        with self._database.read() as connection:
            for part in chunks(person_ids):
                query = select(_person.c.person_id, _person.c.person_key).where(
                    _person.c.company == company, _person.c.person_id.in_(part)
                )
                keys |= {row.person_id: row.person_key for row in connection.execute(query)}
        return keys

    def person(self, company: int, person_id: int) -> PersonFacts | None:
        """One person's facts and histories (one read)."""
        with self._database.read() as connection:
            return person_facts(connection, company, person_id)
