"""``ports.decisions.DecisionStore`` on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from connector.model import RecordRef
from connector.ports.decisions import (
    SALES_STATUS,
    DecisionStamp,
    Edge,
    LinkState,
    PastOwner,
    PersonDecision,
    PersonFacts,
    PoolChange,
    PoolState,
    Row,
    TouchFacts,
    UserFacts,
)
from connector.store import colleagues, movement
from connector.store.account_facts import account_facts
from connector.store.answers_in_conflict import count_answers
from connector.store.database import Database
from connector.store.decision_chunk import save_decisions
from connector.store.resolving import mark_dirty_where
from connector.store.sql import table
from connector.store.tables import (
    Activity,
    Assignment,
    CrmUser,
    Cycle,
    FollowUp,
    Link,
    Opportunity,
    OpportunityPerson,
    Person,
    QueueMember,
    RoutingState,
    TrackHistory,
)
from connector.store.track_touches import ticked, touch_rows

_person, _link, _user = table(Person), table(Link), table(CrmUser)
_cycle, _assignment, _follow_up, _track = table(Cycle), table(Assignment), table(FollowUp), table(TrackHistory)
_activity, _opportunity, _role, _pool, _member = (
    table(Activity),
    table(Opportunity),
    table(OpportunityPerson),
    table(RoutingState),
    table(QueueMember),
)
TOUCHES = ("rep_touch_attempt", "connected_call", "meeting_booked", "meeting_held", "reply", SALES_STATUS)
LIVING = ("active", "converted")
HAND_OFFS = ("hand_off", "return", "reassign")
"""Kinds of assignments that gave somebody in sales a person."""


class SqlDecisionStore:
    """People's decisions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def users(self, company: int) -> list[UserFacts]:
        """Every colleague and queue."""
        with self._database.read() as connection:
            order = (_user.c.system, _user.c.active, _user.c.owner_id)  # who is active comes last and counts
            rows = connection.execute(select(_user).where(_user.c.company == company).order_by(*order)).all()
            members = _members(connection, company)
        by_id: dict[int, list[Any]] = {}
        for row in rows:
            by_id.setdefault(row.user_id, []).append(row)
        return [
            UserFacts(
                user_id=user_id,
                name=next((row.name for row in same if row.name), "") or "",
                email=next((row.email for row in same if row.email), None),
                active={row.system for row in same} == {row.system for row in same if row.active},
                kind="queue" if any(row.kind == "queue" for row in same) else "user",
                owner_ids={row.system: row.owner_id for row in same},
                members=members.get(user_id, ()),
            )
            for user_id, same in sorted(by_id.items())
        ]

    def pool(self, company: int, day: str) -> dict[int, PoolState]:
        """User id -> what routing remembers of them on ``day`` (the company's local date)."""
        waiting = (
            select(_assignment.c.owner_id, func.count())
            .select_from(_assignment.join(_cycle, _assignment.c.cycle_id == _cycle.c.cycle_id))
            .where(
                _assignment.c.company == company,
                _cycle.c.company == company,
                _assignment.c.until.is_(None),
                _assignment.c.kind.in_(HAND_OFFS),
                _cycle.c.disposition == "assigned",
            )
            .group_by(_assignment.c.owner_id)
        )
        with self._database.read() as connection:
            unaccepted = {row[0]: int(row[1]) for row in connection.execute(waiting)}
            rows = connection.execute(select(_pool).where(_pool.c.company == company)).all()
        given: dict[int, int] = {}
        credits: dict[int, dict[str, int]] = {}
        for row in rows:
            # A member who changed the pool their day is counted in had the larger number last.
            given[row.user_id] = max(given.get(row.user_id, 0), row.given if row.day == day else 0)
            credits.setdefault(row.user_id, {})[row.pool] = row.credit_micro
        return {
            user_id: PoolState(given.get(user_id, 0), credits.get(user_id, {}), unaccepted.get(user_id, 0))
            for user_id in sorted(given.keys() | unaccepted.keys())
        }

    def facts(self, company: int, person_ids: Sequence[int]) -> list[PersonFacts]:
        """These people, by id."""
        with self._database.read() as connection:
            people = connection.execute(
                select(_person)
                .where(
                    _person.c.company == company, _person.c.person_id.in_(person_ids), _person.c.merged_into.is_(None)
                )
                .order_by(_person.c.person_id)
            ).all()
            links = _links(connection, company, person_ids)
            cycles = _latest(connection, _cycle, company, person_ids, order=_cycle.c.number)
            numbers = _cycle_counts(connection, company, person_ids)
            assignments, had_by = _assignments(connection, company, person_ids)
            clocks = _clocks(connection, company, [row["assignment_id"] for row in assignments.values()])
            tracks = _latest(connection, _track, company, person_ids, order=_track.c.seq, only_current=True)
            touches = _touches(connection, company, person_ids)
            clocks_of_touches = touch_rows(connection, company, person_ids)
            ticks = ticked(connection, company, sorted(clocks_of_touches))
            deals = _opportunities(connection, company, person_ids)
            accounts = account_facts(connection, company, people)
        return [
            PersonFacts(
                person_id=row.person_id,
                row=dict(row._mapping),
                cycle=cycles.get(row.person_id),
                cycles=numbers.get(row.person_id, 0),
                links=tuple(links.get(row.person_id, ())),
                opportunities=tuple(deals.get(row.person_id, ())),
                touches=tuple(touches.get(row.person_id, ())),
                assignment=assignments.get(row.person_id),
                follow_up=clocks.get(row.person_id),
                track=tracks.get(row.person_id),
                account=accounts.get(row.person_id),
                had_by=had_by.get(row.person_id, ()),
                touch_rows=clocks_of_touches.get(row.person_id, ()),
                ticked=ticks.get(row.person_id, {}),
            )
            for row in people
        ]

    def last_activities(
        self, company: int, person_ids: Sequence[int], until: datetime, limit: int
    ) -> dict[int, tuple[TouchFacts, ...]]:
        """Person id -> what the person did last, the newest first, at most ``limit`` of each. One read."""
        newest = (_activity.c.occurred_at.desc(), _activity.c.activity_id.desc())
        place = func.row_number().over(partition_by=_activity.c.person_id, order_by=newest).label("place")
        own = select(_activity, place).where(
            _activity.c.company == company,
            _activity.c.person_id.in_(person_ids),
            _activity.c.direction == "human",
            _activity.c.signal != SALES_STATUS,
            _activity.c.occurred_at <= until,
            _activity.c.deleted_seq.is_(None),
            _activity.c.duplicate_of.is_(None),
        )
        numbered = own.subquery()
        query = select(numbered).where(numbered.c.place <= limit).order_by(numbered.c.person_id, numbered.c.place)
        found: dict[int, tuple[TouchFacts, ...]] = {}
        with self._database.read() as connection:
            for row in connection.execute(query):
                found[row.person_id] = (*found.get(row.person_id, ()), _touch(row))
        return found

    def edges(self, company: int, subjects: Sequence[str]) -> dict[tuple[str, str], Edge]:
        """(subject, kind) -> the edge of movement as it was left (read only)."""
        with self._database.read() as connection:
            return movement.edges(connection, company, subjects)

    def active_people(
        self, company: int, accounts: Sequence[int], since: datetime, signals: Sequence[str]
    ) -> dict[int, int]:
        """Account id -> how many of its people showed interest since then (read only)."""
        with self._database.read() as connection:
            return movement.active_people(connection, company, accounts, since, signals)

    def answers_in_conflict(self, company: int, reason: str) -> int:
        """How many conflicts with this reason are open (read only)."""
        with self._database.read() as connection:
            return count_answers(connection, company, reason)

    def touch_waiting(self, company: int, reasons: Sequence[str]) -> None:
        """People recycled for these reasons are dirty when anybody of their employer is."""
        waiting = colleagues.waiting_for_touched(company, reasons)
        with self._database.read() as connection:
            if connection.execute(waiting.limit(1)).first() is None:
                return
        with self._database.begin(company) as connection:
            mark_dirty_where(connection, company, waiting, "colleague")

    def colleagues(self, company: int, employed: Mapping[int, int], signals: Sequence[str]) -> dict[int, datetime]:
        """When somebody else of their employer last came or showed interest (read only)."""
        with self._database.read() as connection:
            return colleagues.last_seen(connection, company, employed, signals)

    def save_authors(self, company: int, authors: Mapping[int, Row]) -> None:
        """Link id -> who set contested fields, as a CRM's history told. One transaction."""
        if not authors:
            return
        with self._database.begin(company) as connection:
            for link_id, known in sorted(authors.items()):
                connection.execute(
                    update(_link)
                    .where(_link.c.company == company, _link.c.link_id == link_id)
                    .values(authors=dict(known))
                )

    def save(
        self, company: int, decisions: Sequence[PersonDecision], pool: Sequence[PoolChange], stamp: DecisionStamp
    ) -> None:  # fmt: skip
        """Every history, current state and clock of these people, and they are not dirty any more. One transaction."""
        with self._database.begin(company) as connection:
            save_decisions(connection, company, decisions, pool, stamp)


