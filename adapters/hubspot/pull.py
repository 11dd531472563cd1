"""Reading what changed (search by object id) and all there is (lists), page by page.

Decides where a read starts, how far the watermark may move, and which hits are too young to be believed.
Searching walks by object id, never by time: bulk jobs stamp more records alike than a search can page through
(contract sheet 2.4). Must not know what the properties mean.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from adapters.hubspot.associations import with_associations, with_listed
from adapters.hubspot.client import HubSpotClient
from adapters.hubspot.listing import Listed, ListReader
from adapters.hubspot.lookup import Lookup
from adapters.hubspot.objects import ObjectFacts
from adapters.hubspot.owners import next_after
from adapters.hubspot.records import record, removed
from connector.model import RawRecord
from connector.ports.adapter import Page, PullRequest

SEARCH_SIZE_MAX = 200
LIST_SIZE_MAX = 100
_BODY_SIZE_MAX = 2_900  # a longer body than 3,000 characters is refused (contract sheet 2.4)
_QUERY_SIZE_MAX = 6_000  # 5.1 kB were seen to work, too long is a 414 (contract sheet 2.1)


class Limits(Struct, frozen=True):
    """In seconds: the watermark's distance to now, where a read starts behind it, and the index lag."""

    lag_s: float
    overlap_s: float
    search_lag_s: float


class Walk(Struct, frozen=True):
    """A search in progress: changed since ``since``, begun at ``started`` (server time), behind ``after_id``."""

    since: datetime | None
    started: datetime | None = None
    after_id: int = 0

    def token(self) -> dict[str, object]:
        """As it is stored in a watermark in the middle of a walk."""
        since = self.since.isoformat() if self.since else ""
        return {
            "after_id": self.after_id,
            "since": since,
            "started": self.started.isoformat() if self.started else "",
        }


class Streams:
    """The pages of one portal's objects."""

    def __init__(self, client: HubSpotClient, lookup: Lookup, limits: Limits) -> None:
        self._client = client
        self._lookup = lookup
        self._limits = limits

    def incremental(self, facts: ObjectFacts, request: PullRequest) -> Iterator[Page]:
        """What changed behind the watermark, up to now; archived records never appear here."""
        walk = self._walk_of(request)
        while True:
            answer = self._client.search(facts.name, _search(facts, request, walk))
            date = self._client.last_date()
            started = walk.started or date
            hits = answer.get("results", ())
            done = next_after(answer) is None  # a short page alone says nothing
            after_id = max((int(hit["id"]) for hit in hits), default=walk.after_id)
            done = done or not hits
            walk = Walk(walk.since, started, after_id)
            records = self._delivered(facts, request, hits, date)
            yield Page(records, {} if done else walk.token(), self._covered(walk, request, done), done)
            if done:
                return

    def _walk_of(self, request: PullRequest) -> Walk:
        token = request.token
        if "after_id" in token:  # a run that broke off: go on where it was, with its own start
            return Walk(_moment(token.get("since")), _moment(token.get("started")), int(str(token["after_id"])))
        if request.covered_until is not None:
            return Walk(request.covered_until - timedelta(seconds=self._limits.overlap_s))
        return Walk(request.since)

    def _covered(self, walk: Walk, request: PullRequest, done: bool) -> datetime | None:
        """Only the whole walk moves the watermark, and only to its own start: it does not go by time."""
        if not done or walk.started is None:
            return None
        covered = walk.started - timedelta(seconds=self._limits.lag_s)
        return covered if request.until is None else min(covered, request.until)

    def _delivered(
        self, facts: ObjectFacts, request: PullRequest, hits: list[Mapping[str, Any]], date: datetime
    ) -> tuple[RawRecord, ...]:
        """A young hit is only a hint of an id: its values come from a strongly consistent read."""
        found = [record(facts, hit, request.fields) for hit in hits]
        edge = date - timedelta(seconds=self._limits.search_lag_s)
        thin = _is_thin(facts, request)
        doubtful = [item.ref.record_id for item in found if thin or item.modified_at > edge]
        fresh = self._lookup.live(facts, doubtful, request.fields)
        records = [fresh.get(item.ref.record_id) if item.ref.record_id in set(doubtful) else item for item in found]
        return with_associations(self._client, [item for item in records if item is not None], request.associations)

    def everything(self, facts: ObjectFacts, request: PullRequest) -> Iterator[Page]:
        """Every live record by list, 100 a page; strongly consistent."""
        token = request.token
        started = _moment(token.get("started")) or self._client.server_now()
        after = str(token.get("after", "")) or None
        path, reader = self._client.paths.objects(facts.name), ListReader(facts, request)
        while True:
            page = self._client.get_page(path, _list(facts, request, after), reader.read)
            after = page.after
            done = after is None
            records = self._listed(facts, request, page)
            behind = {} if done else {"after": after, "started": started.isoformat()}
            covered = started - timedelta(seconds=self._limits.lag_s) if done else None
            yield Page(records, behind, covered, done)
            if done:
                return

    def _listed(self, facts: ObjectFacts, request: PullRequest, page: Listed) -> tuple[RawRecord, ...]:
        found = page.records
        if _is_long(facts, request):
            fresh = self._lookup.live(facts, [item.ref.record_id for item in found], request.fields)
            found = [fresh.get(item.ref.record_id, item) for item in found]
        tied = with_listed(self._client, found, page.rows, request.associations)
        if request.since is None and request.until is None:
            return tied
        return tuple(item for item in tied if _within(item, request))

    def archived(self, facts: ObjectFacts, token: Mapping[str, object]) -> Iterator[Page]:
        """Archived records, always the whole list: it is sorted by id, so a new one may stand anywhere."""
        after = str(token.get("after", "")) or None
        while True:
            query = [("limit", str(LIST_SIZE_MAX)), ("archived", "true"), *_after(after)]
            answer = self._client.get(self._client.paths.objects(facts.name), query)
            after = next_after(answer)
            records = tuple(removed(facts, row) for row in answer.get("results", ()))
            yield Page(records, {"after": after} if after else {}, None, after is None)
            if after is None:
                return


