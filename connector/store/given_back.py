"""Every hand-off of a period and what became of it, for the recycle report. Decides who counts, not how it is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select

from connector.clock import to_micros
from connector.model import Disposition
from connector.ports.reporting import HandOffOutcome
from connector.store.funnel_counts import HANDED, span
from connector.store.sql import table
from connector.store.tables import Assignment, Cycle, DispositionHistory

_assignment, _cycle, _moves = table(Assignment), table(Cycle), table(DispositionHistory)

REJECTED, RECYCLED = Disposition.REJECTED.value, Disposition.RECYCLED.value
DECIDED = (RECYCLED, *(each.value for each in (Disposition.REROUTED, Disposition.DISQUALIFIED, Disposition.MERGED)))
BY_RULE = "rule"


def hand_off_outcomes(
    connection: Connection, company: int, since: datetime | None, until: datetime | None
) -> list[HandOffOutcome]:
    """Hand-offs and returns of the period by assignment; what happened up to the cycle's next one belongs to each."""
    of_cycle: dict[int, list[Any]] = {}
    for row in connection.execute(_hand_offs(company)):
        of_cycle.setdefault(row.cycle_id, []).append(row)
    moves: dict[int, list[Any]] = {}
    for row in connection.execute(_given_back(company)):
        moves.setdefault(row.cycle_id, []).append(row)
    period = span(since, until)
    found = []
    for cycle_id, rows in sorted(of_cycle.items()):
        for place, row in enumerate(rows):
            later = rows[place + 1 :]
            own = _between(moves.get(cycle_id, ()), row.at, later[0].at if later else None)
            if period.start <= to_micros(row.at) < period.end:
                found.append(_outcome(row, own, returned=bool(later)))
    return found


def _hand_offs(company: int) -> Any:
    same = and_(_cycle.c.company == _assignment.c.company, _cycle.c.cycle_id == _assignment.c.cycle_id)
    return (
        select(_assignment, _cycle.c.disposition.label("cycle_disposition"))
        .select_from(_assignment.join(_cycle, same))
        .where(_assignment.c.company == company, _assignment.c.kind.in_(HANDED))
        .order_by(_assignment.c.cycle_id, _assignment.c.at, _assignment.c.assignment_id)
    )


def _given_back(company: int) -> Any:
    wanted = _moves.c.disposition_to.in_((REJECTED, *DECIDED))
    return select(_moves).where(_moves.c.company == company, wanted).order_by(_moves.c.seq)


def _between(moves: Sequence[Any], start: datetime, end: datetime | None) -> list[Any]:
    return [move for move in moves if move.at >= start and (end is None or move.at < end)]


def _outcome(row: Any, moves: Sequence[Any], *, returned: bool) -> HandOffOutcome:
    reasons: Mapping[str, Any] = row.reasons or {}
    rejected = [move for move in moves if move.disposition_to == REJECTED]
    proposed = [move for move in moves if move.disposition_to == RECYCLED and move.by == BY_RULE]
    decided = [move for move in moves if move.disposition_to in DECIDED and move.reason]
    back = bool(rejected or proposed)
    reason = next((move.reason for move in (*decided[:1], *rejected, *proposed) if move.reason), None)
    return HandOffOutcome(
        promise=row.promise or "",
        path=reasons.get("path"),
        rules=tuple(reasons.get("rules") or ()),
        source=reasons.get("source"),
        reason=(reason or "unspecified") if back else None,
        returned=back and returned,
        won=row.cycle_disposition == Disposition.WON.value,
    )
