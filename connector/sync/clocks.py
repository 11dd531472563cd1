"""The follow-up clock of a person's current assignment, folded from touches and answers, and what silence leads to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, field
from msgspec.structs import fields, replace

from connector.decide.business_hours import Hours
from connector.decide.cycles import HandOffWish
from connector.decide.follow_steps import Held, must_reassign, next_step_at, step_on
from connector.decide.followup import (
    RUNNING,
    FollowUpFacts,
    FollowUpState,
    attempts_by,
    changes,
    end,
    follow_up,
)
from connector.decide.sales_work import REFUSED, TRIED_BY_SALES
from connector.model import Disposition
from connector.sync.outcome import Outcome
from connector.sync.person_state import clock_state
from connector.sync.sales_signs import promise_of, touches_of
from connector.sync.surroundings import sales_link

REASSIGN = "reassign"
OURS = ("hand_off", "return", REASSIGN)
"""Kinds of assignment that we made."""
GIVEN_ON = "given_on"
"""Why the clock of an assignment ended before it was decided: somebody else has the person now, and a clock."""
COLUMNS = tuple(each.name for each in fields(FollowUpState))


class Clocked(Struct, frozen=True):
    """The clock as of now; its row if it changed (or is new), what happened to it, and when to look again.

    ``attempts_by``: until when further attempts are promised to somebody who was not reached yet.
    """

    state: FollowUpState | None = None
    row: Mapping[str, Any] | None = None
    events: tuple[Mapping[str, Any], ...] = field(default=())
    look_at: datetime | None = None
    attempts_by: datetime | None = None


def fold_clock(outcome: Outcome) -> Clocked:
    """The clock of the current assignment."""
    facts, now = outcome.facts, outcome.run.now
    assignment = facts.assignment
    if assignment is None or assignment["promise"] is None or facts.follow_up is None:
        return Clocked()
    promise, hours = promise_of(facts, outcome.around), owner_hours(outcome)
    before = clock_state(facts.follow_up)
    known = _facts(outcome)
    change = follow_up(before, promise, known, hours=hours, now=now)
    held = outcome.decision.state.cycle is not None and outcome.decision.state.cycle.with_sales
    after = step_on(change.state, promise, hours, now) if held else change.state
    owed_by = attempts_by(after, promise, known, now) if held else None
    look_at = _look_at(after, next_step_at(after, promise, hours, now), owed_by, now) if held else None
    if after == before:
        return Clocked(after, look_at=look_at, attempts_by=owed_by)
    row = clock_row(after) | {"assignment_id": assignment["assignment_id"], "promise": assignment["promise"]}
    told = changes(before, after, now)
    events = tuple(_event(event, at, assignment["assignment_id"], after.decided_by) for event, at in told)
    return Clocked(after, row, events, look_at, owed_by)


def owner_hours(outcome: Outcome) -> Hours:
    """The business hours of whoever the person was handed to."""
    assignment = outcome.facts.assignment
    return outcome.desk.hours(assignment["owner_id"], outcome.run.zone) if assignment else outcome.around.hours


def new_clock(promise: str) -> dict[str, Any]:
    """The row of a clock that waits for the confirmation of an assignment made just now."""
    return clock_row(FollowUpState()) | {"assignment_id": None, "promise": promise}


def clock_row(state: FollowUpState) -> dict[str, Any]:
    """A clock as its row, without keys."""
    return {name: getattr(state, name) for name in COLUMNS}


def reassignment(outcome: Outcome, clocked: Clocked) -> HandOffWish | None:
    """The wish to give an untouched hand-off to somebody else, if it is due; ``None``: it stays."""
    assignment, cycle, state = outcome.facts.assignment, outcome.decision.state.cycle, clocked.state
    if assignment is None or cycle is None or state is None or outcome.decision.hand_off is not None:
        return None
    if cycle.disposition is not Disposition.ASSIGNED or outcome.evidence.unreached is not None:
        return None
    rules, promise = outcome.run.playbook.silence.reassigning, promise_of(outcome.facts, outcome.around)
    reasons = assignment["reasons"] or {}
    live_since, hours = outcome.run.live_since, owner_hours(outcome)
    held = _held(outcome, reasons)
    if not must_reassign(state, promise, held, rules, hours=hours, now=outcome.run.now, live_since=live_since):
        return None
    before = frozenset({assignment["owner_id"], *reasons.get("before", ())})
    evidence_at = assignment["evidence_at"] or assignment["at"]
    grade = assignment["grade"]
    wish = HandOffWish(REASSIGN, assignment["promise"], evidence_at, cycle.motion, grade, before)
    return wish if _somebody_else(outcome, wish) else None


def _somebody_else(outcome: Outcome, wish: HandOffWish) -> bool:
    """Whether anybody who did not have it yet can take it: the fallback, who always exists, may be among those."""
    desk = outcome.desk
    return desk.can_route and desk.find(wish, outcome.facts, outcome.around).owner_id not in wish.excluded


def given_on(outcome: Outcome, clocked: Clocked) -> Clocked:
    """The clock of an assignment that goes to somebody else now: what was not decided by then stops counting."""
    state, assignment = clocked.state, outcome.facts.assignment
    if state is None or assignment is None:
        return clocked
    after = end(state, GIVEN_ON)
    if after == state:
        return clocked
    row = clock_row(after) | {"assignment_id": assignment["assignment_id"], "promise": assignment["promise"]}
    return replace(clocked, state=after, row=row)


def reassigned_event(outcome: Outcome, *, left: bool = False) -> Mapping[str, Any]:
    """What the clock of the assignment that ends by it notes."""
    assignment = outcome.facts.assignment
    assert assignment is not None
    return _event(
        "reassigned",
        outcome.run.now,
        assignment["assignment_id"],
        "owner_left" if left else "neither_accepted_nor_touched",
    )


def _held(outcome: Outcome, reasons: Mapping[str, Any]) -> Held:
    assignment = outcome.facts.assignment
    assert assignment is not None
    link = sales_link(outcome.facts, outcome.around)
    still = link is not None and link.owner_id == assignment["owner_id"]
    by_us = assignment["kind"] in OURS and reasons.get("rule") != "keep"
    return Held(by_us, still, len(reasons.get("before", ())))


def _look_at(
    state: FollowUpState, step_at: datetime | None, owed_by: datetime | None, now: datetime
) -> datetime | None:  # fmt: skip
    moments = [step_at, owed_by]
    if state.state == RUNNING:
        moments += [state.due_at, state.accept_due_at if state.accepted_at is None else None]
    return min((at for at in moments if at is not None and at > now), default=None)


def _event(event: str, at: datetime, assignment_id: int, by: str | None) -> dict[str, Any]:
    return {"event": event, "at": at, "evidence": {"by": by}, "assignment_id": assignment_id}


def _facts(outcome: Outcome) -> FollowUpFacts:
    facts, evidence, assignment = outcome.facts, outcome.evidence, outcome.facts.assignment
    assert assignment is not None
    cycle = outcome.decision.state.cycle
    left = cycle is None or not cycle.with_sales
    response, signs = evidence.response, evidence.signs
    said = response.at if response is not None else None
    yes = [signs.accepted_at, signs.working_at, said if response is not None and response.accepted else None]
    no = [signs.rejected_at, said if response is not None and not response.accepted else None]
    return FollowUpFacts(
        assigned_at=assignment["at"],
        confirmed_at=assignment["confirmed_at"],
        touches=touches_of(facts, outcome.around),
        accepted_at=_first(yes, assignment["at"]),
        rejected_at=_first(no, assignment["at"]),
        refused_at=_refused_at(outcome),
        present_from=_present_from(outcome, assignment),
        ended_at=cycle.disposition_at if left and cycle is not None else None,
        emails_visible=outcome.run.playbook.silence.emails_visible,
        tries=cycle is not None and cycle.disposition in TRIED_BY_SALES and signs.working_at is None,
    )


def _first(times: list[datetime | None], since: datetime) -> datetime | None:
    return min((at for at in times if at is not None and at >= since), default=None)


def _refused_at(outcome: Outcome) -> datetime | None:
    """When a rejection of this assignment was refused; one by whoever had the person before is none of its own."""
    assignment = outcome.facts.assignment
    since = assignment["at"] if assignment is not None else None
    refused = (event.detail.get("answered_at") for event in outcome.decision.events if event.code == REFUSED)
    return next((at for at in refused if isinstance(at, datetime) and (since is None or at >= since)), None)


def _present_from(outcome: Outcome, assignment: Mapping[str, Any]) -> datetime | None:
    """When an owner who was away at the confirmation is back; nobody's clock starts before."""
    entry, confirmed_at = outcome.desk.roster.get(assignment["owner_id"]), assignment["confirmed_at"]
    return entry.back_at(confirmed_at, outcome.run.zone) if entry is not None and confirmed_at is not None else None
