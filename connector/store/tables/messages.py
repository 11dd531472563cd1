"""Messages to colleagues: what is to be told, whether it went out, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import SQLModel

from connector.store.tables.columns import big_key, document, instant, integer, key, moment


class MessageRow(SQLModel, table=True):
    """One message to one recipient over one channel, written with the decision it tells of.

    ``key`` names the event and the recipient, so that the same message can exist only once. ``recipient``: rep,
    manager, marketing, or the channel's own name for a webhook. ``state``: pending, sending (the intent is durable),
    sent, failed (refused for good), unknown (may have arrived, is not sent again), ended (overtaken by events),
    expired (too old to be of use). ``person_id``: 0 when it is about no person.
    """

    __tablename__ = "message"
    __table_args__ = (Index(None, "company", "state"), Index(None, "company", "person_id"))

    company: int = big_key()
    key: str = key()
    event: str
    channel: str
    recipient: str
    user_id: int | None = integer()
    person_id: int = integer()
    assignment_id: int | None = integer()
    facts: dict[str, Any] = document(required=True)
    state: str = "pending"
    attempts: int = integer(0)
    at: datetime = moment()
    not_before: datetime | None = instant()
    sent_at: datetime | None = instant()
    settled_at: datetime | None = instant()
    code: str | None = None
    run_id: int | None = integer()
