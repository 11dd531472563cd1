"""Hand-offs one by one: assignment, clock, cycle and the last signal before it, in one statement."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, ScalarSelect, Select, and_, select

from connector.model import Disposition
from connector.ports.figures import HandOff
from connector.store.funnel_counts import HANDED, NO_PROMISE, Span
from connector.store.sql import table
from connector.store.tables import Activity, Assignment, Cycle, FollowUp, Person

_assignment, _follow_up, _cycle = table(Assignment), table(FollowUp), table(Cycle)
_person, _activity = table(Person), table(Activity)

HAND_RAISE = "hand_raise"
OVER = tuple(one.value for one in (Disposition.RECYCLED, Disposition.REJECTED, Disposition.DISQUALIFIED))


def hand_offs(connection: Connection, company: int, period: Span) -> list[HandOff]:
    """Every hand-off and return made in the period, oldest first; inside the caller's read."""
    return [_read(row) for row in connection.execute(_query(company, period))]


def _query(company: int, period: Span) -> Select[*tuple[Any, ...]]:
    joined = (
        _assignment.join(_person, _same("person_id", _person))
        .outerjoin(_follow_up, _same("assignment_id", _follow_up))
        .outerjoin(_cycle, _same("cycle_id", _cycle))
    )
    columns: list[ColumnElement[Any]] = [
        *(_assignment.c[name] for name in ("at", "until", "kind", "promise", "grade", "owner_id", "confirmed_at")),
        *(_follow_up.c[name] for name in ("state", "started_at", "touched_at", "accept_due_at", "accept_state")),
        *(_cycle.c[name] for name in ("accepted_at", "closed_at", "disposition", "disposition_at")),
        _cycle.c.sales_qualified_at.label("qualified_at"),
        _person.c.source_first.label("source"),
        _last_signal(hand_raises=False).label("signal_at"),
        _last_signal(hand_raises=True).label("raised_at"),
    ]
    return (
        select(*columns)
        .select_from(joined)
        .where(_assignment.c.company == company, _assignment.c.kind.in_(HANDED), period.holds(_assignment.c.at))
        .order_by(_assignment.c.at, _assignment.c.assignment_id)
    )


def _same(key: str, other: Any) -> ColumnElement[bool]:
    return and_(other.c.company == _assignment.c.company, other.c[key] == _assignment.c[key])


def _last_signal(*, hand_raises: bool) -> ScalarSelect[Any]:
    """When the person last did something before the assignment: the index answers each from its end."""
    mine = [
        _activity.c.company == _assignment.c.company,
        _activity.c.person_id == _assignment.c.person_id,
        _activity.c.occurred_at <= _assignment.c.at,
        _activity.c.direction == "human",
        _activity.c.deleted_seq.is_(None),
    ]
    if hand_raises:
        mine.append(_activity.c.signal == HAND_RAISE)
    newest = select(_activity.c.occurred_at).where(*mine).order_by(_activity.c.occurred_at.desc()).limit(1)
    return newest.correlate(_assignment).scalar_subquery()


def _read(row: Row[Any]) -> HandOff:
    return HandOff(
        at=row.at,
        kind=row.kind,
        promise=row.promise or NO_PROMISE,
        grade=row.grade,
        source=row.source,
        owner_id=row.owner_id,
        state=row.state or "",
        signal_at=row.raised_at if row.promise == HAND_RAISE and row.raised_at else row.signal_at,
        confirmed_at=row.confirmed_at,
        started_at=row.started_at,
        touched_at=row.touched_at,
        accept_due_at=row.accept_due_at,
        accept_state=row.accept_state or "",
        accepted_at=_while_held(row, row.accepted_at),
        qualified_at=_while_held(row, row.qualified_at),
        over_at=_over(row),
    )


def _while_held(row: Row[Any], at: datetime | None) -> datetime | None:
    """A moment of the cycle counts for the assignment that held when it came."""
    if at is None or at < row.at or (row.until is not None and at > row.until):
        return None
    return at


def _over(row: Row[Any]) -> datetime | None:
    ended = row.disposition_at if row.disposition in OVER and row.disposition_at >= row.at else None
    known = [at for at in (row.until, row.closed_at, ended) if at is not None]
    return min(known, default=None)
