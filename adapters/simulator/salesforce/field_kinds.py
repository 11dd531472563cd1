"""Short constructors for the schema tables: one per kind of field."""

from __future__ import annotations

from typing import Any

from adapters.simulator.salesforce.schema import Field


def text(name: str, length: int, kind: str = "string", **options: Any) -> Field:
    """A text field of at most ``length`` characters."""
    return Field(name, kind, length=length, **options)


def long_text(name: str, length: int = 32000) -> Field:
    """A long text area, which can be neither filtered nor sorted."""
    return Field(name, "textarea", length=length, filterable=False, sortable=False)


def choice(name: str, *values: str, **options: Any) -> Field:
    """A picklist; restricted only when said so."""
    return Field(name, "picklist", length=255, values=values, **options)


def flag(name: str, *, default: bool = False, **options: Any) -> Field:
    """A checkbox: never null."""
    return Field(name, "boolean", nillable=False, defaulted=True, default=default, **options)


def number(name: str, kind: str = "double", precision: int = 18, scale: int = 0, **options: Any) -> Field:
    """A number with so many digits, of which ``scale`` stand behind the point."""
    return Field(name, kind, precision=precision, scale=scale, **options)


def link(name: str, *targets: str, relationship: str | None = None, **options: Any) -> Field:
    """A reference; its relationship is the name without ``Id`` unless given."""
    return Field(
        name,
        "reference",
        length=18,
        reference_to=targets,
        relationship=relationship or name.removesuffix("Id"),
        **options,
    )


def system(name: str, kind: str, **options: Any) -> Field:
    """A field that only the vendor writes."""
    return Field(name, kind, createable=False, updateable=False, **options)


def system_link(name: str, *targets: str, nillable: bool = False) -> Field:
    """A reference that only the vendor writes."""
    return link(name, *targets, createable=False, updateable=False, nillable=nillable)


def audit(*, soft_delete: bool = True) -> list[Field]:
    """The fields that every record has behind its own."""
    fields = [system("Id", "id", length=18, nillable=False, defaulted=True)]
    if soft_delete:
        fields.append(flag("IsDeleted", createable=False, updateable=False))
    return [
        *fields,
        system("CreatedDate", "datetime", nillable=False, defaulted=True),
        system_link("CreatedById", "User"),
        system("LastModifiedDate", "datetime", nillable=False, defaulted=True),
        system_link("LastModifiedById", "User"),
        system("SystemModstamp", "datetime", nillable=False, defaulted=True),
    ]


def address(prefix: str = "") -> list[Field]:
    """The parts of one postal address."""
    lengths = {"Street": 255, "City": 40, "State": 80, "PostalCode": 20, "Country": 80}
    kinds = {"Street": "textarea"}
    return [text(prefix + name, length, kinds.get(name, "string")) for name, length in lengths.items()]
