"""Finds what a SOQL path means in the schema and compiles it to a reader of rows.

Knows relationships and visibility of parents; nothing of conditions or result shapes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adapters.simulator.salesforce.org import Fields, Org
from adapters.simulator.salesforce.refusals import Refusal
from adapters.simulator.salesforce.schema import Field, SObject
from adapters.simulator.salesforce.soql_syntax import Path, Query
from adapters.simulator.salesforce.soql_tokens import located

Reader = Callable[[Fields], Any]
PARENTS_MAX = 5


@dataclass(frozen=True)
class Resolved:
    """A path in one object: the reference fields to follow, then the field."""

    parents: tuple[Field, ...]
    field: Field


class Scope:
    """The object a query reads and the names that mean it."""

    def __init__(self, org: Org, query: Query, entry: SObject) -> None:
        self.org = org
        self.query = query
        self.entry = entry
        self._own_names = {entry.name.lower(), (query.alias or entry.name).lower()}

    def resolve(self, path: Path) -> Resolved:
        """The meaning of a path; raises INVALID_FIELD with the vendor's text."""
        parts = list(path.parts)
        if len(parts) > 1 and self._names_itself(parts[0]):
            parts.pop(0)
        parents: list[Field] = []
        entry = self.entry
        for name in parts[:-1]:
            parent = self.org.schema.relationship(entry, name)
            if parent is None or len(parents) == PARENTS_MAX:
                raise self._unknown_relationship(name, path)
            parents.append(parent)
            target = "Name" if parent.polymorphic else parent.reference_to[0]
            entry = self.org.schema.objects[target]
        field = self.org.schema.field(entry, parts[-1])
        if field is None:
            raise self._unknown_field(parts[-1], entry, path)
        return Resolved(tuple(parents), field)

    def _names_itself(self, name: str) -> bool:
        return name.lower() in self._own_names and self.org.schema.relationship(self.entry, name) is None

    def reader(self, path: Path) -> tuple[Field, Reader]:
        """The field a path ends in and a function that reads it from a row of this scope."""
        resolved = self.resolve(path)
        return resolved.field, compiled(self.org, resolved)

    def _unknown_field(self, name: str, entry: SObject, path: Path) -> Refusal:
        message = (
            f"No such column '{name}' on entity '{entry.name}'. If you are attempting to use a custom field, be "
            "sure to append the '__c' after the custom field name. Please reference your WSDL or the describe "
            "call for the appropriate names."
        )
        return located("INVALID_FIELD", message, self.query.text, path.at)

    def _unknown_relationship(self, name: str, path: Path) -> Refusal:
        message = (
            f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom "
            "relationship, be sure to append the '__r' after the custom relationship name. Please reference "
            "your WSDL or the describe call for the appropriate names."
        )
        return located("INVALID_FIELD", message, self.query.text, path.at)


def compiled(org: Org, resolved: Resolved) -> Reader:
    """A function from a row to the value of the path; None when a parent is absent."""
    name = resolved.field.name
    if not resolved.parents:
        return lambda row: row.get(name)
    follow = [parent_reader(org, parent) for parent in resolved.parents]

    def read(row: Fields) -> Any:
        found: Fields | None = row
        for step in follow:
            found = step(found) if found is not None else None
        return None if found is None else found.get(name)

    return read


def parent_reader(org: Org, reference: Field) -> Callable[[Fields], Fields | None]:
    """A function from a row to the record that its reference field points to, as readers see it."""
    name = reference.name
    polymorphic = reference.polymorphic

    def read(row: Fields) -> Fields | None:
        identifier = row.get(name)
        parent = org.locate(identifier) if identifier else None
        return _as_name(org, parent) if polymorphic and parent is not None else parent

    return read


def _as_name(org: Org, row: Fields) -> Fields:
    """A record as the Name object shows it: its Type is the object, or ``Queue``."""
    object_name = org.schema.object_of(row["Id"])
    kind = row.get("Type") if object_name == "Group" else object_name
    return {**row, "Type": kind}
