"""What the CRMs returned: the latest version of each record, its schema, its rejects, and what is gone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import SQLModel

from connector.store.tables.columns import big_key, document, instant, integer, key, moment


class Landing(SQLModel, table=True):
    """The latest version of a record, as returned. An older version never replaces a newer one.

    ``fields`` holds only answered fields (a missing key is *absent*, not null); ``facts`` holds what the adapter
    read out of the record: created_at, successor, succession, absorbs, same_as, associations, modified_by.
    ``schema_id`` names the set of fields that was asked and answered. ``seq`` is the known-time order: the
    resolve step walks rows by it, so it is the durable "touched" mark.
    """

    __tablename__ = "landing"
    __table_args__ = (Index(None, "company", "system", "object", "seq"),)

    company: int = big_key()
    system: str = key()
    object: str = key()
    record_id: str = key()
    modified_at: datetime = moment()
    content_hash: str
    generation: int = integer(0)
    schema_id: int | None = integer()
    deleted_at: datetime | None = instant()
    fields: dict[str, Any] = document(required=True)
    facts: dict[str, Any] | None = document()
    landed_at: datetime = moment()
    seq: int = integer()


class SchemaSnapshot(SQLModel, table=True):
    """The fields of an object that were asked for and visible. APPEND-ONLY but for ``checked_at``.

    ``wanted``: names the set of mapped fields it answers; ``checked_at``: when the CRM's schema last said so.
    """

    __tablename__ = "schema_snapshot"

    company: int = big_key()
    schema_id: int = big_key()
    system: str
    object: str
    digest: str
    wanted: str = ""
    fields: list[str] = document(required=True)
    seen_at: datetime = moment()
    checked_at: datetime | None = instant()


class Generation(SQLModel, table=True):
    """One complete pass over an object; absence means deletion only when it completed."""

    __tablename__ = "generation"

    company: int = big_key()
    system: str = key()
    object: str = key()
    number: int = big_key()
    started_at: datetime = moment()
    completed_at: datetime | None = instant()
    expected: int | None = integer()
    seen: int = integer(0)


class Reject(SQLModel, table=True):
    """A field value (or a whole record, field ``*``) that could not be used, or that the CRM refused.

    ``direction``: ``in`` (mapping) or ``out`` (a write refused). The value itself is not kept. ``state``: open, retry
    (a person asks for one more try), ignored (a person lets it be while ``wanted``, a digest of what was refused, stays
    the same), settled.
    """

    __tablename__ = "reject"

    company: int = big_key()
    system: str = key()
    object: str = key()
    record_id: str = key()
    field: str = key()
    direction: str
    code: str
    message: str = ""
    first_at: datetime = moment()
    last_at: datetime = moment()
    attempts: int = integer(1)
    state: str = "open"
    wanted: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = instant()


class TombstoneRow(SQLModel, table=True):
    """A person that must not come back, by keyed hash. APPEND-ONLY."""

    __tablename__ = "tombstone"

    company: int = big_key()
    keyed_hash: str = key()
    reason: str
    at: datetime = moment()