def _links(connection: Connection, company: int, person_ids: Sequence[int]) -> dict[int, list[LinkState]]:
    query = (
        select(_link)
        .where(_link.c.company == company, _link.c.person_id.in_(person_ids), _link.c.state.in_(LIVING))
        .order_by(_link.c.link_id)
    )
    rows = connection.execute(query).all()
    owners = _owners(connection, company)
    found: dict[int, list[LinkState]] = {}
    for row in rows:
        link = LinkState(
            link_id=row.link_id,
            ref=RecordRef(row.system, row.object, row.record_id),
            family=row.family,
            is_primary=row.is_primary,
            state=row.state,
            mapped=row.mapped,
            stamps=row.stamps or {},
            authors=row.authors or {},
            owner_id=owners.get((row.system, str(row.mapped.get("owner") or ""))),
            created_at=row.created_at,
        )
        found.setdefault(row.person_id, []).append(link)
    return found


def _owners(connection: Connection, company: int) -> dict[tuple[str, str], int]:
    query = select(_user.c.system, _user.c.owner_id, _user.c.user_id).where(_user.c.company == company)
    return {(row.system, row.owner_id): row.user_id for row in connection.execute(query)}


def _latest(
    connection: Connection,
    source: Any,
    company: int,
    person_ids: Sequence[int],
    *,
    order: Any,
    only_current: bool = False,
) -> dict[int, Row]:
    query = select(source).where(source.c.company == company, source.c.person_id.in_(person_ids)).order_by(order)
    if only_current:
        query = query.where(source.c.until.is_(None))
    return {row.person_id: dict(row._mapping) for row in connection.execute(query)}


