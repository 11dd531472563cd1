"""Decides which properties exist and how one is described; must not know any record's values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

_FIELD_TYPES = {
    "string": "text",
    "number": "number",
    "enumeration": "select",
    "datetime": "date",
    "date": "date",
    "bool": "booleancheckbox",
    "phone_number": "phonenumber",
}
PROPERTY_TYPES = frozenset({*_FIELD_TYPES, "object_coordinates", "json"})


@dataclass(frozen=True)
class Property:
    """One property of one object type."""

    name: str
    type: str = "string"
    field_type: str = ""
    label: str = ""
    group: str = "contactinformation"
    description: str = ""
    options: tuple[Mapping[str, Any], ...] = ()
    unique: bool = False
    read_only: bool = False
    calculated: bool = False
    hubspot_defined: bool = True
    hidden: bool = False
    form_field: bool = False
    references: str | None = None
    created_at: str = "2019-08-06T02:41:08.204Z"
    updated_at: str = "2019-08-06T02:41:08.204Z"
    archived: bool = False
    archived_at: str | None = None

    @cached_property
    def option_order(self) -> dict[str, int]:
        """Option value to its rank."""
        return {str(option["value"]): rank for rank, option in enumerate(self.options)}

    @property
    def several(self) -> bool:
        """Whether values are a list joined by semicolons."""
        return self.field_type == "checkbox"

    def document(self) -> dict[str, Any]:
        """The property as the API describes it (sheet 2.10)."""
        described = {
            "updatedAt": self.updated_at,
            "createdAt": self.created_at,
            "name": self.name,
            "label": self.label or self.name.replace("_", " ").capitalize(),
            "type": self.type,
            "fieldType": self.field_type or _FIELD_TYPES.get(self.type, "text"),
            "description": self.description,
            "groupName": self.group,
            "options": [dict(option) for option in self.options],
            "displayOrder": -1,
            "calculated": self.calculated,
            "externalOptions": self.references is not None,
            "archived": self.archived,
            "hasUniqueValue": self.unique,
            "hidden": self.hidden,
            "hubspotDefined": self.hubspot_defined,
            "modificationMetadata": self._modification(),
            "formField": self.form_field,
            "dataSensitivity": "non_sensitive",
        }
        if self.references:
            described["referencedObjectType"] = self.references
        if self.archived_at:
            described["archivedAt"] = self.archived_at
        return described

    def _modification(self) -> dict[str, bool]:
        return {
            "archivable": not self.hubspot_defined,
            "readOnlyDefinition": self.hubspot_defined,
            "readOnlyOptions": self.hubspot_defined,
            "readOnlyValue": self.read_only,
        }


def options_from(values: Iterable[str | Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Options in the vendor's shape from plain values or from given options."""
    rows: list[Mapping[str, Any]] = []
    for rank, value in enumerate(values):
        given = {"value": value} if isinstance(value, str) else dict(value)
        text = str(given["value"])
        rows.append({"label": text, "displayOrder": rank, "hidden": False, **given, "value": text})
    return tuple(rows)


def property_from(document: Mapping[str, Any], *, now: str) -> Property:
    """A portal's own property from a definition in the API's words."""
    kind = str(document.get("type", "string"))
    metadata = document.get("modificationMetadata") or {}
    return Property(
        name=str(document["name"]),
        type=kind,
        field_type=str(document.get("fieldType") or _FIELD_TYPES.get(kind, "text")),
        label=str(document.get("label", "")),
        group=str(document.get("groupName") or "contactinformation"),
        description=str(document.get("description") or ""),
        options=options_from(document.get("options") or ()),
        unique=bool(document.get("hasUniqueValue", False)),
        read_only=bool(metadata.get("readOnlyValue", False)),
        calculated=bool(document.get("calculated", False)),
        hubspot_defined=bool(document.get("hubspotDefined", False)),
        hidden=bool(document.get("hidden", False)),
        form_field=bool(document.get("formField", False)),
        references=document.get("referencedObjectType"),
        created_at=now,
        updated_at=now,
    )


class Schema:
    """The properties of every object type of one portal, archived ones included."""

    def __init__(self, standard: Mapping[str, Mapping[str, Property]]) -> None:
        self._properties = {name: dict(properties) for name, properties in standard.items()}
        self.groups: dict[str, dict[str, str]] = {
            name: {prop.group: prop.group for prop in properties.values()}
            for name, properties in self._properties.items()
        }

    def all_of(self, object_name: str) -> dict[str, Property]:
        """Name to property, archived ones included."""
        return self._properties[object_name]

    def live(self, object_name: str, name: str) -> Property | None:
        """The property when it exists and is not archived."""
        found = self._properties[object_name].get(name)
        return None if found is None or found.archived else found

    def put(self, object_name: str, definition: Property) -> None:
        """Add or replace a property."""
        self._properties[object_name][definition.name] = definition
        self.groups[object_name].setdefault(definition.group, definition.group)

    def set_options(self, object_name: str, name: str, values: Iterable[str]) -> None:
        """Replace the options of an existing property."""
        self.put(object_name, replace(self._properties[object_name][name], options=options_from(values)))

    def remove(self, object_name: str, name: str) -> None:
        """Forget a property altogether, as if it had never been created."""
        self._properties[object_name].pop(name, None)

    def unique_names(self, object_name: str) -> list[str]:
        """Names of unique properties; a contact's e-mail is one of them."""
        return [prop.name for prop in self._properties[object_name].values() if prop.unique and not prop.archived]
