"""Hand-offs one by one: assignment, clock, cycle and the last signal before it, in one statement.

A cycle keeps the moments of its first hand-off. What sales did with a later one is looked up in the history of those
few cycles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, ScalarSelect, Select, and_, select

from connector.decide.cycles import WORK_LADDER
from connector.model import Disposition
from connector.ports.figures import TAKEN_OVER, HandOff
from connector.store.funnel_counts import HANDED, NO_PROMISE, Span
from connector.store.sql import chunks, table
from connector.store.tables import Activity, Assignment, Cycle, DispositionHistory, FollowUp, Person

_assignment, _follow_up, _cycle = table(Assignment), table(FollowUp), table(Cycle)
_person, _activity, _moves = table(Person), table(Activity), table(DispositionHistory)

HAND_RAISE = "hand_raise"
ACCEPTED = tuple(one.value for one in WORK_LADDER[WORK_LADDER.index(Disposition.ACCEPTED) :])
"""Dispositions that say sales took it."""
QUALIFIED = (Disposition.SALES_QUALIFIED.value,)
OVER = tuple(one.value for one in (Disposition.RECYCLED, Disposition.REJECTED, Disposition.DISQUALIFIED))


def hand_offs(connection: Connection, company: int, period: Span) -> list[HandOff]:
    """Every hand-off, return and taking over made in the period, oldest first; inside the caller's read."""
    rows = connection.execute(_query(company, period)).all()
    moves = _moves_of(connection, company, sorted({row.cycle_id for row in rows if _comes_later(row)}))
    taken = _taken_over(connection, company, period)
    return [_read(row, moves.get(row.cycle_id, ()), _last_held(row, taken)) for row in rows]


def _taken_over(connection: Connection, company: int, period: Span) -> Mapping[tuple[int, datetime], datetime | None]:
    """(cycle id, since when) -> until when somebody had a person whom they took over; also after the period."""
    wanted = _assignment.c.company == company, _assignment.c.kind == TAKEN_OVER, _assignment.c.at >= period.start
    columns = _assignment.c.cycle_id, _assignment.c.at, _assignment.c.until
    return {(row.cycle_id, row.at): row.until for row in connection.execute(select(*columns).where(*wanted))}


def _last_held(row: Row[Any], taken: Mapping[tuple[int, datetime], datetime | None]) -> datetime | None:
    """Until when sales had the person, one colleague after the other; ``None``: they have them still."""
    until: datetime | None = row.until
    seen = {until}
    while until is not None and (row.cycle_id, until) in taken:
        until = taken[row.cycle_id, until]
        if until in seen:
            break
        seen.add(until)
    return until


def _comes_later(row: Row[Any]) -> bool:
    """Whether a moment of the cycle belongs to an earlier assignment than this one."""
    return any(at is not None and at < row.at for at in (row.accepted_at, row.sales_qualified_at))


def _moves_of(connection: Connection, company: int, cycles: Sequence[int]) -> Mapping[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = {}
    for part in chunks(cycles):
        wanted = _moves.c.company == company, _moves.c.cycle_id.in_(part), _moves.c.disposition_to.in_(ACCEPTED)
        for row in connection.execute(select(_moves).where(*wanted).order_by(_moves.c.at)):
            found.setdefault(row.cycle_id, []).append(row)
    return found


_ASSIGNED = ("at", "until", "kind", "promise", "grade", "owner_id", "confirmed_at", "cycle_id")


def _query(company: int, period: Span) -> Select[*tuple[Any, ...]]:
    joined = (
        _assignment.join(_person, _same("person_id", _person))
        .outerjoin(_follow_up, _same("assignment_id", _follow_up))
        .outerjoin(_cycle, _same("cycle_id", _cycle))
    )
    columns: list[ColumnElement[Any]] = [
        *(_assignment.c[name] for name in _ASSIGNED),
        *(_follow_up.c[name] for name in ("state", "started_at", "touched_at", "accept_due_at", "accept_state")),
        *(
            _cycle.c[name]
            for name in ("accepted_at", "sales_qualified_at", "closed_at", "disposition", "disposition_at")
        ),
        _person.c.source_first.label("source"),
        _last_signal(hand_raises=False).label("signal_at"),
        _last_signal(hand_raises=True).label("raised_at"),
    ]
    return (
        select(*columns)
        .select_from(joined)
        .where(
            _assignment.c.company == company,
            _assignment.c.kind.in_((*HANDED, TAKEN_OVER)),
            period.holds(_assignment.c.at),
        )
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


def _read(row: Row[Any], moves: Sequence[Row[Any]], last_held: datetime | None) -> HandOff:
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
        accepted_at=_while_held((row.at, row.until), row.accepted_at, moves, ACCEPTED),
        qualified_at=_while_held((row.at, row.until), row.sales_qualified_at, moves, QUALIFIED),
        over_at=_over(row, row.until),
        taken_over=last_held != row.until,
        lead_qualified_at=_while_held((row.at, last_held), row.sales_qualified_at, moves, QUALIFIED),
        lead_over_at=_over(row, last_held),
    )


def _while_held(
    held: tuple[datetime, datetime | None], at: datetime | None, moves: Sequence[Row[Any]], signs: Sequence[str]
) -> datetime | None:  # fmt: skip
    """A moment of the cycle counts for the assignment that held when it came; of a later one its own move does."""
    moments = [at, *(move.at for move in moves if move.disposition_to in signs)]
    since, until = held
    return min(
        (one for one in moments if one is not None and since <= one and (until is None or one <= until)), default=None
    )


def _over(row: Row[Any], until: datetime | None) -> datetime | None:
    ended = row.disposition_at if row.disposition in OVER and row.disposition_at >= row.at else None
    known = [at for at in (until, row.closed_at, ended) if at is not None]
    return min(known, default=None)