def _assignments(
    connection: Connection, company: int, person_ids: Sequence[int]
) -> tuple[dict[int, Row], dict[int, tuple[PastOwner, ...]]]:
    """The current assignment of each person, and the hand-offs of ours that have ended, the latest first."""
    current: dict[int, Row] = {}
    ended: dict[int, tuple[PastOwner, ...]] = {}
    query = (
        select(_assignment)
        .where(_assignment.c.company == company, _assignment.c.person_id.in_(person_ids))
        .order_by(_assignment.c.assignment_id)
    )
    for row in connection.execute(query):
        if row.until is None:
            current[row.person_id] = dict(row._mapping)
        elif row.kind in HAND_OFFS:
            past = PastOwner(row.owner_id, row.cycle_id, row.until)
            ended[row.person_id] = (past, *ended.get(row.person_id, ()))
    return current, ended


def _cycle_counts(connection: Connection, company: int, person_ids: Sequence[int]) -> dict[int, int]:
    query = (
        select(_cycle.c.person_id, func.max(_cycle.c.number))
        .where(_cycle.c.company == company, _cycle.c.person_id.in_(person_ids))
        .group_by(_cycle.c.person_id)
    )
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def _clocks(connection: Connection, company: int, assignment_ids: Sequence[int]) -> dict[int, Row]:
    query = select(_follow_up).where(_follow_up.c.company == company, _follow_up.c.assignment_id.in_(assignment_ids))
    return {row.person_id: dict(row._mapping) for row in connection.execute(query)}


def _members(connection: Connection, company: int) -> dict[int, tuple[int, ...]]:
    """User id of a queue -> the user ids of its direct members."""
    queue, member = _user.alias("queue"), _user.alias("member")
    within = (_member.c.company == queue.c.company) & (_member.c.system == queue.c.system)
    belongs = (_member.c.company == member.c.company) & (_member.c.system == member.c.system)
    query = (
        select(queue.c.user_id, member.c.user_id)
        .select_from(
            _member.join(queue, within & (_member.c.queue_owner_id == queue.c.owner_id)).join(
                member, belongs & (_member.c.member_owner_id == member.c.owner_id)
            )
        )
        .where(_member.c.company == company)
        .order_by(queue.c.user_id, member.c.user_id)
    )
    found: dict[int, tuple[int, ...]] = {}
    for row in connection.execute(query):
        found[row[0]] = (*found.get(row[0], ()), row[1])
    return found


def _touches(connection: Connection, company: int, person_ids: Sequence[int]) -> dict[int, list[TouchFacts]]:
    query = (
        select(_activity)
        .where(
            _activity.c.company == company,
            _activity.c.person_id.in_(person_ids),
            _activity.c.signal.in_(TOUCHES),
            _activity.c.deleted_seq.is_(None),
            _activity.c.duplicate_of.is_(None),
        )
        .order_by(_activity.c.occurred_at, _activity.c.activity_id)
    )
    found: dict[int, list[TouchFacts]] = {}
    seen: set[tuple[Any, ...]] = set()
    for row in connection.execute(query):
        event = (row.person_id, row.occurred_at, *row.source_key.split(":")[:3])
        if event in seen:  # a connected call is an attempt too: one record at one time is one touch
            continue
        seen.add(event)
        found.setdefault(row.person_id, []).append(_touch(row))
    return found


def _touch(row: Any) -> TouchFacts:
    told = (row.signal, row.occurred_at, row.owner_id, row.source_key, row.direction)
    return TouchFacts(*told, kind=row.kind, asset=row.asset)


def _opportunities(connection: Connection, company: int, person_ids: Sequence[int]) -> dict[int, list[Row]]:
    same = (
        (_opportunity.c.company == _role.c.company)
        & (_opportunity.c.system == _role.c.system)
        & (_opportunity.c.record_id == _role.c.record_id)
    )
    query = (
        select(_opportunity, _role.c.person_id)
        .select_from(_role.join(_opportunity, same))
        .where(
            _role.c.company == company,
            _role.c.person_id.in_(person_ids),
            _role.c.deleted.is_(False),
            _opportunity.c.deleted.is_(False),
        )
        .order_by(_opportunity.c.system, _opportunity.c.record_id)
    )
    found: dict[int, list[Row]] = {}
    for row in connection.execute(query):
        found.setdefault(row.person_id, []).append(dict(row._mapping))
    return found
