"""Reads for reports: the state of open cycles here, the funnel's counts in ``funnel_counts``, a story in ``story``.

Every public method is one read of one moment and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, Select, and_, case, exists, func, or_, select

from connector.ports.reporting import FunnelFacts, HandOffOutcome, OpenCycle, PersonFacts
from connector.store.database import Database
from connector.store.funnel_counts import funnel_facts, living
from connector.store.given_back import hand_off_outcomes
from connector.store.sql import chunks, table
from connector.store.story import find_people, person_facts
from connector.store.tables import Assignment, ConflictRow, CrmUser, Cycle, FollowUp, Link, Person

_person, _link, _cycle, _user = table(Person), table(Link), table(Cycle), table(CrmUser)
_assignment, _follow_up, _conflict = table(Assignment), table(FollowUp), table(ConflictRow)


class SqlReporting:
    """``ports.reporting.Reporting`` on SQLite and PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def funnel(self, company: int, since: datetime | None = None, until: datetime | None = None) -> FunnelFacts:
        """The counts of the funnel (one read)."""
        with self._database.read() as connection:
            return funnel_facts(connection, company, since, until)

    def open_cycles(self, company: int) -> list[OpenCycle]:
        """Every open cycle of a living person (one read)."""
        with self._database.read() as connection:
            records = _primary_records(connection, company)
            rows = connection.execute(_open_cycles(company)).all()
        return [OpenCycle(**row._mapping, records=records.get(row.person_id, ())) for row in rows]

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


def _primary_records(connection: Connection, company: int) -> dict[int, tuple[str, ...]]:
    query = (
        select(_link.c.person_id, _link.c.system, _link.c.object, _link.c.record_id)
        .where(_link.c.company == company, _link.c.is_primary.is_(True), _link.c.state == "active")
        .order_by(_link.c.system, _link.c.object, _link.c.record_id)
    )
    records: dict[int, tuple[str, ...]] = {}
    for row in connection.execute(query):
        records[row.person_id] = (*records.get(row.person_id, ()), f"{row.system} {row.object} {row.record_id}")
    return records


def _open_cycles(company: int) -> Select[*tuple[Any, ...]]:
    given = _current_assignment(company)
    joined = _cycle.join(
        _person, and_(_person.c.company == _cycle.c.company, _person.c.person_id == _cycle.c.person_id)
    ).outerjoin(given, given.c.person_id == _cycle.c.person_id)
    in_scope = and_(living(company), func.coalesce(_person.c.processing_restricted, False).is_(False))
    columns: list[ColumnElement[Any]] = [_person.c[name] for name in ("person_id", "person_key", "stage")]
    columns += [_cycle.c[name] for name in ("disposition", "disposition_at", "reconstructed", "handed_off_at")]
    columns += [_person.c[name] for name in ("accountable", "track", "next_step", "next_step_due")]
    columns += [
        in_scope.label("in_scope"),
        _owner(company).label("owner"),
        func.coalesce(given.c.at, _person.c.stage_since, type_=_person.c.stage_since.type).label("owner_since"),
        or_(_has_clock(company), func.coalesce(given.c.unpromised, 0) == 1).label("has_clock"),
        func.coalesce(_cycle.c.recycle_until, _person.c.recycle_until, type_=_cycle.c.recycle_until.type).label(
            "recycle_until"
        ),
    ]
    return (
        select(*columns)
        .select_from(joined)
        .where(_cycle.c.company == company, _cycle.c.closed_at.is_(None), _person.c.merged_into.is_(None))
        .order_by(_person.c.person_id, _cycle.c.cycle_id)
    )


def _current_assignment(company: int) -> CTE:
    """Since when the current assignment holds; ``unpromised``: with it came no follow-up promise."""
    unpromised = case((_assignment.c.promise.is_(None), 1), else_=0)
    return (
        select(
            _assignment.c.person_id,
            func.max(_assignment.c.at, type_=_assignment.c.at.type).label("at"),
            func.min(unpromised).label("unpromised"),
        )
        .where(_assignment.c.company == company, _assignment.c.until.is_(None))
        .group_by(_assignment.c.person_id)
        .cte("given")
    )


def _has_clock(company: int) -> ColumnElement[bool]:
    joined = _follow_up.join(
        _assignment,
        and_(_assignment.c.company == _follow_up.c.company, _assignment.c.assignment_id == _follow_up.c.assignment_id),
    )
    mine = and_(
        _follow_up.c.company == company,
        _assignment.c.cycle_id == _cycle.c.cycle_id,
        # An earlier rep's clock says nothing of the one who has the person now.
        _assignment.c.until.is_(None),
    )
    return exists(select(1).select_from(joined).where(mine))


def _owner(company: int) -> ColumnElement[str]:
    """What kind of owner the person has; a colleague is active when active in any CRM."""
    mine = and_(_user.c.company == company, _user.c.user_id == _person.c.owner_id)

    def some(condition: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists(select(1).select_from(_user).where(mine, condition))

    return case(
        (_person.c.owner_id.is_(None), ""),
        (some(_user.c.kind == "queue"), "queue"),
        (some(_user.c.active.is_(True)), "active"),
        else_="inactive",
    )
