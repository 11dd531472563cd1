"""Stored rows as the values that decisions take, and back. Says nothing about what follows from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec.structs import asdict, fields

from connector.clock import from_micros, to_micros
from connector.decide.cycles import CycleState, DispositionMove, PersonState, StageMove
from connector.decide.followup import FollowUpState
from connector.model import Disposition, Motion, Stage
from connector.ports.decisions import PersonFacts, Row


def person_state(facts: PersonFacts) -> PersonState:
    """What our own decisions said so far of a person."""
    row = facts.row
    return PersonState(
        stage=Stage(row["stage"]),
        stage_since=row["stage_since"],
        stage_before=Stage(row["stage_before"]) if row["stage_before"] else None,
        locked_until=row["stage_locked_until"],
        cycle=None if facts.cycle is None else cycle_state(facts.cycle),
        cycles=facts.cycles,
        last_sales_owner_id=row["last_sales_owner_id"],
        grade=row["grade"],
        grade_current=row["grade_current"],
        grade_low_since=row["grade_low_since"],
        junk_rule=row["junk_rule"],
    )


def cycle_state(row: Row) -> CycleState:
    """A cycle row as a value."""
    return CycleState(
        number=row["number"],
        motion=Motion(row["motion"]),
        opened_at=row["opened_at"],
        disposition=Disposition(row["disposition"]),
        disposition_at=row["disposition_at"],
        origin=row["origin"],
        closed_at=row["closed_at"],
        reason=row["reason"],
        grade_at_handoff=row["grade_at_handoff"],
        qualified_at=row["qualified_at"],
        handed_off_at=row["handed_off_at"],
        accepted_at=row["accepted_at"],
        first_touch_at=row["first_touch_at"],
        sales_qualified_at=row["sales_qualified_at"],
        recycles=row["recycles"],
        recycle_until=row["recycle_until"],
        recycle_track=row["recycle_track"],
        returned_at=tuple(from_micros(at) for at in row["returned_at"] or ()),
        reconstructed=row["reconstructed"],
        adopted=row["adopted"],
    )


def cycle_row(cycle: CycleState, recycle_engagement_milli: int | None) -> dict[str, Any]:
    """A cycle as its row (without company and ids)."""
    row = asdict(cycle)
    row |= {"motion": cycle.motion.value, "disposition": cycle.disposition.value}
    row["returned_at"] = [to_micros(at) for at in cycle.returned_at]
    return row | {"recycle_engagement_milli": recycle_engagement_milli}


def stage_move_row(move: StageMove) -> dict[str, Any]:
    """A stage move as its row."""
    return {
        "stage_from": move.stage_from.value,
        "stage_to": move.stage_to.value,
        "at": move.at,
        "by": move.by,
        "reason": move.reason,
        "reconstructed": move.reconstructed,
        "evidence": {name: plain(value) for name, value in move.evidence.items()},
    }


def disposition_move_row(move: DispositionMove) -> dict[str, Any]:
    """A disposition move as its row; the store finds the cycle by its number."""
    return {
        "cycle_number": move.cycle_number,
        "disposition_from": move.disposition_from.value if move.disposition_from else None,
        "disposition_to": move.disposition_to.value,
        "at": move.at,
        "by": move.by,
        "reason": move.reason,
        "evidence": None,
    }


def clock_state(row: Row | None) -> FollowUpState:
    """A follow-up row as a value."""
    if row is None:
        return FollowUpState()
    return FollowUpState(**{each.name: row[each.name] for each in fields(FollowUpState)})


def state_columns(state: PersonState) -> dict[str, Any]:
    """The person columns that mirror the state and its cycle."""
    cycle = state.cycle
    return {
        "stage": state.stage.value,
        "stage_since": state.stage_since,
        "stage_before": state.stage_before.value if state.stage_before else None,
        "stage_locked_until": state.locked_until,
        "junk_rule": state.junk_rule,
        "grade": state.grade,
        "grade_current": state.grade_current,
        "grade_low_since": state.grade_low_since,
        "last_sales_owner_id": state.last_sales_owner_id,
        "disposition": cycle.disposition.value if cycle else None,
        "motion": cycle.motion.value if cycle else None,
        "cycle_number": cycle.number if cycle else None,
        "recycle_until": cycle.recycle_until if cycle else None,
        "recycle_reason": cycle.reason if cycle and cycle.disposition is Disposition.RECYCLED else None,
        "qualified_at": cycle.qualified_at if cycle else None,
        "handed_off_at": cycle.handed_off_at if cycle else None,
        "accepted_at": cycle.accepted_at if cycle else None,
        "first_touch_at": cycle.first_touch_at if cycle else None,
        "sales_qualified_at": cycle.sales_qualified_at if cycle else None,
    }


def plain(value: object) -> object:
    """A value that JSON can hold."""
    return value.isoformat() if isinstance(value, datetime) else value
