"""Decides what a merge and a privacy deletion leave behind; must not know batches or search.

Contract sheet 2.7: a merge mints a new id by default (``merge_mode`` "preserve" keeps the primary's), old ids
lead to the survivor, the loser's e-mail becomes an additional one.
"""

from __future__ import annotations

from adapters.simulator.hubspot.call import Call, Reply
from adapters.simulator.hubspot.object_types import ObjectType
from adapters.simulator.hubspot.objects_api import record_by
from adapters.simulator.hubspot.portal import Portal
from adapters.simulator.hubspot.records import Actor, Record, Version
from adapters.simulator.hubspot.refusals import not_found, validation
from adapters.simulator.hubspot.rendering import View, render

MERGEABLE = ("contacts", "companies", "deals")


def merge_call(call: Call) -> Reply:
    """``POST /{type}/merge``."""
    kind, body = call.kind(), call.body()
    primary, other = str(body.get("primaryObjectId")), str(body.get("objectIdToMerge"))
    record = merge(call.portal, kind, (primary, other), call.actor)
    return Reply(200, render(call.portal, View.of(call.portal, kind, ()), record))


def gdpr_delete_call(call: Call) -> Reply:
    """``POST /{type}/gdpr-delete``."""
    kind, body = call.kind(), call.body()
    record_id, id_property = str(body.get("objectId")), body.get("idProperty")
    record = record_by(call.portal, kind, record_id, id_property)
    if record is None:
        if id_property != "email":
            raise not_found()
        call.portal.blocked_emails.add(record_id.lower())
        return Reply(204)
    gdpr_delete(call.portal, kind, record)
    return Reply(204)


def gdpr_delete(portal: Portal, kind: ObjectType, record: Record) -> None:
    """Erase a record for good; its e-mail may not come back."""
    if "email" in record.properties and kind.name == "contacts":
        portal.blocked_emails.add(record.properties["email"].lower())
    portal.erase(kind, record)
    erased = (kind.name, record.id)
    portal.changes = [row for row in portal.changes if (row.object, row.id) != erased]


def merge(portal: Portal, kind: ObjectType, ids: tuple[str, str], actor: Actor) -> Record:
    """Merge the second record into the first; answers the survivor. It cannot be undone."""
    primary, other = (portal.find(kind, record_id) for record_id in ids)
    if kind.name not in MERGEABLE:
        raise not_found()
    if primary is None or other is None:
        raise not_found()
    if primary is other:
        raise validation("Cannot merge a record with itself")
    keep_id = portal.settings["merge_mode"] == "preserve"
    gone = [other] if keep_id else [primary, other]
    for record in gone:
        portal.release_claims(kind, record)
    survivor = primary if keep_id else _successor(portal, kind, primary)
    portal.change(kind, survivor, _merged_values(portal, kind, (primary, other)), actor)
    portal.touch(kind, survivor)
    for record in gone:
        _leave(portal, kind, record, survivor)
    return survivor


def _successor(portal: Portal, kind: ObjectType, primary: Record) -> Record:
    history: dict[str, list[Version]] = {name: list(rows) for name, rows in primary.history.items()}
    values = {name: value for name, value in primary.properties.items() if name != "hs_object_id"}
    survivor = Record(portal.new_id(kind), values, primary.created_at, portal.now(), None, history, primary.origin)
    portal.add(kind, survivor)
    return survivor


def _merged_values(portal: Portal, kind: ObjectType, pair: tuple[Record, Record]) -> dict[str, str | None]:
    """The primary's values, blanks filled from the other, and the traces of the merge."""
    primary, other = pair
    untouchable = {*kind.system, "hs_merged_object_ids", "hs_calculated_merged_vids", "hs_additional_emails"}
    values: dict[str, str | None] = {
        name: value
        for name, value in other.properties.items()
        if name not in primary.properties and name not in untouchable
    }
    values["hs_merged_object_ids"] = _merged_ids(portal, primary, other)
    if kind.name == "contacts":
        values["hs_additional_emails"] = _additional_emails(primary, other)
    return values


def _merged_ids(portal: Portal, primary: Record, other: Record) -> str:
    earlier = [
        part
        for record in (primary, other)
        for part in record.properties.get("hs_merged_object_ids", "").split(";")
        if part
    ]
    own = [other.id] if portal.settings["merge_mode"] == "preserve" else [primary.id, other.id]
    return ";".join(dict.fromkeys([*earlier, *own]))


def _additional_emails(primary: Record, other: Record) -> str | None:
    found = primary.properties.get("hs_additional_emails", "").split(";")
    # A primary without an e-mail takes the loser's as its own; then it is not an additional one.
    if "email" in primary.properties:
        found.append(other.properties.get("email", ""))
    found += other.properties.get("hs_additional_emails", "").split(";")
    return ";".join(dict.fromkeys(part for part in found if part)) or None


def _leave(portal: Portal, kind: ObjectType, record: Record, survivor: Record) -> None:
    portal.associations.move((kind.name, record.id), (kind.name, survivor.id))
    portal.collections[kind.name].remove(record.id)
    portal.index.forget(kind.name, record.id)
    portal.aliases[kind.name][record.id] = survivor.id
    portal.refresh_primary((kind.name, survivor.id))
