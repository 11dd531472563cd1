"""Large reads by Bulk API 2.0: create a query job, wait for it, read its CSV portion by portion.

The SDK's own bulk handler is not used: it never renews a token, sleeps on the machine's clock and damages
text (contract sheet 1.7, S7). Decides when a job has failed; must not know what the rows mean.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from msgspec import Struct

from adapters.salesforce.client import SalesforceClient
from connector.errors import RetryLater, SchemaDrift, StaleToken

Answer = TypeVar("Answer")

ROWS_PER_RESULT_MAX = 10_000
_POLL_S = (1.0, 2.0, 4.0, 8.0, 15.0)
_WAIT_MAX = timedelta(hours=2)
_LAST_LOCATOR = ("", "null")  # the end is the literal word null (contract sheet I19)


class Portion(Struct, frozen=True):
    """Some rows of a finished job, as lines of cells, and the locator behind them (empty at the end).

    The rows can be walked once: held all together they would cost ten times the bytes they came in.
    """

    columns: list[str]
    rows: Iterator[list[str]]
    locator: str


def create_job(client: SalesforceClient, statement: str, *, include_deleted: bool) -> dict[str, Any]:
    """Start a query job; its answer holds ``id`` and ``createdById``. Asked twice it costs a second job only."""
    operation = "queryAll" if include_deleted else "query"
    answer = client.post_read("jobs/query", {"operation": operation, "query": statement})
    return dict(answer)


def wait_for(client: SalesforceClient, job_id: str) -> None:
    """Until the job is complete. ``RetryLater`` when it failed or takes too long."""
    last_moment = client.clock.now() + _WAIT_MAX
    poll = 0
    while True:
        job = _kept(client, lambda: client.get(f"jobs/query/{job_id}")) or {}
        state = str(job.get("state", ""))
        if state == "JobComplete":
            return
        if state in ("Failed", "Aborted") or client.clock.now() > last_moment:
            raise RetryLater(f"a bulk query job ended as {state or 'unknown'}", where=client.where)
        client.clock.sleep(_POLL_S[min(poll, len(_POLL_S) - 1)])
        poll += 1


def portions(client: SalesforceClient, job_id: str, locator: str) -> Iterator[Portion]:
    """The rows behind ``locator`` (empty: from the start). ``StaleToken`` when the job is no longer kept."""
    while True:
        parameters = {"maxRecords": str(ROWS_PER_RESULT_MAX)}
        if locator:
            parameters["locator"] = locator
        body, headers = _kept(client, partial(client.get_bytes, f"jobs/query/{job_id}/results", parameters))
        locator = headers.get("Sforce-Locator") or ""
        locator = "" if locator in _LAST_LOCATOR else locator
        yield Portion(*table(body), locator)
        if not locator:
            return


def _kept(client: SalesforceClient, ask: Callable[[], Answer]) -> Answer:
    """Jobs are kept for seven days; after that their address does not exist."""
    try:
        return ask()
    except SchemaDrift:
        raise StaleToken("a bulk query job is no longer kept", where=client.where) from None


def table(body: bytes) -> tuple[list[str], Iterator[list[str]]]:
    """The columns and the lines of a CSV; UTF-8 whatever the header says, NUL bytes dropped (contract sheet I6)."""
    lines = csv.reader(io.TextIOWrapper(io.BytesIO(body.replace(b"\0", b"")), "utf-8", newline=""))
    columns = next(lines, [])
    return columns, filter(None, lines)
