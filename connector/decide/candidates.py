"""What identity decisions take and give: records with their keys, links we have, rulings, and verdicts.

Values only; which verdict a record gets is decided in ``connector.decide.identity``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field

from connector.model import RecordRef

EMAIL, EMAIL_SECONDARY, EXTERNAL_KEY, CROSS_REFERENCE = "email", "email_secondary", "external_key", "cross_reference"
ROLE_LOCAL_PARTS = frozenset(
    {
        *("admin", "billing", "contact", "enquiries", "hello", "help", "hr", "info", "jobs", "mail", "marketing"),
        *("noreply", "no-reply", "office", "orders", "postmaster", "press", "sales", "service", "support", "team"),
        "webmaster",
    }
)
"""Mailboxes that several people read."""

PLACEHOLDER_NAMES = frozenset({"", "-", ".", "n/a", "none", "unknown", "not provided", "[not provided]"})
"""What integrations write where a last name is required and none is known."""


class IdentitySettings(Struct, frozen=True):
    """``records_per_email_max``: an e-mail on more records than this says nothing about who it is."""

    role_local_parts: frozenset[str] = ROLE_LOCAL_PARTS
    records_per_email_max: int = 10
    placeholder_names: frozenset[str] = frozenset(
        {"", "-", ".", "n/a", "none", "unknown", "not provided", "[not provided]"}
    )


class Candidate(Struct, frozen=True):
    """A new or changed record with what could identify it. E-mails in any case; the external key as found on it."""

    ref: RecordRef
    created_at: datetime | None = None
    email: str | None = None
    secondary_emails: tuple[str, ...] = ()
    last_name: str | None = None
    external_key: str | None = None
    same_as: tuple[RecordRef, ...] = ()
    absorbs: tuple[RecordRef, ...] = ()
    successor: RecordRef | None = None


class KnownLink(Struct, frozen=True):
    """A link we already have: found because it shares a key with a candidate, or is one of the candidates.

    ``points_to``: records that it names as its successor, as merged into it, or as the same (from ``match_key``).
    ``state``: active, converted, merged, deleted or forgotten (a forgotten link gives no evidence).
    """

    link_id: int
    person_id: int
    ref: RecordRef
    state: str = "active"
    emails: frozenset[str] = frozenset()
    last_name: str | None = None
    points_to: frozenset[RecordRef] = frozenset()


class Minted(Struct, frozen=True):
    """A key of ours that was sent with a create whose record we have not seen yet."""

    external_key: str
    person_id: int
    system: str
    object: str


class Ruling(Struct, frozen=True):
    """A person's ruling about two links: ``must`` or ``cannot`` be one person."""

    link_a: int
    link_b: int
    ruling: str


class Known(Struct, frozen=True):
    """Everything the store found for a chunk."""

    links: tuple[KnownLink, ...] = ()
    minted: tuple[Minted, ...] = ()
    rulings: tuple[Ruling, ...] = ()


class Linked(Struct, frozen=True):
    """The record belongs to this person. ``evidence``: the kinds of keys that said so; ``link`` when it already did."""

    person_id: int
    evidence: tuple[str, ...]


class New(Struct, frozen=True):
    """A new person, named by its founding record: records with the same founder are one person."""

    founder: RecordRef
    provisional: bool = False
    why: str = ""


class Ambiguous(Struct, frozen=True):
    """A provisional person of its own, and a question: ``candidates`` are person ids (none: only new records)."""

    founder: RecordRef
    candidates: tuple[int, ...]
    why: str


class Conflict(Struct, frozen=True):
    """The record belongs to ``person_id`` by its strongest key, but another key says ``others``."""

    person_id: int
    others: tuple[int, ...]
    why: str


Verdict = Linked | New | Ambiguous | Conflict


class PersonMerge(Struct, frozen=True):
    """Two people turned out to be one: the older person stays."""

    loser: int
    winner: int
    evidence: tuple[str, ...]


class Resolution(Struct, frozen=True):
    """A verdict per candidate, merges of people, people whose identity is in doubt, and questions by record."""

    verdicts: Mapping[RecordRef, Verdict]
    merges: tuple[PersonMerge, ...] = ()
    doubtful: frozenset[int] = frozenset()
    questions: tuple[tuple[RecordRef, str], ...] = field(default=())


def clean_email(text: str | None) -> str | None:
    """An e-mail as it is compared: trimmed, lower case; ``None`` for blank."""
    return (text or "").strip().lower() or None


def is_role_mailbox(email: str, settings: IdentitySettings) -> bool:
    """Whether the address is read by a team rather than a person; a tag behind ``+`` does not matter."""
    return email.partition("@")[0].partition("+")[0] in settings.role_local_parts
