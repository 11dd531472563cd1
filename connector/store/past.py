"""``ports.history.PastReader``: the past of people from the histories, for one chunk of them at a time. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, and_, case, func, or_, select, type_coerce

from connector.clock import DAY_MICROS, from_micros, to_micros
from connector.facts import PERSON, FactType, fact_type, is_own
from connector.model import Value
from connector.ports.history import FEATURE_MILLI, FieldPast, Known, PastPerson
from connector.store.database import Database
from connector.store.history_people import SYSTEM as IMPORTED
from connector.store.sql import chunks, table
from connector.store.tables import Activity, Cycle, Link, Opportunity, OpportunityPerson, Person, PersonFieldHistory

_person, _link, _cycle = table(Person), table(Link), table(Cycle)
_past, _activity = table(PersonFieldHistory), table(Activity)
_opportunity, _role = table(Opportunity), table(OpportunityPerson)


class SqlPastReader:
    """``ports.history.PastReader`` on SQLite and PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def has_people(self, company: int) -> bool:
        """Whether there is anybody."""
        query = select(_person.c.person_id).where(*_living(company)).limit(1)
        with self._database.read() as connection:
            return connection.execute(query).first() is not None

    def people(self, company: int, after: int, limit: int) -> list[PastPerson]:
        """The next people by id."""
        query = select(_person.c.person_id, _person.c.created_at, _person.c.extra)
        query = query.where(*_living(company), _person.c.person_id > after)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(_person.c.person_id).limit(limit)).all()
            ids = [row.person_id for row in rows]
            came = _came(connection, company, ids)
            cycles = _cycles(connection, company, ids)
            deals = _deals(connection, company, ids)
        return [
            _past_person(row, came.get(row.person_id), cycles.get(row.person_id), deals.get(row.person_id, []))
            for row in rows
        ]

    def known(self, company: int, moments: Mapping[int, int]) -> dict[int, Known]:
        """Person id -> what was known of them at their moment (microseconds, inclusive)."""
        found: dict[int, Known] = {}
        with self._database.read() as connection:
            for part in chunks(sorted(moments)):
                values = _values(connection, company, {person: moments[person] for person in part})
                signals = _signals(connection, company, {person: moments[person] for person in part})
                found |= {each: Known(values.get(each, {}), signals.get(each, {})) for each in part}
        return found

    def fields(self, company: int) -> list[FieldPast]:
        """Every recorded field with its share of real history, by name."""
        first = func.min(type_coerce(_past.c.valid_from, BigInteger)).label("first")
        began = select(_past.c.person_id, _past.c.field, first).where(_past.c.company == company)
        started = began.group_by(_past.c.person_id, _past.c.field).subquery()
        came = _came_of_all(company)
        real = or_(
            came.c.imported == 1,
            started.c.first <= came.c.created + DAY_MICROS,
            started.c.first >= came.c.seen,
        )
        query = (
            select(started.c.field, func.count().label("known"), func.sum(case((real, 1), else_=0)).label("dated"))
            .select_from(started.join(came, came.c.person_id == started.c.person_id))
            .group_by(started.c.field)
            .order_by(started.c.field)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [FieldPast(row.field, int(row.known), int(row.dated)) for row in sorted(rows, key=lambda r: r.field)]

    def last_fact(self, company: int) -> datetime | None:
        """The newest dated fact: a lead, an activity or a deal."""
        queries = [
            select(func.max(_link.c.created_at)).where(_link.c.company == company),
            select(func.max(_activity.c.occurred_at)).where(_activity.c.company == company),
            select(func.max(_opportunity.c.closed_at)).where(_opportunity.c.company == company),
        ]
        with self._database.read() as connection:
            found = [connection.execute(query).scalar_one() for query in queries]
        return max((at for at in found if at is not None), default=None)


def _living(company: int) -> Sequence[Any]:
    return _person.c.company == company, _person.c.merged_into.is_(None)


def _came_of_all(company: int) -> Any:
    columns = (
        _link.c.person_id,
        func.min(type_coerce(_link.c.created_at, BigInteger)).label("created"),
        func.min(type_coerce(_link.c.first_seen_at, BigInteger)).label("seen"),
        func.max(case((_link.c.system == IMPORTED, 1), else_=0)).label("imported"),
    )
    return select(*columns).where(_link.c.company == company).group_by(_link.c.person_id).subquery()


def _came(connection: Connection, company: int, ids: Sequence[int]) -> dict[int, datetime]:
    found: dict[int, datetime] = {}
    for part in chunks(ids):
        query = select(_link.c.person_id, func.min(_link.c.created_at).label("at"))
        query = query.where(_link.c.company == company, _link.c.person_id.in_(part)).group_by(_link.c.person_id)
        found |= {row.person_id: row.at for row in connection.execute(query) if row.at is not None}
    return found


def _cycles(connection: Connection, company: int, ids: Sequence[int]) -> dict[int, Any]:
    """Person -> the first cycle in which they qualified."""
    found: dict[int, Any] = {}
    for part in chunks(ids):
        query = select(_cycle.c.person_id, _cycle.c.qualified_at, _cycle.c.grade_at_handoff).where(
            _cycle.c.company == company, _cycle.c.person_id.in_(part), _cycle.c.qualified_at.is_not(None)
        )
        for row in connection.execute(query.order_by(_cycle.c.number)):
            found.setdefault(row.person_id, row)
    return found


def _deals(connection: Connection, company: int, ids: Sequence[int]) -> dict[int, list[Any]]:
    same = and_(
        _role.c.company == _opportunity.c.company,
        _role.c.system == _opportunity.c.system,
        _role.c.record_id == _opportunity.c.record_id,
    )
    wanted = ("created_at", "closed_at", "is_closed", "is_won", "amount_cents", "record_id", "system")
    columns = [_opportunity.c[name] for name in wanted]
    found: dict[int, list[Any]] = {}
    for part in chunks(ids):
        query = select(_role.c.person_id, *columns).select_from(_role.join(_opportunity, same)).distinct()
        query = query.where(_role.c.company == company, _role.c.person_id.in_(part))
        query = query.where(_role.c.deleted.is_(False), _opportunity.c.deleted.is_(False))
        for row in connection.execute(query):
            found.setdefault(row.person_id, []).append(row)
    return found


def _past_person(row: Any, came: datetime | None, cycle: Any, deals: Sequence[Any]) -> PastPerson:
    created = came or row.created_at
    wins = sorted((d for d in deals if is_win(d)), key=lambda d: (_ended(d), d.record_id))
    lost = [_ended(deal) for deal in deals if deal.is_closed and not deal.is_won]
    opened = [deal.created_at for deal in deals if deal.created_at is not None]
    return PastPerson(
        person_id=row.person_id,
        created_at=created,
        decided_at=max(created, cycle.qualified_at) if cycle is not None else created,
        opened_at=min(opened, default=None),
        won_at=_ended(wins[0]) if wins else None,
        lost_at=None if wins else max(lost, default=None),
        won_cents=wins[0].amount_cents if wins else None,
        wins=len(wins),
        grade=cycle.grade_at_handoff if cycle is not None else None,
        undated=bool((row.extra or {}).get("undated")),
    )


def is_win(deal: Any) -> bool:
    """Won, and money changed hands as far as anybody knows."""
    return deal.is_won and (deal.amount_cents is None or deal.amount_cents > 0)


def _ended(deal: Any) -> datetime:
    return deal.closed_at or deal.created_at or from_micros(0)


def _values(connection: Connection, company: int, moments: Mapping[int, int]) -> dict[int, dict[str, Value]]:
    """The last value of every field that was valid at each person's moment."""
    query = select(*(_past.c[name] for name in ("person_id", "field", "value_text", "value_number", "valid_from")))
    query = query.where(_past.c.company == company, _past.c.person_id.in_(sorted(moments)))
    query = query.where(_past.c.valid_from <= from_micros(max(moments.values())))
    found: dict[int, dict[str, Value]] = {}
    for row in connection.execute(query.order_by(_past.c.valid_from, _past.c.seq)):
        if to_micros(row.valid_from) <= moments[row.person_id]:
            found.setdefault(row.person_id, {})[row.field] = _value(row)
    return found


def _value(row: Any) -> Value:
    if row.value_text is not None or row.value_number is None:
        return row.value_text  # type: ignore[no-any-return]
    kind = fact_type(row.field) if is_own(row.field) else PERSON.columns.get(row.field)
    if kind is FactType.BOOLEAN:
        return bool(row.value_number)
    return row.value_number / FEATURE_MILLI if kind is None else row.value_number  # type: ignore[no-any-return]


def _signals(connection: Connection, company: int, moments: Mapping[int, int]) -> dict[int, dict[str, int]]:
    """How many activities of each signal had happened, and were known, at each person's moment."""
    latest = from_micros(max(moments.values()))
    query = select(*(_activity.c[name] for name in ("person_id", "signal", "occurred_at", "known_at"))).where(
        _activity.c.company == company,
        _activity.c.person_id.in_(sorted(moments)),
        _activity.c.deleted_seq.is_(None),
        _activity.c.duplicate_of.is_(None),
        _activity.c.direction == "human",
        _activity.c.occurred_at <= latest,
    )
    found: dict[int, dict[str, int]] = {}
    for row in connection.execute(query):
        at = moments[row.person_id]
        if max(to_micros(row.occurred_at), to_micros(row.known_at)) <= at:
            counts = found.setdefault(row.person_id, {})
            counts[row.signal] = counts.get(row.signal, 0) + 1
    return found
