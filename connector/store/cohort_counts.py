"""People by when they entered the ladder, and how long people stay in a stage: counted by the database.

A person's entry is the first move to suspect or higher. Times in a stage come back as a histogram of whole hours, so
that a median over a million stays needs no row of its own for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, BigInteger, Connection, Select, and_, case, func, select, type_coerce

from connector.clock import to_micros
from connector.model import Stage
from connector.ports.figures import CohortCount, StageTime
from connector.ports.reporting import PATH_STEPS
from connector.store.funnel_counts import MOMENTS, Span, began_at_sales
from connector.store.sql import table
from connector.store.tables import Cycle, Person, StageHistory

_person, _cycle, _stages = table(Person), table(Cycle), table(StageHistory)
MICROS_PER_HOUR = 3_600_000_000
LADDER = {stage.value: stage.rank for stage in Stage}


def cohorts(connection: Connection, company: int, edges: Sequence[datetime]) -> list[CohortCount]:
    """People who entered between one edge and the next, and how far they came since; inside the caller's read."""
    if len(edges) < 2:
        return []
    rows = connection.execute(_cohorts(company, [to_micros(edge) for edge in edges])).mappings()
    return [CohortCount(int(row["place"]), {step: int(row[step]) for step in PATH_STEPS}) for row in rows]


def stage_times(connection: Connection, company: int, period: Span) -> list[StageTime]:
    """Stays that ended in the period; inside the caller's read."""
    hours: dict[str, dict[int, int]] = {stage.value: {} for stage in Stage}
    for stage, took, count in connection.execute(_stays(company, period)):
        hours.setdefault(stage, {})[int(took)] = int(count)
    return [StageTime(stage, found) for stage, found in hours.items()]


def _cohorts(company: int, edges: Sequence[int]) -> Select[*tuple[Any, ...]]:
    entered, worked = _entered(company), _worked(company)
    at = type_coerce(entered.c.at, BigInteger)
    later = [(at >= edge, place) for place, edge in reversed(list(enumerate(edges[:-1])))]
    place = case(*later).label("place")
    joined = entered.join(
        _person, and_(_person.c.company == company, _person.c.person_id == entered.c.person_id)
    ).outerjoin(worked, worked.c.person_id == entered.c.person_id)
    reached = [func.sum(_reached(step, entered, worked)).label(step) for step in PATH_STEPS]
    wanted = and_(at >= edges[0], at < edges[-1], _person.c.merged_into.is_(None), ~began_at_sales(company, Span()))
    return select(place, *reached).select_from(joined).where(wanted).group_by(place).order_by(place)


def _entered(company: int) -> CTE:
    rank = case(LADDER, value=_stages.c.stage_to, else_=0)
    mine = and_(_stages.c.company == company, _stages.c.stage_to != Stage.NAME.value)
    return (
        select(_stages.c.person_id, func.min(_stages.c.at).label("at"), func.max(rank).label("rank"))
        .where(mine)
        .group_by(_stages.c.person_id)
        .cte("entered")
    )


def _worked(company: int) -> CTE:
    flags = [func.max(case((_cycle.c[f"{name}_at"].is_not(None), 1), else_=0)).label(name) for name in MOMENTS]
    mine = _cycle.c.company == company
    return select(_cycle.c.person_id, *flags).where(mine).group_by(_cycle.c.person_id).cte("worked")


def _reached(step: str, entered: CTE, worked: CTE) -> Any:
    if step in MOMENTS:
        return func.coalesce(worked.c[step], 0)
    return case((entered.c.rank >= LADDER[step], 1), else_=0)


def _stays(company: int, period: Span) -> Select[*tuple[Any, ...]]:
    at = type_coerce(_stages.c.at, BigInteger)
    left = func.lead(at).over(partition_by=_stages.c.person_id, order_by=(_stages.c.at, _stages.c.seq))
    moves = (
        select(_stages.c.stage_to.label("stage"), at.label("at"), left.label("left_at"))
        .where(_stages.c.company == company)
        .cte("moves")
    )
    took = ((moves.c.left_at - moves.c.at) // MICROS_PER_HOUR).label("took")
    wanted = and_(moves.c.left_at.is_not(None), moves.c.left_at >= moves.c.at, period.holds(moves.c.left_at))
    return select(moves.c.stage, took, func.count()).where(wanted).group_by(moves.c.stage, took)
