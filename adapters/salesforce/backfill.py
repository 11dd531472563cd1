"""Reading everything once: by keyset when there is little, by Bulk 2.0 when there is much.

Decides which of the two (contract sheet 10b: bulk above 2,000 rows) and where to resume. The last page's
``covered_until`` is the start of the scan less the lag, so the incremental read begins without a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain, islice

from msgspec import Struct

from adapters.salesforce import bulk, soql
from adapters.salesforce.client import SalesforceClient
from adapters.salesforce.objects import ObjectFacts
from adapters.salesforce.pull import PAGE_SIZE_MAX, Position, Scan, pages, position_of
from adapters.salesforce.reading import RowReader
from adapters.salesforce.schema import Schemas
from connector.executor import Executor
from connector.model import RawRecord
from connector.ports.adapter import Page, PullRequest

BULK_ABOVE_ROWS = 2_000


class Backfill(Struct, frozen=True):
    """One full read. ``bulk``: always, never, or by the number of rows (``None``)."""

    client: SalesforceClient
    schemas: Schemas
    lag: timedelta
    bulk: bool | None
    learn_user: Callable[[str], None]
    executor: Executor

    def pages(self, facts: ObjectFacts, request: PullRequest) -> Iterator[Page]:
        """The pages from the token on."""
        token = request.token
        if "job" in token:
            return self._bulk_pages(facts, request, token)
        if "stamp" in token or not self._is_large(facts, request):
            return self._keyset_pages(facts, request)
        return self._bulk_pages(facts, request, self._new_job(facts, request))

    def _is_large(self, facts: ObjectFacts, request: PullRequest) -> bool:
        if self.bulk is not None:
            return self.bulk
        conditions = " AND ".join(_conditions(facts, request))
        where = f" WHERE {conditions}" if conditions else ""
        counted = self.client.query(
            f"SELECT COUNT() FROM {soql.name(facts.name)}{where}", include_deleted=facts.archived
        )
        return int(counted["totalSize"]) > BULK_ABOVE_ROWS

    def _keyset_pages(self, facts: ObjectFacts, request: PullRequest) -> Iterator[Page]:
        started = _started(request.token) or self.client.server_now()
        scan = Scan(
            facts,
            request,
            position_of(request.token) or (Position(request.since) if request.since else None),
            conditions=_conditions(facts, request),
            include_deleted=facts.archived,
            ceiling=started - self.lag,
            lag=self.lag,
        )
        for page in self.executor.ahead(pages(self.client, scan)):
            token = {**page.token, "started": started.isoformat()}
            yield Page(page.records, {} if page.done else token, page.covered_until, page.done)

    def _new_job(self, facts: ObjectFacts, request: PullRequest) -> dict[str, object]:
        fields = tuple(dict.fromkeys((*facts.identity_fields(), *request.fields)))
        statement = soql.select(fields, facts.name, *_conditions(facts, request))
        started = self.client.server_now()
        job = bulk.create_job(self.client, statement, include_deleted=facts.archived)
        self.learn_user(str(job.get("createdById") or ""))
        return {"job": str(job["id"]), "locator": "", "started": started.isoformat()}

    def _bulk_pages(self, facts: ObjectFacts, request: PullRequest, token: Mapping[str, object]) -> Iterator[Page]:
        job_id, started = str(token["job"]), _started(token) or self.client.server_now()
        job = {"job": job_id, "started": started.isoformat()}
        here, given = str(token.get("locator", "")), int(str(token.get("given", 0)))
        bulk.wait_for(self.client, job_id)
        for portion in bulk.portions(self.client, job_id, here):
            reader = RowReader(facts, portion.columns, request.fields, self.schemas.cell_readers(facts.name))
            for records, is_last in _slices(reader, islice(portion.rows, given, None)):
                given += len(records)
                done = is_last and not portion.locator
                behind = {**job, "locator": portion.locator} if is_last else {**job, "locator": here, "given": given}
                yield Page(records, {} if done else behind, started - self.lag if done else None, done)
            here, given = portion.locator, 0


def _slices(reader: RowReader, lines: Iterator[list[str]]) -> Iterator[tuple[tuple[RawRecord, ...], bool]]:
    """The records of the lines by pages, and whether they are the last ones; one empty page when there are none.

    Each line is read as it comes, so that its cells are gone before the next: held together they leave the processor's
    caches.
    """
    following = next(lines, None)
    is_last = False
    while not is_last:
        begun = [] if following is None else [following]
        records = reader.read(chain(begun, islice(lines, PAGE_SIZE_MAX - 1)))
        following = next(lines, None)
        is_last = following is None
        yield records, is_last


def _started(token: Mapping[str, object]) -> datetime | None:
    return datetime.fromisoformat(str(token["started"])) if "started" in token else None


def _conditions(facts: ObjectFacts, request: PullRequest) -> tuple[str, ...]:
    """Archived activities are only in queryAll, which also shows deleted ones: those are left out."""
    conditions = [facts.condition, "IsDeleted = false" if facts.archived else ""]
    if request.since is not None:
        conditions.append(f"{facts.stamp} >= {soql.instant(request.since)}")
    if request.until is not None:
        conditions.append(f"{facts.stamp} < {soql.instant(request.until)}")
    return tuple(condition for condition in conditions if condition)
