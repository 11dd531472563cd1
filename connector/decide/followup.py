"""The follow-up clock of one hand-off: running, kept, broken, or not to be known.

The clock starts when the assignment was *confirmed* in the CRM and runs in the owner's business hours (PLAYBOOK 9.2).
The state is computed from the facts each time, so a touch that is reported late can still turn broken into kept;
the previous state is needed only to say what is new. Knows no tables and no CRM.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from connector.decide.business_hours import Hours, add_business

WAITING, RUNNING, KEPT, BROKEN, UNKNOWN, ENDED = "waiting", "running", "kept", "broken", "unknown", "ended"

TOUCHES = frozenset(
    {"rep_touch_attempt", "connected_call", "meeting_booked", "meeting_held", "accepted", "reply_answered"}
)
"""What counts as a first human touch. Tasks of ours and automated mails are not among them."""


@dataclass(frozen=True)
class Promise:
    """One row of PLAYBOOK 9.2, in business minutes. ``None``: there is no such limit."""

    name: str
    first_touch_minutes: int
    accept_minutes: int | None = None
    assign_minutes: int | None = None
    attempts: int = 0
    attempts_within_minutes: int | None = None
    remind_minutes: int | None = None
    escalate_minutes: int | None = None
    reassign_minutes: int | None = None


@dataclass(frozen=True)
class Touch:
    """One contact by a colleague. ``by_sales``: the actor has a sales role."""

    kind: str
    at: datetime
    by_sales: bool = True
    source_key: str = ""


@dataclass(frozen=True)
class FollowUpFacts:
    """What is known of one assignment. ``ended_at``: it stopped counting (rejected, recycled, reassigned, closed).

    ``emails_visible``: e-mails by reps would be seen; if not, a missing touch proves nothing. ``present_from``: when an
    owner who was absent at the confirmation is back; the clock starts then.
    """

    assigned_at: datetime
    confirmed_at: datetime | None = None
    touches: tuple[Touch, ...] = ()
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    emails_visible: bool = True
    owner_absent: bool = False
    present_from: datetime | None = None


@dataclass(frozen=True)
class FollowUpState:
    """The clock. ``decided_by``: the source of the touch, or why nothing can be said."""

    state: str = WAITING
    started_at: datetime | None = None
    due_at: datetime | None = None
    accept_due_at: datetime | None = None
    touched_at: datetime | None = None
    broken_at: datetime | None = None
    decided_by: str | None = None


@dataclass(frozen=True)
class FollowUpChange:
    """The clock now, and what happened to it since: (event, at) with started, touched, kept, broken, unknown, ended."""

    state: FollowUpState
    events: tuple[tuple[str, datetime], ...] = field(default=())


def follow_up(
    before: FollowUpState, promise: Promise, facts: FollowUpFacts, *, hours: Hours, now: datetime
) -> FollowUpChange:
    """The clock as of ``now``. A decided start and due time never move."""
    running = _start(before, promise, facts, hours, now)
    if running.started_at is None or running.due_at is None:
        after = _end_unstarted(running, facts, now)
    else:
        after = _judge(running, facts, now, due_at=running.due_at)
    return FollowUpChange(after, tuple(_events(before, after, now)))


def first_touch(facts: FollowUpFacts, now: datetime) -> Touch | None:
    """The first human touch from the assignment on, by anyone with a sales role."""
    proofs = [touch for touch in facts.touches if touch.by_sales and touch.kind in TOUCHES]
    if facts.accepted_at is not None:
        proofs.append(Touch("accepted", facts.accepted_at, source_key="response"))
    counted = [touch for touch in proofs if facts.assigned_at <= touch.at <= now]
    return min(counted, key=lambda touch: (touch.at, touch.kind, touch.source_key), default=None)


def attempts(touches: Iterable[Touch], since: datetime, now: datetime) -> int:
    """Touches by sales since the hand-off."""
    return sum(1 for touch in touches if touch.by_sales and touch.kind in TOUCHES and since <= touch.at <= now)


def _start(before: FollowUpState, promise: Promise, facts: FollowUpFacts, hours: Hours, now: datetime) -> FollowUpState:
    if before.started_at is not None or facts.confirmed_at is None or facts.owner_absent:
        return before
    starts_at = max(facts.confirmed_at, facts.present_from or facts.confirmed_at)
    if starts_at > now:
        return before
    accept = promise.accept_minutes
    return replace(
        before,
        state=RUNNING,
        started_at=starts_at,
        due_at=add_business(starts_at, promise.first_touch_minutes, hours),
        accept_due_at=None if accept is None else add_business(starts_at, accept, hours),
    )


def _end_unstarted(state: FollowUpState, facts: FollowUpFacts, now: datetime) -> FollowUpState:
    over = facts.ended_at is not None and facts.ended_at <= now
    return replace(state, state=ENDED) if over else state


def _judge(state: FollowUpState, facts: FollowUpFacts, now: datetime, *, due_at: datetime) -> FollowUpState:
    touch = first_touch(facts, now)
    if touch is not None and touch.at <= due_at:
        return replace(
            state, state=KEPT, touched_at=touch.at, broken_at=None, decided_by=touch.source_key or touch.kind
        )
    seen = replace(state, touched_at=touch.at if touch else None)
    if facts.ended_at is not None and facts.ended_at <= min(due_at, now):
        return replace(seen, state=ENDED, broken_at=None)
    if now <= due_at:
        return replace(seen, state=RUNNING)
    if not facts.emails_visible:
        return replace(seen, state=UNKNOWN, broken_at=None, decided_by="emails_not_visible")
    return replace(seen, state=BROKEN, broken_at=due_at, decided_by=(touch.source_key or touch.kind) if touch else None)


def _events(before: FollowUpState, after: FollowUpState, now: datetime) -> Iterable[tuple[str, datetime]]:
    if before.started_at is None and after.started_at is not None:
        yield "started", after.started_at
    if after.touched_at is not None and after.touched_at != before.touched_at:
        yield "touched", after.touched_at
    if after.state == before.state:
        return
    if after.state == KEPT and after.touched_at is not None:
        yield KEPT, after.touched_at
    elif after.state in (BROKEN, UNKNOWN) and after.due_at is not None:
        yield after.state, after.due_at
    elif after.state == ENDED:
        yield ENDED, now
