"""Decides the answers for batches of records and their partial failures; must not know single-record paths.

Contract sheet 2.2 "Batch partial failure". Without a unique ``objectWriteTraceId`` on every input a batch is
all-or-nothing for bad values; with them each row stands alone and the answer is 207.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.simulator.hubspot.call import Call, Reply, names_in, objects_in
from adapters.simulator.hubspot.object_types import ObjectType
from adapters.simulator.hubspot.objects_api import association_inputs, record_by, tie_new
from adapters.simulator.hubspot.records import Record
from adapters.simulator.hubspot.refusals import Refusal, duplicate_ids, not_unique, validation
from adapters.simulator.hubspot.rendering import View, batch_document, render, render_written
from adapters.simulator.hubspot.writes import Claims, Prepared, apply, prepare_create, prepare_update

INPUTS_MAX = 100
_HISTORY_INPUTS_MAX = 50
Row = dict[str, Any]


@dataclass
class _Outcome:
    """What a batch has prepared and refused so far; nothing is stored before every row was looked at."""

    prepared: list[tuple[Prepared, Row]] = field(default_factory=list)
    errors: list[Row] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    claims: Claims = field(default_factory=dict)


def read_batch(call: Call) -> Reply:
    """``POST /{type}/batch/read``: missing ids share one error row in a 207."""
    kind, body = call.kind(), call.body()
    history = names_in(body, "propertiesWithHistory")
    rows = _inputs(call, _HISTORY_INPUTS_MAX if history else INPUTS_MAX)
    view = View.of(call.portal, kind, names_in(body, "properties"), history)
    archived, id_property = call.flag("archived"), body.get("idProperty")
    found: dict[str, Record] = {}
    missing = []
    for record_id in _ids(rows, fold=bool(id_property)):
        if _merged_away(call, kind, record_id, id_property):
            continue
        record = _read_one(call, kind, (record_id, id_property), archived=archived)
        if record is None:
            missing.append(record_id)
        else:
            found[record.id] = record
    results = [render(call.portal, view, record) for record in found.values()]
    return _batch_reply(call, 200, results, _missing_rows(kind, missing))


def create_batch(call: Call) -> Reply:
    """``POST /{type}/batch/create``: the first problem refuses the whole call unless inputs are traced."""
    kind = call.kind()
    rows = _inputs(call)
    outcome, each = _Outcome(), _all_traced(rows)

    def prepare(row: Row) -> None:
        association_inputs(call.portal, kind, row)
        prepared = prepare_create(call.portal, kind, call.properties(row), call.actor, outcome.claims)
        outcome.prepared.append((prepared, row))

    _prepare_rows(rows, outcome, prepare, each_alone=each)
    results = []
    for prepared, row in outcome.prepared:
        record = apply(call.portal, prepared)
        tie_new(call.portal, kind, record, association_inputs(call.portal, kind, row))
        results.append(_traced(render_written(call.portal, kind, record, prepared.sent, created=True), row))
    return _batch_reply(call, 201, results, outcome.errors)


def update_batch(call: Call) -> Reply:
    """``POST /{type}/batch/update``: missing ids are an error row, merged-away ids are left out silently."""
    kind = call.kind()
    rows = _inputs(call)
    _ids(rows)
    each = _all_traced(rows) or call.portal.settings["batch_update_partial"] == "always"
    outcome = _Outcome()

    def prepare(row: Row) -> None:
        id_property = _update_id_property(kind, row)
        if _merged_away(call, kind, str(row["id"]), id_property):
            return
        record = record_by(call.portal, kind, str(row["id"]), id_property)
        if record is None:
            outcome.missing.append(str(row["id"]))
            return
        properties = call.properties(row)
        prepared = prepare_update(call.portal, (kind, record), properties, call.actor, outcome.claims)
        outcome.prepared.append((prepared, row))

    _prepare_rows(rows, outcome, prepare, each_alone=each)
    results = [
        _traced(render_written(call.portal, kind, apply(call.portal, prepared), prepared.sent), row)
        for prepared, row in outcome.prepared
    ]
    traces = {str(row["id"]): row["objectWriteTraceId"] for row in rows if row.get("objectWriteTraceId")}
    return _batch_reply(call, 200, results, outcome.errors + _missing_rows(kind, outcome.missing, traces))


def upsert_batch(call: Call) -> Reply:
    """``POST /{type}/batch/upsert``: a uniqueness conflict is 409 for the whole batch."""
    kind = call.kind()
    rows = _inputs(call)
    _ids(rows, fold=True)
    by_email = any(row.get("idProperty") == "email" for row in rows)
    outcome, each = _Outcome(), _all_traced(rows) and not by_email

    def prepare(row: Row) -> None:
        prepared = _prepare_upsert(call, kind, row, outcome)
        if prepared is not None:
            outcome.prepared.append((prepared, row))

    _prepare_rows(rows, outcome, prepare, each_alone=each, whole_conflict=_conflict_is_whole(call))
    results = []
    for prepared, row in outcome.prepared:
        new = prepared.record is None
        written = render_written(call.portal, kind, apply(call.portal, prepared), prepared.sent, created=new)
        results.append(_traced({**written, "new": new}, row))
    return _batch_reply(call, 200, results, outcome.errors + _missing_rows(kind, outcome.missing))


def archive_batch(call: Call) -> Reply:
    """``POST /{type}/batch/archive``: 204 whether the records exist or not."""
    kind = call.kind()
    for record_id in _ids(_inputs(call)):
        record = call.portal.find(kind, record_id)
        if record is not None:
            call.portal.archive(kind, record)
    return Reply(204)


def _prepare_upsert(call: Call, kind: ObjectType, row: Row, outcome: _Outcome) -> Prepared | None:
    id_property, properties = row.get("idProperty"), call.properties(row)
    if id_property == "hs_object_id":
        raise not_unique(kind.type_id)
    record = record_by(call.portal, kind, str(row["id"]), id_property)
    if record is not None:
        return prepare_update(call.portal, (kind, record), properties, call.actor, outcome.claims)
    if not id_property:
        outcome.missing.append(str(row["id"]))
        return None
    named = {id_property: str(row["id"]), **properties}
    return prepare_create(call.portal, kind, named, call.actor, outcome.claims)


def _conflict_is_whole(call: Call) -> bool:
    return bool(call.portal.settings["upsert_conflict"] == "whole")


def _update_id_property(kind: ObjectType, row: Row) -> str | None:
    id_property = row.get("idProperty")
    if id_property == "hs_object_id" or (kind.name == "contacts" and id_property == "email"):
        raise not_unique(kind.type_id)
    return id_property


def _prepare_rows(
    rows: Sequence[Row],
    outcome: _Outcome,
    prepare: Callable[[Row], None],
    *,
    each_alone: bool,
    whole_conflict: bool = False,
) -> None:
    for row in rows:
        try:
            prepare(row)
        except Refusal as refusal:
            if whole_conflict and _is_conflict(refusal):
                raise _as_conflict(refusal) from None
            if not each_alone:
                raise
            outcome.errors.append(_error_row(refusal, row))


def _is_conflict(refusal: Refusal) -> bool:
    return refusal.status == 409 or refusal.document["message"].startswith("Cannot set PropertyValueCoordinates")


def _as_conflict(refusal: Refusal) -> Refusal:
    return Refusal(409, {**refusal.document, "category": "CONFLICT"})


def _inputs(call: Call, highest: int = INPUTS_MAX) -> list[Row]:
    rows = objects_in(call.body(), "inputs")
    if not rows:
        raise validation("Batch input must not be empty")
    if len(rows) > highest:
        what = "property histories " if highest == _HISTORY_INPUTS_MAX else ""
        raise validation(
            f"The maximum number of inputs supported in a batch request {what}is {highest}. Received {len(rows)}."
        )
    return rows


def _ids(rows: Sequence[Row], *, fold: bool = False) -> list[str]:
    ids = []
    for row in rows:
        if not isinstance(row.get("id"), (str, int)) or row["id"] == "":
            raise validation("Some required fields were not set: [id]")
        ids.append(str(row["id"]))
    keys = [text.strip().lower() if fold else text for text in ids]
    counts = Counter(keys)
    repeated = sorted({text for text, key in zip(ids, keys, strict=True) if counts[key] > 1})
    if repeated:
        raise duplicate_ids(repeated)
    return ids


def _all_traced(rows: Sequence[Row]) -> bool:
    traces = [row.get("objectWriteTraceId") for row in rows]
    texts = {trace for trace in traces if trace and isinstance(trace, str)}
    return len(texts) == len(rows)


def _traced(document: Row, row: Row) -> Row:
    trace = row.get("objectWriteTraceId")
    return {**document, "objectWriteTraceId": trace} if trace else document


def _error_row(refusal: Refusal, row: Row) -> Row:
    context = {name: list(values) for name, values in (refusal.document.get("context") or {}).items()}
    if row.get("id") is not None:
        context["ids"] = [str(row["id"])]
    if row.get("objectWriteTraceId"):
        context["objectWriteTraceId"] = [str(row["objectWriteTraceId"])]
    return {"status": "error", "errors": [], "links": {}, **refusal.document, "context": context}


def _missing_rows(kind: ObjectType, ids: Sequence[str], traces: dict[str, str] | None = None) -> list[Row]:
    if not ids:
        return []
    context: Row = {"ids": list(ids)}
    named = [str(traces[key]) for key in ids if key in traces] if traces else []
    if named:
        context["objectWriteTraceId"] = named
    message = f"Could not get some {kind.legacy} objects, they may be deleted or not exist. Check that ids are valid."
    return [
        {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": message,
            "errors": [],
            "context": context,
            "links": {},
        }
    ]


def _merged_away(call: Call, kind: ObjectType, record_id: str, id_property: str | None) -> bool:
    omit = call.portal.settings["merged_in_batch"] == "omit"
    return omit and not id_property and record_id in call.portal.aliases[kind.name]


def _read_one(call: Call, kind: ObjectType, address: tuple[str, str | None], *, archived: bool) -> Record | None:
    if not archived:
        return record_by(call.portal, kind, *address)
    record = call.portal.collections[kind.name].records.get(address[0])
    return record if record is not None and record.archived else None


def _batch_reply(call: Call, status: int, results: list[Row], errors: list[Row]) -> Reply:
    return Reply(207 if errors else status, batch_document(call.portal, results, errors))
