"""When somebody counts as not reached: every promised attempt was made, and nobody answered (PLAYBOOK 9.2).

Then a recycle is *proposed* to the rep. They veto by going on: another attempt, or an answer "accepted", after the
proposal. Without a veto it is done. Pure; the time for a veto is in the owner's business hours.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from connector.decide.business_hours import Hours, add_business
from connector.decide.followup import REACHED, Promise, Touch, attempts, channels_of


class Tried(Struct, frozen=True):
    """How far the attempts since a hand-off go, against what was promised."""

    attempts: int = 0
    channels: int = 0
    attempts_asked: int = 0
    channels_asked: int = 0

    @property
    def enough(self) -> bool:
        """Whether every promised attempt was made."""
        return self.attempts >= self.attempts_asked and self.channels >= self.channels_asked


class Proposal(Struct, frozen=True):
    """A recycle that happens at ``until`` unless the rep goes on."""

    at: datetime
    until: datetime


def tried(touches: Iterable[Touch], promise: Promise, since: datetime, now: datetime) -> Tried:
    """What was tried since the hand-off."""
    made = attempts(touches, since, now)
    return Tried(len(made), len(channels_of(made)), promise.attempts, promise.channels if promise.attempts else 0)


def proposal(
    touches: Iterable[Touch],
    promise: Promise,
    since: datetime,
    accepted_at: datetime | None,
    *,
    hours: Hours,
    now: datetime,
    veto_minutes: int,
) -> Proposal | None:
    """The standing proposal, dated from the last attempt: each further one is a veto and starts it anew.

    ``touches`` include the person's replies; ``accepted_at``: the rep's last answer "accepted".
    """
    known = [touch for touch in touches if since <= touch.at <= now]
    if not promise.attempts or any(touch.kind in REACHED for touch in known):
        return None
    made = attempts(known, since, now)
    if not tried(known, promise, since, now).enough or not made:
        return None
    at = made[-1].at
    if accepted_at is not None and accepted_at > at:
        return None
    return Proposal(at, add_business(at, veto_minutes, hours))
