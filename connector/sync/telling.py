"""Which messages a decision about one person asks for. They are stored with the decision; nothing is sent here.

Messages belong to level ``assign``: below it only hand-offs are noted, because they wait for the confirmed owner.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from connector.clock import to_micros
from connector.decide.messages import (
    ATTEMPTS,
    BREACH,
    ESCALATION,
    HAND_OFF,
    PROPOSAL,
    REASON,
    REASSIGNMENT,
    RECYCLE,
    REFUSAL,
    REJECTION,
    REMINDER,
    RETURN,
    Addressing,
    of_assignment,
)
from connector.model import Disposition, Level
from connector.ports.messages import PlannedMessage
from connector.sync.clocks import REASSIGN, Clocked
from connector.sync.outcome import Handed, Outcome
from connector.sync.run import Run
from connector.sync.sales_step import NAME_REASON, tasks_of

EVENT_OF = {"broken": BREACH, "reminded": REMINDER, "escalated": ESCALATION, "refused": REFUSAL}
"""What happened to a clock -> the message that tells of it."""


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
        planned += [*_clock(outcome, clocked, handed), *_asked(outcome), *_given_back(outcome)]
    return planned


def _hand_off(outcome: Outcome, handed: Handed | None, assignment: dict[str, Any] | None) -> Iterator[PlannedMessage]:
    wish = outcome.decision.hand_off
    if handed is None or wish is None or assignment is None:
        return
    event = RETURN if assignment["kind"] == "return" else HAND_OFF
    facts: dict[str, Any] = {"grade": assignment["grade"], "kind": wish.told, "promise": wish.promise}
    # The owner of an open opportunity is told and keeps what they own: no write of ours will confirm it.
    facts["told_only"] = not handed.route.reassigns and handed.route.rule != "keep"
    yield from _each(outcome, event, None, handed.route.owner_id, facts)


def _clock(outcome: Outcome, clocked: Clocked, handed: Handed | None) -> Iterator[PlannedMessage]:
    """What happened to the clock. The moment of what may happen again is part of its identity."""
    assignment, state = outcome.facts.assignment, clocked.state
    if assignment is None or state is None:
        return
    own, owner_id = of_assignment(assignment["assignment_id"]), assignment["owner_id"]
    facts = {"grade": assignment["grade"], "promise": assignment["promise"], "due_at": _text(state.due_at)}
    if handed is not None:
        wish = outcome.decision.hand_off
        # Who has left did not fail to act: the one who has it now is told, by the hand-off's own message.
        given = wish is not None and wish.kind == REASSIGN and not wish.cause
        yield from _each(outcome, REASSIGNMENT, own, owner_id, facts) if given else ()
        return
    reason = outcome.evidence.response.reason if outcome.evidence.response is not None else None
    if state.missed_at is not None:
        tried = outcome.evidence.signs.tried
        made = f"{tried.attempts} of {tried.attempts_asked} attempts, {tried.channels} of {tried.channels_asked} ways"
        facts |= {"due_at": _text(state.missed_at), "what": made}
    for event in clocked.events:
        name = EVENT_OF.get(event["event"])
        identity = f"{own}t{to_micros(event['at'])}" if name == ESCALATION else own
        if name == ESCALATION and state.missed_at is not None:
            name = ATTEMPTS
        if name is not None and not (name == BREACH and state.refused_at is not None):
            yield from _each(outcome, name, identity, owner_id, facts | {"reason": reason})


def _asked(outcome: Outcome) -> Iterator[PlannedMessage]:
    """A word is asked for: a reason, or a veto against a recycle; once per task that says so in the CRM."""
    for task in tasks_of(outcome, outcome.decision.state) or ():
        event = REASON if task["subject"].startswith(NAME_REASON) else PROPOSAL
        identity = "p" + task["key"].replace(":", ".")
        yield from _each(outcome, event, identity, task["owner_id"], {"until": task["due_at"]})


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
