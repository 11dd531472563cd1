"""People, the records linked to them, what they did, and what is known of them over time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from connector.store.tables.columns import big_key, document, instant, integer, key, moment
from connector.store.tables.few import MERGED, MOVED, UNCARED, few


class Person(SQLModel, table=True):
    """One person: current merged values (the columns of ``facts.PERSON``), current decisions, published values.

    Text is stored as merged, for display; what rules compare are codes and lower-case words. ``extra`` holds canonical
    fields without a column. ``person_key`` is what leaves the house as ``Leadloop_Person__c``. ``provenance`` is
    {field: [link_id, valid from in microseconds]}. ``unsettled``: the person must be diffed again.
    """

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("company", "person_key"),
        Index(None, "company", "next_evaluation_at"),
        Index(None, "company", "grade", "score_milli"),
        Index(None, "company", "owner_id", "next_step_due"),
        Index(None, "company", "email"),
        Index(None, "company", "account_domain"),
        Index(None, "company", "email_domain"),
        Index(None, "company", "account_name_key"),
        Index(None, "company", "account_id"),
        Index(None, "company", "unsettled"),
        Index(None, "company", "merged_into", "person_id", **few(MERGED)),
        Index("ix_person_uncared", "company", "person_id", **few(UNCARED)),
        Index("ix_person_standing", "company", "stage", "grade", "junk_rule", "merged_into", "person_id"),
    )

    company: int = big_key()
    person_id: int = big_key()
    person_key: str
    created_at: datetime = moment()
    merged_into: int | None = integer()
    provisional: bool = False
    seq: int = integer(0)
    unsettled: bool = True
    extra: dict[str, Any] | None = document()
    provenance: dict[str, Any] | None = document()

    # merged canonical values: facts.PROFILE
    email: str | None = None
    email_domain: str | None = None
    has_email: bool | None = None
    has_phone: bool | None = None
    free_mail: bool | None = None
    disposable: bool | None = None
    gibberish: bool | None = None
    first_name: str | None = None
    last_name: str | None = None
    title: str | None = None
    seniority: str | None = None
    job_function: str | None = None
    persona_excluded: str | None = None
    account_name: str | None = None
    account_domain: str | None = None
    account_status: str | None = None
    account_people: int | None = integer()
    account_people_active: int | None = integer()
    employees: int | None = integer()
    annual_revenue: int | None = integer()
    industry: str | None = None
    country: str | None = None
    state: str | None = None
    language: str | None = None
    source_first: str | None = None
    email_opt_out: bool | None = None
    phone_opt_out: bool | None = None
    email_quality: str | None = None
    processing_restricted: bool | None = None
    q_need: str | None = None
    q_need_at: datetime | None = instant()
    q_budget: str | None = None
    q_budget_at: datetime | None = instant()
    q_authority: str | None = None
    q_authority_at: datetime | None = instant()
    q_timing: str | None = None
    q_timing_at: datetime | None = instant()
    q_evaluating: str | None = None
    q_evaluating_at: datetime | None = instant()
    q_product: str | None = None
    q_product_at: datetime | None = instant()
    sf_status: str | None = None
    hs_lead_status: str | None = None
    hs_lifecycle: str | None = None

    # the employer (table employer) and how it was found: by association, email_domain or account_name, or ambiguous
    account_id: int | None = integer()
    account_match: str | None = None
    account_evidence: dict[str, Any] | None = document()
    account_name_key: str | None = None

    # current decisions: facts.STATE and more
    stage: str = "name"
    stage_since: datetime | None = instant()
    stage_before: str | None = None
    stage_locked_until: datetime | None = instant()
    disposition: str | None = None
    motion: str | None = None
    cycle_number: int | None = integer()
    recycle_until: datetime | None = instant()
    recycle_reason: str | None = None
    open_opportunities: int = integer(0)
    won_opportunities: int = integer(0)
    suspected_bot: bool | None = None
    junk_rule: str | None = None
    grade: str | None = None
    grade_current: str | None = None
    grade_low_since: datetime | None = instant()
    score_milli: int = integer(0)
    fit_milli: int = integer(0)
    engagement_milli: int = integer(0)
    readiness_milli: int = integer(0)
    track: str | None = None
    owner_id: int | None = integer()
    accountable: str | None = None
    next_step: str | None = None
    next_step_due: datetime | None = instant()
    hand_off: dict[str, Any] | None = document()
    tasks: list[Any] | None = document()
    qualified_at: datetime | None = instant()
    handed_off_at: datetime | None = instant()
    accepted_at: datetime | None = instant()
    first_touch_at: datetime | None = instant()
    sales_qualified_at: datetime | None = instant()
    last_sales_owner_id: int | None = integer()
    expected_value: int | None = integer()
    evaluated_at: datetime | None = instant()
    next_evaluation_at: datetime | None = instant()

    # what we publish: moves with grade or stage, or by the cadence of PLAYBOOK 0.8
    published_at: datetime | None = instant()
    published_score: int | None = integer()
    published_fit: int | None = integer()
    published_engagement: int | None = integer()
    published_readiness: int | None = integer()
    published_why: str | None = None


class Link(SQLModel, table=True):
    """One CRM record as a part of a person. Nothing is unique on (person, object): duplicates are legal.

    ``external_key`` is minted once with the link and never moved. ``family`` groups objects that take each other's
    place in one system (Lead and Contact): one *primary* link per person, system and family receives writes.
    ``state``: active, converted, merged, deleted, forgotten. ``mapped`` holds the record's canonical values (a missing
    key is absent; a previous value is kept for an unreadable one), ``stamps`` since when (microseconds). ``authors`` is
    {field: [value, who set it, when, the stamp it was asked for]} where that was asked. ``unseen`` is {field: [when it
    was seen last, the stamp its other value came back with]} of fields that were out of sight. ``stamped``: the
    external key was confirmed on the record.
    """

    __tablename__ = "link"
    __table_args__ = (
        UniqueConstraint("company", "system", "object", "record_id"),
        UniqueConstraint("company", "external_key"),
        Index(None, "company", "person_id", "state"),
        Index(None, "company", "created_at", "first_seen_at"),
    )

    company: int = big_key()
    link_id: int = big_key()
    person_id: int = integer()
    system: str
    object: str
    family: str
    record_id: str
    external_key: str
    stamped: bool = False
    is_primary: bool = False
    state: str = "active"
    successor_link_id: int | None = integer()
    parent_record_id: str | None = None
    created_at: datetime | None = instant()
    modified_at: datetime | None = instant()
    first_seen_at: datetime = moment()
    mapped: dict[str, Any] = document(required=True)
    stamps: dict[str, Any] | None = document()
    authors: dict[str, Any] | None = document()
    unseen: dict[str, Any] | None = document()
    seq: int = integer(0)


class LinkEvent(SQLModel, table=True):
    """A link was made, moved, merged, converted or ended, and why. APPEND-ONLY."""

    __tablename__ = "link_event"
    __table_args__ = (
        Index(None, "company", "link_id"),
        Index(None, "company", "person_to"),
        Index(None, "company", "person_from", **few(MOVED)),
    )

    company: int = big_key()
    seq: int = big_key()
    link_id: int = integer()
    person_from: int | None = integer()
    person_to: int | None = integer()
    verdict: str
    evidence: dict[str, Any] | None = document()
    actor: str
    at: datetime = moment()


class LinkRule(SQLModel, table=True):
    """A person's ruling that two links must, or cannot, be one person."""

    __tablename__ = "link_rule"

    company: int = big_key()
    link_a: int = big_key()
    link_b: int = big_key()
    ruling: str
    actor: str
    at: datetime = moment()


