"""What reports are made of: counts of the funnel, the state of open cycles, and everything known of one person.

Values as they are stored; what they mean and how they are shown is decided in ``connector.report``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct, field

PATH_STEPS = (
    "suspect",
    "lead",
    "qualified_lead",
    "handed_off",
    "accepted",
    "sales_qualified",
    "prospect",
    "customer",
)
"""The classic path, in order: stages of the ladder with the three moments between qualifying and buying."""


class PathCount(Struct, frozen=True):
    """How many people reached a step in the period, and how many of these had also reached the step before it."""

    step: str
    reached: int
    with_previous: int


class Clock(Struct, frozen=True):
    """One follow-up clock. ``state``: waiting, running, kept, broken, unknown or ended. ``owner_id``: a user id."""

    promise: str
    state: str
    started_at: datetime | None = None
    touched_at: datetime | None = None
    owner_id: int | None = None


class FunnelFacts(Struct, frozen=True):
    """Counts of one company from ``since`` up to but not at ``until`` (``None``: open on that side).

    Now, of people who count (not merged away, with a living record, not junk): ``stages``; ``grades`` of open
    qualified leads. Beside them ``set_aside`` (rule that disqualifies -> people) and ``gone`` (no living record).
    ``dispositions``: cycles that are open, or were closed in the period. In the period: ``path`` (without the
    ``sales_origin`` people, who began at sales), ``moments`` (qualified, handed_off, accepted, sales_qualified ->
    cycles), ``hand_offs`` (promise -> assignments), ``recycled`` (reason -> times) and the follow-up ``clocks``.
    """

    since: datetime | None = None
    until: datetime | None = None
    stages: Mapping[str, int] = field(default_factory=dict)
    set_aside: Mapping[str, int] = field(default_factory=dict)
    gone: int = 0
    path: Sequence[PathCount] = ()
    sales_origin: int = 0
    dispositions: Mapping[str, int] = field(default_factory=dict)
    grades: Mapping[str, int] = field(default_factory=dict)
    moments: Mapping[str, int] = field(default_factory=dict)
    hand_offs: Mapping[str, int] = field(default_factory=dict)
    recycled: Mapping[str, int] = field(default_factory=dict)
    clocks: Sequence[Clock] = ()


class OpenCycle(Struct, frozen=True):
    """A person with an open cycle, as far as leaks go. ``records``: the primary records, ``system object id``.

    ``owner``: ``active``, ``inactive``, ``queue`` or empty (nobody); ``owner_since``: when the current assignment (or
    else the stage) began. ``has_clock``: a clock exists for the hand-off, or none was promised with it.
    """

    person_id: int
    person_key: str
    stage: str
    disposition: str
    disposition_at: datetime
    reconstructed: bool
    in_scope: bool = True
    owner: str = ""
    owner_since: datetime | None = None
    accountable: str | None = None
    track: str | None = None
    next_step: str | None = None
    next_step_due: datetime | None = None
    handed_off_at: datetime | None = None
    has_clock: bool = False
    recycle_until: datetime | None = None
    records: tuple[str, ...] = ()


class LeakBounds(Struct, frozen=True):
    """Whose moment is not before its bound cannot leak by it, whatever the working hours."""

    overdue: datetime
    undecided: datetime
    not_evaluated: datetime


class HandOffOutcome(Struct, frozen=True):
    """One hand-off and what became of it. ``path``: the entry into qualified lead; ``rules``: that gave points.

    ``reason``: why it was given back, ``None`` when it was not; ``returned``: and it came back to sales later;
    ``won``: its cycle is won by now.
    """

    promise: str
    path: str | None = None
    rules: tuple[str, ...] = ()
    source: str | None = None
    reason: str | None = None
    returned: bool = False
    won: bool = False


class Trace(Struct, frozen=True):
    """One stored row of a person's story: when, its place on the known-time axis, its source (table), its columns."""

    at: datetime
    seq: int
    source: str
    values: Mapping[str, Any]


class PersonFacts(Struct, frozen=True):
    """Everything stored of one person and of those merged into them.

    ``person``: the row by column. ``links``: the records, living first. ``traces``: every history, in no order.
    ``users``: user id -> name (empty when unknown). ``planned``: writes that are not settled yet. ``account``: the
    employer's row and its ``records`` (system, record_id, name, joined_by).
    """

    person: Mapping[str, Any]
    links: Sequence[Mapping[str, Any]] = ()
    cycle: Mapping[str, Any] | None = None
    traces: Sequence[Trace] = ()
    holds: Sequence[Mapping[str, Any]] = ()
    users: Mapping[int, str] = field(default_factory=dict)
    planned: Sequence[Mapping[str, Any]] = ()
    account: Mapping[str, Any] | None = None


class Reporting(Protocol):
    """Reads for reports; each method is one read of one moment and changes nothing."""

    def funnel(self, company: int, since: datetime | None = None, until: datetime | None = None) -> FunnelFacts:
        """The counts of the funnel."""

    def grades(self, company: int) -> dict[str, int]:
        """Qualified leads by grade."""

    def leak_candidates(self, company: int, bounds: LeakBounds) -> list[OpenCycle]:
        """Every open cycle that may leak, and few others, by person id."""

    def hand_off_outcomes(
        self, company: int, since: datetime | None = None, until: datetime | None = None
    ) -> list[HandOffOutcome]:
        """Every hand-off and return of the period with what became of it."""

    def find_people(self, company: int, named: str) -> list[int]:
        """People by an e-mail (any), person key, external key or record id; those merged away as their successor."""

    def open_conflicts(self, company: int) -> int:
        """How many conflicts wait for a person."""

    def person_keys(self, company: int, person_ids: Sequence[int]) -> dict[int, str]:
        """Person id -> the key that leaves the house."""

    def person(self, company: int, person_id: int) -> PersonFacts | None:
        """One person's facts and histories; ``None`` when there is no such person."""
