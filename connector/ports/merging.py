"""Dirty people with all they are made of, and their merged values back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct, field

from connector.model import Canonical, Value, Wire
from connector.ports.outbox import Json
from connector.ports.people import Unseen


class LinkPart(Struct, frozen=True):
    """A living link of a person. ``account``: canonical values of the employer record it hangs on.

    ``agreed``: CRM field -> the wire value that was last agreed for it; ``agreed_ours``: our half of that, where the
    record was read since. ``taken``: canonical field -> the value of this record that a person has taken in a conflict,
    and when. ``unseen``: as in ``ports.people``.
    """

    link_id: int
    system: str
    mapped: Mapping[str, Canonical]
    stamps: Mapping[str, int]
    modified_at: datetime
    is_primary: bool
    account: Mapping[str, Canonical] = field(default_factory=dict)
    parent_record_id: str | None = None
    object: str = ""
    agreed: Mapping[str, Wire] = field(default_factory=dict)
    agreed_ours: Mapping[str, Json] = field(default_factory=dict)
    taken: Mapping[str, tuple[Canonical, datetime]] = field(default_factory=dict)
    unseen: Unseen = field(default_factory=dict)


class EmployerPart(Struct, frozen=True):
    """What a person has from their employer. ``mapped``: its canonical values; ``status_since``: when it became so."""

    mapped: Mapping[str, Canonical]
    status: str
    status_since: datetime | None
    people: int
    people_active: int


class PersonParts(Struct, frozen=True):
    """A dirty person: the row as stored, the living links, and the employer."""

    person_id: int
    row: Mapping[str, Any]
    links: tuple[LinkPart, ...]
    employer: EmployerPart | None = None


class MergedPerson(Struct, frozen=True):
    """New merged values. ``columns``: person columns; ``extra``: canonical fields without one.

    ``history``: (field, value, valid from) of values that changed and that rules name.
    """

    person_id: int
    columns: Mapping[str, Value]
    extra: Mapping[str, Value]
    provenance: Mapping[str, tuple[int, int]]
    history: tuple[tuple[str, Value, datetime], ...]
    changed: bool


class MergeStore(Protocol):
    """The person table's merged columns."""

    def dirty_people(self, company: int, after_person_id: int, limit: int) -> list[int]:
        """The next people of the durable "touched" set, by id."""

    def due_people(self, company: int, now: datetime, limit: int) -> list[int]:
        """People whose decision may change by time alone, or whose clock may start, join the "touched" set.

        At most ``limit`` of those who are not in it yet, the longest due first.
        """

    def mark_everybody(self, company: int) -> None:
        """Everybody is dirty: all is decided again."""

    def parts(self, company: int, person_ids: Sequence[int]) -> list[PersonParts]:
        """These people with their links."""

    def save_merged(self, company: int, people: Sequence[MergedPerson]) -> None:
        """Store merged values and histories; the people are to be diffed again. One transaction."""
