"""Decides the answers for single records: list, get, create, update, archive; must not know batches or search.

Contract sheet 2.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from adapters.simulator.hubspot.associations import KINDS
from adapters.simulator.hubspot.call import Call, Reply, end_id, objects_in, page_link
from adapters.simulator.hubspot.object_types import ObjectType
from adapters.simulator.hubspot.portal import Portal
from adapters.simulator.hubspot.records import Record
from adapters.simulator.hubspot.refusals import bad_path_value, not_found, not_unique, validation
from adapters.simulator.hubspot.rendering import View, render, render_written
from adapters.simulator.hubspot.writes import apply, prepare_create, prepare_update

_PAGE_MAX = 100
_PAGE_MAX_WITH_HISTORY = 50


def list_records(call: Call) -> Reply:
    """``GET /{type}``: pages in the order of ids; ``after`` is the id the next page starts with."""
    kind = call.kind()
    view = _view(call, kind)
    limit = call.limit(10, _PAGE_MAX_WITH_HISTORY if view.history else _PAGE_MAX)
    found = call.portal.collections[kind.name].from_id(call.after(), archived=call.flag("archived"))
    page = list(islice(found, limit + 1))
    document: dict[str, Any] = {"results": [render(call.portal, view, record) for record in page[:limit]]}
    if len(page) > limit:
        document["paging"] = page_link(call, page[limit].id)
    return Reply(200, document)


def get_record(call: Call) -> Reply:
    """``GET /{type}/{id}``: the id of a merged-away record answers the survivor."""
    kind = call.kind()
    record = _addressed(call, kind, archived=call.flag("archived"))
    return Reply(200, render(call.portal, _view(call, kind), record))


def create_record(call: Call) -> Reply:
    """``POST /{type}``."""
    kind, body = call.kind(), call.body()
    links = association_inputs(call.portal, kind, body)
    prepared = prepare_create(call.portal, kind, call.properties(body), call.actor)
    record = apply(call.portal, prepared)
    tie_new(call.portal, kind, record, links)
    return Reply(201, render_written(call.portal, kind, record, prepared.sent, created=True))


def update_record(call: Call) -> Reply:
    """``PATCH /{type}/{id}``."""
    kind = call.kind()
    record = _addressed(call, kind, archived=False)
    prepared = prepare_update(call.portal, (kind, record), call.properties(call.body()), call.actor)
    apply(call.portal, prepared)
    return Reply(200, render_written(call.portal, kind, record, prepared.sent))


def archive_record(call: Call) -> Reply:
    """``DELETE /{type}/{id}``: into the recycle bin; a missing id is 204 by default (unconfirmed)."""
    kind = call.kind()
    record = call.portal.find(kind, _numeric(call.parts[1]))
    if record is not None:
        call.portal.archive(kind, record)
    elif call.portal.settings["archive_missing"] == 404:
        raise not_found()
    return Reply(204)


def record_by(portal: Portal, kind: ObjectType, record_id: str, id_property: str | None) -> Record | None:
    """The live record by id, or by a unique property; any other property is refused."""
    if not id_property:
        return portal.find(kind, record_id)
    if id_property not in portal.schema.unique_names(kind.name):
        raise not_unique(kind.type_id)
    collection = portal.collections[kind.name]
    holder = collection.holder(id_property, record_id)
    return collection.live(holder) if holder else None


def association_inputs(portal: Portal, kind: ObjectType, body: Mapping[str, Any]) -> list[tuple[tuple[str, str], int]]:
    """The ``associations`` of a create as (record, type id); a lead needs a contact (sheet 2.12)."""
    links = [link for row in objects_in(body, "associations") for link in _link(portal, kind, row)]
    if kind.name == "leads" and not any(target[0] == "contacts" for target, _ in links):
        raise validation("A lead must be associated with a contact when it is created.")
    return links


def tie_new(portal: Portal, kind: ObjectType, record: Record, links: Sequence[tuple[tuple[str, str], int]]) -> None:
    """Tie a new record to those named in its create."""
    for target, type_id in links:
        portal.tie((kind.name, record.id), target, type_id)


def _link(portal: Portal, kind: ObjectType, row: Mapping[str, Any]) -> list[tuple[tuple[str, str], int]]:
    target_id = end_id(row, "to")
    links = []
    for kind_row in objects_in(row, "types"):
        type_id = kind_row.get("associationTypeId")
        target_type = next((b for (a, b), kinds in KINDS.items() if a == kind.name and type_id in kinds), None)
        if target_type is None or not isinstance(type_id, int):
            raise validation(f"Association type {type_id} does not exist for {kind.singular}")
        if portal.collections[target_type].live(target_id) is None:
            raise validation(f"No {target_type} record with ID {target_id} to associate with")
        links.append(((target_type, target_id), type_id))
    return links


def _view(call: Call, kind: ObjectType) -> View:
    return View.of(
        call.portal,
        kind,
        call.names("properties"),
        call.names("propertiesWithHistory"),
        call.names("associations"),
    )


def _addressed(call: Call, kind: ObjectType, *, archived: bool) -> Record:
    id_property = call.request.parameter("idProperty")
    record_id = call.parts[1] if id_property else _numeric(call.parts[1])
    if archived:
        kept = call.portal.collections[kind.name].records.get(record_id)
        record = kept if kept is not None and kept.archived else None
    else:
        record = record_by(call.portal, kind, record_id, id_property)
    if record is None:
        raise not_found()
    return record


def _numeric(text: str) -> str:
    if not text.isdigit():
        raise bad_path_value(text)
    return text
