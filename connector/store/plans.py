"""Stored plans: one open plan per company, its rows minted once, superseded as a whole or kept as it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, and_, exists, func, not_, or_, select, update

from connector.model import Lane, Level, OutboxState
from connector.ports.documents import to_text
from connector.ports.outbox import (
    OutboxEntry,
    PlanDraft,
    PlannedRow,
    Stamp,
    StoredPlan,
    changes_from_documents,
)
from connector.store.counters import reserve
from connector.store.sql import chunks, table, upsert
from connector.store.tables import Company, Finding, OutboxRow, Person, PlanRow

_plan, _outbox, _finding = table(PlanRow), table(OutboxRow), table(Finding)
_company, _person = table(Company), table(Person)

_LANES = {lane.value: lane for lane in Lane}
_LEVELS = {level.value: level for level in Level}
_STATES = {state.value: state for state in OutboxState}

NEW_KINDS = ("create", "task")
LIVE_STATES = ("open", "approved")
FIRST_CONTACT = "first_contact"
FIRST_CONTACT_REMEDY = "set first_contact for this field in fields.toml"


def current_plan(connection: Connection, company: int) -> StoredPlan | None:
    """The newest plan that is open or approved."""
    query = (
        select(_plan)
        .where(_plan.c.company == company, _plan.c.state.in_(LIVE_STATES))
        .order_by(_plan.c.plan_id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    waiting = select(func.count()).where(
        _outbox.c.company == company, _outbox.c.plan_id == row.plan_id, _outbox.c.held_by == "approval"
    )
    waits = bool(connection.execute(waiting.where(_outbox.c.state == "planned")).scalar_one())
    return StoredPlan(row.plan_id, row.digest, row.state, row.created_at, row.guard, waits, row.counts or {})


def replace_plan(
    connection: Connection, company: int, draft: PlanDraft, stamp: Stamp, mint: Callable[[], str]
) -> StoredPlan | None:
    """Keep the live plan when it would do the same, else supersede it by this one."""
    current = current_plan(connection, company)
    _note_first_contact(connection, company, draft, stamp.now)
    if current is not None and current.digest == draft.digest and current.needs_approval <= draft.needs_approval:
        return _still_fresh(connection, company, current, stamp.now)
    if current is not None:
        _set_plan_state(connection, company, current.plan_id, "superseded")
    kept = _sent_once(connection, company)
    _cancel_planned(connection, company, stamp.now)
    if not draft.rows:
        return None
    again = (lambda row: kept.get(_content(row)) or mint()) if kept else (lambda row: mint())
    return _insert_plan(connection, company, draft, stamp, again)


def close_plan(connection: Connection, company: int, plan_id: int, state: str, now: datetime) -> None:
    """End a plan; what was never sent of it is cancelled. What a CRM was too busy for waits for the next plan."""
    _set_plan_state(connection, company, plan_id, state)
    mine = [_outbox.c.plan_id == plan_id]
    _cancel_planned(connection, company, now, *mine, *([_outbox.c.attempts == 0] if state == "applied" else []))


def approve_plan(
    connection: Connection, company: int, plan_id: int, by: str, now: datetime, *, over_guard: bool
) -> None:
    """Let a plan go. A person's word is remembered as the company's first approval, unless level lets nothing pass."""
    mine = _plan.c.company == company, _plan.c.plan_id == plan_id
    connection.execute(update(_plan).where(*mine).values(state="approved", approved_at=now, approved_by=by))
    freed = ("approval", "guard") if over_guard else ("approval",)
    rows = _outbox.c.company == company, _outbox.c.plan_id == plan_id, _outbox.c.held_by.in_(freed)
    connection.execute(update(_outbox).where(*rows, _outbox.c.state == "planned").values(held_by=None))
    may_go = exists().where(
        _outbox.c.company == company,
        _outbox.c.plan_id == plan_id,
        _outbox.c.state == "planned",
        _outbox.c.held_by.is_(None),
    )
    if by != POLICY and connection.execute(select(may_go)).scalar_one():
        first = _company.c.id == company, _company.c.first_push_approved_at.is_(None)
        connection.execute(update(_company).where(*first).values(first_push_approved_at=now))


def entry_of(row: Any) -> OutboxEntry:
    """A stored outbox row as a value."""
    planned = PlannedRow(
        person_id=row.person_id,
        system=row.system,
        object=row.object,
        target=row.target,
        kind=row.kind,
        lane=_LANES[row.lane],
        level=_LEVELS[row.level],
        changes=changes_from_documents(row.changes),
        link_id=row.link_id,
        record_id=row.record_id,
        external_key=row.external_key,
        parent_record_id=row.parent_record_id,
        held_by=row.held_by,
    )
    return OutboxEntry(
        row.action_id, row.plan_id, planned, _STATES[row.state], row.attempts, row.sent_at, row.request_id
    )


def outbox_values(company: int, plan_id: int, row: PlannedRow, action_id: str, now: datetime) -> dict[str, Any]:
    """A planned row as its columns."""
    return {
        "company": company,
        "action_id": action_id,
        "plan_id": plan_id,
        "person_id": row.person_id,
        "link_id": row.link_id,
        "system": row.system,
        "object": row.object,
        "record_id": row.record_id,
        "target": row.target,
        "kind": row.kind,
        "lane": row.lane.value,
        "level": row.level.value,
        "held_by": row.held_by,
        "external_key": row.external_key,
        "changes": {name: change.as_document() for name, change in row.changes.items()},
        "parent_record_id": row.parent_record_id,
        "created_at": now,
    }


def is_carried() -> Any:
    """Rows that outlive their plan: a person's value to be put back, and a create that may have reached the CRM."""
    sent_once = and_(_outbox.c.kind.in_(NEW_KINDS), _outbox.c.attempts > 0)
    return or_(_outbox.c.kind == "restore", sent_once)


