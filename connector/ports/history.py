"""Past leads, activities and deals: how they come in from files, and how the past of people is read back.

Imported history lies under a store company of its own, so nothing that was imported is ever synced, routed or written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct, field

from connector.model import Value

HISTORY = "#history"
"""What is appended to a company's name for its imported history. ``connector.app.imported`` names all places in which a
company's people are: who looks for somebody, or erases them, asks there."""

FEATURE_MILLI = 1_000
"""Numbers of features (which are no canonical fields) are kept in thousandths."""


class PastDeal(Struct, frozen=True):
    """A deal of one person. ``closed_at`` ``None``: still open. ``amount_cents`` ``None``: not known."""

    key: str
    person: str
    created_at: datetime
    closed_at: datetime | None
    is_won: bool
    amount_cents: int | None = None


class PastLead(Struct, frozen=True):
    """One lead. ``values``: name -> (value, valid from in microseconds). ``undated``: ``created_at`` is only an order.

    ``deal``: what a column of the lead itself says of a purchase; ``None`` when it says nothing of one.
    """

    key: str
    created_at: datetime
    values: Mapping[str, tuple[Value, int]]
    email: str | None = None
    undated: bool = False
    deal: PastDeal | None = None


class PastActivity(Struct, frozen=True):
    """One dated signal; ``person`` is the key or the e-mail of an imported lead."""

    key: str
    person: str
    signal: str
    occurred_at: datetime
    known_at: datetime
    kind: str | None = None
    phase: str | None = None
    asset: str | None = None
    direction: str = "human"


class Saved(Struct, frozen=True):
    """What became of a chunk. ``unknown``: positions in the chunk whose person is not there."""

    new: int = 0
    changed: int = 0
    same: int = 0
    unknown: tuple[int, ...] = ()


class HistoryStore(Protocol):
    """Imported history in; each method is one transaction, and the same rows a second time change nothing."""

    def save_leads(self, company: int, leads: Sequence[PastLead], at: datetime, mint: Callable[[], str]) -> Saved:
        """Leads by key; those with the same e-mail are one person. A corrected row replaces what it said before."""

    def save_activities(self, company: int, activities: Sequence[PastActivity], at: datetime) -> Saved:
        """Activities of known people, each once by its key."""

    def save_deals(self, company: int, deals: Sequence[PastDeal], at: datetime) -> Saved:
        """Deals of known people, each once by its key."""


class PastPerson(Struct, frozen=True):
    """What is known of a person's course. ``decided_at``: when they qualified, else when they came.

    ``opened_at``: the first opportunity; ``won_at``: the first deal won, ``won_cents`` its amount; ``lost_at``: the
    last deal lost, without one won. ``grade``: at the hand-off. ``undated``: the times are only an order.
    """

    person_id: int
    created_at: datetime
    decided_at: datetime
    opened_at: datetime | None = None
    won_at: datetime | None = None
    lost_at: datetime | None = None
    won_cents: int | None = None
    wins: int = 0
    grade: str | None = None
    undated: bool = False


class Known(Struct, frozen=True):
    """What was known of a person at one moment: the values that were valid, and the signals that had happened."""

    values: Mapping[str, Value] = field(default_factory=dict)
    signals: Mapping[str, int] = field(default_factory=dict)


class FieldPast(Struct, frozen=True):
    """How far back a field goes. ``known``: people with a value; ``dated``: those whose first value is about as old.

    A value first recorded long after its person came is not history: what it was before is not known.
    """

    name: str
    known: int
    dated: int


class PastReader(Protocol):
    """The past of people, for figures and models. Reads only."""

    def has_people(self, company: int) -> bool:
        """Whether there is anybody."""

    def people(self, company: int, after: int, limit: int) -> list[PastPerson]:
        """The next people by id."""

    def known(self, company: int, moments: Mapping[int, int]) -> dict[int, Known]:
        """Person id -> what was known of them at their moment (microseconds, inclusive)."""

    def fields(self, company: int) -> list[FieldPast]:
        """Every recorded field with its share of real history, by name."""

    def last_fact(self, company: int) -> datetime | None:
        """The newest dated fact: a lead, an activity or a deal."""
