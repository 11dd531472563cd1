"""getUpdated and getDeleted (sheet section 6): ids by stamp, and the only safe watermark the vendor gives."""

from __future__ import annotations

from datetime import datetime, timedelta

from adapters.simulator.salesforce import moments
from adapters.simulator.salesforce.call import Call
from adapters.simulator.salesforce.org import RECYCLE_BIN_DAYS
from adapters.simulator.salesforce.refusals import Refusal
from adapters.simulator.wire import Response, json_response

UPDATED_DAYS_MAX = 30
IDS_MAX = 600_000


def updated(call: Call) -> Response:
    """GET /sobjects/X/updated/?start=&end=."""
    start, end = _window(call, UPDATED_DAYS_MAX)
    low, high = moments.wire(start), moments.wire(end)
    rows = call.org.visible_rows(call.entry().name)
    ids = sorted(row["Id"] for row in rows if low <= (row.get("SystemModstamp") or row["CreatedDate"]) < high)
    if len(ids) > IDS_MAX:
        raise Refusal("EXCEEDED_ID_LIMIT", f"result exceeds {IDS_MAX} ids")
    return json_response(200, {"ids": ids, "latestDateCovered": _covered(call, end)})


def deleted(call: Call) -> Response:
    """GET /sobjects/X/deleted/?start=&end=."""
    start, end = _window(call, RECYCLE_BIN_DAYS)
    low, high = moments.wire(start), moments.wire(end)
    rows = call.org.visible_rows(call.entry().name, with_deleted=True)
    found = [row for row in rows if row.get("IsDeleted") and low <= row["SystemModstamp"] < high]
    listed = [{"id": row["Id"], "deletedDate": row["SystemModstamp"]} for row in sorted(found, key=_by_time)]
    earliest = moments.wire(call.org.clock.now() - timedelta(days=RECYCLE_BIN_DAYS))
    document = {"deletedRecords": listed, "earliestDateAvailable": earliest, "latestDateCovered": _covered(call, end)}
    return json_response(200, document)


def _by_time(row: dict[str, str]) -> tuple[str, str]:
    return row["SystemModstamp"], row["Id"]


def _covered(call: Call, end: datetime) -> str:
    """The end of what is complete: held back while a transaction is open."""
    held = call.org.earliest_open_transaction(call.entry().name) or end
    return moments.wire(min(end, held, call.org.clock.now()))


def _window(call: Call, days_max: int) -> tuple[datetime, datetime]:
    start, end = (_minute(call, name) for name in ("start", "end"))
    if start >= end:
        raise Refusal("INVALID_REPLICATION_DATE", "startDate before endDate: the difference must be over one minute")
    if start < call.org.clock.now() - timedelta(days=days_max):
        raise Refusal("INVALID_REPLICATION_DATE", f"startDate is more than {days_max} days ago")
    return start, end


def _minute(call: Call, name: str) -> datetime:
    given = call.request.parameter(name) or ""
    try:
        return moments.parse(given).replace(second=0, microsecond=0)
    except ValueError:
        raise Refusal("INVALID_REPLICATION_DATE", f"{name} is not a date with an offset: {given}") from None
