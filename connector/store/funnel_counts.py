"""The funnel's counts: each part one statement, counted by the database. Decides who counts, not how it is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from connector.clock import to_micros
from connector.model import Disposition, Stage
from connector.ports.reporting import PATH_STEPS, Clock, FunnelFacts, PathCount
from connector.store.sql import table
from connector.store.tables import Assignment, Cycle, DispositionHistory, FollowUp, Link, Person, StageHistory

_person, _link, _cycle = table(Person), table(Link), table(Cycle)
_stages, _dispositions = table(StageHistory), table(DispositionHistory)
_assignment, _follow_up = table(Assignment), table(FollowUp)

HANDED = ("hand_off", "return")
"""Kinds of assignment that give a person to sales."""

MOMENTS = ("qualified", "handed_off", "accepted", "sales_qualified")
FOREVER = 2**62
NO_PROMISE = "none"
NO_REASON = "unspecified"


class Span(Struct, frozen=True):
    """A period in microseconds: ``start`` included, ``end`` not."""

    start: int = 0
    end: int = FOREVER

    def holds(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """The moment lies in it."""
        return and_(column >= self.start, column < self.end) if self.end < FOREVER else column >= self.start


def span(since: datetime | None, until: datetime | None) -> Span:
    """The period of a report."""
    return Span(to_micros(since) if since else 0, to_micros(until) if until else FOREVER)


def funnel_facts(
    connection: Connection, company: int, since: datetime | None, until: datetime | None = None
) -> FunnelFacts:
    """Every count of ``FunnelFacts``; inside the caller's read."""
    period = span(since, until)
    stages, set_aside, gone = _standing(connection, company)
    return FunnelFacts(
        since=since,
        until=until,
        stages=stages,
        set_aside=set_aside,
        gone=gone,
        path=_path(connection, company, period),
        sales_origin=connection.execute(_sales_origin(company, period)).scalar_one(),
        dispositions=_counts(connection, _cycle_dispositions(company, period)),
        grades=grade_counts(connection, company),
        moments=_moments(connection, company, period),
        hand_offs=_counts(connection, _hand_offs(company, period)),
        recycled=_counts(connection, _recycled(company, period)),
        clocks=_clocks(connection, company, period),
    )


def living(company: int) -> ColumnElement[bool]:
    """The person still has a record in some CRM."""
    mine = and_(_link.c.company == company, _link.c.person_id == _person.c.person_id, _link.c.state == "active")
    return exists(select(1).select_from(_link).where(mine))


def grade_counts(connection: Connection, company: int) -> dict[str, int]:
    """Qualified leads by grade; inside the caller's read."""
    return _counts(connection, _grades(company))


def _counts(connection: Connection, query: Select[*tuple[Any, ...]]) -> dict[str, int]:
    return {str(name): int(count) for name, count in connection.execute(query)}


def _standing(connection: Connection, company: int) -> tuple[dict[str, int], dict[str, int], int]:
    """People by stage, people set aside by rule, and people without a living record: everybody is read once."""
    alive = living(company).label("alive")
    by = (alive, _person.c.stage, _person.c.junk_rule)
    mine = _person.c.company == company, _person.c.merged_into.is_(None)
    stages, set_aside, gone = Counter[str](), Counter[str](), 0
    for is_alive, stage, junk_rule, count in connection.execute(select(*by, func.count()).where(*mine).group_by(*by)):
        if not is_alive:
            gone += count
        elif junk_rule is None:
            stages[stage] += count
        else:
            set_aside[junk_rule] += count
    return dict(stages), dict(set_aside), gone


def _grades(company: int) -> Select[*tuple[Any, ...]]:
    return (
        select(_person.c.grade, func.count())
        .where(
            _person.c.company == company,
            _person.c.merged_into.is_(None),
            _person.c.grade.is_not(None),
            _person.c.stage == Stage.QUALIFIED_LEAD.value,
        )
        .group_by(_person.c.grade)
    )


def _merged(company: int) -> Select[int]:
    """Who was merged away: few, with an index of their own, where a join would look up everybody."""
    return select(_person.c.person_id).where(_person.c.company == company, _person.c.merged_into.is_not(None))


def _cycle_dispositions(company: int, period: Span) -> Select[*tuple[Any, ...]]:
    return (
        select(_cycle.c.disposition, func.count())
        .where(
            _cycle.c.company == company,
            _cycle.c.person_id.not_in(_merged(company)),
            or_(_cycle.c.closed_at.is_(None), period.holds(_cycle.c.closed_at)),
        )
        .group_by(_cycle.c.disposition)
    )


def _hand_offs(company: int, period: Span) -> Select[*tuple[Any, ...]]:
    promise = func.coalesce(_assignment.c.promise, NO_PROMISE)
    wanted = and_(_assignment.c.company == company, _assignment.c.kind.in_(HANDED), period.holds(_assignment.c.at))
    return select(promise, func.count()).where(wanted).group_by(promise)


def _recycled(company: int, period: Span) -> Select[*tuple[Any, ...]]:
    reason = func.coalesce(_dispositions.c.reason, NO_REASON)
    return (
        select(reason, func.count())
        .where(
            _dispositions.c.company == company,
            _dispositions.c.disposition_to == Disposition.RECYCLED.value,
            period.holds(_dispositions.c.at),
        )
        .group_by(reason)
    )


