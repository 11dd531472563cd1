"""What waits for a person's decision, as it is kept; and the decision.

Values in here are personal: they are shown to the person who asks for them, and never logged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from connector.model import Canonical, Wire
from connector.ports.outbox import Json


class KeptConflict(Struct, frozen=True):
    """A conflict about ``field`` of the record ``link_id``, which holds ``theirs`` while we want ``ours``.

    ``state``: open, taken, settled. ``taken_link_id``: the record whose value a person has taken; ``name``: the
    canonical field, known from then on.
    """

    conflict_id: int
    person_id: int
    link_id: int
    field: str
    ours: Json
    theirs: Wire
    reason: str
    at: datetime
    state: str
    settled_by: str | None = None
    name: str | None = None
    taken_link_id: int | None = None
    taken_by: str | None = None
    taken_at: datetime | None = None


class DisputedRecord(Struct, frozen=True):
    """A record of a person in conflict. ``mapped``: its canonical values; ``wire``: its fields as landed."""

    link_id: int
    system: str
    object: str
    record_id: str
    living: bool
    mapped: Mapping[str, Canonical]
    wire: Mapping[str, Wire]


class DisputedPerson(Struct, frozen=True):
    """Whom a conflict is about. ``row``: the stored person by column name."""

    person_id: int
    row: Mapping[str, Any]
    records: Mapping[int, DisputedRecord]


class Asked(Struct, frozen=True):
    """Which conflicts. ``None``: whatever; ``settled``: those that are over as well."""

    person_id: int | None = None
    conflict_ids: frozenset[int] | None = None
    settled: bool = False


class Taking(Struct, frozen=True):
    """A person's decision: in conflict ``conflict_id`` about ``name`` the value of the record ``link_id`` counts."""

    conflict_id: int
    person_id: int
    name: str
    link_id: int
    value: Json
    by: str
    at: datetime


class UnclearPerson(Struct, frozen=True):
    """Somebody of whom it is not clear who they are. ``why``: from the identity decision; ``others``: person keys."""

    person_id: int
    person_key: str
    email: str | None
    why: str
    others: tuple[str, ...]
    records: tuple[tuple[str, str, str], ...]
    since: datetime


class ConflictStore(Protocol):
    """The conflicts of a company; each method is one transaction."""

    def conflicts(self, company: int, asked: Asked) -> list[KeptConflict]:
        """The conflicts asked for, the oldest first."""

    def people(self, company: int, person_ids: Sequence[int]) -> dict[int, DisputedPerson]:
        """Whom they are about, with all their records."""

    def unclear(self, company: int, person_id: int | None) -> list[UnclearPerson]:
        """Everybody of whom it is not clear who they are, or this one."""

    def keep_apart(self, company: int, person_id: int, by: str, at: datetime) -> bool:
        """A person says that this is somebody of their own, whoever shares an e-mail; ``False``: it was clear."""

    def take(self, company: int, takings: Sequence[Taking]) -> None:
        """Keep these decisions. Decisions of before about the same field with another value are over."""
