"""Decides how a portal is filled from a seed document; must not know HTTP.

A seed states what already is: read-only properties, stamps and history may be given, and lifecycle order and
owners are not checked. Unknown properties and values of the wrong type are refused with the record's name, so
that a world never holds what a real portal could not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.simulator.hubspot.associations import KINDS, default_type
from adapters.simulator.hubspot.leadloop_properties import leadloop_properties
from adapters.simulator.hubspot.marketing_edits import seed_marketing
from adapters.simulator.hubspot.moments import canonical_datetime
from adapters.simulator.hubspot.object_types import ObjectType, object_type
from adapters.simulator.hubspot.portal import Portal
from adapters.simulator.hubspot.records import Actor, Record, Version
from adapters.simulator.hubspot.schema import property_from
from adapters.simulator.hubspot.standard_properties import SALESFORCE_SYNC, properties_in
from adapters.simulator.hubspot.values import BadValue, as_text, stored_value
from adapters.simulator.hubspot.writes import closing, email_domain


def seed(portal: Portal, document: Mapping[str, Any]) -> dict[str, Any]:
    """Fill the portal and answer counts; raises ``ValueError`` with one sentence for a bad row."""
    properties = _install(portal, document)
    for owner in document.get("owners") or ():
        add_owner(portal, owner)
    seed_marketing(portal, document)
    for name, pipelines in (document.get("pipelines") or {}).items():
        _set_pipelines(portal, name, pipelines)
    counts = {name: _add_all(portal, name, rows) for name, rows in (document.get("records") or {}).items()}
    for row in document.get("associations") or ():
        associate(portal, row)
    return {
        "records": counts,
        "associations": len(document.get("associations") or ()),
        "owners": len(document.get("owners") or ()),
        "properties": properties,
    }


def install_salesforce_sync(portal: Portal) -> None:
    """Add the properties that the vendor's own Salesforce sync brings along (sheet 2.15)."""
    for name, table in SALESFORCE_SYNC.items():
        for prop in properties_in(table, name):
            portal.schema.put(name, prop)


def add_owner(portal: Portal, given: Mapping[str, Any]) -> None:
    """Add or replace an owner; an archived one loses its user id (sheet 2.9)."""
    owner_id = str(given["id"])
    if not owner_id.isdigit():
        raise ValueError(f"owner id {owner_id!r} must be a number as text")
    archived = bool(given.get("archived", False))
    user_id = given.get("userId")
    owner: dict[str, Any] = {
        "id": owner_id,
        "email": given.get("email"),
        "type": given.get("type", "PERSON"),
        "firstName": given.get("firstName", ""),
        "lastName": given.get("lastName", ""),
        "userId": None if archived else user_id,
        "userIdIncludingInactive": user_id,
        "createdAt": given.get("createdAt", portal.now()),
        "updatedAt": given.get("updatedAt", portal.now()),
        "archived": archived,
    }
    owner |= {"teams": given["teams"]} if given.get("teams") else {}
    portal.owners[owner_id] = {name: value for name, value in owner.items() if value is not None}


def _install(portal: Portal, document: Mapping[str, Any]) -> int:
    count = 0
    for name, definitions in (document.get("properties") or {}).items():
        kind = object_type(name)
        for definition in definitions:
            prop = property_from(definition, now=portal.now())
            portal.schema.put(kind.name, prop)
            count += 1
            if prop.unique:
                portal.claim_all(kind, prop.name)
    if document.get("leadloop_fields"):
        for prop in leadloop_properties(document.get("leave_out") or ()):
            portal.schema.put("contacts", prop)
            count += 1
    for name in document.get("leave_out") or ():
        portal.schema.remove("contacts", name)
    return count


def _set_pipelines(portal: Portal, name: str, pipelines: list[dict[str, Any]]) -> None:
    pipeline_property, stage_property = {
        "deals": ("pipeline", "dealstage"),
        "leads": ("hs_pipeline", "hs_pipeline_stage"),
    }[name]
    portal.pipelines[name] = pipelines
    stages = [str(stage["id"]) for pipeline in pipelines for stage in pipeline["stages"]]
    portal.schema.set_options(name, pipeline_property, [str(pipeline["id"]) for pipeline in pipelines])
    portal.schema.set_options(name, stage_property, list(dict.fromkeys(stages)))


