"""Decides how records, their property history and their unique values are kept; must not know any rule of writing."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from adapters.simulator.hubspot.object_types import ObjectType


@dataclass(frozen=True)
class Actor:
    """Who changes a record, in the words of a property history row (sheet 2.15)."""

    source_type: str
    source_id: str | None = None
    label: str | None = None
    user_id: int | None = None


@dataclass(frozen=True)
class Version:
    """One value a property had, from ``at`` on."""

    value: str
    at: str
    actor: Actor

    def document(self) -> dict[str, Any]:
        """The row of ``propertiesWithHistory``."""
        row: dict[str, Any] = {
            "value": self.value,
            "timestamp": self.at,
            "sourceType": self.actor.source_type,
        }
        if self.actor.source_id is not None:
            row["sourceId"] = self.actor.source_id
        if self.actor.label is not None:
            row["sourceLabel"] = self.actor.label
        if self.actor.user_id is not None:
            row["updatedByUserId"] = self.actor.user_id
        return row


@dataclass
class Record:
    """One record; ``properties`` holds set values only, ``history`` is oldest first."""

    id: str
    properties: dict[str, str]
    created_at: str
    updated_at: str
    archived_at: str | None = None
    history: dict[str, list[Version]] = field(default_factory=dict)
    origin: Actor = field(default_factory=lambda: Actor("IMPORT", "1", "Import"))

    @property
    def archived(self) -> bool:
        """Whether the record is in the recycle bin."""
        return self.archived_at is not None

    def versions(self, name: str) -> list[Version]:
        """The property's history, newest first; a value never changed has the row of its creation."""
        rows = self.history.get(name)
        if rows is None:
            value = self.properties.get(name)
            return [] if value is None else [Version(value, self.created_at, self.origin)]
        return rows[::-1]

    def remember(self, name: str, version: Version) -> None:
        """Add a version; the value before the first change becomes a row of its own."""
        rows = self.history.get(name)
        if rows is None:
            rows = self.history[name] = self.versions(name)
        rows.append(version)


class Collection:
    """The records of one object type in the order of their ids, with an index of unique values."""

    def __init__(self, kind: ObjectType) -> None:
        self.kind = kind
        self.records: dict[str, Record] = {}
        self.order: list[int] = []
        self._unique: dict[str, dict[str, str]] = {}

    def add(self, record: Record) -> None:
        """Take in a new record; its unique values are claimed by ``claim``."""
        self.records[record.id] = record
        insort(self.order, int(record.id))

    def remove(self, record_id: str) -> None:
        """Forget a record for good."""
        del self.records[record_id]
        self.order.pop(bisect_left(self.order, int(record_id)))

    def live(self, record_id: str) -> Record | None:
        """The record when it exists and is not archived."""
        record = self.records.get(record_id)
        return None if record is None or record.archived else record

    def from_id(self, after: int, *, archived: bool) -> Iterator[Record]:
        """Records from the id ``after`` on, in the order of ids."""
        for position in range(bisect_left(self.order, after), len(self.order)):
            record = self.records[str(self.order[position])]
            if record.archived == archived:
                yield record

    def holder(self, name: str, value: str) -> str | None:
        """The id of the record that has the unique value; case does not count."""
        return self._unique.get(name, {}).get(value.strip().lower())

    def claim(self, name: str, value: str, record_id: str) -> None:
        """Note a unique value of a record."""
        self._unique.setdefault(name, {})[value.strip().lower()] = record_id

    def release(self, name: str, value: str, record_id: str) -> None:
        """Let go of a unique value if it is this record's."""
        held = self._unique.get(name, {})
        if held.get(value.strip().lower()) == record_id:
            del held[value.strip().lower()]