def _clocks(connection: Connection, company: int, period: Span) -> list[Clock]:
    same = and_(
        _assignment.c.company == _follow_up.c.company, _assignment.c.assignment_id == _follow_up.c.assignment_id
    )
    clock = (_follow_up.c[name] for name in ("promise", "state", "started_at", "touched_at"))
    query = (
        select(*clock, _assignment.c.owner_id)
        .select_from(_follow_up.join(_assignment, same))
        .where(_follow_up.c.company == company, period.holds(_assignment.c.at))
        .order_by(_follow_up.c.assignment_id)
    )
    return [Clock(**row._mapping) for row in connection.execute(query)]


def _moments(connection: Connection, company: int, period: Span) -> dict[str, int]:
    sums = [_total(period.holds(_cycle.c[f"{moment}_at"])).label(moment) for moment in MOMENTS]
    query = select(*sums).where(_cycle.c.company == company)
    return {name: int(value) for name, value in connection.execute(query).one()._mapping.items()}


def _path(connection: Connection, company: int, period: Span) -> list[PathCount]:
    """Each step's people, and those of them who had the step before: one row per person, summed once."""
    reached = _reached(company, period)
    steps = [reached.c[step] == 1 for step in PATH_STEPS]
    sums: list[ColumnElement[Any]] = [_total(step).label(f"reached_{n}") for n, step in enumerate(steps)]
    sums += [_total(and_(steps[n - 1], steps[n])).label(f"both_{n}") for n in range(1, len(steps))]
    row = connection.execute(select(*sums)).one()._mapping
    return [
        PathCount(step, int(row[f"reached_{n}"]), int(row[f"both_{n}"]) if n else 0)
        for n, step in enumerate(PATH_STEPS)
    ]


def _reached(company: int, period: Span) -> CTE:
    """One row per person who did something in the period: 1 for each step they reached.

    A higher stage includes those skipped below it. Moves and cycles are each grouped where they lie, in the order of
    their own index, and only then put together: a week costs what happened in it, and everything costs no sorting.
    """
    moved, worked = _moved(company, period), _worked(company, period)
    flags = {moment: func.coalesce(worked.c[moment], 0) for moment in MOMENTS}
    both = moved.outerjoin(worked, worked.c.person_id == moved.c.person_id)
    first = select(moved.c.person_id, *(_step(step, moved.c.rank, flags) for step in PATH_STEPS)).select_from(both)
    unmoved = worked.c.person_id.not_in(select(moved.c.person_id))
    second = select(worked.c.person_id, *(_step(step, literal(0), flags) for step in PATH_STEPS)).where(unmoved)
    done = union_all(first, second).subquery()
    left_out = done.c.person_id.not_in(_merged(company)), done.c.person_id.not_in(_begun_at_sales(company, period))
    return select(*(done.c[step] for step in PATH_STEPS)).where(*left_out).cte("reached")


def _moved(company: int, period: Span) -> CTE:
    rank = func.max(case({stage.value: stage.rank for stage in Stage}, value=_stages.c.stage_to, else_=0))
    wanted = [_stages.c.company == company]
    if period != Span():  # a condition on the time alone would be looked up by time, and then sorted by person
        wanted.append(period.holds(_stages.c.at))
    query = select(_stages.c.person_id, rank.label("rank")).where(*wanted)
    return query.group_by(_stages.c.person_id).cte("moved")


def _worked(company: int, period: Span) -> CTE:
    in_period = {moment: period.holds(_cycle.c[f"{moment}_at"]) for moment in MOMENTS}
    flags = [func.max(case((held, 1), else_=0)).label(moment) for moment, held in in_period.items()]
    query = select(_cycle.c.person_id, *flags).where(_cycle.c.company == company, or_(*in_period.values()))
    return query.group_by(_cycle.c.person_id).cte("worked")


def _step(step: str, rank: ColumnElement[Any], flags: Mapping[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    reached = flags[step] if step in MOMENTS else case((rank >= Stage(step).rank, 1), else_=0)
    return reached.label(step)


def began_at_sales(company: int, period: Span) -> ColumnElement[bool]:
    """The person began at sales: earlier stages are empty and must not be made up (PLAYBOOK 4).

    Only the first cycle says so: a customer who buys again by an opportunity came by marketing all the same.
    """
    mine = and_(_cycle.c.company == company, _cycle.c.person_id == _person.c.person_id, *_from_sales(period))
    return exists(select(1).select_from(_cycle).where(mine))


def _from_sales(period: Span) -> tuple[ColumnElement[bool], ...]:
    recent = or_(_cycle.c.closed_at.is_(None), _cycle.c.closed_at >= period.start)
    return _cycle.c.number == 1, _cycle.c.origin == "sales", recent


def _sales_origin(company: int, period: Span) -> Select[*tuple[Any, ...]]:
    people = _begun_at_sales(company, period).where(_cycle.c.person_id.not_in(_merged(company))).subquery()
    return select(func.count()).select_from(people)


def _begun_at_sales(company: int, period: Span) -> Select[int]:
    """Everybody of whom ``began_at_sales`` holds, read from the cycles at once."""
    return select(_cycle.c.person_id).where(_cycle.c.company == company, *_from_sales(period)).distinct()


def _total(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
