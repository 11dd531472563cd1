"""What deciding about a chunk of people reads, and what came of it. Rows are keyed by column name of their table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct, field

from connector.model import Canonical, RecordRef
from connector.ports.messages import PlannedMessage
from connector.ports.outbox import ConflictNote

Row = Mapping[str, Any]


class UserFacts(Struct, frozen=True):
    """A colleague or queue, over all systems. ``owner_ids``: system -> owner id. ``active`` in every system we know.

    ``members``: the user ids of a queue's direct members.
    """

    user_id: int
    name: str
    email: str | None
    active: bool
    kind: str
    owner_ids: Mapping[str, str]
    members: tuple[int, ...] = ()


class LinkState(Struct, frozen=True):
    """A living link of a person with its owner in that CRM."""

    link_id: int
    ref: RecordRef
    family: str
    is_primary: bool
    state: str
    mapped: Mapping[str, Canonical]
    stamps: Mapping[str, int]
    authors: Mapping[str, Any]
    owner_id: int | None
    created_at: datetime | None


SALES_STATUS = "sales_status"
"""The signal of a dated sign of sales' work: ``kind`` names the canonical field, ``asset`` its value."""


class DecisionMaker(Struct, frozen=True):
    """Somebody who decides at an account. ``roles``: by which words, sorted."""

    person_id: int
    name: str
    title: str | None = None
    roles: tuple[str, ...] = ()


class AccountFacts(Struct, frozen=True):
    """A person's employer over both CRMs, and who answers for it. ``customer_owner_id`` only of a customer,
    ``partner_manager_id`` as the account names them.

    ``colleagues``: owners of other leads of the account that sales works now, the longest with sales first.
    ``structure``: what it belongs to and what it is, as one line. ``current_products``: as the CRMs say, else what the
    won opportunities are called. ``decision_makers``: of the account, also the person themselves.
    """

    account_id: int
    status: str
    owner_id: int | None = None
    opportunity_owner_id: int | None = None
    customer_owner_id: int | None = None
    partner_manager_id: int | None = None
    colleagues: tuple[int, ...] = ()
    name: str | None = None
    structure: str = ""
    current_products: str = ""
    decision_makers: tuple[DecisionMaker, ...] = ()


class TouchFacts(Struct, frozen=True):
    """A dated activity of a colleague with the person (or a meeting, a call), or a sign of their work."""

    signal: str
    at: datetime
    owner_id: int | None
    source_key: str
    direction: str
    kind: str | None = None
    asset: str | None = None


class PastOwner(Struct, frozen=True):
    """An assignment of ours that has ended: who had the person, in which cycle, until when."""

    owner_id: int
    cycle_id: int | None
    until: datetime


class PersonFacts(Struct, frozen=True):
    """Everything stored that a decision about one person may need.

    ``assignment``: the current one; ``had_by``: to whom they were given by us before, the latest first.
    ``colleague_at``: when another person of the employer last came or showed interest; only asked of whom it matters.
    ``touch_rows``: the clocks of human touches on tracks; ``ticked``: key of a touch -> its task was ticked off.
    """

    person_id: int
    row: Row
    cycle: Row | None
    cycles: int
    links: tuple[LinkState, ...]
    opportunities: tuple[Row, ...]
    touches: tuple[TouchFacts, ...]
    assignment: Row | None
    follow_up: Row | None
    track: Row | None
    account: AccountFacts | None = None
    had_by: tuple[PastOwner, ...] = ()
    colleague_at: datetime | None = None
    touch_rows: tuple[Row, ...] = ()
    ticked: Mapping[str, TouchFacts] = field(default_factory=dict)


class PoolState(Struct, frozen=True):
    """What routing remembers of a member today. ``credits``: pool -> the round robin's, in millionths of a hand-off."""

    given_today: int = 0
    credits: Mapping[str, int] = field(default_factory=dict)
    open_unaccepted: int = 0


