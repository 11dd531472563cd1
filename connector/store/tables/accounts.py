"""Accounts: each CRM's record of an employer, and the one employer that they are together."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import SQLModel

from connector.store.tables.columns import big_key, document, instant, integer, key


class Account(SQLModel, table=True):
    """An employer as one CRM holds it. ``account_id``: which ``employer`` it is; ``joined_by``: by what it was joined.

    ``domain`` (never a private or shared one), ``name_key`` (normalised) and ``same_as`` (another CRM's record, as
    ``system id``) are what can join it. ``joined``: these have not changed since it was last joined.
    ``parent_record_id``: the record above it in the same CRM.
    """

    __tablename__ = "account"
    __table_args__ = (
        Index(None, "company", "domain"),
        Index(None, "company", "name_key"),
        Index(None, "company", "same_as"),
        Index(None, "company", "account_id"),
        Index(None, "company", "joined"),
        Index(None, "company", "parent_record_id"),
    )

    company: int = big_key()
    system: str = key()
    record_id: str = key()
    name: str | None = None
    domain: str | None = None
    status: str | None = None
    owner_id: int | None = integer()
    mapped: dict[str, Any] = document(required=True)
    seq: int = integer(0)
    account_id: int | None = integer()
    name_key: str | None = None
    same_as: str | None = None
    joined_by: str | None = None
    joined: bool = False
    deleted: bool = False
    customer_owner_id: int | None = integer()
    modified_at: datetime | None = instant()
    parent_record_id: str | None = None


class Employer(SQLModel, table=True):
    """One account across the CRMs, with what follows for its people.

    ``status``: none, open_opportunity, customer, former_customer, partner or competitor, ``status_since`` and
    ``status_why`` its evidence. ``mapped``: canonical values by policy. ``people``: how many people of ours work
    there, ``people_active`` how many of them showed interest in the last 14 days. ``touched``: to be looked at again;
    ``due_at``: when time alone changes something. ``parent_account_id``: the employer it belongs to.
    ``decision_makers``: [person, [role, ...]] of those who decide there; ``products``: names of what they bought.
    """

    __tablename__ = "employer"
    __table_args__ = (Index(None, "company", "touched"), Index(None, "company", "due_at"))

    company: int = big_key()
    account_id: int = big_key()
    status: str = "none"
    status_since: datetime | None = instant()
    status_why: str = ""
    owner_id: int | None = integer()
    opportunity_owner_id: int | None = integer()
    customer_owner_id: int | None = integer()
    mapped: dict[str, Any] = document(required=True)
    people: int = integer(0)
    people_active: int = integer(0)
    touched: bool = True
    due_at: datetime | None = instant()
    seq: int = integer(0)
    parent_account_id: int | None = integer()
    decision_makers: list[Any] | None = document()
    products: list[Any] | None = document()
