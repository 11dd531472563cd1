"""The vocabulary that conditions may speak of: relations with typed columns, and nothing about tables.

The rules compile against these names; the store provides relations that have them (as they are now, or as
they were on any day). A column that is NULL is *unknown*: it fails every condition except ``missing``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from connector.model import Disposition, Motion, Stage


class FactType(StrEnum):
    """What a fact may be compared with. ``INSTANT`` is integer microseconds UTC; ``TEXT`` is case-folded by the store
    where rules compare it."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    INSTANT = "instant"


class Relation(Struct, frozen=True):
    """A named set of typed columns."""

    name: str
    columns: Mapping[str, FactType]


TEXT, INTEGER, BOOLEAN, INSTANT = FactType.TEXT, FactType.INTEGER, FactType.BOOLEAN, FactType.INSTANT

PROFILE: Mapping[str, FactType] = {
    # contact points and names
    "email": TEXT,
    "email_domain": TEXT,
    "has_email": BOOLEAN,
    "has_phone": BOOLEAN,
    "free_mail": BOOLEAN,
    "disposable": BOOLEAN,
    "gibberish": BOOLEAN,
    "first_name": TEXT,
    "last_name": TEXT,
    # who they are
    "title": TEXT,
    "seniority": TEXT,
    "job_function": TEXT,
    "persona_excluded": TEXT,
    "account_name": TEXT,
    "account_domain": TEXT,
    "account_status": TEXT,
    "account_people": INTEGER,
    "account_people_active": INTEGER,
    "employees": INTEGER,
    "annual_revenue": INTEGER,
    "industry": TEXT,
    "country": TEXT,
    "state": TEXT,
    "language": TEXT,
    "source_first": TEXT,
    # permission
    "email_opt_out": BOOLEAN,
    "phone_opt_out": BOOLEAN,
    "email_quality": TEXT,
    "processing_restricted": BOOLEAN,
    # answers to the qualifying questions; *_at is when the answer was given
    "q_need": TEXT,
    "q_need_at": INSTANT,
    "q_budget": TEXT,
    "q_budget_at": INSTANT,
    "q_authority": TEXT,
    "q_authority_at": INSTANT,
    "q_timing": TEXT,
    "q_timing_at": INSTANT,
    "q_evaluating": TEXT,
    "q_evaluating_at": INSTANT,
    "q_product": TEXT,
    "q_product_at": INSTANT,
    # what the CRMs say
    "sf_status": TEXT,
    "hs_lead_status": TEXT,
    "hs_lifecycle": TEXT,
}
"""Canonical values of a person, merged from all sources; recorded over time, so that they can be asked as of a day."""

STATE: Mapping[str, FactType] = {
    "stage": TEXT,
    "stage_since": INSTANT,
    "disposition": TEXT,
    "motion": TEXT,
    "cycle_number": INTEGER,
    "recycle_until": INSTANT,
    "open_opportunities": INTEGER,
    "won_opportunities": INTEGER,
    "suspected_bot": BOOLEAN,
}
"""What our own decisions and the opportunities say of a person. ``suspected_bot``: forms were submitted as no person
does, and nobody has said since that it was one."""

DERIVED: Mapping[str, FactType] = {
    "open_amount": INTEGER,
    "won_amount": INTEGER,
    "owner_known": BOOLEAN,
    "owner_kind": TEXT,
}
"""What is counted when a rule asks for it. Amounts: of all open, or won, opportunities a person is on, in whole units
of the company's currency. ``owner_kind``: of whoever is responsible, user, queue or inactive."""

PERSON = Relation("person", {**PROFILE, **STATE, **DERIVED})

WORDS: Mapping[str, tuple[str, ...]] = {
    "stage": tuple(stage.value for stage in Stage),
    "disposition": tuple(disposition.value for disposition in Disposition),
    "motion": tuple(motion.value for motion in Motion),
    "account_status": ("none", "open_opportunity", "customer", "former_customer", "partner", "competitor"),
    "email_quality": ("ok", "soft", "hard"),
    "owner_kind": ("user", "queue", "inactive"),
}
"""Facts that are always one of these words of ours, or unknown."""

OWN_QUESTION = "q_"
"""Begins the name of a qualifying question; one without a column of its own is a company's. Its answer is a text, and
``<name>_at`` when it was given."""
ANSWERED_AT = "_at"


def is_own(name: str) -> bool:
    """Whether a fact is the answer to a company's own question, or when it was given."""
    return name not in PERSON.columns and name.startswith(OWN_QUESTION)


def fact_type(name: str) -> FactType:
    """What a fact of a person may be compared with; ``KeyError`` when there is no such fact."""
    if is_own(name):
        return FactType.INSTANT if name.endswith(ANSWERED_AT) else FactType.TEXT
    return PERSON.columns[name]


ACTIVITY = Relation(
    "activity",
    {
        "signal": TEXT,
        "occurred_at": INSTANT,
        "kind": TEXT,
        "phase": TEXT,
        "asset": TEXT,
        "source": TEXT,
        "direction": TEXT,
        "asked": BOOLEAN,
    },
)
"""Dated activities. ``kind``: within a signal (demo, pricing ...); ``phase``: awareness, consideration, decision;
``asked``: the form had a question for us in it."""

SIGNALS: tuple[str, ...] = (
    "hand_raise",
    "meeting_booked",
    "meeting_held",
    "meeting_no_show",
    "reply",
    "connected_call",
    "event_attended",
    "event_registered",
    "content_download",
    "subscribed",
    "email_click",
    "email_open",
    "key_page",
    "site_return",
    "careers_page",
    "campaign_responded",
    "rep_touch_attempt",
    "unsubscribed",
    "spam_report",
    "hard_bounce",
    "sales_status",
    "task_done",
)
"""Every signal of PLAYBOOK 1.2, in a fixed order; ``sales_status`` is a dated sign of sales' work, never scored:
its ``kind`` is a canonical field of the status signs, its ``asset`` the value; ``task_done`` a task of ours that a
colleague ticked off, for the touch that it asked for."""
