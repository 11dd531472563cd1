"""Decides what one portal holds and how a change is stored, stamped and remembered; must not know HTTP or rules.

Whether a change is allowed is decided in ``writes``. Everything here is deterministic: ids come from a seeded
generator, moments from the simulator clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from random import Random
from typing import Any, TypeVar

from adapters.simulator.hubspot.associations import Associations
from adapters.simulator.hubspot.marketing import Marketing
from adapters.simulator.hubspot.moments import to_text
from adapters.simulator.hubspot.object_types import OBJECT_TYPES, ObjectType
from adapters.simulator.hubspot.pipelines import default_pipelines
from adapters.simulator.hubspot.records import Actor, Collection, Record, Version
from adapters.simulator.hubspot.schema import Schema
from adapters.simulator.hubspot.search_index import SearchIndex
from adapters.simulator.hubspot.settings import DEFAULTS
from adapters.simulator.hubspot.standard_properties import standard_schema
from adapters.simulator.wire import SimulatorClock

Item = TypeVar("Item")


@dataclass(frozen=True)
class Change:
    """One property change as the control plane tells it; ``index`` is the API request that made it."""

    index: int | None
    at: str
    object: str
    id: str
    property: str
    before: str | None
    after: str | None
    by: int | None
    source: str

    def document(self) -> dict[str, Any]:
        """The row as JSON."""
        return asdict(self)


class Portal:
    """The whole state of one simulated portal."""

    def __init__(self, seed: int, clock: SimulatorClock) -> None:
        self.seed = seed
        self.clock = clock
        self.settings: dict[str, Any] = {**DEFAULTS}
        self.schema = Schema(standard_schema())
        self.collections = {kind.name: Collection(kind) for kind in OBJECT_TYPES.values()}
        self.associations = Associations()
        self.index = SearchIndex()
        self.owners: dict[str, dict[str, Any]] = {}
        self.pipelines = default_pipelines()
        self.marketing = Marketing()
        self.aliases: dict[str, dict[str, str]] = {name: {} for name in OBJECT_TYPES}
        self.changes: list[Change] = []
        self.blocked_emails: set[str] = set()
        self.request_index: int | None = None
        self._mint = {kind.name: Random(f"{seed}:{kind.name}") for kind in OBJECT_TYPES.values()}
        self._last_id: dict[str, int] = {}

    def now(self) -> str:
        """The portal's time as text."""
        return to_text(self.clock.now())

    def new_id(self, kind: ObjectType) -> str:
        """A fresh id above every id of its type."""
        highest = max(self._last_id.get(kind.name, kind.first_id), *self.collections[kind.name].order[-1:], 0)
        self._last_id[kind.name] = highest + self._mint[kind.name].randint(1, 9)
        return str(self._last_id[kind.name])

    def find(self, kind: ObjectType, record_id: str) -> Record | None:
        """The live record; the id of a merged-away record leads to the survivor (sheet 2.7)."""
        return self.collections[kind.name].live(self.current_id(kind, record_id))

    def current_id(self, kind: ObjectType, record_id: str) -> str:
        """The id a record has now."""
        aliases = self.aliases[kind.name]
        while record_id in aliases:
            record_id = aliases[record_id]
        return record_id

    def shuffled(self, items: list[Item]) -> list[Item]:
        """The items in a seeded order: batch results are not aligned with inputs (sheet 2.2)."""
        mixed = list(items)
        Random(f"{self.seed}:{self.request_index}").shuffle(mixed)
        return mixed

    def add(self, kind: ObjectType, record: Record) -> None:
        """Store a new record with its system properties."""
        record.properties["hs_object_id"] = record.id
        record.properties.setdefault(kind.created, record.created_at)
        record.properties[kind.modified] = record.updated_at
        self.collections[kind.name].add(record)
        for name in self.schema.unique_names(kind.name):
            self._move_claims(kind, record, name, None, record.properties.get(name))
        if kind.name == "contacts":
            additional = record.properties.get("hs_additional_emails")
            self._move_claims(kind, record, "hs_additional_emails", None, additional)

    def change(self, kind: ObjectType, record: Record, changes: Mapping[str, str | None], actor: Actor) -> bool:
        """Store values; equal ones leave no trace. Returns whether anything changed."""
        real = {name: value for name, value in changes.items() if record.properties.get(name) != value}
        for name, value in real.items():
            self._set(kind, record, name, value, actor)
        if real:
            self.touch(kind, record)
        return bool(real)

    def touch(self, kind: ObjectType, record: Record) -> None:
        """Stamp a record as modified now and hand it to the search index."""
        record.updated_at = max(record.updated_at, self.now())
        record.properties[kind.modified] = record.updated_at
        self.reindex(kind, record, self.settings["search_lag_s"])

    def reindex(self, kind: ObjectType, record: Record, lag_s: float) -> None:
        """Let search see the record as it is now, after the lag."""
        self.index.note((kind.name, record.id), record.properties, self.clock.now(), lag_s)

    def tie(self, source: tuple[str, str], target: tuple[str, str], type_id: int) -> None:
        """Tie two records and keep a contact's primary company id in step."""
        self.associations.tie(source, target, type_id)
        self.refresh_primary(source)
        self.refresh_primary(target)

    def untie(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        """Remove every tie between two records."""
        self.associations.untie(source, target)
        self.refresh_primary(source)
        self.refresh_primary(target)

    def refresh_primary(self, end: tuple[str, str]) -> None:
        """``associatedcompanyid`` follows the primary company; that does not count as a modification."""
        record = self.collections[end[0]].records.get(end[1])
        if end[0] != "contacts" or record is None:
            return
        primary = self.associations.primary(end, "companies")
        if primary is None:
            record.properties.pop("associatedcompanyid", None)
        else:
            record.properties["associatedcompanyid"] = primary

    def archive(self, kind: ObjectType, record: Record) -> None:
        """Put a record into the recycle bin; its unique values become free, its ties go."""
        self.release_claims(kind, record)
        self._detach(kind, record)
        record.archived_at = self.now()
        self.index.forget(kind.name, record.id)

    def erase(self, kind: ObjectType, record: Record) -> None:
        """Remove a record for good."""
        self.release_claims(kind, record)
        self._detach(kind, record)
        self.collections[kind.name].remove(record.id)
        self.index.forget(kind.name, record.id)

    def release_claims(self, kind: ObjectType, record: Record) -> None:
        """Free a record's unique values."""
        for name in (*self.schema.unique_names(kind.name), "hs_additional_emails"):
            self._move_claims(kind, record, name, record.properties.get(name), None)

    def claim_all(self, kind: ObjectType, name: str) -> None:
        """Index an existing property that has become unique."""
        for record in self.collections[kind.name].records.values():
            if not record.archived:
                self._move_claims(kind, record, name, None, record.properties.get(name))

    def _detach(self, kind: ObjectType, record: Record) -> None:
        for end in self.associations.untie_all((kind.name, record.id)):
            self.refresh_primary(end)

    def _set(self, kind: ObjectType, record: Record, name: str, value: str | None, actor: Actor) -> None:
        before = record.properties.get(name)
        record.remember(name, Version(value or "", self.now(), actor))
        if value is None:
            record.properties.pop(name, None)
        else:
            record.properties[name] = value
        self._move_claims(kind, record, name, before, value)
        row = Change(
            self.request_index,
            self.now(),
            kind.name,
            record.id,
            name,
            before,
            value,
            actor.user_id,
            actor.source_type,
        )
        self.changes.append(row)

    def _move_claims(self, kind: ObjectType, record: Record, name: str, before: str | None, after: str | None) -> None:
        # Secondary addresses share the uniqueness of the e-mail across contacts (sheet 2.2).
        secondary = kind.name == "contacts" and name == "hs_additional_emails"
        prop = self.schema.live(kind.name, name)
        if not secondary and (prop is None or not prop.unique):
            return
        collection, index = self.collections[kind.name], "email" if secondary else name
        for value in _parts(before, secondary):
            collection.release(index, value, record.id)
        for value in _parts(after, secondary):
            collection.claim(index, value, record.id)


def _parts(value: str | None, several: bool) -> list[str]:
    if value is None:
        return []
    return [part for part in value.split(";") if part] if several else [value]
