"""Messages to colleagues as decisions: who hears of an event, and whether a message may go out now.

One message per event and recipient: its key is made of both. Knows no channel's wire and no template's words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct, field

from connector.decide.followup import BROKEN, KEPT, RUNNING
from connector.decide.followup import ENDED as CLOCK_ENDED

HAND_OFF, RETURN, REMINDER, BREACH, REJECTION, RECYCLE = (
    "hand_off",
    "return",
    "reminder",
    "breach",
    "rejection",
    "recycle",
)
ESCALATION, REASSIGNMENT, PROPOSAL, REFUSAL, REASON, ATTEMPTS = (
    "escalation",
    "reassignment",
    "recycle_proposal",
    "rejection_refused",
    "missing_reason",
    "attempts_missing",
)
MOVEMENT = "movement"
TOUCH_DUE, TOUCH_LATE, TOUCH_ESCALATED = TOUCHES = ("touch_due", "touch_late", "touch_escalated")
WEEKLY = "weekly"
"""The figures of the week: about the company, about no person."""

EVENTS = (
    *(HAND_OFF, RETURN, REMINDER, BREACH, ESCALATION, REASSIGNMENT),
    *(PROPOSAL, REFUSAL, REASON, REJECTION, RECYCLE, WEEKLY, ATTEMPTS),
    *(MOVEMENT, *TOUCHES),
)
AFTER_CONFIRMATION = (HAND_OFF, RETURN)

REP, MANAGER, MARKETING = "rep", "manager", "marketing"
SALES_CHANNEL, MARKETING_CHANNEL = "sales_channel", "marketing_channel"
PEOPLE = (REP, MANAGER, MARKETING)
AUDIENCES = (*PEOPLE, SALES_CHANNEL, MARKETING_CHANNEL)
"""Who a message may be for: people by e-mail, or the channel a webhook posts to."""

EMAIL = "email"
MARKETING_SUFFIX = "_marketing"


class Addressing(Struct, frozen=True):
    """Event -> the (recipient, channel) pairs that hear of it, as configured."""

    by_event: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)

    def of(self, event: str) -> tuple[tuple[str, str], ...]:
        """Who hears of an event."""
        return self.by_event.get(event, ())


def addressing(to: Mapping[str, Sequence[str]], webhooks: Sequence[str], *, by_email: bool) -> Addressing:
    """Event -> audiences, turned into recipients over the channels there are.

    Marketing's channels end in ``_marketing``; where there is none, its messages go to sales' channels.
    """
    for_marketing = [name for name in webhooks if name.endswith(MARKETING_SUFFIX)]
    for_sales = [name for name in webhooks if not name.endswith(MARKETING_SUFFIX)]
    hooks = {SALES_CHANNEL: for_sales, MARKETING_CHANNEL: for_marketing or for_sales}
    by_event: dict[str, tuple[tuple[str, str], ...]] = {}
    for event, audiences in to.items():
        people = [(word, EMAIL) for word in audiences if word in PEOPLE and by_email]
        posted = sorted({name for word in audiences for name in hooks.get(word, ())})
        if people or posted:
            by_event[event] = (*people, *((name, name) for name in posted))
    return Addressing(by_event)


def message_key(event: str, identity: str, recipient: str) -> str:
    """The name of one message; made of letters, digits, ``_`` and dots, so that it can stand in a Message-ID."""
    return f"{event}.{identity}.{recipient}"


def of_assignment(assignment_id: int) -> str:
    """The identity of what happens once per assignment."""
    return f"a{assignment_id}"


class Verdict(StrEnum):
    """What to do with a pending message."""

    SEND = "send"
    WAIT = "wait"
    ENDED = "ended"
    EXPIRED = "expired"


class Standing(Struct, frozen=True):
    """What is known of a pending message's subject now. ``told_only``: an owner who is told and not assigned.

    ``touch_state``: of the human touch that it asks for. ``missed_at``: attempts are owed since then.
    """

    event: str
    at: datetime
    confirmed_at: datetime | None = None
    until: datetime | None = None
    told_only: bool = False
    clock_state: str | None = None
    touched_at: datetime | None = None
    touch_state: str | None = None
    missed_at: datetime | None = None


def judge(standing: Standing, now: datetime, age_max: timedelta) -> Verdict:
    """Whether the message may go out: never before the assignment is confirmed, never when it is overtaken."""
    since = standing.at
    if standing.event in AFTER_CONFIRMATION:
        if standing.until is not None:
            return Verdict.ENDED
        if standing.confirmed_at is None and not standing.told_only:
            return Verdict.WAIT
        since = standing.confirmed_at or since
    if standing.event == REMINDER and (standing.clock_state != RUNNING or standing.touched_at is not None):
        return Verdict.ENDED
    if standing.event == BREACH and standing.clock_state != BROKEN:
        return Verdict.ENDED
    if standing.event == ESCALATION and (standing.until is not None or standing.clock_state in (KEPT, CLOCK_ENDED)):
        return Verdict.ENDED
    if standing.event == ATTEMPTS and (standing.until is not None or standing.missed_at is None):
        return Verdict.ENDED
    if standing.event in TOUCHES and (standing.touched_at is not None or standing.touch_state == CLOCK_ENDED):
        return Verdict.ENDED
    return Verdict.EXPIRED if now - since > age_max else Verdict.SEND
