"""Which messages a decision about one person asks for. They are stored with the decision; nothing is sent here.

Messages belong to level ``assign``: below it only hand-offs are noted, because they wait for the confirmed owner.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from connector.clock import to_micros
from connector.decide.business_hours import add_business
from connector.decide.followup import RUNNING
from connector.decide.messages import (
    BREACH,
    HAND_OFF,
    RECYCLE,
    REJECTION,
    REMINDER,
    RETURN,
    Addressing,
    of_assignment,
)
from connector.model import Disposition, Level
from connector.ports.messages import PlannedMessage
from connector.sync.clocks import Clocked
from connector.sync.outcome import Handed, Outcome
from connector.sync.run import Run

BROKEN_EVENT = "broken"


def may_tell(run: Run) -> bool:
    """Whether the level of a system where sales works allows messages."""
    people = run.mapping.of_kind("person")
    sales = {entry.system for entry in people if entry.create != "never"} & run.levels.keys() or run.levels.keys()
    return any(run.levels[system].allows(Level.ASSIGN) for system in sales)


def messages_of(
    outcome: Outcome, clocked: Clocked, handed: Handed | None, assignment: dict[str, Any] | None
) -> list[PlannedMessage]:
    """Everything colleagues are to hear of this decision; ``assignment``: the row of a hand-off made just now."""
    if outcome.run.addressing == Addressing():
        return []
    planned = [*_hand_off(outcome, handed, assignment)]
    if may_tell(outcome.run):
        planned += [*_clock(outcome, clocked, handed), *_given_back(outcome)]
    return planned


def remind_at(outcome: Outcome, clocked: Clocked) -> datetime | None:
    """When the owner is to be reminded, while the clock runs; ``None`` where nobody would hear of it."""
    clock, assignment = clocked.row or outcome.facts.follow_up, outcome.facts.assignment
    if clock is None or assignment is None or not outcome.run.addressing.of(REMINDER):
        return None
    promise = outcome.run.playbook.promises.get(clock["promise"])
    running = clock["state"] == RUNNING and clock["touched_at"] is None and clock["started_at"] is not None
    if not running or promise is None or promise.remind_minutes is None:
        return None
    hours = outcome.desk.hours(assignment["owner_id"], outcome.run.zone)
    return add_business(clock["started_at"], promise.remind_minutes, hours)


def _hand_off(outcome: Outcome, handed: Handed | None, assignment: dict[str, Any] | None) -> Iterator[PlannedMessage]:
    wish = outcome.decision.hand_off
    if handed is None or wish is None or assignment is None:
        return
    event = RETURN if assignment["kind"] == "return" else HAND_OFF
    facts: dict[str, Any] = {"grade": assignment["grade"], "kind": wish.kind, "promise": wish.promise}
    # The owner of an open opportunity is told and keeps what they own: no write of ours will confirm it.
    facts["told_only"] = not handed.route.reassigns and handed.route.rule != "keep"
    yield from _each(outcome, event, None, handed.route.owner_id, facts)


def _clock(outcome: Outcome, clocked: Clocked, handed: Handed | None) -> Iterator[PlannedMessage]:
    assignment = outcome.facts.assignment
    if assignment is None or handed is not None:
        return
    identity, owner_id = of_assignment(assignment["assignment_id"]), assignment["owner_id"]
    clock = clocked.row or outcome.facts.follow_up or {}
    facts = {"grade": assignment["grade"], "promise": assignment["promise"], "due_at": _text(clock.get("due_at"))}
    if any(event["event"] == BROKEN_EVENT for event in clocked.events):
        yield from _each(outcome, BREACH, identity, owner_id, facts)
    at = remind_at(outcome, clocked)
    if at is not None and at <= outcome.run.now:
        yield from _each(outcome, REMINDER, identity, owner_id, facts)


def _given_back(outcome: Outcome) -> Iterator[PlannedMessage]:
    """A rejection by sales, or else a recycle for another cause: one message, whatever became of the rejection."""
    decision = outcome.decision
    refused = [move for move in decision.disposition_moves if move.disposition_to is Disposition.REJECTED]
    live_since = outcome.run.live_since
    for move in refused[-1:]:
        if live_since is not None and move.at >= live_since:
            identity = f"p{outcome.facts.person_id}c{move.cycle_number}t{to_micros(move.at)}"
            yield from _each(outcome, REJECTION, identity, _last_owner(outcome), _back(outcome, move.reason))
    if decision.recycle is not None and not refused and live_since is not None and decision.recycle.at >= live_since:
        identity = f"p{outcome.facts.person_id}t{to_micros(decision.recycle.at)}"
        yield from _each(outcome, RECYCLE, identity, _last_owner(outcome), _back(outcome, decision.recycle.reason))


def _back(outcome: Outcome, reason: str | None) -> dict[str, Any]:
    recycle = outcome.decision.recycle
    return {"reason": reason, "until": _text(recycle.until) if recycle is not None else None}


def _last_owner(outcome: Outcome) -> int | None:
    assignment = outcome.facts.assignment
    found: int | None = assignment["owner_id"] if assignment is not None else outcome.facts.row["last_sales_owner_id"]
    return found


def _each(
    outcome: Outcome, event: str, identity: str | None, user_id: int | None, facts: dict[str, Any]
) -> Iterator[PlannedMessage]:
    assignment = outcome.facts.assignment if identity is not None else None
    assignment_id = assignment["assignment_id"] if assignment is not None else None
    for recipient, channel in outcome.run.addressing.of(event):
        yield PlannedMessage(event, recipient, channel, identity, assignment_id, user_id, facts)


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
