"""Who joined the lists that a company names, and when: every join is a dated fact, membership itself is none.

Decides which lists are read: those whose latest join is young enough, which one search of all lists tells. The
members come in the order they joined, so a list that grew is read as a whole (contract sheet 2.14).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from adapters.hubspot.client import HubSpotClient
from adapters.hubspot.collected import NOTHING, Reach, dated, iso, milliseconds
from adapters.hubspot.named import is_named
from adapters.hubspot.objects import LIST_MEMBERSHIPS
from adapters.hubspot.owners import listed
from adapters.hubspot.records import moment
from connector.model import RawRecord
from connector.ports.adapter import Page, PullRequest

LISTS_SIZE_MAX = 500
MEMBERS_SIZE_MAX = 100
PAGE_SIZE_MAX = 500
CONTACTS = "0-1"
ADDED_AT = "hs_last_record_added_at"


class ListMemberships:
    """The memberships of one portal's contact lists."""

    def __init__(self, client: HubSpotClient, lag: timedelta, overlap: timedelta) -> None:
        self._client = client
        self._lag = lag
        self._overlap = overlap

    def incremental(self, request: PullRequest) -> Iterator[Page]:
        """Who joined behind the watermark; everybody on a list that was not named before."""
        if not request.named:
            yield NOTHING
            return
        new = set(request.named) - set(request.token.get("named", request.named))
        since = None if request.covered_until is None else request.covered_until - self._overlap
        yield from self._walk(request, since, new)

    def everything(self, request: PullRequest) -> Iterator[Page]:
        """Everybody on the named lists. Starts again when it broke off."""
        if not request.named:
            yield NOTHING
            return
        yield from self._walk(request, request.since, set())

    def _walk(self, request: PullRequest, since: Any, new: set[str]) -> Iterator[Page]:
        named = self._lists(request)  # asked first: its answer's date is the start
        reach = Reach(since, self._client.last_date(), self._lag)
        for each in named:
            fresh = is_named(new, str(each["listId"]), str(each.get("name", "")))
            if fresh or _has_grown(each, reach):
                records = self._joins(request, each, Reach(None if fresh else since, reach.started, self._lag))
                yield from _pages(records)
        yield Page((), {"named": list(request.named)}, reach.covered, done=True)

    def _lists(self, request: PullRequest) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        offset = 0
        while True:
            document = {"count": LISTS_SIZE_MAX, "offset": offset, "additionalProperties": [ADDED_AT]}
            answer = self._client.post_read(self._client.paths.lists("search"), document)
            found += [row for row in answer.get("lists", ()) if row.get("objectTypeId", CONTACTS) == CONTACTS]
            offset = int(answer.get("offset", 0))
            if not answer.get("hasMore"):
                break
        return [row for row in found if is_named(request.named, str(row["listId"]), str(row.get("name", "")))]

    def _joins(self, request: PullRequest, each: Mapping[str, Any], reach: Reach) -> Iterator[RawRecord]:
        path = self._client.paths.lists(str(each["listId"]), "memberships", "join-order")
        for row in listed(self._client, path, [("limit", str(MEMBERS_SIZE_MAX))]):
            at = moment(str(row["membershipTimestamp"]))
            if reach.since is not None and at < reach.since:
                continue
            values = {
                "list_id": str(each["listId"]),
                "list_name": each.get("name"),
                "joined_at": iso(at),
                "contact_id": str(row["recordId"]),
            }
            record_id = f"{each['listId']}-{row['recordId']}-{milliseconds(at)}"
            yield dated(LIST_MEMBERSHIPS, record_id, at, values, request.fields)


def _has_grown(each: Mapping[str, Any], reach: Reach) -> bool:
    """Where the portal does not tell when somebody last joined, the list is read."""
    told = (each.get("additionalProperties") or {}).get(ADDED_AT)
    if reach.since is None or not told:
        return reach.since is None or "hs_list_size" not in (each.get("additionalProperties") or {})
    text = str(told)
    return moment(text) >= reach.since if not text.isdigit() else int(text) >= milliseconds(reach.since)


def _pages(records: Iterator[RawRecord]) -> Iterator[Page]:
    portion: list[RawRecord] = []
    for record in records:
        portion.append(record)
        if len(portion) == PAGE_SIZE_MAX:
            yield Page(tuple(portion), {})
            portion = []
    if portion:
        yield Page(tuple(portion), {})
