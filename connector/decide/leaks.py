"""What makes an open cycle a leak: nobody answers for it, or nothing is going to happen (PLAYBOOK 10).

Pure; grace periods are in the business hours given. A leak of history from before go-live is *inherited*: listed and
worked off, but not counted as new.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from connector.decide.business_hours import MINUTES_PER_BUSINESS_DAY, Hours, between
from connector.decide.cycles import WITH_SALES
from connector.model import Disposition, Stage
from connector.ports.reporting import LeakBounds

QUEUE_GRACE_MINUTES = 4 * 60
OVERDUE_DAYS, UNDECIDED_DAYS, NOT_EVALUATED_DAYS = 2, 1, 1
"""Grace in business days."""
NO_CONTACT = "no_contact"
NO_OWNER, NO_TRACK, NO_NEXT_STEP, OVERDUE = "no_owner", "no_track", "no_next_step", "overdue"
NO_CLOCK, UNDECIDED, NOT_EVALUATED = "no_clock", "undecided_rejection", "recycle_not_evaluated"


class LeakFacts(Struct, frozen=True):
    """A person's state as far as leaks go.

    ``responsible``: ``person`` (active), ``team``, ``queue`` (since ``queue_since``), ``inactive`` or ``nobody``.
    ``has_clock``: a follow-up clock exists for the hand-off. ``inherited``: reconstructed before go-live.
    """

    stage: Stage
    disposition: Disposition | None
    cycle_open: bool
    responsible: str = "nobody"
    queue_since: datetime | None = None
    track: str | None = None
    next_step: str | None = None
    next_step_due: datetime | None = None
    handed_off: bool = False
    has_clock: bool = False
    disposition_at: datetime | None = None
    recycle_until: datetime | None = None
    in_scope: bool = True
    inherited: bool = False


class Leak(Struct, frozen=True):
    """One leak by code."""

    code: str
    inherited: bool


def bounds(now: datetime) -> LeakBounds:
    """For choosing who is worth a look: plain time, without working hours. What is a leak says only ``leaks``."""
    return LeakBounds(*(_earliest(now, days) for days in (OVERDUE_DAYS, UNDECIDED_DAYS, NOT_EVALUATED_DAYS)))


def _earliest(now: datetime, business_days: int) -> datetime:
    # Working minutes are some of the minutes that passed, so more than N working minutes are more than N minutes. Days
    # of 24 hours would be no bound: where clocks change on a weekday two business days can be over after 47 hours.
    return now - timedelta(minutes=business_days * MINUTES_PER_BUSINESS_DAY)


def leaks(facts: LeakFacts, hours: Hours, now: datetime) -> list[Leak]:
    """Every leak of one person, in a fixed order; empty is the promise."""
    outside = not facts.in_scope or not facts.cycle_open or facts.stage is Stage.NAME
    if outside or facts.track == NO_CONTACT:
        return []
    codes = (*_nobody_acts(facts, hours, now), *_clock_stands_still(facts, hours, now))
    return [Leak(code, facts.inherited) for code in codes]


def _nobody_acts(facts: LeakFacts, hours: Hours, now: datetime) -> Iterator[str]:
    with_sales = facts.disposition in WITH_SALES
    if not _is_responsible(facts, hours, now):
        yield NO_OWNER
    if facts.track is None and not with_sales:
        yield NO_TRACK
    if not facts.next_step:
        yield NO_NEXT_STEP
    if _passed(facts.next_step_due, OVERDUE_DAYS, hours, now):
        yield OVERDUE


def _clock_stands_still(facts: LeakFacts, hours: Hours, now: datetime) -> Iterator[str]:
    if facts.handed_off and not facts.has_clock:
        yield NO_CLOCK
    if facts.disposition is Disposition.REJECTED and _passed(facts.disposition_at, UNDECIDED_DAYS, hours, now):
        yield UNDECIDED
    if facts.disposition is Disposition.RECYCLED and _passed(facts.recycle_until, NOT_EVALUATED_DAYS, hours, now):
        yield NOT_EVALUATED


def _is_responsible(facts: LeakFacts, hours: Hours, now: datetime) -> bool:
    if facts.responsible == "queue":
        since = facts.queue_since
        return since is not None and between(since, now, hours) <= QUEUE_GRACE_MINUTES
    # Below a qualified lead a marketing team is enough; from there on a person must answer (PLAYBOOK 10).
    if facts.responsible == "team":
        return facts.stage.rank < Stage.QUALIFIED_LEAD.rank
    return facts.responsible == "person"


def _passed(moment: datetime | None, business_days: int, hours: Hours, now: datetime) -> bool:
    return moment is not None and between(moment, now, hours) > business_days * MINUTES_PER_BUSINESS_DAY