class MatchKey(SQLModel, table=True):
    """An index of what can match: ``kind`` is email, email_secondary, external_key or cross_reference."""

    __tablename__ = "match_key"
    __table_args__ = (Index(None, "company", "link_id"),)

    company: int = big_key()
    kind: str = key()
    value: str = key()
    link_id: int = big_key()


class FieldHistory(SQLModel, table=True):
    """Canonical values of a record over two axes: ``valid_from`` (the CRM's stamp) and ``seq`` (known). APPEND-ONLY."""

    __tablename__ = "field_history"
    __table_args__ = (
        Index(None, "company", "link_id", "field", "valid_from"),
        {"postgresql_partition_by": "HASH (company)"},
    )

    company: int = big_key()
    seq: int = big_key()
    link_id: int = big_key()
    field: str = key()
    valid_from: datetime = moment()
    value_text: str | None = None
    value_number: int | None = integer()
    actor: str = "unknown"
    source: str = ""


class PersonFieldHistory(SQLModel, table=True):
    """Merged values over time, for fields that a rule, stage or model names. APPEND-ONLY.

    ``value_number`` holds integers, booleans (0, 1) and instants (microseconds).
    """

    __tablename__ = "person_field_history"
    __table_args__ = (
        Index(None, "company", "person_id", "field", "valid_from"),
        {"postgresql_partition_by": "HASH (company)"},
    )

    company: int = big_key()
    seq: int = big_key()
    person_id: int = big_key()
    field: str = key()
    valid_from: datetime = moment()
    value_text: str | None = None
    value_number: int | None = integer()


