"""The three lanes of a write: our own fields in collections, contested ones conditionally, creates by key.

Decides the shape of the one request of a lane and what each row's answer means. Retries nothing. Must not
know why a row is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adapters.salesforce import soql
from adapters.salesforce.client import SalesforceClient
from adapters.salesforce.failures import row_outcome
from adapters.salesforce.objects import COLLECTION_SIZE_MAX, COMPOSITE_SIZE_MAX
from adapters.salesforce.transport import CONSTANT_HEADERS
from connector.errors import BatchRejected, Unconfirmed
from connector.model import Lane, Outcome, RowOutcome, RowWrite

_COLLECTION = "composite/sobjects"


class Writes:
    """Write requests to one org. ``key_fields``: object -> external id field."""

    def __init__(self, client: SalesforceClient, key_fields: Mapping[str, str]) -> None:
        self._client = client
        self._key_fields = key_fields

    def send(self, lane: Lane, rows: Sequence[RowWrite]) -> list[RowOutcome]:
        """One request. A refused batch of one row is that row's refusal; a larger one raises."""
        _check(lane, rows)
        try:
            return self._sent(lane, rows)
        except BatchRejected as error:
            if len(rows) > 1:
                raise
            return [RowOutcome(rows[0].action_id, Outcome.REJECTED, code=error.code or "REFUSED")]

    def _sent(self, lane: Lane, rows: Sequence[RowWrite]) -> list[RowOutcome]:
        if lane is Lane.OWNED:
            return self._update(rows)
        if lane is Lane.CONTESTED:
            return self._update_unmodified(rows)
        return self._create(rows)

    def _update(self, rows: Sequence[RowWrite]) -> list[RowOutcome]:
        records = [{"attributes": {"type": row.object}, "id": _id(row), **row.fields} for row in rows]
        answer = self._client.write("PATCH", _COLLECTION, {"allOrNone": False, "records": records})
        return self._in_order(rows, answer)

    def _create(self, rows: Sequence[RowWrite]) -> list[RowOutcome]:
        object_name = soql.name(rows[0].object)
        key_field = self._key_fields.get(object_name)
        if key_field is None:
            return self._insert(rows)
        records = [{"attributes": {"type": object_name}, **row.fields, key_field: row.external_key} for row in rows]
        path = f"{_COLLECTION}/{object_name}/{soql.name(key_field)}"
        answer = self._client.write("PATCH", path, {"allOrNone": False, "records": records})
        return self._in_order(rows, answer)

    def _insert(self, rows: Sequence[RowWrite]) -> list[RowOutcome]:
        """Only where no key field exists (a Task in an org without ours): the probe finds an earlier try."""
        records = [{"attributes": {"type": row.object}, **row.fields} for row in rows]
        answer = self._client.write("POST", _COLLECTION, {"allOrNone": False, "records": records})
        return [
            outcome if outcome.outcome is not Outcome.SENT else _as_created(outcome)
            for outcome in self._in_order(rows, answer)
        ]

    def _in_order(self, rows: Sequence[RowWrite], answer: object) -> list[RowOutcome]:
        """Collections answer in the order of the request (contract sheet 9.2); a short answer says nothing."""
        if not isinstance(answer, list):
            raise Unconfirmed("a write's answer is not a list of rows", where=self._client.where)
        answered: Iterable[Any] = answer if len(answer) == len(rows) else [None] * len(rows)
        return [_collected(row, result) for row, result in zip(rows, answered, strict=True)]

    def _update_unmodified(self, rows: Sequence[RowWrite]) -> list[RowOutcome]:
        """Up to 25 single PATCHes in one call, each refused when the record was edited since it was read."""
        subrequests = [self._subrequest(index, row) for index, row in enumerate(rows)]
        # Without this the server may reorder subrequests (contract sheet 9.3).
        document = {"allOrNone": False, "collateSubrequests": False, "compositeRequest": subrequests}
        answer = self._client.write("POST", "composite", document)
        results = (answer or {}).get("compositeResponse") if isinstance(answer, Mapping) else None
        if not isinstance(results, list):
            raise Unconfirmed("a composite answer holds no rows", where=self._client.where)
        by_reference = {str(result.get("referenceId")): result for result in results}
        return [_composed(row, by_reference.get(_reference(index))) for index, row in enumerate(rows)]

    def _subrequest(self, index: int, row: RowWrite) -> dict[str, object]:
        headers = {"Sforce-Auto-Assign": CONSTANT_HEADERS["Sforce-Auto-Assign"]}
        if row.version:
            headers["If-Unmodified-Since"] = row.version
        base = f"/services/data/v{self._client.api_version}/sobjects"
        return {
            "method": "PATCH",
            "url": f"{base}/{soql.name(row.object)}/{_id(row)}",
            "referenceId": _reference(index),
            "httpHeaders": headers,
            "body": dict(row.fields),
        }


def _check(lane: Lane, rows: Sequence[RowWrite]) -> None:
    limit = COMPOSITE_SIZE_MAX if lane is Lane.CONTESTED else COLLECTION_SIZE_MAX
    if not 0 < len(rows) <= limit or len({row.object for row in rows}) != 1:
        raise ValueError(f"a {lane} request takes 1 to {limit} rows of one object")


def _id(row: RowWrite) -> str:
    if row.ref is None or not soql.is_record_id(row.ref.record_id):
        raise ValueError(f"action {row.action_id} does not name a Salesforce record")
    return row.ref.record_id


def _reference(index: int) -> str:
    return f"row{index}"  # letters, digits and underscores only (contract sheet 9.3)


def _as_created(outcome: RowOutcome) -> RowOutcome:
    return RowOutcome(outcome.action_id, Outcome.SENT, record_id=outcome.record_id, created=True)


def _collected(row: RowWrite, result: Any) -> RowOutcome:
    if not isinstance(result, Mapping) or "success" not in result:
        return RowOutcome(row.action_id, Outcome.UNKNOWN, code="NOT_ANSWERED")
    if not result["success"]:
        return row_outcome(row.action_id, result.get("errors"))
    record_id = result.get("id") or (row.ref.record_id if row.ref else None)
    return RowOutcome(row.action_id, Outcome.SENT, record_id=record_id, created=bool(result.get("created")))


def _composed(row: RowWrite, result: Mapping[str, Any] | None) -> RowOutcome:
    if result is None:
        return RowOutcome(row.action_id, Outcome.UNKNOWN, code="NOT_ANSWERED")
    status = int(result.get("httpStatusCode") or 0)
    if 200 <= status < 300:
        return RowOutcome(row.action_id, Outcome.SENT, record_id=row.ref.record_id if row.ref else None)
    return row_outcome(row.action_id, result.get("body"), status=status)
