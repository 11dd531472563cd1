"""Decides the answers of the associations API: batch read, create, archive, labels, single ties; knows no properties.

Contract sheet 2.11. ``toObjectId`` is a JSON number on the wire.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.simulator.hubspot.associations import KINDS, Kind, default_type
from adapters.simulator.hubspot.call import Call, Reply, end_id, no_such_route, objects_in, page_link
from adapters.simulator.hubspot.object_types import ObjectType
from adapters.simulator.hubspot.refusals import not_found, validation
from adapters.simulator.hubspot.rendering import batch_document

_READ_MAX = 1_000
_CREATE_MAX = 2_000
_ARCHIVE_MAX = 100
Row = dict[str, Any]


def read_ties(call: Call) -> Reply:
    """``POST /{from}/{to}/batch/read``: an input without ties is an error row in a 207."""
    source, target = call.kind(0), call.kind(1)
    results, errors = [], []
    for row in _inputs(call, _READ_MAX):
        source_id, start = str(row.get("id")), str(row.get("after") or "0")
        tied = list(call.portal.associations.of(source.name, source_id, target.name).items())
        if not tied:
            errors.append(_nothing_found(source, target, source_id))
            continue
        results.append(_read_row(call, source_id, tied, int(start) if start.isdigit() else 0))
    return Reply(207 if errors else 200, batch_document(call.portal, results, errors))


def create_ties(call: Call) -> Reply:
    """``POST /{from}/{to}/batch/create``: a missing record is an error row in a 207 (shape unconfirmed)."""
    source, target = call.kind(0), call.kind(1)
    results, errors = [], []
    for row in _inputs(call, _CREATE_MAX):
        ends = (end_id(row, "from"), end_id(row, "to"))
        types = [_type_id(source, target, kind) for kind in objects_in(row, "types")]
        types = types or [_default(source, target)]
        if not _both_exist(call, (source, target), ends):
            errors.append(_missing_end(source, target, ends))
            continue
        for type_id in types:
            call.portal.tie((source.name, ends[0]), (target.name, ends[1]), type_id)
        results.append(_tied(source, target, ends))
    return Reply(207 if errors else 201, batch_document(call.portal, results, errors))


def archive_ties(call: Call) -> Reply:
    """``POST /{from}/{to}/batch/archive``: 204 whether the ties exist or not."""
    source, target = call.kind(0), call.kind(1)
    for row in _inputs(call, _ARCHIVE_MAX):
        for other in objects_in(row, "to"):
            call.portal.untie((source.name, end_id(row, "from")), (target.name, str(other.get("id"))))
    return Reply(204)


def labels(call: Call) -> Reply:
    """``GET /{from}/{to}/labels``."""
    kinds = KINDS.get((call.kind(0).name, call.kind(1).name), {})
    return Reply(200, {"results": [kind.document() for kind in kinds.values()]})


def ties_of_record(call: Call) -> Reply:
    """``GET /{type}/{id}/associations/{to}``; the 2026-09 version has no such read (sheet 0)."""
    if call.version == "2026-09":
        return no_such_route()
    kind, target = call.kind(0), call.kind(3)
    record = call.portal.find(kind, call.parts[1])
    if record is None:
        raise not_found()
    tied = list(call.portal.associations.of(kind.name, record.id, target.name).items())
    start, limit = call.after(), call.limit(500, 500)
    document: Row = {"results": [_to_row(key, kinds) for key, kinds in tied[start : start + limit]]}
    if start + limit < len(tied):
        document["paging"] = page_link(call, str(start + limit))
    return Reply(200, document)


def put_tie(call: Call) -> Reply:
    """``PUT /{type}/{id}/associations/{to}/{toId}`` with types, or ``associations/default/...`` without."""
    default = call.parts[3] == "default"
    source, target = call.kind(0), call.kind(4 if default else 3)
    ends = (call.parts[1], call.parts[-1])
    if not _both_exist(call, (source, target), ends):
        raise not_found()
    if default:
        types = [_default(source, target)]
    else:
        given = call.json()
        types = [_type_id(source, target, row) for row in given if isinstance(row, dict)]
    for type_id in types:
        call.portal.tie((source.name, ends[0]), (target.name, ends[1]), type_id)
    row = _tied(source, target, ends)
    return Reply(200, batch_document(call.portal, [row])) if default else Reply(201, row)


def delete_tie(call: Call) -> Reply:
    """``DELETE /{type}/{id}/associations/{to}/{toId}``."""
    call.portal.untie((call.kind(0).name, call.parts[1]), (call.kind(3).name, call.parts[4]))
    return Reply(204)


def _read_row(call: Call, source_id: str, tied: Sequence[tuple[str, list[Kind]]], start: int) -> Row:
    size = int(call.portal.settings["association_page_size"])
    row: Row = {
        "from": {"id": source_id},
        "to": [_to_row(key, kinds) for key, kinds in tied[start : start + size]],
    }
    if start + size < len(tied):
        row["paging"] = {"next": {"after": str(start + size)}}
    return row


def _to_row(record_id: str, kinds: Sequence[Kind]) -> Row:
    return {"toObjectId": int(record_id), "associationTypes": [kind.document() for kind in kinds]}


def _nothing_found(source: ObjectType, target: ObjectType, source_id: str) -> Row:
    context = {
        "fromObjectId": [source_id],
        "fromObjectType": [source.singular],
        "toObjectType": [target.singular],
    }
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {target.singular} is associated with {source.singular} {source_id}.",
        "errors": [],
        "context": context,
        "links": {},
    }


def _missing_end(source: ObjectType, target: ObjectType, ends: tuple[str, str]) -> Row:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": f"Could not associate {source.singular} {ends[0]} with {target.singular} {ends[1]}.",
        "errors": [],
        "context": {"fromObjectId": [ends[0]], "toObjectId": [ends[1]]},
        "links": {},
    }


def _tied(source: ObjectType, target: ObjectType, ends: tuple[str, str]) -> Row:
    return {
        "fromObjectTypeId": source.type_id,
        "fromObjectId": int(ends[0]),
        "toObjectTypeId": target.type_id,
        "toObjectId": int(ends[1]),
        "labels": [],
    }


def _inputs(call: Call, highest: int) -> list[Row]:
    rows = objects_in(call.body(), "inputs")
    if len(rows) > highest:
        raise validation(f"The maximum number of inputs is {highest}. Received {len(rows)}.")
    return rows


def _type_id(source: ObjectType, target: ObjectType, row: Row) -> int:
    type_id = row.get("associationTypeId")
    if not isinstance(type_id, int) or type_id not in KINDS.get((source.name, target.name), {}):
        raise validation(f"Association type {type_id} does not exist from {source.singular} to {target.singular}")
    return type_id


def _default(source: ObjectType, target: ObjectType) -> int:
    type_id = default_type(source.name, target.name)
    if type_id is None:
        raise validation(f"{source.singular} and {target.singular} cannot be associated")
    return type_id


def _both_exist(call: Call, kinds: tuple[ObjectType, ObjectType], ends: tuple[str, str]) -> bool:
    pairs = zip(kinds, ends, strict=True)
    return all(call.portal.collections[kind.name].live(record_id) is not None for kind, record_id in pairs)
