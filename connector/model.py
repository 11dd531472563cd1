"""The words of the domain as values: records, watermarks, stages, lanes, writes and their outcomes.

Nothing here acts. A *wire* value is what a CRM holds (a JSON scalar); a *canonical* value is what the
shared definitions speak of; as kept it is a JSON scalar too, an instant then integer microseconds UTC. A field can
be in four states, which must never be mixed up:

* absent: its key is missing from ``RawRecord.fields`` (not asked for, or not visible to us),
* unreadable: it came, but could not be mapped (``UNREADABLE``; the previous value stays),
* null: present and ``None``,
* empty: present and ``""``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

Wire = str | int | float | bool | None
Canonical = str | int | float | bool | None
Value = str | int | float | bool | datetime | date | None


class RecordRef(Struct, frozen=True, order=True, gc=False):
    """The address of one record in one CRM."""

    system: str
    object: str
    record_id: str

    def __str__(self) -> str:
        return f"{self.system} {self.object} {self.record_id}"


class RawRecord(Struct, frozen=True, gc=False):
    """One record as a CRM returned it, with the identity facts its adapter read out of it.

    ``fields`` holds only what was answered. ``successor`` is set when the record was converted or merged
    away (``succession`` says which); ``absorbs`` lists records merged into this one; ``same_as`` lists
    cross references the vendors themselves keep. ``associations``: object name -> record ids, only the
    kinds that were asked for. ``gone`` is ``deleted`` or empty.
    """

    ref: RecordRef
    modified_at: datetime
    fields: Mapping[str, Wire]
    created_at: datetime | None = None
    deleted: bool = False
    successor: RecordRef | None = None
    succession: str = ""
    absorbs: tuple[RecordRef, ...] = ()
    same_as: tuple[RecordRef, ...] = ()
    associations: Mapping[str, tuple[str, ...]] = {}
    modified_by: str | None = None


class Watermark(Struct, frozen=True):
    """How far a stream was read. ``token`` belongs to the adapter; the core compares only ``covered_until``."""

    token: Mapping[str, object]
    covered_until: datetime | None


class Stage(StrEnum):
    """The shared ladder, lowest first (DESIGN section 3)."""

    NAME = "name"
    SUSPECT = "suspect"
    LEAD = "lead"
    QUALIFIED_LEAD = "qualified_lead"
    PROSPECT = "prospect"
    CUSTOMER = "customer"

    @property
    def rank(self) -> int:
        """0 for ``name`` to 5 for ``customer``."""
        return _STAGE_RANKS[self]


_STAGE_RANKS = {stage: rank for rank, stage in enumerate(Stage)}


class Disposition(StrEnum):
    """Where a cycle stands in the work of both teams (PLAYBOOK 9.1)."""

    OPEN = "open"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    WORKING = "working"
    SALES_QUALIFIED = "sales_qualified"
    WON = "won"
    LOST = "lost"
    REJECTED = "rejected"
    REROUTED = "rerouted"
    RECYCLED = "recycled"
    DISQUALIFIED = "disqualified"
    MERGED = "merged"


class Motion(StrEnum):
    """What kind of business a cycle is about."""

    NEW_BUSINESS = "new_business"
    GROWTH = "growth"
    WINBACK = "winback"
    PARTNER = "partner"


class Level(StrEnum):
    """What may be written to a system, lowest first (PLAYBOOK 8.3)."""

    OBSERVE = "observe"
    ANNOTATE = "annotate"
    ASSIGN = "assign"
    FULL = "full"

    @property
    def rank(self) -> int:
        """0 for ``observe`` to 3 for ``full``."""
        return _LEVEL_RANKS[self]

    def allows(self, needed: Level) -> bool:
        """Whether a write that needs ``needed`` may be sent at this level."""
        return _LEVEL_RANKS[self] >= _LEVEL_RANKS[needed]


_LEVEL_RANKS = {level: rank for rank, level in enumerate(Level)}


class Lane(StrEnum):
    """How a row is written: our own fields plain, contested fields guarded, creates with a key and a probe."""

    OWNED = "owned"
    CONTESTED = "contested"
    CREATE = "create"


class OutboxState(StrEnum):
    """The life of an outbox row; only ``SENDING`` and ``UNKNOWN`` are in flight."""

    PLANNED = "planned"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    CONFLICT = "conflict"
    CANCELLED = "cancelled"
    DEAD = "dead"


class Outcome(StrEnum):
    """What one row of a write request came to."""

    SENT = "sent"
    REJECTED = "rejected"
    RETRY = "retry"
    CONFLICT = "conflict"
    GONE = "gone"
    UNKNOWN = "unknown"


class RowWrite(Struct, frozen=True, gc=False):
    """One record's change set as it goes to an adapter.

    ``ref`` is ``None`` for a create; then ``external_key`` is the idempotency key. ``expected`` holds the
    wire values the plan was made on (contested lane only). ``version`` is the adapter's own token from the
    recheck, needed for a conditional write. ``intent_at`` is when the intent became durable.
    """

    action_id: str
    object: str
    fields: Mapping[str, Wire]
    ref: RecordRef | None = None
    external_key: str | None = None
    expected: Mapping[str, Wire] = {}
    version: str | None = None
    intent_at: datetime | None = None


class RowOutcome(Struct, frozen=True, gc=False):
    """The answer for one row, matched by ``action_id`` and never by position."""

    action_id: str
    outcome: Outcome
    record_id: str | None = None
    code: str = ""
    field: str | None = None
    created: bool = False
    retry_after_s: float = 0.0


class FieldWriter(Struct, frozen=True, gc=False):
    """Who set a field to a value, as far as the CRM's history tells. ``by_person``: a user, by hand."""

    field: str
    value: Wire
    at: datetime
    actor: str
    source: str
    by_person: bool = False
