"""Decides the answers about who is put on a list or taken off it, and on which lists a record is; no HTTP.

Contract sheet 2.14 gives the answer of an update and that lists with filters refuse one; paths and bodies of the rest
follow the vendor's public reference and are unconfirmed, see the README.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.simulator.hubspot.call import Call, Reply, names_in, objects_in
from adapters.simulator.hubspot.marketing import CONTACTS, ContactList
from adapters.simulator.hubspot.refusals import not_found, validation

CHANGEABLE = ("MANUAL", "SNAPSHOT")
_INPUTS_MAX = 100  # unconfirmed


def add_members(call: Call) -> Reply:
    """``PUT /lists/{id}/memberships/add``: the body is a list of ids."""
    return _changed(call, add=_ids(call.json()), remove=())


def remove_members(call: Call) -> Reply:
    """``PUT /lists/{id}/memberships/remove``: the body is a list of ids."""
    return _changed(call, add=(), remove=_ids(call.json()))


def change_members(call: Call) -> Reply:
    """``PUT /lists/{id}/memberships/add-and-remove``."""
    body = call.body()
    return _changed(call, add=names_in(body, "recordIdsToAdd"), remove=names_in(body, "recordIdsToRemove"))


def lists_of_record(call: Call) -> Reply:
    """``GET /lists/records/{type}/{id}/memberships``."""
    return Reply(200, {"results": _memberships(call, call.parts[2])})


def lists_of_records(call: Call) -> Reply:
    """``POST /lists/records/memberships/batch/read``: a record on no list has an empty answer (unconfirmed)."""
    inputs = objects_in(call.body(), "inputs")
    if not 0 < len(inputs) <= _INPUTS_MAX:
        raise validation(f"inputs must hold 1 to {_INPUTS_MAX} records")
    rows = [
        {
            "objectTypeId": str(row.get("objectTypeId", CONTACTS)),
            "recordId": str(row["recordId"]),
            "recordListMemberships": _memberships(call, str(row["recordId"])),
        }
        for row in inputs
    ]
    return Reply(200, {"status": "COMPLETE", "results": call.portal.shuffled(rows)})


def _changed(call: Call, *, add: Sequence[str], remove: Sequence[str]) -> Reply:
    """Who is on the list already, or not on it, is passed over; who does not exist is named."""
    chosen = _list(call)
    if chosen.processing not in CHANGEABLE:
        raise validation(f"List {chosen.list_id} has processing type {chosen.processing} and cannot be changed")
    contacts = call.portal.collections["contacts"]
    missing = [record_id for record_id in add if contacts.live(record_id) is None]
    added = [record_id for record_id in add if record_id not in missing and record_id not in chosen.members]
    removed = [record_id for record_id in remove if record_id in chosen.members]
    now = call.portal.now()
    chosen.members |= dict.fromkeys(added, now)
    for record_id in removed:
        del chosen.members[record_id]
    chosen.added_at = now if added else chosen.added_at
    chosen.removed_at = now if removed else chosen.removed_at
    document = {"recordsIdsAdded": added, "recordsIdsRemoved": removed, "recordIdsMissing": missing}
    return Reply(200, document)


def _memberships(call: Call, record_id: str) -> list[dict[str, Any]]:
    lists = call.portal.marketing.lists
    return [
        {
            "listId": key,
            "listVersion": 1,
            "firstAddedTimestamp": lists[key].members[record_id],
            "lastAddedTimestamp": lists[key].members[record_id],
        }
        for key in sorted(lists, key=int)
        if record_id in lists[key].members
    ]


def _list(call: Call) -> ContactList:
    found = call.portal.marketing.lists.get(call.parts[0])
    if found is None:
        raise not_found()
    return found


def _ids(document: Any) -> list[str]:
    if not isinstance(document, list) or not all(str(item).isdigit() for item in document):
        raise validation("Invalid input JSON: the body must be a list of record ids")
    return [str(item) for item in document]
