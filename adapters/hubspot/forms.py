"""Form submissions of the forms a company names: exact times, every one of them, joined to the contact by e-mail.

Decides when forms are asked at all: only after a search says that some contact converted since the last read, so
that a quiet portal costs one call. The API knows no contact id and answers newest first, 50 a page (contract sheet
2.14). Must not know what a form means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from adapters.hubspot.client import HubSpotClient
from adapters.hubspot.collected import (
    NOTHING,
    WRITTEN,
    Reach,
    contacts_of,
    dated,
    from_milliseconds,
    iso,
    milliseconds,
)
from adapters.hubspot.lookup import Lookup
from adapters.hubspot.named import is_named
from adapters.hubspot.objects import FORM_SUBMISSIONS
from adapters.hubspot.owners import listed, next_after
from adapters.hubspot.records import moment
from connector.errors import SchemaDrift
from connector.model import RawRecord
from connector.ports.adapter import Page, PullRequest

SUBMISSIONS_SIZE_MAX = 50
FORMS_SIZE_MAX = 100


class FormSubmissions:
    """The submissions of one portal's forms."""

    def __init__(self, client: HubSpotClient, lookup: Lookup, lag: timedelta, overlap: timedelta) -> None:
        self._client = client
        self._lookup = lookup
        self._lag = lag
        self._overlap = overlap

    def incremental(self, request: PullRequest) -> Iterator[Page]:
        """What was submitted behind the watermark; everything of a form that was not named before."""
        if not request.named:
            yield NOTHING
            return
        since = None if request.covered_until is None else request.covered_until - self._overlap
        new = set(request.named) - set(request.token.get("named", request.named))
        if since is not None and not new and not self._has_conversion(since):
            reach = Reach(since, self._client.last_date(), self._lag)
            yield Page((), {"named": list(request.named)}, reach.covered, done=True)
            return
        yield from self._walk(request, Reach(since, self._client.server_now(), self._lag), new)

    def everything(self, request: PullRequest) -> Iterator[Page]:
        """Every submission of the named forms, resumable at a form's page."""
        if not request.named:
            yield NOTHING
            return
        started = moment(str(request.token["started"])) if "started" in request.token else self._client.server_now()
        yield from self._walk(request, Reach(request.since, started, self._lag), set())

    def _has_conversion(self, since: datetime) -> bool:
        """Whether any contact's latest conversion is that young; a form submission always is one."""
        name = "recent_conversion_date"
        filters = [{"propertyName": name, "operator": "GTE", "value": str(milliseconds(since))}]
        document = {"filterGroups": [{"filters": filters}], "properties": [], "limit": 1}
        return bool(self._client.search("contacts", document).get("results"))

    def _walk(self, request: PullRequest, reach: Reach, new: set[str]) -> Iterator[Page]:
        token = request.token
        for form in self._forms(request):
            guid = str(form["id"])
            if guid < str(token.get("form", "")):
                continue
            wanted = replace(reach, since=None) if is_named(new, guid, str(form.get("name", ""))) else reach
            after = str(token.get("after", "")) if guid == token.get("form") else ""
            yield from self._pages(request, form, wanted, after)
        yield Page((), {"named": list(request.named)}, reach.covered, done=True)

    def _forms(self, request: PullRequest) -> list[Mapping[str, Any]]:
        query = [("limit", str(FORMS_SIZE_MAX)), ("archived", "false")]
        found = listed(self._client, self._client.paths.forms(), query)
        named = (row for row in found if is_named(request.named, str(row["id"]), str(row.get("name", ""))))
        return sorted(named, key=lambda row: str(row["id"]))

    def _pages(self, request: PullRequest, form: Mapping[str, Any], reach: Reach, after: str) -> Iterator[Page]:
        path = self._client.paths.submissions(str(form["id"]))
        while True:
            query = [("limit", str(SUBMISSIONS_SIZE_MAX)), *([("after", after)] if after else [])]
            try:
                answer = self._client.get(path, query)
            except SchemaDrift:  # the form was deleted since it was listed
                return
            rows = list(answer.get("results", ()))
            young = [row for row in rows if reach.since is None or from_milliseconds(row["submittedAt"]) >= reach.since]
            after = next_after(answer) or ""
            behind = {"form": str(form["id"]), "after": after, "started": reach.started.isoformat()}
            if young:
                yield Page(tuple(self._records(request, form, young)), behind)
            if not after or len(young) < len(rows):
                return

    def _records(
        self, request: PullRequest, form: Mapping[str, Any], rows: list[Mapping[str, Any]]
    ) -> Iterator[RawRecord]:
        contacts = contacts_of(self._lookup, (_email(row) for row in rows))
        for row in rows:
            at = from_milliseconds(row["submittedAt"])
            email = _email(row)
            values = _entered(row) | {
                "form_id": str(form["id"]),
                "form_name": form.get("name"),
                "submitted_at": iso(at),
                "page_url": str(row.get("pageUrl") or "").partition("?")[0] or None,
                "email_domain": email.partition("@")[2] or None,
                "contact_id": contacts.get(email),
            }
            yield dated(FORM_SUBMISSIONS, _submission_id(form, row), at, values, request.fields)


def _entered(row: Mapping[str, Any]) -> dict[str, Any]:
    """What was entered, field by field; a field with several answers holds them one after another."""
    found: dict[str, Any] = {}
    for each in row.get("values", ()):
        name, value = f"{WRITTEN}{each.get('name')}", str(each.get("value") or "")
        found[name] = f"{found[name]};{value}" if found.get(name) else value or None
    return found


def _submission_id(form: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    return str(row.get("conversionId") or f"{form['id']}-{row['submittedAt']}")


def _email(row: Mapping[str, Any]) -> str:
    values = (str(each.get("value") or "") for each in row.get("values", ()) if each.get("name") == "email")
    return next(values, "").strip().lower()