def unsettle(connection: Connection, company: int, person_ids: set[int]) -> None:
    """These people are diffed again by the next plan."""
    for part in chunks(sorted(person_ids)):
        who = _person.c.company == company, _person.c.person_id.in_(part), _person.c.unsettled.is_(False)
        connection.execute(update(_person).where(*who).values(unsettled=True))


def _set_plan_state(connection: Connection, company: int, plan_id: int, state: str) -> None:
    mine = _plan.c.company == company, _plan.c.plan_id == plan_id
    connection.execute(update(_plan).where(*mine).values(state=state))


def _sent_once(connection: Connection, company: int) -> dict[str, str]:
    """What was sent before without effect, by content: the same write keeps its action id on every attempt."""
    again = _outbox.c.state == "planned", _outbox.c.attempts > 0, not_(is_carried())
    rows = connection.execute(select(_outbox).where(_outbox.c.company == company, *again))
    return {_content(entry.row): entry.action_id for entry in map(entry_of, rows)}


def _content(row: PlannedRow) -> str:
    fields = {name: [change.before, change.after] for name, change in sorted(row.changes.items())}
    return to_text([row.target, row.kind, fields])


def _insert_plan(
    connection: Connection, company: int, draft: PlanDraft, stamp: Stamp, mint: Callable[[PlannedRow], str]
) -> StoredPlan:
    plan_id = reserve(connection, company, "plan")
    connection.execute(
        _plan.insert().values(
            company=company,
            plan_id=plan_id,
            run_id=stamp.run_id,
            digest=draft.digest,
            state="open",
            created_at=stamp.now,
            guard=draft.guard,
            counts=dict(draft.counts),
        )
    )
    rows = []
    for row in draft.rows:
        action_id = mint(row)
        values = outbox_values(company, plan_id, row, action_id, stamp.now) | {"state": "planned", "error_code": None}
        key = {"create": mint(row) if row.kind == "create" else None, "task": action_id}.get(row.kind, row.external_key)
        held = "approval" if draft.needs_approval and row.held_by is None else row.held_by
        rows.append(values | {"external_key": key, "held_by": held, "settled_at": None})
    upsert(connection, _outbox, rows, update=REPLANNED)
    return StoredPlan(plan_id, draft.digest, "open", stamp.now, draft.guard, draft.needs_approval, draft.counts)


def _still_fresh(connection: Connection, company: int, plan: StoredPlan, now: datetime) -> StoredPlan:
    """The same content was found again just now, so its age starts anew."""
    mine = _plan.c.company == company, _plan.c.plan_id == plan.plan_id
    connection.execute(update(_plan).where(*mine).values(created_at=now))
    return replace(plan, created_at=now)


def _cancel_planned(connection: Connection, company: int, now: datetime, *which: Any) -> None:
    rows = update(_outbox).where(_outbox.c.company == company, _outbox.c.state == "planned", not_(is_carried()))
    connection.execute(rows.where(*which).values(state="cancelled", error_code="superseded", settled_at=now))


def _note_first_contact(connection: Connection, company: int, draft: PlanDraft, now: datetime) -> None:
    """One finding per field with a count; those that are no more are settled."""
    open_ones = _finding.c.company == company, _finding.c.code == FIRST_CONTACT, _finding.c.settled_at.is_(None)
    connection.execute(update(_finding).where(*open_ones).values(settled_at=now))
    rows = [_finding_values(company, key, count, now) for key, count in sorted(draft.findings.items())]
    upsert(connection, _finding, rows, update=["count", "last_at", "settled_at"])


def _finding_values(company: int, key: tuple[str, str, str], count: int, now: datetime) -> dict[str, Any]:
    return {
        "company": company,
        "name": ":".join((FIRST_CONTACT, *key)),
        "severity": "note",
        "code": FIRST_CONTACT,
        "remedy": FIRST_CONTACT_REMEDY,
        "count": count,
        "first_at": now,
        "last_at": now,
        "settled_at": None,
    }


REPLANNED = ("plan_id", "state", "held_by", "level", "lane", "changes", "error_code", "settled_at")
"""What a new plan sets on a row that was sent before; its attempts and its first intent stay."""

POLICY = "policy"
"""Who approves a plan that needs no person."""
