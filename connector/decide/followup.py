"""The follow-up clock of one hand-off: two promises, accept and first touch, each running, kept, broken or unknown.

The clock starts when the assignment was *confirmed* in the CRM and runs in the owner's business hours (PLAYBOOK 9.2).
The state is computed from the facts each time, so a touch that is reported late can still turn broken into kept;
the previous state is needed only to say what is new. Reminding and escalating: ``follow_steps``. Knows no tables and
no CRM.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from connector.decide.business_hours import Hours, add_business

WAITING, RUNNING, KEPT, BROKEN, UNKNOWN, ENDED = "waiting", "running", "kept", "broken", "unknown", "ended"
ATTEMPTS_NOT_MADE = "attempts_not_made"

CHANNELS = {"connected_call": "call", "meeting_booked": "meeting", "meeting_held": "meeting"}
"""What these touches were made by; an attempt says it itself."""

REACHED = frozenset({"reply", *CHANNELS})
"""What says that the person was there: nobody need be tried any longer."""

TOUCHES = frozenset({"rep_touch_attempt", "reply_answered", *CHANNELS})
"""What counts as a first human touch. Tasks of ours and automated mails are not among them."""


class Promise(Struct, frozen=True):
    """One row of PLAYBOOK 9.2, in business minutes. ``None``: there is no such limit.

    ``attempts``: how often sales tries before a person counts as not reached, over at least ``channels`` ways, all of
    them ``attempts_within_minutes`` of the start.
    """

    name: str
    first_touch_minutes: int
    accept_minutes: int | None = None
    assign_minutes: int | None = None
    attempts: int = 0
    attempts_within_minutes: int | None = None
    channels: int = 1
    remind_minutes: int | None = None
    escalate_minutes: int | None = None
    reassign_minutes: int | None = None


class Touch(Struct, frozen=True):
    """One contact by a colleague. ``by_sales``: the actor has a sales role. ``channel``: call, email, meeting, ..."""

    kind: str
    at: datetime
    by_sales: bool = True
    source_key: str = ""
    channel: str = ""


class FollowUpFacts(Struct, frozen=True):
    """What is known of one assignment. ``ended_at``: it stopped counting (rejected, recycled, reassigned, closed).

    ``accepted_at``: the first sign other than a touch that sales took it (answer, status, ownership); ``rejected_at``:
    the answer no; ``refused_at``: a rejection that was refused because the attempts were not made. ``emails_visible``:
    e-mails by reps would be seen; if not, a missing touch proves nothing and ``accepted_at`` stands for one.
    ``present_from``: when an owner who was absent at the confirmation is back; the clock starts then.
    ``tries``: sales still has to reach the person; nothing says that they did, or work otherwise.
    """

    assigned_at: datetime
    confirmed_at: datetime | None = None
    touches: tuple[Touch, ...] = ()
    accepted_at: datetime | None = None
    rejected_at: datetime | None = None
    refused_at: datetime | None = None
    ended_at: datetime | None = None
    emails_visible: bool = True
    owner_absent: bool = False
    present_from: datetime | None = None
    tries: bool = False


class FollowUpState(Struct, frozen=True):
    """The clock. ``decided_by``: the source of the touch, or why nothing can be said.

    ``state`` is the promise of the first touch; ``accept_state`` (``None``: nothing was promised) the one to accept or
    reject, answered at ``accepted_at``. ``escalated_at``: the last time; ``refused_at``: see ``FollowUpFacts``.
    ``attempts_due_at``: until then the agreed attempts are to be made; ``missed_at``: they were not, and are owed.
    """

    state: str = WAITING
    started_at: datetime | None = None
    due_at: datetime | None = None
    accept_due_at: datetime | None = None
    touched_at: datetime | None = None
    broken_at: datetime | None = None
    decided_by: str | None = None
    accept_state: str | None = None
    accepted_at: datetime | None = None
    reminded_at: datetime | None = None
    escalated_at: datetime | None = None
    refused_at: datetime | None = None
    attempts_due_at: datetime | None = None
    missed_at: datetime | None = None

    @property
    def owed_at(self) -> datetime | None:
        """Since when attempts are owed after a first contact: given up too early, or not made in time."""
        return max((at for at in (self.refused_at, self.missed_at) if at is not None), default=None)


class FollowUpChange(Struct, frozen=True):
    """The clock now, and what happened to it since: (event, at) with started, touched, kept, broken, unknown, ended,
    accepted, accept_broken, refused, attempts_missed, reminded, escalated.
    """

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
        after = _judge_answer(_judge(running, facts, now, due_at=running.due_at), facts, now)
        after = _judge_attempts(after, promise, facts, now)
    return FollowUpChange(after, tuple(changes(before, after, now)))


def end(state: FollowUpState, why: str) -> FollowUpState:
    """The clock of an assignment that is over: a promise that is not decided stops counting, a decided one stays."""
    if state.accept_state == RUNNING:
        state = replace(state, accept_state=ENDED)
    return replace(state, state=ENDED, decided_by=why) if state.state in (WAITING, RUNNING) else state


def first_touch(facts: FollowUpFacts, now: datetime) -> Touch | None:
    """The first human touch from the assignment on, by anyone with a sales role."""
    proofs = [touch for touch in facts.touches if touch.by_sales and touch.kind in TOUCHES]
    if facts.accepted_at is not None and not facts.emails_visible:
        proofs.append(Touch("accepted", facts.accepted_at, source_key="response"))
    counted = [touch for touch in proofs if facts.assigned_at <= touch.at <= now]
    return min(counted, key=lambda touch: (touch.at, touch.kind, touch.source_key), default=None)


def first_answer(facts: FollowUpFacts, now: datetime) -> datetime | None:
    """When sales first said yes or no, in words or by a touch."""
    touch = first_touch(facts, now)
    times = (facts.accepted_at, facts.rejected_at, touch.at if touch else None)
    return min((at for at in times if at is not None and facts.assigned_at <= at <= now), default=None)


def attempts(touches: Iterable[Touch], since: datetime, now: datetime) -> list[Touch]:
    """Touches by sales since the hand-off, the oldest first."""
    counted = (touch for touch in touches if touch.by_sales and touch.kind in TOUCHES and since <= touch.at <= now)
    return sorted(counted, key=lambda touch: (touch.at, touch.source_key))


def attempts_by(state: FollowUpState, promise: Promise, facts: FollowUpFacts, now: datetime) -> datetime | None:
    """Until when further attempts are promised after a first contact; ``None``: none are.

    They end with enough of them, or with a sign that the person was reached. Before a first contact its own promise
    says all; where e-mails are not seen, nobody knows how many were made.
    """
    if state.touched_at is None or not facts.tries or not facts.emails_visible:
        return None
    known = [touch for touch in facts.touches if facts.assigned_at <= touch.at <= now]
    made = attempts(known, facts.assigned_at, now)
    enough = len(made) >= promise.attempts and len(channels_of(made)) >= promise.channels
    return None if enough or any(touch.kind in REACHED for touch in known) else state.attempts_due_at


def channels_of(touches: Iterable[Touch]) -> set[str]:
    """The ways these touches were made."""
    return {touch.channel or CHANNELS.get(touch.kind, "") for touch in touches} - {""}


def _start(before: FollowUpState, promise: Promise, facts: FollowUpFacts, hours: Hours, now: datetime) -> FollowUpState:
    if before.started_at is not None or facts.confirmed_at is None or facts.owner_absent:
        return before
    starts_at = max(facts.confirmed_at, facts.present_from or facts.confirmed_at)
    if starts_at > now:
        return before
    accept, attempts_within = promise.accept_minutes, promise.attempts_within_minutes if promise.attempts else None
    return replace(
        before,
        state=RUNNING,
        started_at=starts_at,
        due_at=add_business(starts_at, promise.first_touch_minutes, hours),
        accept_due_at=None if accept is None else add_business(starts_at, accept, hours),
        attempts_due_at=None if attempts_within is None else add_business(starts_at, attempts_within, hours),
    )


def _end_unstarted(state: FollowUpState, facts: FollowUpFacts, now: datetime) -> FollowUpState:
    over = facts.ended_at is not None and facts.ended_at <= now
    return replace(state, state=ENDED) if over else state


def _judge(state: FollowUpState, facts: FollowUpFacts, now: datetime, *, due_at: datetime) -> FollowUpState:
    touch = first_touch(facts, now)
    seen = replace(state, touched_at=touch.at if touch else None, refused_at=state.refused_at or facts.refused_at)
    if seen.refused_at is not None:
        return replace(seen, state=BROKEN, broken_at=seen.refused_at, decided_by=ATTEMPTS_NOT_MADE)
    if touch is not None and touch.at <= due_at:
        return replace(seen, state=KEPT, broken_at=None, decided_by=touch.source_key or touch.kind)
    if facts.ended_at is not None and facts.ended_at <= min(due_at, now):
        return replace(seen, state=ENDED, broken_at=None)
    if now <= due_at:
        return replace(seen, state=RUNNING)
    if not facts.emails_visible:
        return replace(seen, state=UNKNOWN, broken_at=None, decided_by="emails_not_visible")
    return replace(seen, state=BROKEN, broken_at=due_at, decided_by=(touch.source_key or touch.kind) if touch else None)


def _judge_answer(state: FollowUpState, facts: FollowUpFacts, now: datetime) -> FollowUpState:
    """The promise to accept or reject. Its proofs are fields and touches, so silence breaks it, e-mails seen or not."""
    due_at = state.accept_due_at
    if due_at is None:
        return state
    answered_at = first_answer(facts, now)
    seen = replace(state, accepted_at=answered_at)
    if answered_at is not None and answered_at <= due_at:
        return replace(seen, accept_state=KEPT)
    if facts.ended_at is not None and facts.ended_at <= min(due_at, now):
        return replace(seen, accept_state=ENDED)
    return replace(seen, accept_state=RUNNING if now <= due_at else BROKEN)


def _judge_attempts(state: FollowUpState, promise: Promise, facts: FollowUpFacts, now: datetime) -> FollowUpState:
    due_at = attempts_by(state, promise, facts, now)
    return replace(state, missed_at=due_at if due_at is not None and due_at <= now else None)


def changes(before: FollowUpState, after: FollowUpState, now: datetime) -> Iterator[tuple[str, datetime]]:
    """What is new between two states of a clock."""
    if before.started_at is None and after.started_at is not None:
        yield "started", after.started_at
    moments = (
        ("touched", "touched_at"),
        ("accepted", "accepted_at"),
        ("refused", "refused_at"),
        ("attempts_missed", "missed_at"),
        ("reminded", "reminded_at"),
        ("escalated", "escalated_at"),
    )
    for event, name in moments:
        at = getattr(after, name)
        if at is not None and at != getattr(before, name) and not (event == "accepted" and at == after.touched_at):
            yield event, at
    if after.accept_state == BROKEN != before.accept_state and after.accept_due_at is not None:
        yield "accept_broken", after.accept_due_at
    yield from _verdict(before, after, now)


def _verdict(before: FollowUpState, after: FollowUpState, now: datetime) -> Iterator[tuple[str, datetime]]:
    if after.state == before.state:
        return
    if after.state == KEPT and after.touched_at is not None:
        yield KEPT, after.touched_at
    elif after.state == BROKEN:
        yield BROKEN, after.broken_at or now
    elif after.state == UNKNOWN and after.due_at is not None:
        yield UNKNOWN, after.due_at
    elif after.state == ENDED:
        yield ENDED, now
