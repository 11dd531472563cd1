"""Single record calls: create, read, update, delete, upsert by external id (sheet sections 3 and 9.1)."""

from __future__ import annotations

from typing import Any

from adapters.simulator.salesforce import moments, writes
from adapters.simulator.salesforce.call import Call, flag_parameter
from adapters.simulator.salesforce.identifiers import canonical
from adapters.simulator.salesforce.org import Fields, Org
from adapters.simulator.salesforce.refusals import Refusal
from adapters.simulator.salesforce.schema import Field, SObject
from adapters.simulator.wire import Response, json_response

EMPTY = (("Content-Type", "application/json;charset=UTF-8"),)


def create(call: Call) -> Response:
    """POST a record."""
    entry = writable(call.entry())
    given = call.body()
    if any(name.lower() == "id" for name in given):
        raise Refusal("INVALID_FIELD", "cannot specify Id in an insert call", fields=["Id"])
    identifier = writes.create(call.org, entry, given, call.actor())
    return created(call, entry, identifier)


def created(call: Call, entry: SObject, identifier: str, **more: Any) -> Response:
    """The 201 answer with its Location."""
    location = f"{call.base}/sobjects/{entry.name}/{identifier}"
    document = {"id": identifier, "success": True, "errors": [], **more}
    return json_response(201, document, [("Location", location)])


def read(call: Call) -> Response:
    """GET a record; 304 when it was not modified since the header's time."""
    return _shown(call, call.entry(), writes.existing(call.org, call.entry(), call.identifier()))


def _shown(call: Call, entry: SObject, row: Fields) -> Response:
    since = call.moment_header("if-modified-since")
    if since is not None and moments.parse(row["LastModifiedDate"]) <= since:
        return Response(304)
    shown = record(call, entry, row, call.request.parameter("fields"))
    return json_response(200, shown, [("Last-Modified", moments.http_date(moments.parse(row["LastModifiedDate"])))])


def record(call: Call, entry: SObject, row: Fields, names: str | None) -> Fields:
    """A record with all visible fields or those named."""
    shown: Fields = {"attributes": {"type": entry.name, "url": f"{call.base}/sobjects/{entry.name}/{row['Id']}"}}
    for field in chosen_fields(call.org, entry, names.split(",") if names else None):
        shown[field.name] = row.get(field.name)
    shown["Id"] = row["Id"]
    return shown


def chosen_fields(org: Org, entry: SObject, names: list[str] | None) -> list[Field]:
    """The fields asked for; raises INVALID_FIELD."""
    if names is None:
        return org.schema.visible_fields(entry)
    found = []
    for name in names:
        field = org.schema.field(entry, name.strip())
        if field is None:
            raise Refusal("INVALID_FIELD", f"No such column '{name.strip()}' on entity '{entry.name}'.")
        found.append(field)
    return found


def update(call: Call) -> Response:
    """PATCH a record, conditionally when If-Unmodified-Since is sent."""
    entry = writable(call.entry())
    given = call.body()
    if any(name.lower() == "id" for name in given):
        raise Refusal("INVALID_FIELD", "The Id field should not be specified in the sobject data.", fields=["Id"])
    since = call.moment_header("if-unmodified-since")
    writes.update(call.org, entry, call.identifier(), given, call.actor(), unmodified_since=since)
    return Response(204, EMPTY)


def delete(call: Call) -> Response:
    """DELETE a record: into the recycle bin."""
    writes.delete(call.org, writable(call.entry()), call.identifier(), call.actor())
    return Response(204, EMPTY)


def read_by_key(call: Call) -> Response:
    """GET a record by external id; 300 with the URLs when there are several."""
    entry = call.entry()
    found = matches(call.org, entry, key_field(call.org, entry, call.arguments["field"]), call.arguments["value"])
    if not found:
        raise _no_match()
    if len(found) > 1:
        return _several(call, entry, found)
    return _shown(call, entry, writes.existing(call.org, entry, found[0]))


def upsert(call: Call) -> Response:
    """PATCH by external id: creates or updates (sheet section 3)."""
    entry = writable(call.entry())
    field = key_field(call.org, entry, call.arguments["field"])
    given = call.body()
    for name in given:
        if name.lower() in ("id", field.name.lower()):
            message = f"The {name} field should not be specified in the sobject data."
            raise Refusal("INVALID_FIELD", message, fields=[name])
    found = matches(call.org, entry, field, call.arguments["value"])
    if len(found) > 1:
        return _several(call, entry, found)
    if found:
        since = call.moment_header("if-unmodified-since")
        writes.update(call.org, entry, found[0], given, call.actor(), unmodified_since=since)
        return json_response(200, {"id": found[0], "success": True, "errors": [], "created": False})
    if field.name == "Id" or flag_parameter(call.request.parameter("updateOnly")):
        raise _no_match()
    key = {field.name: call.arguments["value"]}
    identifier = writes.create(call.org, entry, {**given, **key}, call.actor())
    return created(call, entry, identifier, created=True)


def key_field(org: Org, entry: SObject, name: str) -> Field:
    """The external id field of that name; raises 404."""
    field = org.schema.field(entry, name)
    if field is None or not (field.external_id or field.name == "Id"):
        message = f"Provided external ID field does not exist or is not accessible: {name}"
        raise Refusal("NOT_FOUND", message, status=404)
    return field


def matches(org: Org, entry: SObject, field: Field, value: str) -> list[str]:
    """The ids of the records, not deleted, that carry this key."""
    if field.name == "Id":
        identifier = canonical(value)
        row = org.visible(entry.name, identifier) if identifier else None
        return [] if row is None or row.get("IsDeleted") else [str(row["Id"])]
    table = org.tables[entry.name]
    found = sorted(table.index(field.name).get(value.lower(), ()))
    return [identifier for identifier in found if not table.rows[identifier].get("IsDeleted")]


def writable(entry: SObject) -> SObject:
    """The object, unless the API may not write it here."""
    if not entry.writable:
        message = f"entity type {entry.name} does not support this operation"
        raise Refusal("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message, fields=[])
    return entry


def _several(call: Call, entry: SObject, found: list[str]) -> Response:
    return json_response(300, [f"{call.base}/sobjects/{entry.name}/{identifier}" for identifier in found])


def _no_match() -> Refusal:
    return Refusal("NOT_FOUND", "The requested resource does not exist", status=404)
