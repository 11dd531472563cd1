"""The query resource: first page, further pages by locator (sheet section 4).

The ids of a result are frozen when the cursor is made; values and visibility are read when a page is fetched.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.simulator.salesforce import soql_engine
from adapters.simulator.salesforce.call import Call
from adapters.simulator.salesforce.org import Fields
from adapters.simulator.salesforce.refusals import Refusal
from adapters.simulator.salesforce.soql_engine import Selection
from adapters.simulator.salesforce.soql_parser import parse
from adapters.simulator.wire import Response, json_response

PAGE_MAX = 2000
PAGE_MIN = 200
CURSOR_PREFIX = "01g"


@dataclass(frozen=True)
class Cursor:
    """A result that is still being fetched."""

    selection: Selection
    made_at: datetime
    page_size: int
    with_deleted: bool


def query(call: Call) -> Response:
    """GET query."""
    return _first_page(call, with_deleted=False)


def query_all(call: Call) -> Response:
    """GET queryAll: with deleted and merged records."""
    return _first_page(call, with_deleted=True)


def _first_page(call: Call, *, with_deleted: bool) -> Response:
    text = call.request.parameter("q")
    if not text:
        raise Refusal("MALFORMED_QUERY", "A query string has to be specified")
    tree = parse(text)
    selection = soql_engine.run(call.org, tree, with_deleted=with_deleted)
    if selection.projection is None:
        return json_response(200, {"totalSize": selection.total, "done": True, "records": list(selection.records)})
    cursor = Cursor(selection, call.org.clock.now(), _page_size(call), with_deleted or tree.all_rows)
    locator = call.org.ids.mint(CURSOR_PREFIX)
    if selection.total > _length(call, cursor, locator, 0):
        call.backend.cursors[locator] = cursor
    return _page(call, cursor, locator, 0)


def more(call: Call) -> Response:
    """GET the page behind a locator; 400 when it expired after its two days."""
    match = re.fullmatch(r"(\w{15,18})-(\d+)", call.arguments["locator"])
    cursor = call.backend.cursors.get(match[1]) if match else None
    life = timedelta(seconds=call.org.settings["locator_life_s"])
    if match is None or cursor is None or call.org.clock.now() > cursor.made_at + life:
        raise Refusal("INVALID_QUERY_LOCATOR", "invalid query locator")
    return _page(call, cursor, match[1], int(match[2]))


def _page_size(call: Call) -> int:
    asked = re.search(r"batchSize\s*=\s*(\d+)", call.request.headers.get("sforce-query-options", ""))
    return min(PAGE_MAX, max(PAGE_MIN, int(asked[1]))) if asked else PAGE_MAX


def _length(call: Call, cursor: Cursor, locator: str, start: int) -> int:
    """How many rows this page has: a server may return fewer than asked at any time."""
    if not call.org.settings["page_size_shrinks"]:
        return cursor.page_size
    digest = hashlib.sha256(f"{call.org.seed} {locator} {start}".encode()).digest()
    return max(1, cursor.page_size * (64 + digest[0] % 192) // 256)


def _page(call: Call, cursor: Cursor, locator: str, start: int) -> Response:
    end = start + _length(call, cursor, locator, start)
    ids = cursor.selection.ids
    page: Fields = {"totalSize": cursor.selection.total, "done": end >= len(ids)}
    if not page["done"]:
        page["nextRecordsUrl"] = f"{call.base}/query/{locator}-{end}"
    page["records"] = _records(call, cursor, ids[start:end])
    return json_response(200, page)


def _records(call: Call, cursor: Cursor, ids: tuple[str, ...]) -> list[Fields]:
    projection = cursor.selection.projection
    if projection is None:
        return []
    found = []
    for identifier in ids:
        row = call.org.visible(cursor.selection.object_name, identifier)
        if row is not None and (cursor.with_deleted or not row.get("IsDeleted")):
            found.append(projection.render(row, call.base))
    return found