def _add_all(portal: Portal, name: str, rows: list[Mapping[str, Any]]) -> int:
    kind = object_type(name)
    for row in rows:
        _add(portal, kind, row)
    return len(rows)


def _add(portal: Portal, kind: ObjectType, row: Mapping[str, Any]) -> None:
    record_id = str(row.get("id") or portal.new_id(kind))
    where = f"{kind.name} {record_id}"
    if not record_id.isdigit():
        raise ValueError(f"{where}: a record id must be a number as text")
    if record_id in portal.collections[kind.name].records:
        raise ValueError(f"{where}: there is such a record already; seed each id once")
    values = _values(portal, kind, row.get("properties") or {}, where)
    created = _stamp(row.get("createdAt") or values.get(kind.created) or portal.now(), where)
    updated = _stamp(row.get("updatedAt") or values.get(kind.modified) or created, where)
    values[kind.created] = created
    history = {name: _versions(name, rows, where) for name, rows in (row.get("history") or {}).items()}
    record = Record(record_id, values, created, updated, history=history)
    _refuse_duplicates(portal, kind, record, where)
    portal.add(kind, record)
    portal.reindex(kind, record, 0)


def _refuse_duplicates(portal: Portal, kind: ObjectType, record: Record, where: str) -> None:
    for name in portal.schema.unique_names(kind.name):
        value = record.properties.get(name)
        holder = portal.collections[kind.name].holder(name, value) if value else None
        if holder is not None:
            raise ValueError(f"{where}: {kind.name} {holder} already has its {name}; a portal keeps it unique")


def _values(portal: Portal, kind: ObjectType, given: Mapping[str, Any], where: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in given.items():
        prop = portal.schema.live(kind.name, name)
        if prop is None:
            raise ValueError(f'{where}: property "{name}" does not exist; define it under "properties" first')
        text = as_text(value)
        if text is None:
            continue
        try:
            values[name] = stored_value(prop, text, None)
        except BadValue as bad:
            raise ValueError(f"{where}: {name}: {bad.problem.code}: {bad.problem.message}") from None
    if kind.name == "contacts" and values.get("email"):
        values.setdefault("hs_email_domain", email_domain(values["email"]) or "")
    if kind.name == "deals" and "dealstage" in values:
        values = {
            **{name: str(text) for name, text in closing(portal, values["dealstage"]).items()},
            **values,
        }
    return values


def _stamp(value: object, where: str) -> str:
    text = canonical_datetime(str(value))
    if text is None:
        raise ValueError(f"{where}: {value!r} is not a moment; use ISO text with a zone")
    return text


def _versions(name: str, rows: list[Mapping[str, Any]], where: str) -> list[Version]:
    versions = [
        Version(
            str(row.get("value") or ""),
            _stamp(row.get("timestamp"), f"{where}: history of {name}"),
            Actor(
                str(row.get("sourceType", "IMPORT")),
                row.get("sourceId"),
                row.get("sourceLabel"),
                row.get("updatedByUserId"),
            ),
        )
        for row in rows
    ]
    return sorted(versions, key=lambda version: version.at)


def associate(portal: Portal, row: Mapping[str, Any]) -> None:
    """Tie two records as a person does in the portal's pages; without types it is the default one."""
    (source, source_id), (target, target_id) = row["from"], row["to"]
    ends = ((object_type(source).name, str(source_id)), (object_type(target).name, str(target_id)))
    for name, record_id in ends:
        if portal.collections[name].live(record_id) is None:
            raise ValueError(f"association {row['from']} to {row['to']}: there is no {name} record {record_id}")
    pair = (ends[0][0], ends[1][0])
    types = row.get("types") or [default_type(*pair)]
    for type_id in types:
        if type_id not in KINDS.get(pair, {}):
            raise ValueError(f"association {row['from']} to {row['to']}: type {type_id} does not exist for this pair")
        portal.tie(*ends, type_id)