class Edge(Struct, frozen=True):
    """What is stored of the movement of one subject and kind.

    ``since``: when it was crossed; ``seen_at``: the last look; ``holds``: or fallen back from since.
    """

    target: str
    since: datetime
    seen_at: datetime
    holds: bool = True


class PersonDecision(Struct, frozen=True):
    """What a decision changed. ``columns``: person columns. ``cycles``: cycle rows. ``moments``: field -> row.

    ``assignment``: a new assignment row; the one before ends. ``follow_ups``: clocks that changed (``assignment_id``
    ``None``: that of the new assignment); their events name it, too. ``track``: a new track row; the one before ends.
    ``track_exit``: why the current track ends (``None``: it does not); ``track_change``: columns of it that changed.
    ``touches``: clocks of human touches that changed, by key. ``messages``: what colleagues are to hear of it.
    ``movements``: edges by subject and kind. ``answers``: all there are of conflicts about answers (``None``: not
    looked at).
    """

    person_id: int
    columns: Row
    cycles: Sequence[Row] = ()
    stage_moves: Sequence[Row] = ()
    disposition_moves: Sequence[Row] = ()
    score: Row | None = None
    assignment: Row | None = None
    ends_assignment: bool = False
    follow_ups: Sequence[Row] = ()
    follow_up_events: Sequence[Row] = ()
    track: Row | None = None
    track_exit: str | None = None
    track_change: Row = field(default_factory=dict)
    moments: Mapping[str, Row] = field(default_factory=dict)
    touches: Sequence[Row] = ()
    messages: Sequence[PlannedMessage] = ()
    movements: Sequence[Row] = ()
    answers: Sequence[ConflictNote] | None = None


class PoolChange(Struct, frozen=True):
    """New round-robin state of one member in one pool. ``given``: over all pools, kept where their day is counted."""

    pool: str
    user_id: int
    day: str
    given: int
    credit_micro: int


class DecisionStamp(Struct, frozen=True):
    """Which run decided, when, by which playbook."""

    run_id: int
    now: datetime
    digest: str


class DecisionStore(Protocol):
    """People's decisions."""

    def users(self, company: int) -> list[UserFacts]:
        """Every colleague and queue."""

    def pool(self, company: int, day: str) -> dict[int, PoolState]:
        """User id -> what routing remembers of them on ``day`` (the company's local date)."""

    def facts(self, company: int, person_ids: Sequence[int]) -> list[PersonFacts]:
        """These people, by id."""

    def last_activities(
        self, company: int, person_ids: Sequence[int], until: datetime, limit: int
    ) -> dict[int, tuple[TouchFacts, ...]]:
        """Person id -> what the person did last, the newest first, at most ``limit`` of each. One read."""

    def edges(self, company: int, subjects: Sequence[str]) -> dict[tuple[str, str], Edge]:
        """(subject, kind) -> the edge of movement as it was left."""

    def active_people(
        self, company: int, accounts: Sequence[int], since: datetime, signals: Sequence[str]
    ) -> dict[int, int]:
        """Account id -> how many of its people showed interest by these signals since then."""

    def answers_in_conflict(self, company: int, reason: str) -> int:
        """How many conflicts with this reason are open."""

    def touch_waiting(self, company: int, reasons: Sequence[str]) -> None:
        """People recycled for these reasons are dirty when anybody of their employer is. One
        transaction, none when nobody is."""

    def colleagues(self, company: int, employed: Mapping[int, int], signals: Sequence[str]) -> dict[int, datetime]:
        """Person id -> when somebody else of their employer last came or showed interest. ``employed``: person ->
        employer."""

    def save_authors(self, company: int, authors: Mapping[int, Row]) -> None:
        """Link id -> who set contested fields, as a CRM's history told. One transaction."""

    def save(
        self, company: int, decisions: Sequence[PersonDecision], pool: Sequence[PoolChange], stamp: DecisionStamp
    ) -> None:  # fmt: skip
        """Every history, current state and clock of these people, and they are not dirty any more. One transaction."""
