"""``ports.figures.Figures`` on SQLite and PostgreSQL. Each method is one read; its statement stands in its own file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from connector.ports.figures import CohortCount, Coverage, HandOff, SourceCount, StageTime, TouchMade, Won
from connector.store.cohort_counts import cohorts, stage_times
from connector.store.coverage_counts import coverage
from connector.store.database import Database
from connector.store.funnel_counts import span
from connector.store.hand_off_rows import hand_offs
from connector.store.source_counts import source_counts, won_opportunities
from connector.store.track_touches import touches_due


class SqlFigures:
    """The figures of every company of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hand_offs(self, company: int, since: datetime | None = None, until: datetime | None = None) -> list[HandOff]:
        """Every hand-off, return and taking over made in the period, oldest first."""
        with self._database.read() as connection:
            return hand_offs(connection, company, span(since, until))

    def touches(self, company: int, since: datetime | None = None, until: datetime | None = None) -> list[TouchMade]:
        """Every human touch that was due in the period, oldest first."""
        with self._database.read() as connection:
            return touches_due(connection, company, span(since, until))

    def sources(
        self, company: int, since: datetime | None = None, until: datetime | None = None
    ) -> dict[str, list[SourceCount]]:
        """People who came in the period, by their ``source_first`` and by their ``source_latest``."""
        with self._database.read() as connection:
            return source_counts(connection, company, span(since, until))

    def cohorts(self, company: int, edges: Sequence[datetime]) -> list[CohortCount]:
        """People who entered the ladder between one edge and the next, and how far they came."""
        with self._database.read() as connection:
            return cohorts(connection, company, edges)

    def stage_times(self, company: int, since: datetime | None, until: datetime | None) -> list[StageTime]:
        """Stays in a stage that ended in the period, by stage."""
        with self._database.read() as connection:
            return stage_times(connection, company, span(since, until))

    def won(self, company: int, since: datetime | None, until: datetime | None) -> Won:
        """Opportunities closed as won in the period, of the CRM that holds more of them."""
        with self._database.read() as connection:
            return won_opportunities(connection, company, span(since, until))

    def coverage(self, company: int) -> Coverage:
        """What is settled and filled now."""
        with self._database.read() as connection:
            return coverage(connection, company)
