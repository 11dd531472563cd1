"""What sales has to do next with a person they hold, until when; and the tasks that ask a rep for a word."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from connector.clock import to_micros
from connector.decide.business_hours import MINUTES_PER_BUSINESS_DAY, add_business
from connector.decide.cycles import CycleState, PersonState
from connector.decide.followup import BROKEN, FollowUpState
from connector.decide.nurture_steps import NextStep
from connector.decide.sales_work import TRIED_BY_SALES
from connector.decide.unreached import Proposal
from connector.model import Disposition
from connector.sync.clocks import REASSIGN, Clocked, owner_hours
from connector.sync.outcome import Outcome

FIRST_CONTACT = "First contact by sales"
LATE_STEP = "The promised first contact is late: make it now, or give it to somebody else"
NAME_REASON = "Name the reason of the rejection"
GO_ON = "Not reached is not accepted yet: make the promised attempts"
VETO = "Goes back to marketing as not reached: try again or answer accepted to keep it"
TRY_ON = "Not reached yet, and the time for the promised attempts is over: make them, or give the lead back"
WORKS = "Sales works the lead"
ABOUT = timedelta(minutes=15)
"""A push takes seconds to minutes: for these the time of a first contact is not written once more."""


def sales_step(outcome: Outcome, cycle: CycleState, clocked: Clocked) -> NextStep:
    """The next step of a person that sales holds."""
    state = clocked.state
    proposed = proposal_of(outcome, cycle)
    if cycle.disposition is Disposition.REJECTED:
        return NextStep(NAME_REASON, _decide_by(outcome, cycle), by_person=True)
    if proposed is not None:
        return NextStep(VETO, proposed.until, by_person=True)
    if state is not None and state.refused_at is not None:
        return NextStep(GO_ON, _after_the_last(outcome, state), by_person=True)
    waits = state is not None and state.touched_at is None
    if state is not None and waits and BROKEN in (state.state, state.accept_state):
        return NextStep(LATE_STEP, _after_the_last(outcome, state), by_person=True)
    # Given on while it was worked, its disposition stays; but the new owner has yet to make a first contact.
    given_on = (outcome.facts.assignment or {}).get("kind") == REASSIGN
    if cycle.disposition is Disposition.ASSIGNED or (waits and (given_on or cycle.disposition is Disposition.ACCEPTED)):
        return NextStep(FIRST_CONTACT, _first_contact_by(outcome, state), by_person=True)
    if state is not None and state.missed_at is not None:
        return NextStep(TRY_ON, _after_the_last(outcome, state), by_person=True)
    return NextStep(WORKS, clocked.attempts_by, by_person=True)


def proposal_of(outcome: Outcome, cycle: CycleState | None) -> Proposal | None:
    """The recycle that is proposed to the rep now."""
    tried = cycle is not None and cycle.disposition in TRIED_BY_SALES
    return outcome.evidence.unreached if tried else None


def tasks_of(outcome: Outcome, state: PersonState) -> list[dict[str, Any]] | None:
    """The tasks, besides the hand-off note, that ask for something: for a reason, or for a veto. ``None``: nothing."""
    cycle, owner_id = state.cycle, state.last_sales_owner_id
    if cycle is None or owner_id is None or not cycle.with_sales or outcome.run.live_since is None:
        return None
    proposed = proposal_of(outcome, cycle)
    if cycle.disposition is Disposition.REJECTED and cycle.disposition_at >= outcome.run.live_since:
        answers = ", ".join(outcome.run.playbook.reason_labels.values())
        text = f"You gave this lead back without a reason. Please choose one: {answers}."
        return [_task(outcome, "reason", cycle.disposition_at, NAME_REASON, text, _decide_by(outcome, cycle))]
    if proposed is not None:
        tried = outcome.evidence.signs.tried
        text = f"{tried.attempts} attempts over {tried.channels} ways, and no answer. {VETO}."
        return [_task(outcome, "veto", proposed.at, "Not reached: keep or give back?", text, proposed.until)]
    return None


def _task(outcome: Outcome, name: str, at: datetime, subject: str, text: str, due_at: datetime) -> dict[str, Any]:
    row = outcome.facts.row
    who = " ".join(part for part in (row["first_name"], row["last_name"]) if part)
    owner_id = outcome.decision.state.last_sales_owner_id
    zone = outcome.desk.hours(owner_id or 0, outcome.run.zone).zone
    return {
        "key": f"{outcome.facts.person_id}:{name}:{to_micros(at)}",
        "owner_id": owner_id,
        "due_at": due_at.astimezone(zone).isoformat(),
        "subject": f"{subject} {who}".strip()[:255],
        "description": text,
    }


def _first_contact_by(outcome: Outcome, state: FollowUpState | None) -> datetime | None:
    """As it was said at the hand-off, while the clock, which the confirmation starts, ends about then."""
    row = outcome.facts.row
    said: datetime | None = row["next_step_due"] if row["next_step"] == FIRST_CONTACT else None
    clock = state.due_at if state is not None else None
    if clock is None or (said is not None and abs(clock - said) <= ABOUT):
        return said
    return clock


def _decide_by(outcome: Outcome, cycle: CycleState) -> datetime:
    """Until when the reason can be named; worked out here for a rejection that was seen just now."""
    known = outcome.evidence.decide_by
    minutes = outcome.run.playbook.silence.reason_minutes
    return known or add_business(cycle.disposition_at, minutes, outcome.around.hours)


def _after_the_last(outcome: Outcome, state: FollowUpState) -> datetime:
    """A broken promise is not left lying: a business day from when it broke, and from each escalation, anew."""
    at = state.escalated_at or state.owed_at or state.broken_at or state.accept_due_at or outcome.run.now
    return add_business(at, MINUTES_PER_BUSINESS_DAY, owner_hours(outcome))
