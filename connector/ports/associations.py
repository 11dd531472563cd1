"""What a new record is tied to, as the core speaks of it: one pseudo field per kind of record, holding an id.

A vendor that ties records by associations takes ``association:<object>`` in a create and answers it in a read (several
ids: joined by a semicolon). So a tie is planned, sent, read back and journalled like any other field. Only creates hold
one: what people tie and untie afterwards is theirs.
"""

from __future__ import annotations

ASSOCIATION = "association"
"""In a mapping: the record is tied by an association and not by a field."""
_PREFIX = f"{ASSOCIATION}:"


def tie_to(object_name: str) -> str:
    """The field that stands for the associated record of an object."""
    return f"{_PREFIX}{object_name}"


def tied_object(field: str) -> str | None:
    """The inverse of ``tie_to``; ``None`` for any other field."""
    return field.removeprefix(_PREFIX) if field.startswith(_PREFIX) else None
