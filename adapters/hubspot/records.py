"""From a record's JSON to the core's record, and from a value to HubSpot's text. Pure.

Decides what a record says about identity: merged ids it took in, references to the other CRM. Must not know
the mapping: property texts are passed through as they came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from adapters.hubspot.objects import CROSS_REFERENCES, SYSTEM, ObjectFacts
from connector.model import RawRecord, RecordRef, Wire

CHECK_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def moment(text: str) -> datetime:
    """``2026-11-19T16:02:10.733Z`` as an aware datetime."""
    stamp = datetime.fromisoformat(text)
    return stamp if stamp.tzinfo is UTC else stamp.astimezone(UTC)


def record(facts: ObjectFacts, document: Mapping[str, Any], fields: Sequence[str]) -> RawRecord:
    """One record with the asked properties that were answered: null when unset, absent when undefined."""
    properties: Mapping[str, Wire] = document.get("properties") or {}
    stamp = properties.get(facts.modified) or document.get("updatedAt")
    created = document.get("createdAt")
    return RawRecord(
        ref=RecordRef(SYSTEM, facts.name, str(document["id"])),
        modified_at=moment(str(stamp)),
        fields={name: properties[name] for name in fields if name in properties},
        created_at=moment(str(created)) if created else None,
        deleted=bool(document.get("archived")),
        absorbs=_absorbed(facts, properties, str(document["id"])),
        same_as=_cross_references(facts, properties),
    )


def removed(facts: ObjectFacts, document: Mapping[str, Any]) -> RawRecord:
    """An archived record: only that it is gone, and since when."""
    stamp = document.get("archivedAt") or document.get("updatedAt") or document.get("createdAt")
    ref = RecordRef(SYSTEM, facts.name, str(document["id"]))
    return RawRecord(ref=ref, modified_at=moment(str(stamp)), fields={}, deleted=True)


def merged_away(facts: ObjectFacts, old_id: str, survivor: RawRecord) -> RawRecord:
    """What an old id answers: nothing of its own, only who took it in."""
    return RawRecord(
        ref=RecordRef(SYSTEM, facts.name, old_id),
        modified_at=survivor.modified_at,
        fields={},
        successor=survivor.ref,
        succession="merged",
    )


def _absorbed(facts: ObjectFacts, properties: Mapping[str, Wire], own_id: str) -> tuple[RecordRef, ...]:
    """``hs_merged_object_ids`` is complete; the property with times can miss ids (contract sheet 2.7)."""
    listed = properties.get("hs_merged_object_ids")
    if not listed:
        return ()
    ids = [old_id.strip() for old_id in str(listed).split(";")]
    return tuple(RecordRef(SYSTEM, facts.name, old_id) for old_id in ids if old_id not in ("", own_id))


def _cross_references(facts: ObjectFacts, properties: Mapping[str, Wire]) -> tuple[RecordRef, ...]:
    """The records of the other CRM that the vendor's own sync says it is; after a conversion only the Contact."""
    named = [name for name in facts.identity if name in CROSS_REFERENCES and properties.get(name)]
    if "salesforcecontactid" in named:
        named = [name for name in named if name != "salesforceleadid"]
    return tuple(RecordRef(*CROSS_REFERENCES[name], _long_id(str(properties[name]))) for name in named)


def _long_id(record_id: str) -> str:
    """A Salesforce id of 15 characters with its three check characters; which of both is stored is unconfirmed.

    Each of them tells which of five characters are capitals, the first one lowest.
    """
    if len(record_id) != 15:
        return record_id
    fives = (record_id[start : start + 5] for start in (0, 5, 10))
    numbers = (sum(1 << place for place, letter in enumerate(five) if "A" <= letter <= "Z") for five in fives)
    return record_id + "".join(CHECK_CHARACTERS[number] for number in numbers)


def encode(value: object) -> Wire:
    """A canonical value as HubSpot stores it: everything is text, and empty text clears."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
