"""What people did and what was done to reach them: one row per dated signal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from connector.store.tables.columns import big_key, bytewise, document, integer, moment
from connector.store.tables.few import BY_CHANNEL, SUBMITTED, few


class Activity(SQLModel, table=True):
    """One dated signal or touch. APPEND-ONLY but for ``person_id`` (follows its link) and ``deleted_seq``.

    ``link_id`` and ``person_id`` may be empty until the record it belongs to arrives. ``source_key`` names its origin
    (record and signal), so that it is counted once. ``known_at`` is when the CRM knew it. ``direction``: human (the
    person), us (a colleague), bot. ``sameness`` is shared by sightings of one event; of a person's, the one with the
    lowest ``precedence`` counts and is the others' ``duplicate_of``. ``awaits``: the record it belongs to, or ``time``.
    ``asked``: a form with a question; ``form_key`` (forms only): the same for one text from one domain, else empty.
    ``channel``: by what the person came (a campaign's type), where their record says it.
    """

    __tablename__ = "activity"
    __table_args__ = (
        UniqueConstraint("company", "source_key"),
        Index(None, "company", "person_id", "occurred_at", "signal"),
        Index(None, "company", "link_id"),
        Index(None, "company", "awaits"),
        Index(None, "company", "person_id", "sameness"),
        Index("ix_activity_submitted", "company", "person_id", "occurred_at", **few(SUBMITTED)),
        Index("ix_activity_channel", "company", "person_id", "occurred_at", **few(BY_CHANNEL)),
        Index("ix_activity_same_text", "company", "form_key", "occurred_at", **few(SUBMITTED)),
        {"postgresql_partition_by": "HASH (company)"},
    )

    company: int = big_key()
    activity_id: int = big_key()
    link_id: int | None = integer()
    person_id: int | None = integer()
    signal: str
    occurred_at: datetime = moment()
    known_at: datetime = moment()
    known_seq: int = integer()
    source_key: str = bytewise()
    source: str
    kind: str | None = None
    phase: str | None = None
    asset: str | None = None
    outcome: str | None = None
    owner_id: int | None = integer()
    direction: str = "human"
    awaits: str | None = None
    sameness: str | None = None
    precedence: int | None = integer()
    duplicate_of: int | None = integer()
    deleted_seq: int | None = integer()
    asked: bool | None = None
    form_key: str | None = None
    channel: str | None = None
    attributes: dict[str, Any] | None = document()
