"""Decides the answers of the properties API: definitions are read, created, changed, archived; knows no records.

Contract sheet 2.10, observed behaviour: a PATCH replaces options, a change of ``hasUniqueValue`` is ignored,
creating an archived name revives it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from adapters.simulator.hubspot.call import Call, Reply, objects_in
from adapters.simulator.hubspot.object_types import ObjectType
from adapters.simulator.hubspot.refusals import Refusal, not_found, validation
from adapters.simulator.hubspot.rendering import batch_document
from adapters.simulator.hubspot.schema import PROPERTY_TYPES, Property, options_from, property_from

_UNIQUE_MAX = 10


def list_properties(call: Call) -> Reply:
    """``GET /{type}``: all of them, no paging."""
    wanted = call.flag("archived")
    every = call.portal.schema.all_of(call.kind().name).values()
    return Reply(200, {"results": [prop.document() for prop in every if prop.archived == wanted]})


def get_property(call: Call) -> Reply:
    """``GET /{type}/{name}``."""
    prop = call.portal.schema.all_of(call.kind().name).get(call.parts[1])
    if prop is None or prop.archived != call.flag("archived"):
        raise not_found(f"Property {call.parts[1]} does not exist")
    return Reply(200, prop.document())


def create_property(call: Call) -> Reply:
    """``POST /{type}``."""
    return Reply(201, _create(call, call.kind(), call.body()).document())


def create_properties(call: Call) -> Reply:
    """``POST /{type}/batch/create``: the first refusal refuses the call (partial answers are not simulated)."""
    kind, rows = call.kind(), objects_in(call.body(), "inputs")
    for row in rows:
        _check(call, kind, row)
    return Reply(201, batch_document(call.portal, [_create(call, kind, row).document() for row in rows]))


def update_property(call: Call) -> Reply:
    """``PATCH /{type}/{name}``."""
    kind, body = call.kind(), call.body()
    prop = _own(call, kind)
    changed = replace(
        prop,
        label=str(body.get("label", prop.label)),
        description=str(body.get("description", prop.description)),
        group=str(body.get("groupName", prop.group)),
        field_type=str(body.get("fieldType", prop.field_type)),
        hidden=bool(body.get("hidden", prop.hidden)),
        options=options_from(objects_in(body, "options")) if "options" in body else prop.options,
        updated_at=call.portal.now(),
    )
    call.portal.schema.put(kind.name, changed)
    return Reply(200, changed.document())


def archive_property(call: Call) -> Reply:
    """``DELETE /{type}/{name}``."""
    kind = call.kind()
    prop = _own(call, kind)
    call.portal.schema.put(kind.name, replace(prop, archived=True, archived_at=call.portal.now()))
    return Reply(204)


def list_groups(call: Call) -> Reply:
    """``GET /{type}/groups``."""
    groups = call.portal.schema.groups[call.kind().name]
    return Reply(200, {"results": [_group(name, label) for name, label in groups.items()]})


def create_group(call: Call) -> Reply:
    """``POST /{type}/groups``."""
    groups, body = call.portal.schema.groups[call.kind().name], call.body()
    name = str(body.get("name"))
    if name in groups:
        raise Refusal(409, {"message": f"A group named '{name}' already exists.", "category": "OBJECT_ALREADY_EXISTS"})
    groups[name] = str(body.get("label", name))
    return Reply(201, _group(name, groups[name]))


def _group(name: str, label: str) -> dict[str, Any]:
    return {"name": name, "label": label, "displayOrder": -1, "archived": False}


def _own(call: Call, kind: ObjectType) -> Property:
    prop = call.portal.schema.live(kind.name, call.parts[1])
    if prop is None:
        raise not_found(f"Property {call.parts[1]} does not exist")
    if prop.hubspot_defined and set(call.body() if call.request.body else ()) - {
        "options",
        "label",
        "description",
    }:
        raise validation(f"Property {prop.name} is defined by HubSpot and cannot be changed")
    if prop.hubspot_defined and call.method == "DELETE":
        raise validation(f"Property {prop.name} is defined by HubSpot and cannot be archived")
    return prop


def _create(call: Call, kind: ObjectType, body: dict[str, Any]) -> Property:
    _check(call, kind, body)
    prop = property_from({**body, "hubspotDefined": False}, now=call.portal.now())
    call.portal.schema.put(kind.name, prop)
    if prop.unique:
        call.portal.claim_all(kind, prop.name)
    return prop


def _check(call: Call, kind: ObjectType, body: dict[str, Any]) -> None:
    missing = [name for name in ("name", "label", "type", "fieldType", "groupName") if not body.get(name)]
    if missing:
        raise validation(f"Some required fields were not set: [{', '.join(missing)}]")
    name, schema = str(body["name"]), call.portal.schema
    if schema.live(kind.name, name) is not None:
        raise Refusal(
            409,
            {
                "message": f"A property named '{name}' already exists.",
                "category": "OBJECT_ALREADY_EXISTS",
                "subCategory": "Properties.PROPERTY_WITH_NAME_EXISTS",
            },
        )
    if body["type"] not in PROPERTY_TYPES:
        raise validation(f"Property type {body['type']} does not exist")
    if body["groupName"] not in schema.groups[kind.name]:
        raise validation(f"Property group {body['groupName']} does not exist")
    own_unique = [one for one in schema.unique_names(kind.name) if not schema.all_of(kind.name)[one].hubspot_defined]
    if body.get("hasUniqueValue") and len(own_unique) >= _UNIQUE_MAX:
        raise validation(f"At most {_UNIQUE_MAX} unique properties are supported per object type")
