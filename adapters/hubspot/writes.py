"""Writes to one portal: updates by id, creates by our unique property, each row traced by its action id.

What is created with an association goes by batch/create, because batch/upsert takes none (contract sheet 2.1); where
the object has our unique property, a second create of the same row is refused with the record that holds its key.

Decides the shape of the one request and what each row's answer means. HubSpot has no conditional writes, so
the contested lane is the owned lane; a lost race is found afterwards in the history. Retries nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.hubspot.associations import Ties, is_tied
from adapters.hubspot.client import HubSpotClient
from adapters.hubspot.failures import row_outcome
from adapters.hubspot.objects import BATCH_SIZE_MAX
from adapters.hubspot.ourselves import Ourselves
from connector.errors import BatchRejected, SchemaDrift
from connector.model import Lane, Outcome, RowOutcome, RowWrite
from connector.ports.associations import tied_object

Row = Mapping[str, Any]
_TRACE = "objectWriteTraceId"  # unique per input, it makes a batch answer row by row (contract sheet 2.2)


class Writes:
    """Write requests to one portal. ``key_fields``: object -> the unique property that holds our key."""

    def __init__(
        self, client: HubSpotClient, key_fields: Mapping[str, str], ourselves: Ourselves, ties: Ties
    ) -> None:  # fmt: skip
        self._client = client
        self._ties = ties
        self._key_fields = key_fields
        self._ourselves = ourselves

    def send(self, lane: Lane, rows: Sequence[RowWrite]) -> list[RowOutcome]:
        """One request. A refused batch of one row is that row's refusal; a larger one raises."""
        _check(rows)
        try:
            return self._sent(lane, rows)
        except BatchRejected as error:
            if len(rows) > 1:
                raise
            code = error.code or "REFUSED"
            refused = RowOutcome(rows[0].action_id, Outcome.REJECTED, record_id=error.record_id, code=code)
            return [_as_made(refused, rows[0], self._key_fields.get(rows[0].object))]

    def _sent(self, lane: Lane, rows: Sequence[RowWrite]) -> list[RowOutcome]:
        object_name = rows[0].object
        key_field = self._key_fields.get(object_name)
        if lane is not Lane.CREATE:
            answer = self._batch(object_name, "update", [_update(row) for row in rows])
        elif is_tied(rows[0]):
            return self._create_tied(rows, key_field)
        elif key_field is not None:
            answer = self._batch(object_name, "upsert", [_upsert(row, key_field) for row in rows])
        else:
            answer = self._batch(object_name, "create", [_create(row) for row in rows])
        self._ourselves.remember(object_name, answer.get("results") or ())
        return _outcomes(rows, answer, key_field if lane is Lane.CREATE else None, lane)

    def _create_tied(self, rows: Sequence[RowWrite], key_field: str | None) -> list[RowOutcome]:
        try:
            inputs = [{**_create(row, key_field), "associations": self._ties.of(row)} for row in rows]
        except SchemaDrift:  # nothing was sent: no such association in this portal
            return [RowOutcome(row.action_id, Outcome.REJECTED, code="CANNOT_BE_ASSOCIATED") for row in rows]
        answer = self._batch(rows[0].object, "create", inputs)
        self._ourselves.remember(rows[0].object, answer.get("results") or ())
        outcomes = _outcomes(rows, answer, None, Lane.CREATE)
        return [_as_made(outcome, row, key_field) for outcome, row in zip(outcomes, rows, strict=True)]

    def _batch(self, object_name: str, operation: str, inputs: Sequence[Row]) -> dict[str, Any]:
        path = self._client.paths.objects(object_name, "batch", operation)
        return self._client.write(path, {"inputs": list(inputs)})


def _check(rows: Sequence[RowWrite]) -> None:
    if not 0 < len(rows) <= BATCH_SIZE_MAX or len({row.object for row in rows}) != 1:
        raise ValueError(f"a request takes 1 to {BATCH_SIZE_MAX} rows of one object")


def _update(row: RowWrite) -> Row:
    if row.ref is None:
        raise ValueError(f"action {row.action_id} does not name a HubSpot record")
    return {"id": row.ref.record_id, "properties": _properties(row), _TRACE: row.action_id}


def _upsert(row: RowWrite, key_field: str) -> Row:
    properties = {**_properties(row), key_field: row.external_key}
    return {"id": row.external_key, "idProperty": key_field, "properties": properties, _TRACE: row.action_id}


def _create(row: RowWrite, key_field: str | None = None) -> Row:
    key = {} if key_field is None else {key_field: row.external_key}
    return {"properties": {**_properties(row), **key}, _TRACE: row.action_id}


def _properties(row: RowWrite) -> dict[str, object]:
    return {name: "" if value is None else value for name, value in row.fields.items() if tied_object(name) is None}


def _as_made(outcome: RowOutcome, row: RowWrite, key_field: str | None) -> RowOutcome:
    """A tied row that was refused because its key is taken was made by an earlier attempt: nobody else has that key."""
    if outcome.outcome is not Outcome.REJECTED or outcome.record_id is None or key_field is None or not is_tied(row):
        return outcome
    return RowOutcome(row.action_id, Outcome.SENT, record_id=outcome.record_id)


def _outcomes(
    rows: Sequence[RowWrite], answer: Mapping[str, Any], key_field: str | None, lane: Lane
) -> list[RowOutcome]:
    """Answers match by trace id, key or record id, never by position; a row without an answer is unknown."""
    answered: dict[str, RowOutcome] = {}
    names = _Names(rows, key_field)
    for result in answer.get("results") or ():
        action_id = names.of_result(result)
        if action_id is not None:
            created = bool(result.get("new", lane is Lane.CREATE and key_field is None))
            answered[action_id] = RowOutcome(action_id, Outcome.SENT, record_id=str(result["id"]), created=created)
    for error in answer.get("errors") or ():
        for action_id in names.of_error(error):
            answered[action_id] = row_outcome(action_id, error)
    unanswered = {row.action_id: RowOutcome(row.action_id, Outcome.UNKNOWN, code="NOT_ANSWERED") for row in rows}
    return [answered.get(row.action_id, unanswered[row.action_id]) for row in rows]


class _Names:
    """Every name under which an answer may speak of a row."""

    def __init__(self, rows: Sequence[RowWrite], key_field: str | None) -> None:
        self._key_field = key_field
        self._traces = {row.action_id for row in rows}
        self._ids = {row.ref.record_id: row.action_id for row in rows if row.ref is not None}
        self._keys = {row.external_key: row.action_id for row in rows if row.external_key}

    def of_result(self, result: Mapping[str, Any]) -> str | None:
        trace = result.get(_TRACE)
        if trace in self._traces:
            return str(trace)
        key = (result.get("properties") or {}).get(self._key_field) if self._key_field else None
        return self._keys.get(str(key)) or self._ids.get(str(result.get("id")))

    def of_error(self, error: Mapping[str, Any]) -> list[str]:
        context = error.get("context") or {}
        traces = [str(trace) for trace in context.get(_TRACE) or () if trace in self._traces]
        if traces:
            return traces
        ids = [str(item) for item in (*(context.get("ids") or ()), error.get("id") or "")]
        return [action for item in ids if (action := self._ids.get(item) or self._keys.get(item))]