class PersonDirty(SQLModel, table=True):
    """The durable "touched" set: deleted in the transaction that evaluates the person."""

    __tablename__ = "person_dirty"

    company: int = big_key()
    person_id: int = big_key()
    since_seq: int = integer()
    why: str = ""


class Opportunity(SQLModel, table=True):
    """An opportunity or deal, latest state. ``amount_cents`` in the company's currency."""

    __tablename__ = "opportunity"
    __table_args__ = (Index(None, "company", "account_record_id"),)

    company: int = big_key()
    system: str = key()
    record_id: str = key()
    account_record_id: str | None = None
    stage: str | None = None
    kind: str | None = None
    amount_cents: int | None = integer()
    is_closed: bool = False
    is_won: bool = False
    created_at: datetime | None = instant()
    closed_at: datetime | None = instant()
    owner_id: int | None = integer()
    deleted: bool = False
    seq: int = integer(0)
    name: str | None = None


class OpportunityHistory(SQLModel, table=True):
    """States an opportunity was seen in. APPEND-ONLY."""

    __tablename__ = "opportunity_history"

    company: int = big_key()
    system: str = key()
    record_id: str = key()
    seq: int = big_key()
    at: datetime = moment()
    stage: str | None = None
    amount_cents: int | None = integer()
    is_closed: bool = False
    is_won: bool = False


class OpportunityPerson(SQLModel, table=True):
    """Who is on an opportunity: by contact role or association. ``link_record_id`` is the Contact's record id."""

    __tablename__ = "opportunity_person"
    __table_args__ = (Index(None, "company", "system", "link_record_id"), Index(None, "company", "person_id"))

    company: int = big_key()
    system: str = key()
    role_id: str = key()
    record_id: str
    link_object: str
    link_record_id: str
    person_id: int | None = integer()
    role: str | None = None
    is_primary: bool = False
    deleted: bool = False


class CrmUser(SQLModel, table=True):
    """A user or queue of one CRM. ``user_id`` (ours) is the same for one colleague in both systems."""

    __tablename__ = "crm_user"
    __table_args__ = (Index(None, "company", "user_id"),)

    company: int = big_key()
    system: str = key()
    owner_id: str = key()
    user_id: int = integer()
    email: str | None = None
    name: str | None = None
    active: bool = True
    kind: str = "user"
    manager_owner_id: str | None = None
    team: str | None = None
