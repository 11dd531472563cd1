"""From landed records to people: what the resolve and merge steps read and save."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct, field

from connector.model import Canonical, RecordRef, Wire

Unseen = Mapping[str, tuple[int, int | None]]
"""Canonical field that was out of sight -> (when it was seen last, the stamp its other value came back with), both in
microseconds; ``None`` while it is out of sight."""


class LandedRecord(Struct, frozen=True):
    """A landed record that has not been resolved yet, in known-time order (``seq``)."""

    ref: RecordRef
    fields: Mapping[str, Wire]
    facts: Mapping[str, Any]
    modified_at: datetime
    deleted: bool
    seq: int


class Signal(Struct, frozen=True):
    """One dated signal of one person. ``people``: the record it may belong to, or several of which one exists.

    ``source_key`` is the same each time the same event of the same person is read; ``event_key`` is the same for
    everybody who took part. ``owner`` is the acting colleague's owner id there. ``sameness`` is shared by sightings of
    one event in several records, of which the lowest ``precedence`` counts. ``waits``: it counts once its time has
    come. ``address``: whose it is when no record is named. ``summary``: read off a person's record; an activity known
    from its own record is not corrected by it. ``asked``: a form in which something was asked; ``form_key``: of any
    form, the same for the same text from addresses of one domain, empty without a text. ``channel``: by what they came,
    in the CRM's word as a code.
    """

    source_key: str
    source: str
    signal: str
    occurred_at: datetime
    known_at: datetime
    people: tuple[RecordRef, ...]
    kind: str | None = None
    phase: str | None = None
    asset: str | None = None
    owner: str | None = None
    direction: str = "human"
    event_key: str = ""
    sameness: str | None = None
    precedence: int = 1
    waits: bool = False
    address: str | None = None
    summary: bool = False
    asked: bool = False
    form_key: str | None = None
    channel: str | None = None


class Cursor(Struct, frozen=True):
    """Up to which ``seq`` the landed records of an object are resolved; saved with what came of them."""

    system: str
    object: str
    seq: int
    at: datetime


class UserRow(Struct, frozen=True):
    """A user or queue of one CRM. ``team``: the name of the team they are in first of all."""

    system: str
    owner_id: str
    email: str | None
    name: str | None
    active: bool
    kind: str
    manager_owner_id: str | None = None
    team: str | None = None


class AccountRow(Struct, frozen=True):
    """An employer as one CRM holds it; ``mapped`` are its canonical values.

    ``domain`` and ``name_key`` can join it to another CRM's record; ``same_as`` is (system, id) of one that its CRM
    names; ``absorbs`` are ids of records merged into it. ``owner`` and ``customer_owner``: owner ids there. ``parent``:
    the id of the record above it there.
    """

    system: str
    record_id: str
    mapped: Mapping[str, Canonical]
    domain: str | None = None
    owner: str | None = None
    name_key: str | None = None
    same_as: tuple[str, str] | None = None
    absorbs: tuple[str, ...] = ()
    customer_owner: str | None = None
    deleted: bool = False
    modified_at: datetime | None = None
    parent: str | None = None


class OpportunityRow(Struct, frozen=True):
    """An opportunity or deal. ``people`` are the associated person records (where the CRM associates directly)."""

    system: str
    record_id: str
    account_record_id: str | None
    stage: str | None
    kind: str | None
    amount_cents: int | None
    is_closed: bool
    is_won: bool
    created_at: datetime | None
    closed_at: datetime | None
    owner: str | None
    deleted: bool
    modified_at: datetime
    people: tuple[RecordRef, ...] = ()
    name: str | None = None


class RoleRow(Struct, frozen=True):
    """A person's part in an opportunity."""

    system: str
    role_id: str
    opportunity_id: str
    person: RecordRef
    role: str | None
    is_primary: bool
    deleted: bool


class MemberRow(Struct, frozen=True):
    """A colleague (or group) in a queue, by owner ids there."""

    ref: RecordRef
    queue: str
    member: str


class PastChange(Struct, frozen=True):
    """A change of a canonical field of ``ref`` as the CRM's own history tells it.

    ``actor``: human, ours, automation or unknown. ``is_owner``: the value is an owner id there; another text (a name)
    is dropped.
    """

    ref: RecordRef
    field: str
    value: Canonical
    at: datetime
    actor: str
    is_owner: bool = False


class StoredLink(Struct, frozen=True):
    """A link as it stands. ``keys`` are its match keys as (kind, value)."""

    link_id: int
    person_id: int
    ref: RecordRef
    family: str
    external_key: str
    state: str
    is_primary: bool
    mapped: Mapping[str, Canonical]
    stamps: Mapping[str, int]
    created_at: datetime | None
    modified_at: datetime | None
    keys: tuple[tuple[str, str], ...] = ()
    unseen: Unseen = field(default_factory=dict)


class MintedKey(Struct, frozen=True):
    """A key that was sent with a create whose record is not linked yet."""

    external_key: str
    person_id: int
    system: str
    object: str


class Standing(Struct, frozen=True):
    """What decides which of a person's records is primary."""

    link_id: int
    person_id: int
    ref: RecordRef
    family: str
    active: bool
    is_primary: bool
    open_opportunities: int
    won_opportunities: int
    last_activity_at: datetime | None
    created_at: datetime | None
    closed: bool = False


