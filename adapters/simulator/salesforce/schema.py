"""Fields and objects of one org, and the look-up of names whatever their case.

Decides what exists and what the integration user may see; not what values mean.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

TEXT_TYPES = frozenset({"string", "textarea", "picklist", "multipicklist", "phone", "url", "email", "combobox"})
NUMBER_TYPES = frozenset({"int", "double", "currency", "percent", "long"})
ID_TYPES = frozenset({"id", "reference"})


@dataclass(frozen=True)
class Field:
    """One field as `describe` shows it; ``length`` in characters, ``precision`` in digits."""

    name: str
    type: str
    length: int = 0
    label: str = ""
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    defaulted: bool = False
    default: object = None
    unique: bool = False
    external_id: bool = False
    restricted: bool = False
    values: tuple[str, ...] = ()
    inactive: tuple[str, ...] = ()
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    precision: int = 0
    scale: int = 0
    filterable: bool = True
    sortable: bool = True
    name_field: bool = False

    @property
    def custom(self) -> bool:
        """Whether the field was added by the customer."""
        return self.name.endswith("__c")

    @property
    def required(self) -> bool:
        """Whether a create must give it."""
        return self.createable and not self.nillable and not self.defaulted

    @property
    def polymorphic(self) -> bool:
        """Whether it may point to more than one object."""
        return len(self.reference_to) > 1


@dataclass
class SObject:
    """One object: its id prefix, its fields in the order of describe, its child relationships."""

    name: str
    prefix: str
    fields: dict[str, Field]
    label: str = ""
    writable: bool = True
    mergeable: bool = False
    children: tuple[tuple[str, str, str], ...] = ()
    lower: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lower = {name.lower(): name for name in self.fields}

    def add(self, new: Field) -> None:
        """Add or replace a field."""
        self.fields[new.name] = new
        self.lower[new.name.lower()] = new.name


class Schema:
    """The objects of an org. Hidden fields and objects do not exist for the caller (field-level security)."""

    def __init__(self, objects: Iterable[SObject]) -> None:
        self.objects = {entry.name: entry for entry in objects}
        self._lower = {name.lower(): name for name in self.objects}
        self._prefixes = {entry.prefix: entry.name for entry in self.objects.values() if entry.prefix}
        self.hidden_fields: frozenset[str] = frozenset()
        self.hidden_objects: frozenset[str] = frozenset()

    def object(self, name: str) -> SObject | None:
        """The object of that name, whatever its case, unless it is hidden."""
        found = self._lower.get(name.lower())
        return None if found is None or found in self.hidden_objects else self.objects[found]

    def field(self, entry: SObject, name: str) -> Field | None:
        """The field of that name, whatever its case, unless it is hidden."""
        found = entry.lower.get(name.lower())
        if found is None or f"{entry.name}.{found}" in self.hidden_fields:
            return None
        return entry.fields[found]

    def visible_fields(self, entry: SObject) -> list[Field]:
        """The fields the caller may see, in the order of describe."""
        return [f for f in entry.fields.values() if f"{entry.name}.{f.name}" not in self.hidden_fields]

    def relationship(self, entry: SObject, name: str) -> Field | None:
        """The reference field behind a parent relationship such as ``Owner``."""
        wanted = name.lower()
        matches = (f for f in self.visible_fields(entry) if (f.relationship or "").lower() == wanted)
        return next(matches, None)

    def object_of(self, identifier: str) -> str | None:
        """The name of the object that an id belongs to."""
        return self._prefixes.get(identifier[:3])
