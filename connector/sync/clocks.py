"""The follow-up clock of a person's current assignment, folded from touches and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from connector.decide.cycles import PersonState
from connector.decide.followup import RUNNING, FollowUpFacts, FollowUpState, Touch, follow_up
from connector.ports.decisions import PersonFacts
from connector.sync.evidence import Surroundings, sales_touches
from connector.sync.hand_off import Desk
from connector.sync.person_state import clock_state


@dataclass(frozen=True)
class Clocked:
    """The clock's row if it changed (or is new), what happened to it, and when it will run out."""

    row: Mapping[str, Any] | None = None
    events: tuple[Mapping[str, Any], ...] = field(default=())
    due_at: datetime | None = None


def fold_clock(
    facts: PersonFacts,
    state: PersonState,
    around: Surroundings,
    desk: Desk,
    zone: ZoneInfo,
    *,
    promise_of_new: str | None,
) -> Clocked:
    """The clock as of now. ``promise_of_new``: of an assignment made just now; its clock waits for confirmation."""
    if promise_of_new is not None:
        wish = FollowUpState()
        return Clocked(_row(wish) | {"assignment_id": None, "promise": promise_of_new})
    assignment = facts.assignment
    if assignment is None or assignment["promise"] is None or facts.follow_up is None:
        return Clocked()
    promise = around.playbook.promises[assignment["promise"]]
    before = clock_state(facts.follow_up)
    change = follow_up(
        before,
        promise,
        _facts(facts, state, around, present_from=_present_from(assignment, desk, zone)),
        hours=desk.hours(assignment["owner_id"], zone),
        now=around.now,
    )
    after = change.state
    if after == before:
        return Clocked(due_at=after.due_at if after.state == RUNNING else None)
    row = _row(after) | {"assignment_id": assignment["assignment_id"], "promise": assignment["promise"]}
    events = tuple({"event": event, "at": at, "evidence": {"by": after.decided_by}} for event, at in change.events)
    return Clocked(row, events, after.due_at if after.state == RUNNING else None)


def _present_from(assignment: Mapping[str, Any], desk: Desk, zone: ZoneInfo) -> datetime | None:
    """When an owner who was away at the confirmation is back; nobody's clock starts before."""
    entry, confirmed_at = desk.roster.get(assignment["owner_id"]), assignment["confirmed_at"]
    return entry.back_at(confirmed_at, zone) if entry is not None and confirmed_at is not None else None


def _facts(
    facts: PersonFacts, state: PersonState, around: Surroundings, *, present_from: datetime | None
) -> FollowUpFacts:
    assignment = facts.assignment
    assert assignment is not None
    cycle = state.cycle
    left = cycle is None or not cycle.with_sales
    return FollowUpFacts(
        assigned_at=assignment["at"],
        confirmed_at=assignment["confirmed_at"],
        touches=tuple(Touch(t.signal, t.at, True, t.source_key) for t in sales_touches(facts, around)),
        accepted_at=cycle.accepted_at if cycle else None,
        present_from=present_from,
        ended_at=cycle.disposition_at if left and cycle is not None else None,
    )


def _row(state: FollowUpState) -> dict[str, Any]:
    names = ("state", "started_at", "due_at", "accept_due_at", "touched_at", "broken_at", "decided_by")
    return {name: getattr(state, name) for name in names}
