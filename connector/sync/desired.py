"""What each CRM field of a person should hold, from the stored decisions; and which records should exist.

Pure over the stored person row: planning is a function of what is stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct, field
from msgspec.structs import replace

from connector.clock import from_micros
from connector.decide.diff import Desired
from connector.decide.membership import Collections, MembershipWish, memberships
from connector.decide.native_sync import EVERYWHERE, Sides
from connector.decide.plan import CreateWish
from connector.facts import PROFILE
from connector.model import Level, Value
from connector.ports.decisions import UserFacts
from connector.ports.outbox import LinkView, MomentView, PersonView
from connector.rules.mapping import CanonicalField, FieldMapping, ObjectMapping
from connector.rules.mapping import Mapping as FieldsMapping
from connector.sync.decided import decided_wishes
from connector.sync.task_wishes import Places

OWNED_COLUMNS: Mapping[str, str] = {
    "person_key": "person_key",
    "stage": "stage",
    "disposition": "disposition",
    "grade": "grade",
    "score": "published_score",
    "fit": "published_fit",
    "engagement": "published_engagement",
    "readiness": "published_readiness",
    "why": "published_why",
    "recycle_reason": "recycle_reason",
    "nurture_track": "track",
    "next_step": "next_step",
    "next_step_due": "next_step_due",
    "expected_value": "expected_value",
    "qualified_at": "qualified_at",
    "handed_off_at": "handed_off_at",
    "accepted_at": "accepted_at",
    "first_touch_at": "first_touch_at",
    "sales_qualified_at": "sales_qualified_at",
}
"""Canonical field of ours -> person column that it mirrors."""

UNKNOWN_NAME = "[not provided]"
"""What required name fields hold when a record is created for somebody whose name is not known."""


class Wanted(Struct, frozen=True):
    """The wish list of a run. ``ladder``: stage or ``sales_qualified`` -> the word for ``lifecycle``.

    ``zone``: the company's; a moment that is written as a day is the day it falls on there. ``sides``: which fields are
    written in one system only. ``collections``: system -> the lists or campaigns of the tracks.
    """

    mapping: FieldsMapping
    users: Mapping[int, UserFacts]
    ladder: Mapping[str, str]
    zone: ZoneInfo
    sides: Sides = EVERYWHERE
    collections: Mapping[str, Collections] = field(default_factory=dict)

    def fields(self, person: PersonView, link: LinkView) -> dict[str, Desired]:
        """CRM field -> wish, for one primary record."""
        mapping = self.mapping.objects.get((link.system, link.object))
        if mapping is None or not _takes_part(person.person) or person.person["processing_restricted"]:
            return {}
        wishes = dict(self._fields(mapping, person, link.system))
        if person.decided:
            wishes |= dict(decided_wishes(self.mapping, mapping, person, link, wishes))
        if mapping.key is not None and not link.stamped:
            wishes[mapping.key] = Desired(
                link.external_key, "text", "leadloop", Level.ANNOTATE, rule="identity", name="external_key", along=True
            )
        return wishes

    def wishes(self, person: PersonView) -> Sequence[CreateWish | MembershipWish]:
        """Records that should exist, and where a person's records should be members."""
        return [*self.records(person), *self._memberships(person)]

    def _memberships(self, person: PersonView) -> Iterator[MembershipWish]:
        may_join = _takes_part(person.person) and not person.person["processing_restricted"]
        for link in person.links:
            if link.system in self.collections and (link.system, link.object) in self.mapping.objects:
                rules = self.collections[link.system]
                yield from memberships(link, person.person["track"], rules, may_join=may_join)

    def records(self, person: PersonView) -> Sequence[CreateWish]:
        """Records that should exist: the person's own at the hand-off, and as tasks the note and what else is asked."""
        note = person.person["hand_off"]
        if person.person["processing_restricted"]:
            return ()
        made = [
            self._new_record(mapping, person)
            for mapping in self.mapping.of_kind("person")
            if note is not None and mapping.create == "qualified" and self._is_missing(mapping, person)
        ]
        coming = frozenset(wish.system for wish in made)
        places = Places(self.mapping, self.users)
        notes = [each for each in (note, *(person.person["tasks"] or ())) if each is not None]
        tasks = (places.task(person, each, coming) for each in notes)
        return [*made, *(task for task in tasks if task is not None)]

    def _fields(self, mapping: ObjectMapping, person: PersonView, system: str) -> Iterator[tuple[str, Desired]]:
        for entry in mapping.fields:
            if entry.write is None:
                continue
            canonical = self.mapping.canonical[entry.write]
            wish = self._wish(canonical, entry, person, system)
            if wish is not None and self._is_written_in(system, canonical, person):
                yield entry.field, replace(wish, read=entry.read or "")

    def _is_written_in(self, system: str, canonical: CanonicalField, person: PersonView) -> bool:
        """Not where another integration carries the value to, unless nothing of the person can hold it on its side."""
        side = self.sides.side_of(canonical.name, canonical.policy)
        if side is None or side == system:
            return True
        there = (self.mapping.objects.get((link.system, link.object)) for link in person.links if link.system == side)
        return not any(entry.write == canonical.name for mapping in there if mapping for entry in mapping.fields)

    def _wish(
        self, canonical: CanonicalField, entry: FieldMapping, person: PersonView, system: str
    ) -> Desired | None:  # fmt: skip
        if canonical.policy == "leadloop":
            return _owned(canonical, self._owned_value(canonical.name, person.person))
        if canonical.policy == "moment":
            return self._moment(canonical, entry, person, system)
        if canonical.policy == "forward":
            return self._forward(canonical, entry, person.person)
        return _profile(canonical, entry, person.person)

    def _owned_value(self, name: str, row: Mapping[str, Any]) -> Value:
        if name == "recycled":
            return bool(row["disposition"] == "recycled")
        if name == "recycle_until":
            until = row["recycle_until"]
            is_waiting = isinstance(until, datetime) and row["disposition"] == "recycled"
            return until.astimezone(self.zone).date() if is_waiting else None
        if name == "last_sales_owner":
            user = self.users.get(row["last_sales_owner_id"] or 0)
            return user.name if user else None
        value: Value = row[OWNED_COLUMNS[name]]
        return value

    def _moment(
        self, canonical: CanonicalField, entry: FieldMapping, person: PersonView, system: str
    ) -> Desired | None:  # fmt: skip
        moment = person.moments.get(canonical.name)
        value = None if moment is None else self._moment_value(canonical, entry, moment, system)
        if moment is None or value is None:
            return Desired(None, canonical.type, "moment", canonical.level, name=canonical.name, moment=canonical.name)
        return Desired(
            value,
            canonical.type,
            "moment",
            canonical.level,
            rule=moment.rule,
            reason=moment.reason,
            name=canonical.name,
            moment=canonical.name,
            moment_seq=moment.seq,
            moment_at=moment.at,
        )

    def _moment_value(
        self, canonical: CanonicalField, entry: FieldMapping, moment: MomentView, system: str
    ) -> Value:  # fmt: skip
        if canonical.type == "owner":
            user = self.users.get(int(moment.value)) if moment.value else None
            return user.owner_ids.get(system) if user else None
        return entry.write_values.get(moment.value or "")

    def _forward(self, canonical: CanonicalField, entry: FieldMapping, row: Mapping[str, Any]) -> Desired:
        word = lifecycle_word(row, entry.write_values or self.ladder)
        return Desired(
            word,
            "choice",
            "forward",
            canonical.level,
            rule="stage",
            reason=f"stage {row['stage']}",
            name=canonical.name,
            ranks=canonical.ladder,
        )

    def _is_missing(self, mapping: ObjectMapping, person: PersonView) -> bool:
        in_family = any(link.system == mapping.system and link.family == mapping.family for link in person.links)
        return not in_family and bool(person.person["has_email"])

    def _new_record(self, mapping: ObjectMapping, person: PersonView) -> CreateWish:
        fields = dict(self._fields(mapping, person, mapping.system))
        for entry in mapping.fields:
            if entry.read in ("email", "first_name", "last_name", "account_name") and entry.field not in fields:
                value = person.person[entry.read]
                if value is None and entry.read in ("last_name", "account_name"):
                    value = UNKNOWN_NAME
                fields[entry.field] = Desired(
                    value, "text", "leadloop", Level.ASSIGN, rule="create", reason="handed off", name=entry.read
                )
        return CreateWish(
            person_id=person.person_id,
            system=mapping.system,
            object=mapping.object,
            kind="create",
            target=f"{mapping.system}:{mapping.object}:new:{person.person_id}",
            fields={name: wish for name, wish in fields.items() if wish.value is not None},
        )


