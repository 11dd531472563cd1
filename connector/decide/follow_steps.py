"""What happens while nobody touches a hand-off: reminded, escalated, given to somebody else (PLAYBOOK 9.2).

Pure, in the owner's business hours. Reminders and escalations ask for a touch; reassignment also spares whoever
accepted, records we did not assign, and companies that went live a short while ago. Nothing that is worked is taken
away.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from connector.decide.business_hours import MINUTES_PER_BUSINESS_DAY, Hours, add_business, between
from connector.decide.followup import BROKEN, ENDED, RUNNING, FollowUpState, Promise

AGAIN_MINUTES = 2 * MINUTES_PER_BUSINESS_DAY
"""An escalation that changes nothing is repeated: the person in charge hears of it until somebody acts."""
AGAIN_MINUTES_MAX = 20 * MINUTES_PER_BUSINESS_DAY
"""Each wait is as long as all before it together, up to a month of business days: news, not noise."""
REPEATS_MAX = 60


class Reassigning(Struct, frozen=True):
    """When an untouched hand-off goes to somebody else by itself. ``others``: also what a CRM's own owner kept.

    ``times_max``: so often per hand-off; after that the manager decides.
    """

    auto: bool = True
    after_go_live_days: int = 30
    others: bool = False
    times_max: int = 2


class Held(Struct, frozen=True):
    """Who holds the hand-off and how they came to it. ``by_us``: we made them the owner; ``still``: they still are."""

    by_us: bool
    still: bool
    times: int = 0


def step_on(state: FollowUpState, promise: Promise, hours: Hours, now: datetime) -> FollowUpState:
    """The clock with the reminder and the last escalation that are due by now."""
    if state.started_at is None or state.state == ENDED:
        return state
    if _is_worked(state):
        return state
    reminded_at = state.reminded_at
    if state.state == RUNNING:
        reminded_at = reminded_at or _come(_due(state, promise.remind_minutes, hours), now)
    return replace(state, reminded_at=reminded_at, escalated_at=_escalated(state, promise, hours, now))


def next_step_at(state: FollowUpState, promise: Promise, hours: Hours, now: datetime) -> datetime | None:
    """When the next of these steps falls due after ``now`` while nobody acts; ``None``: nothing is to come."""
    if state.started_at is None or state.state == ENDED or _is_worked(state):
        return None
    first = _due(state, promise.escalate_minutes, hours)
    again = _again(state, first, state.escalated_at, hours) if state.escalated_at else first
    reassign = _due(state, promise.reassign_minutes, hours)
    moments = [again, reassign if state.accepted_at is None else None]
    if state.reminded_at is None:
        moments.append(_due(state, promise.remind_minutes, hours))
    return min((at for at in moments if at is not None and at > now), default=None)


def must_reassign(
    state: FollowUpState,
    promise: Promise,
    held: Held,
    rules: Reassigning,
    *,
    hours: Hours,
    now: datetime,
    live_since: datetime | None,
) -> bool:
    """Whether the hand-off goes to somebody else now: neither accepted nor touched, ours to give, and long enough.

    Where nothing is known of the touch (e-mails are not seen), it may be worked: it stays.
    """
    due_at = _due(state, promise.reassign_minutes, hours)
    worked = state.touched_at is not None or state.accepted_at is not None or state.refused_at is not None
    if due_at is None or now < due_at or worked or state.state != BROKEN:
        return False
    settled = live_since is not None and now >= live_since + timedelta(days=rules.after_go_live_days)
    ours = (held.by_us or rules.others) and held.still
    return rules.auto and settled and ours and held.times < rules.times_max


def _is_worked(state: FollowUpState) -> bool:
    """Whether there is a touch; not enough where the promised attempts are owed."""
    return state.touched_at is not None and state.owed_at is None


def _due(state: FollowUpState, minutes: int | None, hours: Hours) -> datetime | None:
    return None if minutes is None or state.started_at is None else add_business(state.started_at, minutes, hours)


def _come(at: datetime | None, now: datetime) -> datetime | None:
    return at if at is not None and at <= now else None


def _escalated(state: FollowUpState, promise: Promise, hours: Hours, now: datetime) -> datetime | None:
    late = BROKEN in (state.state, state.accept_state) or state.owed_at is not None
    if not late or promise.escalate_minutes is None:
        return state.escalated_at
    first = _due(state, promise.escalate_minutes, hours)
    last = state.escalated_at or _come(first, now)
    if state.owed_at is not None:
        last = max(last or state.owed_at, state.owed_at)
    for _ in range(REPEATS_MAX):
        again = None if last is None else _come(_again(state, first, last, hours), now)
        if again is None:
            break
        last = again
    return last


def _again(state: FollowUpState, first: datetime | None, last: datetime, hours: Hours) -> datetime:
    """When the person in charge hears of it once more after ``last``; owed attempts begin anew."""
    since = max((at for at in (first, state.owed_at) if at is not None), default=last)
    waited = between(since, last, hours) if since < last else 0
    return add_business(last, min(max(AGAIN_MINUTES, waited), AGAIN_MINUTES_MAX), hours)
