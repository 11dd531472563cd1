"""Resolving landed records to people, in the order that lets facts come before keys.

Users and accounts first, then people (with conversions and merges among them), then activities, opportunities and
roles. Runs after all objects of the cycle have landed, and goes on where it stopped: each chunk moves its cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from msgspec.structs import replace

from connector.clock import from_micros
from connector.decide.links import LinkFacts, primary_links
from connector.decide.links import Standing as RecordStanding
from connector.decide.past_changes import HistorySource, changes_of
from connector.decide.signals import people_of, signals_of
from connector.model import Canonical, RecordRef
from connector.ports.people import (
    Cursor,
    LandedRecord,
    MemberRow,
    OpportunityRow,
    ResolveStore,
    RoleRow,
    Signal,
    Standing,
    UserRow,
)
from connector.rules.mapping import ObjectMapping, without_replaced
from connector.rules.transforms import Unreadable, apply_transform, canonical
from connector.sync.account_rows import account_of, account_row
from connector.sync.people import resolve_people
from connector.sync.references import addressed, with_references
from connector.sync.run import Run
from connector.sync.sources import source_of

CHUNK = 500
READ_AGE_MAX = timedelta(days=2)
"""What was not read for so long does not stand in for anything else."""


@dataclass
class Resolved:
    """What the step did: people made and merged."""

    new: int = 0
    merged: int = 0
    people: set[int] = field(default_factory=set)


def resolve(run: Run, store: ResolveStore) -> Resolved:
    """Turn every landed record that is not resolved yet into what it is."""
    read = store.objects_read(run.company_id, run.now - READ_AGE_MAX)
    run = replace(run, mapping=without_replaced(run.mapping, read))
    resolved = Resolved()
    _each(run, store, "user", _save_users)
    _each(run, store, "account", _save_accounts)
    for mapping in run.mapping.of_kind("person"):
        while records := _unresolved(run, store, mapping):
            counts = resolve_people(run, store, mapping, records)
            resolved.new += counts.new
            resolved.merged += counts.merged
            resolved.people |= set(counts.people)
    for kind in ("reference", "vocabulary", "organization"):
        _each(run, store, kind, _pass_over)
    _each(run, store, "member", _save_members)
    _each(run, store, "history", _save_history)
    _each(run, store, "activity", _save_signals)
    store.release_due(run.company_id, run.now)
    _each(run, store, "opportunity", _save_opportunities)
    _each(run, store, "role", _save_roles)
    choose_primary(run, store, sorted(resolved.people))
    return resolved


def choose_primary(run: Run, store: ResolveStore, people: Sequence[int]) -> None:
    """One primary record per person, system and family (PLAYBOOK 2)."""
    for start in range(0, len(people), CHUNK):
        part = people[start : start + CHUNK]
        facts = [_link_facts(run, standing) for standing in store.standings(run.company_id, part)]
        store.set_primary(run.company_id, part, sorted(primary_links(facts)))


def cursor_behind(run: Run, mapping: ObjectMapping, records: Sequence[LandedRecord]) -> Cursor:
    """The resolve cursor behind these records."""
    return Cursor(mapping.system, mapping.object, records[-1].seq, run.now)


Save = Callable[[Run, ResolveStore, ObjectMapping, Sequence[LandedRecord]], None]


def _each(run: Run, store: ResolveStore, kind: str, save: Save) -> None:
    for mapping in run.mapping.of_kind(kind):
        while records := _unresolved(run, store, mapping):
            save(run, store, mapping, with_references(run, store, mapping, records) if mapping.references else records)


def _unresolved(run: Run, store: ResolveStore, mapping: ObjectMapping) -> list[LandedRecord]:
    return store.unresolved(run.company_id, mapping.system, mapping.object, CHUNK)


def _save_users(run: Run, store: ResolveStore, mapping: ObjectMapping, records: Sequence[LandedRecord]) -> None:
    users = [_user(mapping, record) for record in records]
    store.save_users(run.company_id, users, cursor_behind(run, mapping, records))


def _user(mapping: ObjectMapping, record: LandedRecord) -> UserRow:
    column = mapping.columns
    active = record.fields.get(column.get("active", ""), True)
    kind = str(record.fields.get(column.get("queue", ""), "") or "").lower()
    return UserRow(
        system=mapping.system,
        owner_id=record.ref.record_id,
        email=_text(record, column.get("email")),
        name=_text(record, column.get("name")),
        active=not record.deleted and str(active).lower() not in ("false", "0"),
        kind="queue" if kind == "queue" else "user",
        manager_owner_id=_text(record, column.get("manager")),
        team=_text(record, column.get("team")),
    )


def _save_accounts(run: Run, store: ResolveStore, mapping: ObjectMapping, records: Sequence[LandedRecord]) -> None:
    accounts = [account_row(run, mapping, record) for record in records]
    store.save_accounts(run.company_id, accounts, cursor_behind(run, mapping, records))


def _save_signals(run: Run, store: ResolveStore, mapping: ObjectMapping, records: Sequence[LandedRecord]) -> None:
    signals: list[Signal] = []
    refs = [record.ref for record in records]
    made = store.made(run.company_id, refs) if mapping.task is not None else frozenset()
    for record in records:
        if not record.deleted:
            signals += signals_of(mapping, source_of(run, mapping, record, made))
    gone = [record.ref for record in records if record.deleted]
    store.save_signals(run.company_id, addressed(run, store, signals), gone, cursor_behind(run, mapping, records))


def _pass_over(run: Run, store: ResolveStore, mapping: ObjectMapping, records: Sequence[LandedRecord]) -> None:
    store.pass_over(run.company_id, cursor_behind(run, mapping, records))


def _save_members(run: Run, store: ResolveStore, mapping: ObjectMapping, records: Sequence[LandedRecord]) -> None:
    column = mapping.columns
    rows = [
        MemberRow(record.ref, queue, member)
        for record in records
        if not record.deleted
        and (queue := _text(record, column["queue"])) is not None
        and (member := _text(record, column["member"])) is not None
    ]
    gone = [record.ref for record in records if record.deleted]
    store.save_members(run.company_id, rows, gone, cursor_behind(run, mapping, records))


def _save_history(run: Run, store: ResolveStore, mapping: ObjectMapping, records: Sequence[LandedRecord]) -> None:
    about = run.mapping.objects.get((mapping.system, mapping.of or ""))
    changes = [
        change
        for record in records
        if about is not None and not record.deleted
        for change in changes_of(mapping, about, run.mapping.canonical, _history_source(run, mapping, record))
    ]
    store.save_history(run.company_id, changes, cursor_behind(run, mapping, records))


def _history_source(run: Run, mapping: ObjectMapping, record: LandedRecord) -> HistorySource:
    author = _text(record, mapping.columns.get("author"))
    ours = author is not None and run.adapters[mapping.system].is_ours(author)
    return HistorySource(record.fields, record.modified_at, ours)


def _save_opportunities(run: Run, store: ResolveStore, mapping: ObjectMapping, records: Sequence[LandedRecord]) -> None:
    rows = [_opportunity(run, mapping, record) for record in records]
    store.save_opportunities(run.company_id, rows, cursor_behind(run, mapping, records))


def _opportunity(run: Run, mapping: ObjectMapping, record: LandedRecord) -> OpportunityRow:
    column = mapping.columns
    stage = _text(record, column.get("stage"))
    word = mapping.values.get("stage", {}).get(stage or "")
    closed, won = _flag(record, column.get("closed")), _flag(record, column.get("won"))
    closed_at = _read("instant", record, column.get("closed_at"))
    created_at = record.facts.get("created_at")
    amount = _read("number", record, column.get("amount"), transform="cents")
    return OpportunityRow(
        system=mapping.system,
        record_id=record.ref.record_id,
        account_record_id=account_of(mapping, record),
        stage=stage,
        kind=_text(record, column.get("kind")),
        amount_cents=amount if isinstance(amount, int) else None,
        is_closed=closed or word in ("won", "lost"),
        is_won=won or word == "won",
        created_at=None if created_at is None else from_micros(created_at),
        closed_at=None if closed_at is None else from_micros(int(closed_at)),
        owner=_text(record, column.get("owner")),
        deleted=record.deleted,
        modified_at=record.modified_at,
        people=people_of(mapping, source_of(run, mapping, record)),
        name=_text(record, column.get("name")),
    )


def _save_roles(run: Run, store: ResolveStore, mapping: ObjectMapping, records: Sequence[LandedRecord]) -> None:
    rows = [row for record in records if (row := _role(run, mapping, record)) is not None]
    store.save_roles(run.company_id, rows, cursor_behind(run, mapping, records))


def _role(run: Run, mapping: ObjectMapping, record: LandedRecord) -> RoleRow | None:
    people = people_of(mapping, source_of(run, mapping, record))
    opportunity = _text(record, mapping.columns.get("opportunity"))
    if not people or opportunity is None:
        return None
    return RoleRow(
        system=mapping.system,
        role_id=record.ref.record_id,
        opportunity_id=opportunity,
        person=people[0],
        role=_text(record, mapping.columns.get("role")),
        is_primary=_flag(record, mapping.columns.get("primary")),
        deleted=record.deleted,
    )


def _link_facts(run: Run, standing: Standing) -> LinkFacts:
    return LinkFacts(
        link_id=standing.link_id,
        person_id=standing.person_id,
        system=standing.ref.system,
        family=standing.family,
        standing=_standing(run, standing),
        active=standing.active,
        last_human_activity_at=standing.last_activity_at,
        created_at=standing.created_at,
    )


def _standing(run: Run, link: Standing) -> RecordStanding:
    if run.mapping.objects[(link.ref.system, link.ref.object)].standing == "lead":
        return RecordStanding.CLOSED_LEAD if link.closed else RecordStanding.OPEN_LEAD
    if link.open_opportunities:
        return RecordStanding.CONTACT_WITH_OPPORTUNITY
    return RecordStanding.CONTACT_OF_CUSTOMER if link.won_opportunities else RecordStanding.CONTACT


def _text(record: LandedRecord, field_name: str | None) -> str | None:
    value = record.fields.get(field_name) if field_name else None
    return None if value in (None, "") else str(value)


def _read(type_name: str, record: LandedRecord, field_name: str | None, *, transform: str | None = None) -> Canonical:
    """A value of a type; ``None`` for one that cannot be read: one bad record must not hold up the others."""
    try:
        value = canonical(type_name, record.fields.get(field_name)) if field_name else None
        return apply_transform(transform, value)
    except Unreadable:
        return None


def _flag(record: LandedRecord, field_name: str | None) -> bool:
    return (_text(record, field_name) or "").lower() == "true"


def refs_of(facts: Sequence[Sequence[str]]) -> tuple[RecordRef, ...]:
    """Record references as they are kept in landing facts."""
    return tuple(RecordRef(*entry) for entry in facts)
