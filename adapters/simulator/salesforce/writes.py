"""Create, update, delete and undelete of one record under the vendor's rules (sheet sections 7, 9 and 11).

The same rules hold for the API and for a person in the user interface; the `Actor` tells them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapters.simulator.salesforce import automation, moments
from adapters.simulator.salesforce.org import Actor, Fields, Org
from adapters.simulator.salesforce.record_rules import check_record
from adapters.simulator.salesforce.refusals import (
    Refusal,
    converted_lead,
    entity_is_deleted,
    no_such_column,
    not_found,
)
from adapters.simulator.salesforce.schema import SObject
from adapters.simulator.salesforce.values import normalised, stored


def create(org: Org, entry: SObject, given: Mapping[str, Any], actor: Actor) -> str:
    """Store a new record and return its id; raises `Refusal`."""
    changes = _changes(org, entry, given, creating=True)
    row: Fields = {f.name: f.default for f in entry.fields.values() if f.default is not None}
    row |= {name: value for name, value in changes.items() if value is not None}
    _require(entry, row, entry.fields)
    if "OwnerId" in entry.fields:
        row.setdefault("OwnerId", actor.by)
    automation.derive(org, entry.name, row)
    check_record(org, entry, row, changes)
    now = org.now()
    row |= {"CreatedDate": now, "CreatedById": actor.by, "LastModifiedDate": now, "LastModifiedById": actor.by}
    row |= {"SystemModstamp": now, "Id": org.mint(entry.name)}
    org.store(entry.name, _in_order(entry, row), actor)
    automation.after_save(org, entry.name, str(row["Id"]), actor)
    return str(row["Id"])


def update(
    org: Org,
    entry: SObject,
    identifier: str,
    given: Mapping[str, Any],
    actor: Actor,
    *,
    unmodified_since: datetime | None = None,
) -> None:
    """Change a record; raises `Refusal`, 412 when it was modified after ``unmodified_since``."""
    check_lock(org, entry, identifier)  # first: a record that is still being created is locked, not unknown
    before = existing(org, entry, identifier)
    if unmodified_since is not None and moments.parse(before["LastModifiedDate"]) > unmodified_since:
        message = "The record was modified after the time given in the If-Unmodified-Since header."
        raise Refusal(org.settings["precondition_code"], message, status=412)
    changes = _changes(org, entry, given, creating=False)
    if before.get("IsConverted"):
        raise converted_lead()
    row = {**before, **changes}
    _require(entry, row, changes)
    automation.derive(org, entry.name, row)
    check_record(org, entry, row, changes)
    _stamp(org, row, actor)
    org.store(entry.name, _in_order(entry, row), actor)
    automation.after_save(org, entry.name, identifier, actor)


def delete(org: Org, entry: SObject, identifier: str, actor: Actor) -> None:
    """Put a record into the recycle bin, with the activities and roles that hang on it."""
    row = dict(existing(org, entry, identifier))
    check_lock(org, entry, identifier)
    for relationship in entry.children:
        for child in automation.children_of(org, relationship, identifier):
            _set_deleted(org, relationship[1], child, actor, deleted=True)
    _set_deleted(org, entry.name, row, actor, deleted=True)


def undelete(org: Org, entry: SObject, identifier: str, actor: Actor) -> None:
    """Take a record out of the recycle bin."""
    row = org.visible(entry.name, identifier)
    if row is None or not row.get("IsDeleted"):
        raise Refusal("UNDELETE_FAILED", "Entity is not in the recycle bin", fields=[])
    _set_deleted(org, entry.name, row, actor, deleted=False)


def existing(org: Org, entry: SObject, identifier: str) -> Fields:
    """The record as readers see it; raises 404 for an unknown and for a deleted one."""
    row = org.visible(entry.name, identifier)
    if row is None:
        raise not_found()
    if row.get("IsDeleted"):
        raise entity_is_deleted()
    return row


def check_lock(org: Org, entry: SObject, identifier: str) -> None:
    """Refuse while another transaction holds the record, or when the caller may not edit it."""
    if org.locked(entry.name, identifier):
        message = f"unable to obtain exclusive access to this record or 1 records: {identifier}"
        raise Refusal("UNABLE_TO_LOCK_ROW", message, fields=[])
    if identifier in org.settings["read_only_ids"]:
        message = "insufficient access rights on object id"
        raise Refusal("INSUFFICIENT_ACCESS_OR_READONLY", message, fields=[])


def _set_deleted(org: Org, object_name: str, row: Fields, actor: Actor, *, deleted: bool) -> None:
    changed = {**row, "IsDeleted": deleted}
    _stamp(org, changed, actor)
    org.store(object_name, changed, actor)


def _stamp(org: Org, row: Fields, actor: Actor) -> None:
    row["SystemModstamp"] = org.now()
    if not actor.automated:
        row |= {"LastModifiedDate": org.now(), "LastModifiedById": actor.by}


def _changes(org: Org, entry: SObject, given: Mapping[str, Any], *, creating: bool) -> Fields:
    codecs = org.settings["normalise"]
    changes: Fields = {}
    closed = []
    for name, value in given.items():
        if name == "attributes":
            continue
        field = org.schema.field(entry, name)
        if field is None:
            raise no_such_column(name, entry.name)
        if not (field.createable if creating else field.updateable):
            closed.append(field.name)
            continue
        codec = codecs.get(f"{entry.name}.{field.name}")
        changes[field.name] = stored(field, normalised(value, codec) if codec else value, entry.name)
    if closed:
        raise _not_writable(closed)
    return changes


def _not_writable(names: list[str]) -> Refusal:
    message = (
        f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of this field "
        "and verify that it is read/write for your profile or permission set."
    )
    return Refusal("INVALID_FIELD_FOR_INSERT_UPDATE", message, fields=names)


def _require(entry: SObject, row: Fields, names: Mapping[str, Any]) -> None:
    wanted = (entry.fields[name] for name in names)
    missing = [f.name for f in wanted if not f.nillable and f.createable and row.get(f.name) is None]
    missing = [name for name in missing if name != "OwnerId" or name in row]
    if missing:
        message = f"Required fields are missing: [{', '.join(missing)}]"
        raise Refusal("REQUIRED_FIELD_MISSING", message, fields=missing)


def _in_order(entry: SObject, row: Fields) -> Fields:
    return {name: row[name] for name in entry.fields if row.get(name) is not None}