def lifecycle_word(row: Mapping[str, Any], words: Mapping[str, str]) -> str | None:
    """The ladder's word for a stage; sales' confirmation of the need is one word further. A name is never written."""
    if row["stage"] == "qualified_lead" and row["disposition"] == "sales_qualified":
        return words.get("sales_qualified")
    if row["stage"] == "suspect" and row["email_opt_out"]:
        return None
    return words.get(row["stage"])


def _takes_part(row: Mapping[str, Any]) -> bool:
    """People who were never decided about, or stay a name without any signal, are not written."""
    return row["stage_since"] is not None and (row["stage"] != "name" or row["published_score"] is not None)


def _owned(canonical: CanonicalField, value: Value) -> Desired:
    return Desired(value, canonical.type, "leadloop", canonical.level, rule="leadloop", name=canonical.name)


def _profile(canonical: CanonicalField, entry: FieldMapping, row: Mapping[str, Any]) -> Desired:
    value = row[canonical.name] if canonical.name in PROFILE else (row["extra"] or {}).get(canonical.name)
    changed = (row["provenance"] or {}).get(canonical.name)
    return Desired(
        entry.as_written(value),
        canonical.type,
        canonical.policy,
        canonical.level,
        rule=canonical.policy,
        name=canonical.name,
        changed_at=from_micros(changed[1]) if changed else None,
        first_contact=canonical.first_contact,
    )
