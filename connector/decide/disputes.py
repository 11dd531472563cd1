"""The two sides of a conflict, and what it means that a person takes one of them. Pure.

A side is the record that holds a value. Whether a conflict is still the one that was shown is decided here: each side
must still hold what the conflict is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from connector.decide.contradictions import REASON
from connector.decide.normalise import means_same, same_json
from connector.model import Value
from connector.ports.conflicts import DisputedPerson, DisputedRecord, KeptConflict, Taking
from connector.ports.outbox import Json
from connector.rules.mapping import FieldMapping
from connector.rules.mapping import Mapping as FieldsMapping

OURSELVES = "leadloop"


class Side(Struct, frozen=True):
    """One value and the record that holds it. ``canonical``: as it is read; ``stands``: it is still there."""

    link_id: int | None
    system: str
    object: str
    record_id: str
    value: Json
    canonical: Json
    stands: bool

    def is_named(self, side: str) -> bool:
        """Whether a person means this side: by the CRM, or by the record."""
        return side in (self.system, self.record_id)


class Dispute(Struct, frozen=True):
    """A conflict with its sides. ``counts``: whose value counts until somebody decides; ``name``: canonical."""

    conflict: KeptConflict
    person: DisputedPerson
    name: str
    counts: Side
    other: Side

    @property
    def sides(self) -> tuple[Side, Side]:
        """The side that counts first."""
        return self.counts, self.other

    @property
    def taken(self) -> Side | None:
        """The side that a person has taken."""
        taken = self.conflict.taken_link_id
        return next((side for side in self.sides if taken is not None and side.link_id == taken), None)

    @property
    def is_answer(self) -> bool:
        """Whether it is about the answers to a question."""
        return self.conflict.reason == REASON


class Refused(Struct, frozen=True):
    """Why a side cannot be taken. ``what``: a sentence without a value; ``remedy``: what to do."""

    what: str
    remedy: str


def dispute_of(conflict: KeptConflict, person: DisputedPerson, mapping: FieldsMapping) -> Dispute:
    """A kept conflict with the records that stand against each other."""
    record = person.records.get(conflict.link_id)
    entry = _entry(conflict, record, mapping)
    name = conflict.name or (entry.read or entry.write if entry is not None else None) or conflict.field
    kind = mapping.canonical[name].type if name in mapping.canonical else "text"
    return Dispute(
        conflict=conflict,
        person=person,
        name=name,
        counts=_ours(conflict, person, name, entry, kind),
        other=_theirs(conflict, record, name),
    )


def take(dispute: Dispute, side: str, by: str, at: datetime) -> Taking | Refused | None:
    """The decision for a side; ``None``: it was taken before."""
    conflict, asked = dispute.conflict, f"conflict {dispute.conflict.conflict_id}"
    meant = [each for each in dispute.sides if each.is_named(side)]
    if not meant:
        between = " and ".join(f"{each.system} {each.record_id}".strip() for each in dispute.sides)
        return Refused(f"{asked} is between {between}", "take one of these")
    if len(meant) > 1:
        ids = " or ".join(each.record_id for each in meant)
        return Refused(f"both values of {asked} are in {side}", f"take a record: {ids}")
    if dispute.taken == meant[0]:
        return None
    if conflict.state == "settled" and conflict.taken_link_id is None:
        return Refused(f"{asked} is settled already ({conflict.settled_by})", "there is nothing to decide")
    if not all(each.stands for each in dispute.sides) or meant[0].link_id is None:
        return Refused(f"{asked} has changed since it was noticed", "run a sync and look at it again")
    return Taking(conflict.conflict_id, conflict.person_id, dispute.name, meant[0].link_id, meant[0].canonical, by, at)


def _entry(conflict: KeptConflict, record: DisputedRecord | None, mapping: FieldsMapping) -> FieldMapping | None:
    found = mapping.objects.get((record.system, record.object)) if record is not None else None
    entries: Mapping[str, FieldMapping] = {each.field: each for each in found.fields} if found is not None else {}
    if conflict.reason == REASON:
        return next((each for each in entries.values() if each.read == conflict.field), None)
    return entries.get(conflict.field)


def _theirs(conflict: KeptConflict, record: DisputedRecord | None, name: str) -> Side:
    if record is None:
        return Side(None, OURSELVES, "", "", conflict.theirs, None, stands=False)
    held = record.mapped.get(name)
    if conflict.reason == REASON:
        stands = _alike(held, conflict.theirs)
    else:
        stands = conflict.field in record.wire and same_json(record.wire[conflict.field], conflict.theirs)
    return _side(record, conflict.theirs, held, stands=stands and record.living)


def _ours(
    conflict: KeptConflict, person: DisputedPerson, name: str, entry: FieldMapping | None, kind: str
) -> Side:  # fmt: skip
    """The record that our value is from; where that is gone, the value is ours alone."""
    source = (person.row.get("provenance") or {}).get(name, (None, None))[0]
    others = [each for link_id, each in sorted(person.records.items()) if link_id != conflict.link_id]
    holders = [each for each in others if each.living and _is_ours(conflict, each.mapped.get(name), entry, kind)]
    if holders:
        record = next((each for each in holders if each.link_id == source), holders[0])
        return _side(record, conflict.ours, record.mapped.get(name), stands=True)
    # Once a decision was carried out, the value comes from the record it is about: then any other was against it.
    origin = next((each for each in others if each.link_id == source), None) or next(iter(others), None)
    if origin is None:
        return Side(None, OURSELVES, "", "", conflict.ours, None, stands=False)
    value = _of_person(person, name)
    kept = origin.link_id == source and not origin.living and _is_ours(conflict, value, entry, kind)
    return _side(origin, conflict.ours, value, stands=kept)


def _is_ours(conflict: KeptConflict, held: Value, entry: FieldMapping | None, kind: str) -> bool:
    if conflict.reason == REASON or entry is None:
        return _alike(held, conflict.ours)
    return means_same(kind, entry.as_written(held), conflict.ours)


def _alike(left: Value, right: Value) -> bool:
    return left is not None and str(left).casefold() == str(right).casefold()


def _of_person(person: DisputedPerson, name: str) -> Json:
    row = person.row
    value: Json = row[name] if name in row else (row.get("extra") or {}).get(name)
    return value


def _side(record: DisputedRecord, value: Json, canonical: Json, *, stands: bool) -> Side:
    return Side(record.link_id, record.system, record.object, record.record_id, value, canonical, stands)
