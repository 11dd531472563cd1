"""Property definitions in the core's words. Cached for the life of the adapter.

Decides how the vendor's types are called and what may be written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.hubspot.client import HubSpotClient
from adapters.hubspot.collected import FIELDS, WRITTEN
from adapters.hubspot.objects import FORM_SUBMISSIONS, OWNERS, PIPELINES
from adapters.hubspot.owners import OWNER_FIELDS, STAGE_FIELDS
from adapters.hubspot.subscriptions import Subscriptions
from connector.errors import SchemaDrift
from connector.ports.adapter import FieldSchema, ObjectSchema

_TYPES = {
    "string": "text",
    "number": "number",
    "date": "date",
    "datetime": "instant",
    "enumeration": "choice",
    "bool": "boolean",
    "phone_number": "phone",
}
_OURS = {"submitted_at": "instant", "joined_at": "instant", "created": "instant", "seconds_since_delivery": "integer"}
_LISTS = {OWNERS: OWNER_FIELDS, PIPELINES: STAGE_FIELDS}
TEXT_LENGTH_MAX = 65_536


class Schemas:
    """The property definitions of one portal."""

    def __init__(self, client: HubSpotClient, subscriptions: Subscriptions) -> None:
        self._client = client
        self._subscriptions = subscriptions
        self._known: dict[str, ObjectSchema] = {}

    def schema(self, object_name: str) -> ObjectSchema:
        """The visible properties; ``SchemaDrift`` when there is no such object type."""
        if object_name not in self._known:
            self._known[object_name] = self._fetch(object_name)
        return self._known[object_name]

    def _fetch(self, object_name: str) -> ObjectSchema:
        if object_name in _LISTS:
            fields = {name: FieldSchema(name, "text", writable=False) for name in _LISTS[object_name]}
            return ObjectSchema(object_name, fields)
        if object_name in FIELDS:
            fields = {name: FieldSchema(name, _OURS.get(name, "text"), writable=False) for name in FIELDS[object_name]}
            return ObjectSchema(object_name, fields, open=WRITTEN if object_name == FORM_SUBMISSIONS else "")
        answer = self._client.get(self._client.paths.properties(object_name))
        properties = {str(row["name"]): _field(row) for row in answer.get("results", ())}
        if not properties:
            raise SchemaDrift(f"object {object_name} shows no properties", where=self._client.where)
        if object_name != "contacts":
            return ObjectSchema(object_name, properties)
        more, refused = self._subscriptions.fields()
        return ObjectSchema(object_name, {**properties, **more}, refused)


def _field(row: Mapping[str, Any]) -> FieldSchema:
    metadata = row.get("modificationMetadata") or {}
    kind = _kind(row)
    return FieldSchema(
        name=str(row["name"]),
        type=kind,
        writable=not (metadata.get("readOnlyValue") or row.get("calculated")),
        options=_options(row),
        unique=bool(row.get("hasUniqueValue")),
        length_max=TEXT_LENGTH_MAX if kind == "text" else None,
    )


def _kind(row: Mapping[str, Any]) -> str:
    if row.get("name") == "email":
        return "email"
    if row.get("referencedObjectType") == "OWNER":
        return "reference"  # the owners are its options, but they are not listed (contract sheet 2.9)
    if row.get("fieldType") == "phonenumber":
        return "phone"
    if row.get("type") == "enumeration" and row.get("fieldType") == "checkbox":
        return "multichoice"
    return _TYPES.get(str(row.get("type")), "other")


def _options(row: Mapping[str, Any]) -> tuple[str, ...]:
    if row.get("type") != "enumeration" or row.get("externalOptions"):
        return ()
    return tuple(str(option["value"]) for option in row.get("options") or ())
