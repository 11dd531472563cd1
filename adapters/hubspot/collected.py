"""What forms, lists, e-mail events and teams have in common as records: an id, a moment, a contact by e-mail.

Decides how such a record looks to the core: fields of ours in the vendor's values, never a person's address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from adapters.hubspot.lookup import Lookup
from adapters.hubspot.objects import EMAIL_EVENTS, FORM_SUBMISSIONS, LIST_MEMBERSHIPS, SYSTEM, TEAMS, facts_of
from connector.model import RawRecord, RecordRef, Wire
from connector.ports.adapter import Page

CONTACT_ID = "contact_id"

FIELDS: Mapping[str, tuple[str, ...]] = {
    FORM_SUBMISSIONS: ("form_id", "form_name", "submitted_at", "page_url", "email_domain", CONTACT_ID),
    LIST_MEMBERSHIPS: ("list_id", "list_name", "joined_at", CONTACT_ID),
    EMAIL_EVENTS: ("type", "created", "campaign_id", "campaign_name", "seconds_since_delivery", CONTACT_ID),
    TEAMS: ("id", "name", "user_ids", "secondary_user_ids"),
}
"""What a mapping may ask of each; all of them are ours, made from the answers (contract sheet 2.9 and 2.14)."""

WRITTEN = "values."
"""Begins the name of what was entered into a form's own field, as in ``values.message``."""

NOTHING = Page((), {}, None, done=True)
"""Nothing was asked for: no call, and no watermark, so that what is named later is read from its beginning."""


class Reach(Struct, frozen=True):
    """How far a collection is read: ``since`` (``None``: all of it), for members new to us from the beginning;
    ``started``: the server's time at the start."""

    since: datetime | None
    started: datetime
    lag: timedelta

    @property
    def covered(self) -> datetime:
        """What may be promised when everything was read."""
        return self.started - self.lag


def dated(
    object_name: str, record_id: str, at: datetime, values: Mapping[str, Wire], asked: Sequence[str]
) -> RawRecord:
    """One happening as a record that never changes again."""
    fields = {name: values.get(name) for name in asked if name in values}
    return RawRecord(RecordRef(SYSTEM, object_name, record_id), at, fields, created_at=at)


def contacts_of(lookup: Lookup, emails: Iterable[str]) -> dict[str, str]:
    """E-mail in lower case -> contact id; second addresses of a contact count too. Strongly consistent."""
    wanted = sorted({email.strip().lower() for email in emails if email})
    if not wanted:
        return {}
    found: dict[str, str] = {}
    for record in lookup.by_value(facts_of("contacts"), "email", wanted, ("email", "hs_additional_emails")):
        second = str(record.fields.get("hs_additional_emails") or "").split(";")
        for email in (str(record.fields.get("email") or ""), *second):
            if email.strip():
                found.setdefault(email.strip().lower(), record.ref.record_id)
    return {email: found[email] for email in wanted if email in found}


def from_milliseconds(value: object) -> datetime:
    """Epoch milliseconds as an aware datetime."""
    return datetime.fromtimestamp(int(str(value)) / 1000, UTC)


def milliseconds(moment: datetime) -> int:
    """An aware datetime as epoch milliseconds."""
    return int(moment.timestamp() * 1000)


def iso(moment: datetime) -> str:
    """A moment as text with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
