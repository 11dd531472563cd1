"""Clicks in marketing e-mails, where the portal grants its e-mail events, with their distance to the delivery.

Link scanners click within seconds of a delivery: a click carries the seconds since it, and a rule decides. Decides
which deliveries must be looked at: those around the clicks of a page (contract sheet 2.14, events v1).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from adapters.hubspot.client import HubSpotClient
from adapters.hubspot.collected import (
    Reach,
    contacts_of,
    dated,
    from_milliseconds,
    iso,
    milliseconds,
)
from adapters.hubspot.lookup import Lookup
from adapters.hubspot.objects import EMAIL_EVENTS
from adapters.hubspot.records import moment
from connector.model import RawRecord
from connector.ports.adapter import Page, PullRequest

EVENTS_SIZE_MAX = 1_000
SCANNER_S = 10
Event = Mapping[str, Any]


class EmailEvents:
    """The clicks of one portal. ``backfill``: how far back they are read at first."""

    def __init__(self, client: HubSpotClient, lookup: Lookup, lag: timedelta, overlap: timedelta) -> None:
        self._client = client
        self._lookup = lookup
        self._lag = lag
        self._overlap = overlap

    def incremental(self, request: PullRequest, backfill: timedelta) -> Iterator[Page]:
        """Clicks behind the watermark."""
        if request.covered_until is None:
            return self.everything(request, backfill)
        return self._walk(request, request.covered_until - self._overlap, self._client.server_now())

    def everything(self, request: PullRequest, backfill: timedelta) -> Iterator[Page]:
        """Clicks of the last months; resumable."""
        token = request.token
        started = moment(str(token["started"])) if "started" in token else self._client.server_now()
        return self._walk(request, request.since or started - backfill, started)

    def _walk(self, request: PullRequest, since: datetime, started: datetime) -> Iterator[Page]:
        reach = Reach(since, started, self._lag)
        offset = str(request.token.get("offset", ""))
        while True:
            answer = self._events("CLICK", since, None, offset)
            offset, more = str(answer.get("offset", "")), bool(answer.get("hasMore"))
            clicks = [event for event in answer.get("events", ()) if not event.get("filteredEvent")]
            behind = {"offset": offset, "started": started.isoformat()} if more else {}
            yield Page(tuple(self._records(request, clicks)), behind, None if more else reach.covered, not more)
            if not more:
                return

    def _events(self, kind: str, since: datetime, until: datetime | None, offset: str) -> dict[str, Any]:
        query = [("eventType", kind), ("startTimestamp", str(milliseconds(since))), ("limit", str(EVENTS_SIZE_MAX))]
        query += [("excludeFilteredEvents", "true")]
        query += [("endTimestamp", str(milliseconds(until)))] if until else []
        query += [("offset", offset)] if offset else []
        return self._client.get(self._client.paths.mail_events(), query)

    def _records(self, request: PullRequest, clicks: list[Event]) -> Iterator[RawRecord]:
        if not clicks:
            return
        delivered = self._deliveries(clicks)
        contacts = contacts_of(self._lookup, (_recipient(click) for click in clicks))
        for click in clicks:
            at = from_milliseconds(click["created"])
            values = {
                "type": str(click["type"]),
                "created": iso(at),
                "campaign_id": str(click.get("emailCampaignId", "")) or None,
                "campaign_name": click.get("appName"),
                "seconds_since_delivery": seconds_since_delivery(click, delivered.get(_mail(click), [])),
                "contact_id": contacts.get(_recipient(click)),
            }
            yield dated(EMAIL_EVENTS, f"{click['id']}-{click['created']}", at, values, request.fields)

    def _deliveries(self, clicks: list[Event]) -> dict[tuple[str, str], list[int]]:
        """(campaign, recipient) -> when it was delivered, for deliveries that a click may have followed too fast."""
        times = [int(click["created"]) for click in clicks]
        since = from_milliseconds(min(times)) - timedelta(seconds=SCANNER_S)
        found: dict[tuple[str, str], list[int]] = {}
        offset, more = "", True
        while more:
            answer = self._events("DELIVERED", since, from_milliseconds(max(times)), offset)
            offset, more = str(answer.get("offset", "")), bool(answer.get("hasMore"))
            for event in answer.get("events", ()):
                found.setdefault(_mail(event), []).append(int(event["created"]))
        return {mail: sorted(moments) for mail, moments in found.items()}


def seconds_since_delivery(click: Event, delivered: list[int]) -> int:
    """Whole seconds since the last delivery before the click; since the sending, when that delivery is older."""
    at = int(click["created"])
    before = bisect_right(delivered, at)
    if before:
        return (at - delivered[before - 1]) // 1000
    sent = (click.get("sentBy") or {}).get("created")
    return max(SCANNER_S, (at - int(sent)) // 1000 if sent else SCANNER_S)


def _mail(event: Event) -> tuple[str, str]:
    return str(event.get("emailCampaignId", "")), _recipient(event)


def _recipient(event: Event) -> str:
    return str(event.get("recipient") or "").strip().lower()
