"""A company, its runs, its counters, how far each stream was read, and what the product noticed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from connector.store.tables.columns import big_key, document, instant, integer, key, moment


class Company(SQLModel, table=True):
    """One tenant. ``id`` is the first column of every other key."""

    __tablename__ = "company"
    __table_args__ = (UniqueConstraint("name"),)

    id: int = big_key()
    name: str
    live_since: datetime | None = instant()
    paused_at: datetime | None = instant()
    first_push_approved_at: datetime | None = instant()
    playbook_digest: str | None = None
    mapping_digest: str | None = None


class Counter(SQLModel, table=True):
    """The next integer of a name in a company: ``seq`` (known-time order), ``person``, ``link``, ``activity`` ..."""

    __tablename__ = "counter"

    company: int = big_key()
    name: str = key()
    value: int = integer(0)


class Definition(SQLModel, table=True):
    """A playbook or mapping as it was used, by digest. APPEND-ONLY: explain and replay need it."""

    __tablename__ = "definition"

    digest: str = key()
    kind: str
    body: dict[str, Any] = document(required=True)
    first_used_at: datetime = moment()


class Run(SQLModel, table=True):
    """One run of the loop. ``kind``: the command's name. ``status``: running, ok, partial, stopped."""

    __tablename__ = "run"

    company: int = big_key()
    run_id: int = big_key()
    kind: str
    status: str
    started_at: datetime = moment()
    ended_at: datetime | None = instant()
    playbook_digest: str | None = None
    mapping_digest: str | None = None
    counts: dict[str, Any] | None = document()


class WatermarkRow(SQLModel, table=True):
    """How far a stream was read. ``stream``: an object's name, or ``removals:<object>``, ``backfill:<object>``,
    ``resolve:<object>``. Committed in the transaction that stores the rows it covers."""

    __tablename__ = "watermark"

    company: int = big_key()
    system: str = key()
    stream: str = key()
    generation: int = integer(0)
    token: dict[str, Any] | None = document()
    covered_until: datetime | None = instant()
    updated_at: datetime = moment()


class Finding(SQLModel, table=True):
    """Something a person should look at: one row per cause with a count, not one per record."""

    __tablename__ = "finding"

    company: int = big_key()
    name: str = key()
    severity: str
    code: str
    remedy: str = ""
    count: int = integer(0)
    first_at: datetime = moment()
    last_at: datetime = moment()
    settled_at: datetime | None = instant()
