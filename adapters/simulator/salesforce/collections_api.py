"""sObject Collections: up to 200 records a call, answered row by row in the order sent (sheet section 9.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from adapters.simulator.salesforce import rows_api, writes
from adapters.simulator.salesforce.call import Call, flag_parameter
from adapters.simulator.salesforce.identifiers import canonical
from adapters.simulator.salesforce.org import Fields
from adapters.simulator.salesforce.refusals import Refusal, invalid_reference, malformed_json, not_found
from adapters.simulator.salesforce.schema import SObject
from adapters.simulator.wire import Response, json_response

RECORDS_MAX = 200
TYPE_CHUNKS_MAX = 10
RETRIEVE_MAX = 2000  # unconfirmed
Row = dict[str, Any]
WHOLE_REQUEST_CODES = frozenset({"JSON_PARSER_ERROR", "INVALID_FIELD"})


def create(call: Call) -> Response:
    """POST records of up to ten objects."""

    def one(record: Row) -> Row:
        entry = _typed(call, record)
        if _own_id(record) is not None:
            raise Refusal("INVALID_FIELD", "cannot specify Id in an insert call", fields=["Id"])
        return {"id": writes.create(call.org, entry, record, call.actor())}

    return _each(call, _records(call), one)


def update(call: Call) -> Response:
    """PATCH records by id."""

    def one(record: Row) -> Row:
        given_id = _own_id(record)
        if given_id is None:
            raise Refusal("MISSING_ARGUMENT", "Id not specified in an update call", fields=["Id"])
        identifier = canonical(given_id)
        if identifier is None:
            raise Refusal("MALFORMED_ID", f"malformed id {given_id}", fields=["Id"])
        entry = _typed(call, record)
        given = {name: value for name, value in record.items() if name.lower() != "id"}
        writes.update(call.org, entry, _of(entry, identifier), given, call.actor())
        return {"id": identifier}

    return _each(call, _records(call), one)


def upsert(call: Call) -> Response:
    """PATCH records of one object by an external id field."""
    entry = rows_api.writable(call.entry())
    field = rows_api.key_field(call.org, entry, call.arguments["field"])
    records = _records(call)
    keys = Counter(str(_value(record, field.name)).lower() for record in records)

    def one(record: Row) -> Row:
        if _typed(call, record) is not entry:
            raise Refusal("INVALID_TYPE", "All records of an upsert must have the type of the URL", fields=[])
        key = _value(record, field.name)
        if key in (None, ""):
            raise Refusal("MISSING_ARGUMENT", f"{field.name} not specified", fields=[])
        if keys[str(key).lower()] > 1:
            raise Refusal("DUPLICATE_VALUE", f"Duplicate external id specified: {key}", fields=[field.name])
        if field.name != "Id" and _own_id(record) is not None:
            raise Refusal("INVALID_FIELD", "cannot specify Id in an upsert by another field", fields=["Id"])
        return _upsert_one(call, entry, field.name, record)

    return _each(call, records, one)


def _upsert_one(call: Call, entry: SObject, key_name: str, record: Row) -> Row:
    field = entry.fields[key_name]
    given = {name: value for name, value in record.items() if name.lower() != key_name.lower()}
    key = _value(record, key_name)
    found = rows_api.matches(call.org, entry, field, str(key))
    if len(found) > 1:
        message = f"{field.name}: more than one record found for external id field: [{', '.join(found)}]"
        raise Refusal("DUPLICATE_EXTERNAL_ID", message, fields=[field.name])
    if found:
        writes.update(call.org, entry, found[0], given, call.actor())
        return {"id": found[0], "created": False}
    if field.name == "Id":
        raise invalid_reference()
    return {"id": writes.create(call.org, entry, {**given, field.name: key}, call.actor()), "created": True}


def delete(call: Call) -> Response:
    """DELETE by ``?ids=a,b``."""
    ids = (call.request.parameter("ids") or "").split(",")
    _check_count(len(ids))

    def one(record: Row) -> Row:
        identifier = canonical(record["id"])
        name = call.org.schema.object_of(identifier) if identifier else None
        if identifier is None or name is None:
            raise Refusal("MALFORMED_ID", f"malformed id {record['id']}", fields=[])
        writes.delete(call.org, rows_api.writable(call.org.schema.objects[name]), identifier, call.actor())
        return {"id": identifier}

    whole = flag_parameter(call.request.parameter("allOrNone"))
    return _answer(call, [{"id": identifier} for identifier in ids], one, all_or_none=whole)


def retrieve(call: Call) -> Response:
    """POST ids and fields; a record that is not there is null."""
    entry = call.entry()
    body = call.body()
    return _retrieved(call, entry, body.get("ids"), body.get("fields"))


def retrieve_by_get(call: Call) -> Response:
    """GET with ``?ids=`` and ``?fields=``."""
    ids = (call.request.parameter("ids") or "").split(",")
    return _retrieved(call, call.entry(), ids, (call.request.parameter("fields") or "").split(","))


def _retrieved(call: Call, entry: SObject, ids: object, names: object) -> Response:
    if (
        not isinstance(ids, list)
        or not isinstance(names, list)
        or not names
        or not all(isinstance(name, str) for name in names)
    ):
        raise malformed_json("ids and fields must be lists at [line:1, column:1]")
    if len(ids) > RETRIEVE_MAX:
        raise _too_many(RETRIEVE_MAX)
    rows_api.chosen_fields(call.org, entry, names)
    return json_response(200, [_one_retrieved(call, entry, identifier, ",".join(names)) for identifier in ids])


def _one_retrieved(call: Call, entry: SObject, given: object, names: str) -> Fields | None:
    identifier = canonical(given)
    row = call.org.visible(entry.name, identifier) if identifier else None
    return None if row is None or row.get("IsDeleted") else rows_api.record(call, entry, row, names)


def _records(call: Call) -> list[Row]:
    records = call.body().get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise malformed_json("records must be a list of objects at [line:1, column:1]")
    _check_count(len(records))
    kinds = [_type_name(record) for record in records]
    chunks = sum(1 for position, kind in enumerate(kinds) if position == 0 or kind != kinds[position - 1])
    if chunks > TYPE_CHUNKS_MAX:
        raise Refusal("INVALID_INPUT", f"Cannot have more than {TYPE_CHUNKS_MAX} chunks in a single operation.")
    return records


def _check_count(count: int) -> None:
    if count > RECORDS_MAX:
        raise _too_many(RECORDS_MAX)


def _too_many(maximum: int) -> Refusal:
    return Refusal("EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {maximum} records in this call")


def _typed(call: Call, record: Row) -> SObject:
    name = _type_name(record)
    if not name:
        raise Refusal("INVALID_TYPE", "Must send attributes with a type for each record", fields=[])
    entry = call.org.schema.object(name)
    if entry is None or not entry.prefix:
        raise Refusal("INVALID_TYPE", f"sObject type '{name}' is not supported.", fields=[])
    return rows_api.writable(entry)


def _type_name(record: Row) -> str:
    attributes = record.get("attributes")
    return str(attributes.get("type") or "") if isinstance(attributes, dict) else ""


def _own_id(record: Row) -> object:
    return _value(record, "Id")


def _value(record: Row, name: str) -> object:
    return next((value for key, value in record.items() if key.lower() == name.lower()), None)


def _of(entry: SObject, identifier: str) -> str:
    if not identifier.startswith(entry.prefix):
        raise Refusal("MALFORMED_ID", f"{entry.name} ID: id value of incorrect type: {identifier}", fields=["Id"])
    return identifier


def _each(call: Call, records: list[Row], one: Callable[[Row], Row]) -> Response:
    return _answer(call, records, one, all_or_none=flag_parameter(call.body().get("allOrNone")))


def _answer(call: Call, records: list[Row], one: Callable[[Row], Row], *, all_or_none: bool) -> Response:
    start = call.org.mark()
    results = [_row(call, record, one) for record in records]
    if all_or_none and not all(result["success"] for result in results):
        call.org.roll_back(start)
        results = [_rolled_back() if result["success"] else result for result in results]
    return json_response(200, results)


def _row(call: Call, record: Row, one: Callable[[Row], Row]) -> Row:
    mark = call.org.mark()
    try:
        done = one(record)
    except Refusal as refusal:
        call.org.roll_back(mark)
        if call.org.settings["collection_parse_errors"] == "request" and refusal.code in WHOLE_REQUEST_CODES:
            raise
        row = invalid_reference().row() if refusal.code == not_found().code else refusal.row()
        return {"success": False, "errors": [row]}
    return {"id": done["id"], "success": True, "errors": [], **{k: v for k, v in done.items() if k != "id"}}


def _rolled_back() -> Row:
    message = "Record rolled back because not all records were valid and the request was using AllOrNone header"
    error = Refusal("ALL_OR_NONE_OPERATION_ROLLED_BACK", message).row()
    return {"success": False, "errors": [error]}
