"""Writing to the CRMs: what was agreed, what is planned, what was sent, what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from connector.store.tables.columns import big_key, document, instant, integer, key, moment

IN_FLIGHT = text("state IN ('sending', 'unknown')")
OF_TASK = text("kind = 'task'")


class BaselineRow(SQLModel, table=True):
    """The last settled pair per field of a link: ``fields`` is {field: [ours, wire, agreed_seq]}.

    ``ours`` is the value we wanted when it was settled, ``wire`` what the CRM really stored (trimmed, reformatted).
    A side has changed when it differs from its half of the pair. A missing key is *unknown*, not null.
    Moves only by read-back equality, adoption or acceptance, never because something was sent.
    """

    __tablename__ = "baseline"

    company: int = big_key()
    link_id: int = big_key()
    fields: dict[str, Any] = document(required=True)
    schema_id: int | None = integer()


class Moment(SQLModel, table=True):
    """A wish to write a shared field that arises at a moment (owner, status): the latest per person and field.

    It is spent once a baseline of that field has ``agreed_seq`` at or behind ``seq``'s confirmation: a later edit by
    a person stands.
    """

    __tablename__ = "moment"

    company: int = big_key()
    person_id: int = big_key()
    field: str = key()
    value: str | None = None
    seq: int = integer()
    at: datetime = moment()
    reason: str = ""
    rule: str = ""


class PlanRow(SQLModel, table=True):
    """A stored plan. ``state``: open, approved, applied, superseded, expired. One open plan per company."""

    __tablename__ = "plan"
    __table_args__ = (
        Index(
            "uq_plan_open",
            "company",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    company: int = big_key()
    plan_id: int = big_key()
    run_id: int = integer()
    digest: str
    state: str = "open"
    created_at: datetime = moment()
    approved_at: datetime | None = instant()
    approved_by: str | None = None
    guard: str | None = None
    counts: dict[str, Any] | None = document()


class OutboxRow(SQLModel, table=True):
    """One record's change set, written before anything is sent. ``action_id`` is the same on every attempt.

    ``changes`` is {field: {"before", "after", "ours", "rule", "reason", "level", "moment_seq"}} in wire values.
    ``kind``: update, create, task. ``held_by``: null, level, approval, guard, hold. At most one row per record is in
    flight (a partial unique index).
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index(None, "company", "state", "not_before"),
        Index(None, "company", "plan_id"),
        Index(None, "company", "person_id"),
        Index(None, "company", "record_id", sqlite_where=OF_TASK, postgresql_where=OF_TASK),
        Index(
            "uq_outbox_in_flight",
            "company",
            "target",
            unique=True,
            sqlite_where=IN_FLIGHT,
            postgresql_where=IN_FLIGHT,
        ),
    )

    company: int = big_key()
    action_id: str = key()
    plan_id: int = integer()
    person_id: int = integer()
    link_id: int | None = integer()
    system: str
    object: str
    record_id: str | None = None
    target: str
    kind: str = "update"
    lane: str
    level: str = "annotate"
    held_by: str | None = None
    external_key: str | None = None
    changes: dict[str, Any] = document(required=True)
    steps_done: int = integer(0)
    state: str = "planned"
    attempts: int = integer(0)
    not_before: datetime | None = instant()
    created_at: datetime = moment()
    sent_at: datetime | None = instant()
    settled_at: datetime | None = instant()
    request_id: int | None = integer()
    error_code: str | None = None
    error_field: str | None = None
    parent_record_id: str | None = None


class WriteRequest(SQLModel, table=True):
    """One write request as a durable group of outbox rows, committed before it is sent."""

    __tablename__ = "write_request"

    company: int = big_key()
    request_id: int = big_key()
    system: str
    object: str
    lane: str
    at: datetime = moment()
    rows: int = integer(0)
    status: str = "sending"
    run_id: int | None = integer()


class Journal(SQLModel, table=True):
    """One row per field that was written and read back. APPEND-ONLY but for ``reverted_by``."""

    __tablename__ = "journal"
    __table_args__ = (
        Index(None, "company", "person_id"),
        Index(None, "company", "run_id"),
        {"postgresql_partition_by": "HASH (company)"},
    )

    company: int = big_key()
    seq: int = big_key()
    action_id: str
    person_id: int = integer()
    link_id: int | None = integer()
    system: str
    object: str
    record_id: str
    field: str
    before: Any = document()
    after: Any = document()
    actor: str = "leadloop"
    rule: str = ""
    reason: str = ""
    digest: str | None = None
    request_id: int | None = integer()
    run_id: int | None = integer()
    at: datetime = moment()
    reverted_by: int | None = integer()


class ConflictRow(SQLModel, table=True):
    """Two sides want different values and no policy decides: a person must.

    ``state``: open, taken (a person has decided and not every record holds it yet), settled. ``name``: the canonical
    field, known once somebody decided. ``taken_value``: the canonical value that counts, of the record
    ``taken_link_id``.
    """

    __tablename__ = "conflict"
    __table_args__ = (Index(None, "company", "state"), Index(None, "company", "person_id"))

    company: int = big_key()
    conflict_id: int = big_key()
    person_id: int = integer()
    link_id: int = integer()
    field: str
    base: Any = document()
    ours: Any = document()
    theirs: Any = document()
    reason: str = ""
    who: str | None = None
    at: datetime = moment()
    state: str = "open"
    settled_by: str | None = None
    name: str | None = None
    taken_link_id: int | None = integer()
    taken_value: Any = document()
    taken_by: str | None = None
    taken_at: datetime | None = instant()


class Hold(SQLModel, table=True):
    """Keep a field (or ``*``) of a person from being written: after an oscillation, or because a person said so."""

    __tablename__ = "hold"

    company: int = big_key()
    person_id: int = big_key()
    field: str = key()
    why: str
    by: str
    at: datetime = moment()
    until: datetime | None = instant()
    playbook_digest: str | None = None


class Budget(SQLModel, table=True):
    """API calls per system and window."""

    __tablename__ = "budget"

    company: int = big_key()
    system: str = key()
    window: str = key()
    used: int = integer(0)
    limit: int | None = integer()
    reset_at: datetime | None = instant()
