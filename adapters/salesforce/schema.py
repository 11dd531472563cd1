"""Describes: what fields an object has for us, in the core's words. Cached for the life of the adapter.

Decides how the vendor's types are called. A field hidden by field-level security is simply not there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from adapters.salesforce import soql
from adapters.salesforce.client import SalesforceClient
from adapters.salesforce.objects import KNOWN, ObjectFacts, facts_from_describe
from connector.errors import SchemaDrift
from connector.model import Wire
from connector.ports.adapter import FieldSchema, ObjectSchema

_TYPES = {
    "id": "reference",
    "reference": "reference",
    "email": "email",
    "phone": "phone",
    "int": "integer",
    "long": "integer",
    "double": "number",
    "currency": "number",
    "percent": "number",
    "boolean": "boolean",
    "datetime": "instant",
    "date": "date",
    "picklist": "choice",
    "multipicklist": "multichoice",
}
_TEXT_TYPES = frozenset({"string", "textarea", "url", "combobox", "encryptedstring"})


class Schemas:
    """The describes of one org."""

    def __init__(self, client: SalesforceClient) -> None:
        self._client = client
        self._described: dict[str, dict[str, Mapping[str, Any]]] = {}

    def schema(self, object_name: str) -> ObjectSchema:
        """The visible fields; ``SchemaDrift`` when there is no such object."""
        fields = self._fields(object_name)
        return ObjectSchema(object_name, {name: _field(described) for name, described in fields.items()})

    def facts(self, object_name: str) -> ObjectFacts:
        """How changes and deletions of an object are seen; described only when the object is not well known."""
        known = KNOWN.get(object_name)
        return known or facts_from_describe(object_name, self._fields(object_name))

    def cell_readers(self, object_name: str) -> Mapping[str, Callable[[str], Wire]]:
        """How the cells of Bulk 2.0 become what REST would have answered, for the fields that are not texts."""
        kinds = {name: str(described.get("type")) for name, described in self._fields(object_name).items()}
        return {name: _CELLS[kind] for name, kind in kinds.items() if kind in _CELLS}

    def _fields(self, object_name: str) -> dict[str, Mapping[str, Any]]:
        if object_name not in self._described:
            answer = self._client.get(f"sobjects/{soql.name(object_name)}/describe") or {}
            fields = {str(field["name"]): field for field in answer.get("fields", ())}
            if not fields:
                raise SchemaDrift(f"object {object_name} shows no fields", where=self._client.where)
            self._described[object_name] = fields
        return self._described[object_name]


def _field(described: Mapping[str, Any]) -> FieldSchema:
    kind = str(described.get("type", ""))
    restricted = bool(described.get("restrictedPicklist"))
    return FieldSchema(
        name=str(described["name"]),
        type=_TYPES.get(kind, "text" if kind in _TEXT_TYPES else "other"),
        writable=bool(described.get("updateable")),
        options=_options(described) if restricted else (),
        unique=bool(described.get("unique")),
        length_max=int(described.get("length") or 0) or None,
    )


def _options(described: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(entry["value"]) for entry in described.get("picklistValues") or () if entry.get("active"))


_boolean: Callable[[str], Wire] = "true".__eq__  # no function of ours: it is called for millions of cells


def _integer(cell: str) -> Wire:
    return int(float(cell))


def _instant(cell: str) -> Wire:
    """Bulk writes Z where REST writes +0000: one form, or every row looks changed."""
    if cell.endswith(".000Z"):
        return f"{cell[:-1]}+0000"
    return datetime.fromisoformat(cell).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


_CELLS: Mapping[str, Callable[[str], Wire]] = {
    "boolean": _boolean,
    "int": _integer,
    "long": _integer,
    "double": float,
    "currency": float,
    "percent": float,
    "datetime": _instant,
}
