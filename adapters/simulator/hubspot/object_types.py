"""Decides which object types exist, their names, ids and system properties; must not know any record.

Ids from contract sheet 2.11, stamps from 2.5, default properties from 2.6. A further type is one entry here and
one table in ``standard_properties``.
"""

from __future__ import annotations

from dataclasses import dataclass

from adapters.simulator.hubspot.refusals import unknown_type


@dataclass(frozen=True)
class ObjectType:
    """One kind of record: plural name in paths, type id, the word used in messages, its stamps."""

    name: str
    type_id: str
    singular: str
    created: str
    modified: str
    defaults: tuple[str, ...]
    required: tuple[str, ...] = ()
    searchable: tuple[str, ...] = ()
    scope: str = "contacts"
    first_id: int = 1_000_000

    @property
    def legacy(self) -> str:
        """The upper-case name in messages."""
        return self.singular.upper()

    @property
    def system(self) -> tuple[str, ...]:
        """Returned with every record, asked for or not (sheet 2.1)."""
        return (self.created, "hs_object_id", self.modified)


def _record(name: str, type_id: str, singular: str, defaults: str, **more: object) -> ObjectType:
    modified = "lastmodifieddate" if name == "contacts" else "hs_lastmodifieddate"
    names = (*defaults.split(), "createdate", modified, "hs_object_id")
    return ObjectType(name, type_id, singular, "createdate", modified, names, **more)  # type: ignore[arg-type]


def _engagement(name: str, type_id: str, singular: str, first_id: int) -> ObjectType:
    stamps = ("hs_createdate", "hs_lastmodifieddate")
    return ObjectType(
        name,
        type_id,
        singular,
        *stamps,
        (*stamps, "hs_object_id"),
        required=("hs_timestamp",),
        first_id=first_id,
    )


_CONTACT_WORDS = (
    "firstname",
    "lastname",
    "email",
    "phone",
    "mobilephone",
    "fax",
    "company",
    "hs_additional_emails",
)
_DEAL_WORDS = ("dealname", "pipeline", "dealstage", "description", "dealtype")

OBJECT_TYPES: dict[str, ObjectType] = {
    kind.name: kind
    for kind in (
        _record(
            "contacts",
            "0-1",
            "contact",
            "firstname lastname email",
            searchable=_CONTACT_WORDS,
            first_id=70_110_000,
        ),
        _record(
            "companies",
            "0-2",
            "company",
            "name domain",
            searchable=("website", "phone", "name", "domain"),
            scope="companies",
            first_id=9_055_000,
        ),
        _record(
            "deals",
            "0-3",
            "deal",
            "dealname amount closedate pipeline dealstage",
            searchable=_DEAL_WORDS,
            scope="deals",
            first_id=51_569_000,
        ),
        _record("leads", "0-136", "lead", "", required=("hs_lead_name",), scope="leads", first_id=33_200_000),
        _engagement("calls", "0-48", "call", 81_000_000),
        _engagement("meetings", "0-47", "meeting", 82_000_000),
        _engagement("emails", "0-49", "email", 83_000_000),
        _engagement("tasks", "0-27", "task", 84_000_000),
        _engagement("notes", "0-46", "note", 85_000_000),
        _engagement("communications", "0-18", "communication", 86_000_000),
    )
}

_BY_ANY_NAME: dict[str, str] = {
    alias: kind.name for kind in OBJECT_TYPES.values() for alias in (kind.name, kind.singular, kind.type_id)
}


def object_type(text: str) -> ObjectType:
    """The type for a plural or singular name or a type id; refuses as the vendor does."""
    name = _BY_ANY_NAME.get(text.lower())
    if name is None:
        raise unknown_type(text)
    return OBJECT_TYPES[name]
