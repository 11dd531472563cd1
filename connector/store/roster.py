"""``ports.roster.RosterStore`` on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, func, select, update

from connector.ports.roster import Seat
from connector.store.database import Database
from connector.store.resolving import mark_dirty, mark_dirty_where
from connector.store.sql import table
from connector.store.tables import (
    Account,
    Activity,
    Assignment,
    CrmUser,
    Cycle,
    Employer,
    Link,
    MessageRow,
    Opportunity,
    Person,
    RoutingState,
    TrackTouch,
)

_user, _link, _cycle, _person = table(CrmUser), table(Link), table(Cycle), table(Person)
_opportunity, _pool, _assignment = table(Opportunity), table(RoutingState), table(Assignment)
WITH_SALES = ("assigned", "accepted", "working", "sales_qualified", "rejected")
NOT_OURS = ("adopt", "marketing")
"""Kinds of assignments by which nobody in sales was given a person."""

ONLY_TOLD = ("keep", "person_opportunity")
"""Rules of routing that leave the owner as a person set it."""
LIVING = ("active", "converted")
NAMING: tuple[tuple[Any, str], ...] = (
    (_user, "user_id"),
    (table(Account), "owner_id"),
    (table(Account), "customer_owner_id"),
    (table(Employer), "owner_id"),
    (table(Employer), "opportunity_owner_id"),
    (table(Employer), "customer_owner_id"),
    (_opportunity, "owner_id"),
    (table(Activity), "owner_id"),
    (table(Assignment), "owner_id"),
    (_person, "owner_id"),
    (_person, "last_sales_owner_id"),
    (table(TrackTouch), "owner_id"),
    (table(MessageRow), "user_id"),
)
"""Every column that names a colleague by our id."""


class SqlRosterStore:
    """Users and their work."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def seats(self, company: int) -> list[Seat]:
        """Every user and queue of every system (read only)."""
        query = select(_user).where(_user.c.company == company).order_by(_user.c.system, _user.c.owner_id)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [
            Seat(
                system=row.system,
                owner_id=row.owner_id,
                user_id=row.user_id,
                email=row.email,
                name=row.name,
                active=row.active,
                is_person=row.kind == "user",
                manager_owner_id=row.manager_owner_id,
            )
            for row in rows
        ]

    def open_leads(self, company: int) -> dict[tuple[str, str], int]:
        """(system, owner id) -> people with an open cycle whose primary record they own (read only)."""
        owner = _link.c.mapped["owner"].as_string()
        is_open = select(_cycle.c.person_id).where(_cycle.c.company == company, _cycle.c.closed_at.is_(None))
        query = (
            select(_link.c.system, owner, func.count())
            .where(
                _link.c.company == company,
                _link.c.is_primary.is_(True),
                _link.c.state.in_(LIVING),
                _link.c.person_id.in_(is_open),
                owner.is_not(None),
            )
            .group_by(_link.c.system, owner)
        )
        with self._database.read() as connection:
            return {(row[0], str(row[1])): int(row[2]) for row in connection.execute(query)}

    def open_opportunities(self, company: int) -> dict[int, int]:
        """User id -> open opportunities they own (read only)."""
        query = (
            select(_opportunity.c.owner_id, func.count())
            .where(
                _opportunity.c.company == company,
                _opportunity.c.is_closed.is_(False),
                _opportunity.c.deleted.is_(False),
                _opportunity.c.owner_id.is_not(None),
            )
            .group_by(_opportunity.c.owner_id)
        )
        with self._database.read() as connection:
            return {int(row[0]): int(row[1]) for row in connection.execute(query)}

    def touch_departed(self, company: int, present: Collection[int]) -> int:
        """People whom we gave to somebody who is not ``present`` any more are looked at again (one transaction)."""
        departed = _held_by_sales(company).where(
            _assignment.c.owner_id.not_in(sorted(present)),
            _assignment.c.kind.not_in(NOT_OURS),
            # Decided already: somebody who is here answers for them, whatever the assignment was.
            _assignment.c.person_id.in_(
                select(_person.c.person_id).where(
                    _person.c.company == company, _person.c.owner_id.not_in(sorted(present))
                )
            ),
        )
        with self._database.read() as connection:
            people = list(connection.execute(departed).scalars())
        if people:
            with self._database.begin(company) as connection:
                mark_dirty(connection, company, people, "departed")
        return len(people)

    def left_behind(self, company: int, present: Collection[int]) -> dict[tuple[str, str], int]:
        """(system, owner id) of users who are not ``present`` -> people sales holds and we did not give (read only)."""
        owner = _link.c.mapped["owner"].as_string()
        is_user = (
            (_user.c.company == _link.c.company) & (_user.c.system == _link.c.system) & (_user.c.owner_id == owner)
        )
        held = select(_cycle.c.person_id).where(
            _cycle.c.company == company, _cycle.c.closed_at.is_(None), _cycle.c.disposition.in_(WITH_SALES)
        )
        rule = func.coalesce(_assignment.c.reasons["rule"].as_string(), "")
        given = _held_by_sales(company).where(_assignment.c.kind.not_in(NOT_OURS), rule.not_in(ONLY_TOLD))
        query = (
            select(_link.c.system, owner, func.count())
            .select_from(_link.join(_user, is_user))
            .where(
                _link.c.company == company,
                _link.c.is_primary.is_(True),
                _link.c.state.in_(LIVING),
                _link.c.person_id.in_(held),
                _link.c.person_id.not_in(given),
                _user.c.kind == "user",
                _user.c.active.is_(False),
                _user.c.user_id.not_in(sorted(present)),
            )
            .group_by(_link.c.system, owner)
        )
        with self._database.read() as connection:
            return {(row[0], str(row[1])): int(row[2]) for row in connection.execute(query)}

    def unify(self, company: int, groups: Sequence[Sequence[int]]) -> None:
        """The users of each group are one colleague, under the first id (one transaction, none without).

        What was decided about their people is looked at again; a round robin's memory of the other ids is dropped.
        """
        if not groups:
            return
        with self._database.begin(company) as connection:
            for kept, *others in groups:
                for target, column in NAMING:
                    mine = target.c.company == company, target.c[column].in_(others)
                    connection.execute(update(target).where(*mine).values({column: kept}))
                dropped = _pool.c.company == company, _pool.c.user_id.in_(others)
                connection.execute(delete(_pool).where(*dropped))
                people = select(_person.c.person_id).where(_person.c.company == company, _person.c.owner_id == kept)
                mark_dirty_where(connection, company, people, "roster")


def _held_by_sales(company: int) -> Any:
    """People with a current assignment in an open cycle that sales holds."""
    same = (_cycle.c.company == _assignment.c.company) & (_cycle.c.cycle_id == _assignment.c.cycle_id)
    return (
        select(_assignment.c.person_id)
        .select_from(_assignment.join(_cycle, same))
        .where(
            _assignment.c.company == company,
            _assignment.c.until.is_(None),
            _cycle.c.closed_at.is_(None),
            _cycle.c.disposition.in_(WITH_SALES),
        )
    )