class LinkChange(Struct, frozen=True):
    """A link to make (``link_id`` ``None``) or to change.

    ``person`` is a known person id, or a negative number that stands for a new person of this chunk. ``keys`` replace
    the link's match keys; ``history`` are (canonical field, value) that changed at ``modified_at``.
    """

    ref: RecordRef
    person: int
    link_id: int | None
    family: str
    mapped: Mapping[str, Canonical]
    stamps: Mapping[str, int]
    state: str
    created_at: datetime | None
    modified_at: datetime
    parent_record_id: str | None
    keys: tuple[tuple[str, str], ...]
    history: tuple[tuple[str, Canonical], ...]
    verdict: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    moved_from: int | None = None
    successor: RecordRef | None = None
    absorbs: tuple[RecordRef, ...] = ()
    external_key: str | None = None
    actor: str = "unknown"
    unseen: Unseen = field(default_factory=dict)


class PersonMergeRow(Struct, frozen=True):
    """Two people turned out to be one: ``loser``'s links move to ``winner``."""

    loser: int
    winner: int
    evidence: tuple[str, ...]


class RejectRow(Struct, frozen=True):
    """A field value that could not be read. ``wanted``: a digest of it."""

    ref: RecordRef
    field: str
    code: str
    wanted: str = ""


class ResolvedChunk(Struct, frozen=True):
    """Everything one chunk of person records came to. ``new_people``: negative number -> provisional or not."""

    links: Sequence[LinkChange]
    merges: Sequence[PersonMergeRow] = ()
    new_people: Mapping[int, bool] = field(default_factory=dict)
    doubtful: frozenset[int] = frozenset()
    signals: Sequence[Signal] = ()
    rejects: Sequence[RejectRow] = ()


class ResolveCounts(Struct, frozen=True):
    """What resolving did: people made, people merged, and all people concerned."""

    new: int = 0
    merged: int = 0
    people: tuple[int, ...] = ()


class ResolveStore(Protocol):
    """Landed records in, people out; every ``save_*`` is one transaction with its cursor."""

    def objects_read(self, company: int, since: datetime) -> frozenset[tuple[str, str]]:
        """(system, object) of everything that was read up to ``since`` or later."""

    def unresolved(self, company: int, system: str, object_name: str, limit: int) -> list[LandedRecord]:
        """The next landed records behind the object's cursor."""

    def save_users(self, company: int, users: Sequence[UserRow], cursor: Cursor) -> None:
        """Users and queues; one colleague in two systems (same e-mail) gets one user id."""

    def save_accounts(self, company: int, accounts: Sequence[AccountRow], cursor: Cursor) -> None:
        """Accounts; the people of a changed account become dirty."""

    def save_opportunities(self, company: int, rows: Sequence[OpportunityRow], cursor: Cursor) -> None:
        """Opportunities with their history; their people are counted again and become dirty."""

    def save_roles(self, company: int, rows: Sequence[RoleRow], cursor: Cursor) -> None:
        """Contact roles; their people are counted again and become dirty."""

    def save_signals(self, company: int, signals: Sequence[Signal], gone: Sequence[RecordRef], cursor: Cursor) -> None:
        """Activities; those whose person is not known yet wait for it. ``gone`` records take theirs away."""

    def save_members(
        self, company: int, members: Sequence[MemberRow], gone: Sequence[RecordRef], cursor: Cursor
    ) -> None:  # fmt: skip
        """Who is in a queue, and the memberships that ended."""

    def save_history(self, company: int, changes: Sequence[PastChange], cursor: Cursor) -> None:
        """What a CRM's own history tells: when fields changed, and who changed them."""

    def pass_over(self, company: int, cursor: Cursor) -> None:
        """Records that others look up need no resolving of their own."""

    def release_due(self, company: int, at: datetime) -> int:
        """Activities planned ahead whose time has come; returns how many people are concerned."""

    def landed_fields(
        self, company: int, system: str, object_name: str, record_ids: Sequence[str]
    ) -> dict[str, Mapping[str, Wire]]:  # fmt: skip
        """Record id -> fields of these landed records, as far as they are known."""

    def links_of(self, company: int, refs: Sequence[RecordRef]) -> list[StoredLink]:
        """The links of these records."""

    def matching(self, company: int, keys: Sequence[tuple[str, str]]) -> list[StoredLink]:
        """Every link that has one of these match keys."""

    def minted(self, company: int, external_keys: Sequence[str]) -> list[MintedKey]:
        """Which of these keys are ours, and for whom they were minted (links and creates under way)."""

    def made(self, company: int, refs: Sequence[RecordRef]) -> frozenset[RecordRef]:
        """Which of these records are tasks that we made."""

    def rulings(self, company: int, link_ids: Sequence[int]) -> list[tuple[int, int, str]]:
        """Rulings of people about these links: (link, link, must or cannot)."""

    def save_people(
        self, company: int, chunk: ResolvedChunk, cursor: Cursor, mint: Callable[[], str]
    ) -> ResolveCounts:  # fmt: skip
        """Links, people, keys, histories, activities and dirty marks of a chunk."""

    def standings(self, company: int, person_ids: Sequence[int]) -> list[Standing]:
        """The links of these people with what decides the primary one."""

    def set_primary(self, company: int, person_ids: Sequence[int], primary: Sequence[int]) -> None:
        """Of these people's links exactly ``primary`` are primary; nothing is written when that holds already."""
