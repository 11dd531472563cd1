"""What a contact chose for each kind of mail, as fields of the contact: ``subscription:<id>`` or ``:<name>``.

Decides how the statuses come to the contacts: read for those of a page, by e-mail, only when a mapping asks for one.
An address that never chose has no status. The paths are the vendor's communication preferences v4 (unconfirmed).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs
from msgspec.structs import replace

from adapters.hubspot.client import HubSpotClient
from adapters.hubspot.objects import BATCH_SIZE_MAX
from connector.errors import NotGranted, SchemaDrift
from connector.model import RawRecord, Wire
from connector.ports.adapter import FieldSchema, Page, PullRequest

PREFIX = "subscription:"
STATUSES = ("SUBSCRIBED", "UNSUBSCRIBED")


class Subscriptions:
    """The subscription statuses of one portal's contacts."""

    def __init__(self, client: HubSpotClient) -> None:
        self._client = client

    def fields(self) -> tuple[dict[str, FieldSchema], str]:
        """A field per kind of mail, by id and by name; without the right to see them none, and why."""
        try:
            answer = self._client.get(self._client.paths.subscriptions("definitions"))
        except NotGranted as refused:
            return {}, refused.remedy
        except SchemaDrift:  # a portal or API version without them
            return {}, ""
        names = [PREFIX + str(row[key]) for row in answer.get("results", ()) for key in ("id", "name") if row.get(key)]
        return {name: FieldSchema(name, "choice", writable=False, options=STATUSES) for name in names}, ""

    def told(self, records: Sequence[RawRecord], asked: Sequence[str]) -> tuple[RawRecord, ...]:
        """The records with the statuses that were asked for; ``email`` must be among their fields."""
        wanted = [name for name in asked if name.startswith(PREFIX)]
        if not wanted or not records:
            return tuple(records)
        statuses = self._statuses([str(record.fields.get("email") or "") for record in records])
        return tuple(_with(record, wanted, asked, statuses) for record in records)

    def page(self, page: Page, asked: Sequence[str]) -> Page:
        """A page with the statuses of its contacts."""
        return replace(page, records=self.told(page.records, asked))

    def _statuses(self, emails: Sequence[str]) -> dict[str, list[Mapping[str, Any]]]:
        wanted = sorted({email.strip().lower() for email in emails if email.strip()})
        found: dict[str, list[Mapping[str, Any]]] = {}
        for start in range(0, len(wanted), BATCH_SIZE_MAX):
            document = {"inputs": wanted[start : start + BATCH_SIZE_MAX]}
            path = self._client.paths.subscriptions("statuses", "batch", "read")
            try:
                answer = self._client.post_read(path, document, [("channel", "EMAIL")])
            except NotGranted as refused:  # the schema must be asked again: it no longer shows these fields
                raise SchemaDrift(refused.what, where=refused.where, remedy=refused.remedy) from None
            for row in answer.get("results", ()):
                found[str(row.get("subscriberIdString", "")).lower()] = list(row.get("statuses", ()))
        return found


def plain(request: PullRequest) -> PullRequest:
    """The request without subscription fields, and with the e-mail that they are joined on."""
    return replace(request, fields=plain_fields(request.fields))


def plain_fields(fields: Sequence[str]) -> tuple[str, ...]:
    """The contact's own properties among the fields."""
    own = tuple(name for name in fields if not name.startswith(PREFIX))
    return own if len(own) == len(fields) else tuple(dict.fromkeys((*own, "email")))


def _with(
    record: RawRecord,
    wanted: Sequence[str],
    asked: Sequence[str],
    statuses: Mapping[str, Sequence[Mapping[str, Any]]],
) -> RawRecord:
    if record.deleted or record.successor is not None:
        return record
    chosen = statuses.get(str(record.fields.get("email") or "").strip().lower(), ())
    own: dict[str, Wire] = {name: value for name, value in record.fields.items() if name in asked}
    return structs.replace(record, fields=own | {name: _status(name.removeprefix(PREFIX), chosen) for name in wanted})


def _status(kind: str, chosen: Sequence[Mapping[str, Any]]) -> Wire:
    for row in chosen:
        if kind in (str(row.get("subscriptionId")), str(row.get("subscriptionName"))):
            status = str(row.get("status") or "")
            return "UNSUBSCRIBED" if status in ("UNSUBSCRIBED", "NOT_SUBSCRIBED") else status or None
    return None