def _search(facts: ObjectFacts, request: PullRequest, walk: Walk) -> dict[str, object]:
    filters = [{"propertyName": "hs_object_id", "operator": "GT", "value": str(walk.after_id)}]
    if walk.since is not None:
        filters.append({"propertyName": facts.modified, "operator": "GTE", "value": _milliseconds(walk.since)})
    if request.until is not None:
        filters.append({"propertyName": facts.modified, "operator": "LT", "value": _milliseconds(request.until)})
    thin = _is_thin(facts, request)
    return {
        "filterGroups": [{"filters": filters}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": [facts.modified] if thin else list(facts.properties(request.fields)),
        "limit": SEARCH_SIZE_MAX,
    }


def _is_thin(facts: ObjectFacts, request: PullRequest) -> bool:
    """Whether the properties do not fit into a search: then it answers ids, and the values are read."""
    return len(json.dumps(facts.properties(request.fields))) > _BODY_SIZE_MAX - 500


def _list(facts: ObjectFacts, request: PullRequest, after: str | None) -> list[tuple[str, str]]:
    query = [("limit", str(LIST_SIZE_MAX)), ("archived", "false")]
    if not _is_long(facts, request):
        query.append(("properties", ",".join(facts.properties(request.fields))))
    if request.associations:
        query.append(("associations", ",".join(request.associations)))
    return [*query, *_after(after)]


def _is_long(facts: ObjectFacts, request: PullRequest) -> bool:
    return len(",".join(facts.properties(request.fields))) > _QUERY_SIZE_MAX


def _after(after: str | None) -> list[tuple[str, str]]:
    return [("after", after)] if after else []


def _within(item: RawRecord, request: PullRequest) -> bool:
    late_enough = request.since is None or item.modified_at >= request.since
    return late_enough and (request.until is None or item.modified_at < request.until)


def _milliseconds(stamp: datetime) -> str:
    return str(int(stamp.timestamp() * 1000))


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None
