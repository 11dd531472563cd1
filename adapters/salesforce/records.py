"""From a JSON row to a record, and from a value to what Salesforce takes. Pure.

Decides what a row says about identity: deleted, merged into another, converted to a Contact. Must not know
the mapping: fields are passed through as they came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from email.utils import format_datetime
from typing import Any, cast

from adapters.salesforce.objects import ObjectFacts
from connector.model import RawRecord, RecordRef, Wire

SYSTEM = "salesforce"
_MISSING = object()
_COMPOUND = frozenset((dict, list))


def moment(text: str) -> datetime:
    """``2026-01-02T03:04:05.000+0000`` (REST) or ``...Z`` (Bulk) as an aware datetime."""
    stamp = datetime.fromisoformat(text)
    return stamp if stamp.tzinfo is UTC else stamp.astimezone(UTC)


def record(facts: ObjectFacts, row: Mapping[str, object], fields: Sequence[str]) -> RawRecord:
    """One row with the asked fields that were answered; compound values are left out."""
    created = row.get("CreatedDate")
    successor, succession = _successor(row)
    return RawRecord(
        ref=RecordRef(SYSTEM, facts.name, str(row["Id"])),
        modified_at=moment(str(row[facts.stamp])),
        fields=_answered(row, fields),
        created_at=moment(str(created)) if created else None,
        deleted=bool(row.get("IsDeleted", False)),
        successor=successor,
        succession=succession,
        modified_by=cast("str | None", row.get("LastModifiedById")),
    )


def _successor(row: Mapping[str, object]) -> tuple[RecordRef | None, str]:
    master = row.get("MasterRecordId")
    if master:
        return RecordRef(SYSTEM, _object_of(row), str(master)), "merged"
    contact = row.get("ConvertedContactId")
    if row.get("IsConverted") and contact:
        return RecordRef(SYSTEM, "Contact", str(contact)), "converted"
    return None, ""


def _object_of(row: Mapping[str, object]) -> str:
    attributes = row.get("attributes")
    return str(attributes.get("type", "")) if isinstance(attributes, Mapping) else ""


def _answered(row: Mapping[str, object], fields: Sequence[str]) -> dict[str, Wire]:
    plain: dict[str, Any] = {field: row[field] for field in fields if field in row}
    if len(plain) == len(fields) and _COMPOUND.isdisjoint(map(type, plain.values())):
        return plain  # nearly always: the long way would cost as much as the rest of the record
    values = {field: row[field] if field in row else _dotted(row, field) for field in fields}
    # What is left out was not answered, or is an address or location: compound, readable through its parts.
    return {
        field: cast(Wire, value)
        for field, value in values.items()
        if value is not _MISSING and type(value) not in _COMPOUND
    }


def _dotted(row: Mapping[str, object], field: str) -> object:
    value: object = row
    for step in field.split("."):
        if value is None:
            return None  # the parent is null: so is what it would hold
        if not isinstance(value, Mapping) or step not in value:
            return _MISSING
        value = value[step]
    return value


def encode(value: object) -> Wire:
    """A canonical value for a JSON body. Datetimes in UTC and whole seconds, the vendor's resolution."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    if isinstance(value, date):
        return value.isoformat()
    return cast(Wire, value)


def http_date(stamp: datetime) -> str:
    """For ``If-Unmodified-Since`` (RFC 1123)."""
    return format_datetime(stamp.astimezone(UTC), usegmt=True)
