"""What the shared figures are counted from: hand-offs one by one, and people counted by source, cohort and field.

Values as they are stored; what they mean is decided in ``connector.report``. A period is ``since`` up to but not at
``until``; ``None`` is open on that side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct, field

TAKEN_OVER = "reassign"
"""The kind of an assignment by which somebody in sales has a person from a colleague."""


class HandOff(Struct, frozen=True):
    """One assignment of a person to sales, with its clock and what came of it; the person is not named.

    ``kind``: hand_off, return, or reassign: taken over from a colleague, a promise of its own but no further hand-off.
    ``signal_at``: the person's last signal before it (for a hand-raise: the last hand-raise). ``state`` is empty where
    nothing was promised. ``qualified_at``: sales confirmed the need, or won, while the assignment held. ``over_at``:
    the assignment or its cycle ended. ``accept_state``: of the promise to accept or reject. ``taken_over``: a colleague
    has or had the person since; ``lead_qualified_at`` and ``lead_over_at`` then tell what became of the lead with them.
    """

    at: datetime
    kind: str
    promise: str
    grade: str | None
    source: str | None
    owner_id: int | None
    state: str = ""
    signal_at: datetime | None = None
    confirmed_at: datetime | None = None
    started_at: datetime | None = None
    touched_at: datetime | None = None
    accept_due_at: datetime | None = None
    accept_state: str = ""
    accepted_at: datetime | None = None
    qualified_at: datetime | None = None
    over_at: datetime | None = None
    taken_over: bool = False
    lead_qualified_at: datetime | None = None
    lead_over_at: datetime | None = None

    @property
    def is_hand_off(self) -> bool:
        """Whether it gave the person to sales; else one colleague took over from another."""
        return self.kind != TAKEN_OVER


class TouchMade(Struct, frozen=True):
    """One human touch that a nurture track asked for; the person is not named. ``state``: as its clock says.

    ``number`` of ``times``, from 0. ``given``: it went to the leader of marketing.
    """

    track: str
    number: int
    times: int
    due_at: datetime
    state: str
    owner_id: int | None = None
    touched_at: datetime | None = None
    given: bool = False


class SourceCount(Struct, frozen=True):
    """People of one source. ``revenue_cents``: won opportunities, each counted once, for its first contact."""

    source: str | None
    people: int
    junk: int
    qualified: int
    handed_off: int
    sales_qualified: int
    won: int
    revenue_cents: int


class CohortCount(Struct, frozen=True):
    """People who entered the ladder in one bucket of time: how many reached each step since. ``place``: the bucket."""

    place: int
    reached: Mapping[str, int]


class StageTime(Struct, frozen=True):
    """Whole hours in a stage -> how many stays took so long."""

    stage: str
    hours: Mapping[int, int] = field(default_factory=dict)


class Won(Struct, frozen=True):
    """Opportunities closed as won."""

    deals: int = 0
    cents: int = 0


FIELDS = (
    *("email", "has_phone", "first_name", "last_name", "title", "seniority", "job_function", "account_name"),
    *(
        "account_id",
        "employees",
        "industry",
        "country",
        "source_first",
        "q_need",
        "q_budget",
        "q_authority",
        "q_timing",
    ),
)
"""Facts of a person whose presence is counted."""


class Coverage(Struct, frozen=True):
    """What is known and settled of the people in scope. ``filled``: each of ``FIELDS`` -> people with a value.

    ``graded``: of the ``qualified_leads``; ``owner`` (a person or a team), ``track``, ``next_step``: of ``open_leads``.
    """

    people: int = 0
    open_leads: int = 0
    qualified_leads: int = 0
    graded: int = 0
    owner: int = 0
    track: int = 0
    next_step: int = 0
    filled: Mapping[str, int] = field(default_factory=dict)


class Figures(Protocol):
    """Reads for the shared figures; each method is one read of one moment and changes nothing."""

    def hand_offs(self, company: int, since: datetime | None = None, until: datetime | None = None) -> list[HandOff]:
        """Every hand-off, return and taking over made in the period, oldest first."""

    def touches(self, company: int, since: datetime | None = None, until: datetime | None = None) -> list[TouchMade]:
        """Every human touch that was due in the period, oldest first."""

    def sources(
        self, company: int, since: datetime | None = None, until: datetime | None = None
    ) -> dict[str, list[SourceCount]]:
        """People who came in the period, by their ``source_first`` and by their ``source_latest``."""

    def cohorts(self, company: int, edges: Sequence[datetime]) -> list[CohortCount]:
        """People who entered the ladder between one edge and the next, and how far they came."""

    def stage_times(self, company: int, since: datetime | None, until: datetime | None) -> list[StageTime]:
        """Stays in a stage that ended in the period, by stage."""

    def won(self, company: int, since: datetime | None, until: datetime | None) -> Won:
        """Opportunities closed as won in the period, of the CRM that holds more of them."""

    def coverage(self, company: int) -> Coverage:
        """What is settled and filled now."""
