"""Queues of the CRMs: who is in them. The queues themselves are users of kind ``queue``."""

from __future__ import annotations

from sqlmodel import SQLModel

from connector.store.tables.columns import big_key, key


class QueueMember(SQLModel, table=True):
    """Who is in a queue, by the owner ids of one CRM. A row goes when its record does."""

    __tablename__ = "queue_member"

    company: int = big_key()
    system: str = key()
    record_id: str = key()
    queue_owner_id: str
    member_owner_id: str
