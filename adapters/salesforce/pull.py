"""Reading what changed, and all there is, page by page behind a position of (stamp, id).

Decides where a read starts, how far the watermark may move, and when a stream is at its end. Every page is a
query of its own behind the last row: no cursor that could expire, and no row that moves between two pages of
one cursor (contract sheet 4 and I8). Must not know what the fields mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from adapters.salesforce import soql
from adapters.salesforce.client import SalesforceClient
from adapters.salesforce.objects import ObjectFacts
from adapters.salesforce.reading import PageReader
from adapters.salesforce.records import moment
from connector.model import RawRecord
from connector.ports.adapter import Page, PullRequest

PAGE_SIZE_MAX = 2_000
_COVERED_WINDOW = timedelta(minutes=10)


class Position(Struct, frozen=True):
    """Behind this row. Without ``record_id``: at the beginning of this second."""

    stamp: datetime
    record_id: str = ""

    def condition(self, field: str) -> str:
        """Rows behind the position, many of which may share one stamp (contract sheet I9, I28)."""
        at = soql.instant(self.stamp)
        if not self.record_id:
            return f"{field} >= {at}"
        return f"{field} >= {at} AND ({field} > {at} OR Id > {soql.quoted(self.record_id)})"

    def token(self) -> dict[str, object]:
        """As it is stored in a watermark."""
        return {"stamp": self.stamp.isoformat(), "id": self.record_id}


def position_of(token: Mapping[str, object]) -> Position | None:
    """The position in a token, if it holds one."""
    if "stamp" not in token:
        return None
    return Position(datetime.fromisoformat(str(token["stamp"])), str(token.get("id", "")))


class Scan(Struct, frozen=True):
    """One pass over an object. ``ceiling``: the watermark may not pass it; ``None``: set by the first answer."""

    facts: ObjectFacts
    request: PullRequest
    position: Position | None
    conditions: tuple[str, ...] = ()
    include_deleted: bool = False
    ceiling: datetime | None = None
    lag: timedelta = timedelta(0)


class Limits(Struct, frozen=True):
    """How far the watermark stays behind (``lag_s``, never past ``ceiling``) and how far back a read starts."""

    lag_s: float
    overlap_s: float
    ceiling: datetime | None = None


def incremental(client: SalesforceClient, facts: ObjectFacts, request: PullRequest, limits: Limits) -> Iterator[Page]:
    """What changed, from ``overlap_s`` behind the watermark up to now; deleted rows included."""
    scan = Scan(
        facts,
        request,
        _start(facts, request, timedelta(seconds=limits.overlap_s)),
        conditions=_limits(facts, request),
        include_deleted=facts.deletable,
        ceiling=limits.ceiling,
        lag=timedelta(seconds=limits.lag_s),
    )
    return pages(client, scan)


def covered_until(client: SalesforceClient, facts: ObjectFacts) -> datetime | None:
    """``latestDateCovered`` of getUpdated: held at the start of the oldest open transaction.

    The only promise of the server that nothing older can still appear (contract sheet 6, D23). It must be
    asked before the query: a transaction that ends between the two would be lost the other way round.
    """
    end = client.server_now()
    start = end - _COVERED_WINDOW
    answer = client.get(f"sobjects/{facts.name}/updated/", start=_replication(start), end=_replication(end))
    latest = (answer or {}).get("latestDateCovered")
    return moment(str(latest)) if latest else None


def _replication(stamp: datetime) -> str:
    return stamp.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def pages(client: SalesforceClient, scan: Scan) -> Iterator[Page]:
    """The pages of a scan; the last one says done."""
    position, ceiling, done = scan.position, scan.ceiling, False
    first, reader = True, PageReader(scan.facts, scan.request.fields)
    while not done:
        page = client.query_page(_statement(scan, position), reader.read, include_deleted=scan.include_deleted)
        if first:
            held_back = client.last_date() - scan.lag
            ceiling = held_back if ceiling is None else min(ceiling, held_back)
            first = False
        done = page.done and len(page.records) < PAGE_SIZE_MAX  # a short page alone says nothing
        position = _behind(page.records) or position
        yield Page(page.records, _token(position), _covered(position, ceiling, done), done)


def _statement(scan: Scan, position: Position | None) -> str:
    fields = tuple(dict.fromkeys((*scan.facts.identity_fields(), *scan.request.fields)))
    conditions = list(dict.fromkeys((*scan.conditions, scan.facts.condition)))
    if position is not None:
        conditions.append(position.condition(scan.facts.stamp))
    tail = f"ORDER BY {scan.facts.stamp}, Id LIMIT {PAGE_SIZE_MAX}"
    return soql.select(fields, scan.facts.name, *filter(None, conditions), tail=tail)


def _behind(records: Sequence[RawRecord]) -> Position | None:
    return Position(records[-1].modified_at, records[-1].ref.record_id) if records else None


def _token(position: Position | None) -> dict[str, object]:
    return {} if position is None else position.token()


def _covered(position: Position | None, ceiling: datetime | None, done: bool) -> datetime | None:
    if done or ceiling is None or position is None:
        return ceiling if done else None
    return min(ceiling, position.stamp - timedelta(seconds=1))  # more rows may share the last stamp


def _start(facts: ObjectFacts, request: PullRequest, overlap: timedelta) -> Position | None:
    if facts.complete:
        return None
    if request.covered_until is not None:
        return Position(request.covered_until - overlap)
    return position_of(request.token) or (Position(request.since) if request.since else None)


def _limits(facts: ObjectFacts, request: PullRequest) -> tuple[str, ...]:
    if request.until is None:
        return ()
    return (f"{facts.stamp} < {soql.instant(request.until)}",)
