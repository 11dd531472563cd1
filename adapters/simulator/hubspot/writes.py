"""Decides whether a create or update is allowed and what it really stores; must not know HTTP.

Rules from contract sheet 2.1, 2.2, 2.8 and 2.9. A write is prepared first (every refusal happens there) and
applied after, so that a batch can refuse as a whole without having stored anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.simulator.hubspot.object_types import ObjectType
from adapters.simulator.hubspot.portal import Portal
from adapters.simulator.hubspot.records import Actor, Record
from adapters.simulator.hubspot.refusals import (
    Refusal,
    ValueProblem,
    already_exists,
    invalid_values,
    required_missing,
    validation,
    value_taken,
)
from adapters.simulator.hubspot.schema import Property
from adapters.simulator.hubspot.values import BadValue, as_text, normalised, stored_value

Claims = dict[tuple[str, str], str]
CALCULATED = Actor("CALCULATED", None, "Calculated by the portal")


@dataclass(frozen=True)
class Prepared:
    """A write that may be applied: the record it changes (None: a create), its id, and the values."""

    kind: ObjectType
    record: Record | None
    record_id: str
    values: Mapping[str, str | None]
    actor: Actor
    sent: tuple[str, ...] = field(default=())


def prepare_create(
    portal: Portal,
    kind: ObjectType,
    properties: Mapping[str, Any],
    actor: Actor,
    claims: Claims | None = None,
) -> Prepared:
    """Check a create; ``claims`` holds the unique values taken by earlier rows of the same batch."""
    values = _checked_values(portal, kind, properties, None, actor)
    missing = [name for name in kind.required if not values.get(name)]
    if missing:
        raise required_missing(kind.legacy, missing)
    record_id = portal.new_id(kind)
    prepared = Prepared(kind, None, record_id, values, actor, tuple(properties))
    _refuse_taken(portal, prepared, claims if claims is not None else {})
    return prepared


def prepare_update(
    portal: Portal,
    target: tuple[ObjectType, Record],
    properties: Mapping[str, Any],
    actor: Actor,
    claims: Claims | None = None,
) -> Prepared:
    """Check an update of one record."""
    kind, record = target
    values = _checked_values(portal, kind, properties, record, actor)
    prepared = Prepared(kind, record, record.id, values, actor, tuple(properties))
    _refuse_taken(portal, prepared, claims if claims is not None else {})
    return prepared


def apply(portal: Portal, prepared: Prepared) -> Record:
    """Store a prepared write and answer the record."""
    record = prepared.record
    if record is None:
        return _create(portal, prepared)
    _store(portal, prepared, record, prepared.values)
    return record


def _create(portal: Portal, prepared: Prepared) -> Record:
    now, actor = portal.now(), prepared.actor
    origin = {
        "hs_object_source": actor.source_type,
        "hs_object_source_id": actor.source_id,
        "hs_object_source_label": actor.label or actor.source_type,
    }
    record = Record(prepared.record_id, {}, now, now, origin=actor)
    portal.add(prepared.kind, record)
    _store(portal, prepared, record, {**origin, **prepared.values})
    portal.touch(prepared.kind, record)
    return record


def _store(portal: Portal, prepared: Prepared, record: Record, values: Mapping[str, str | None]) -> None:
    derived = _derived(portal, prepared.kind, prepared.values, record)
    portal.change(prepared.kind, record, values, prepared.actor)
    portal.change(prepared.kind, record, derived, CALCULATED)


def _checked_values(
    portal: Portal, kind: ObjectType, properties: Mapping[str, Any], record: Record | None, actor: Actor
) -> dict[str, str | None]:
    problems: list[ValueProblem] = []
    values: dict[str, str | None] = {}
    for name, value in properties.items():
        try:
            values[name] = _checked(portal, kind, (name, value), record, actor)
        except BadValue as bad:
            problems.append(bad.problem)
    if problems:
        raise invalid_values(problems, portal.settings["portal_id"])
    return _forward_only(portal, kind, values, record, actor)


def _checked(
    portal: Portal, kind: ObjectType, pair: tuple[str, Any], record: Record | None, actor: Actor
) -> str | None:
    name, value = pair
    prop = portal.schema.live(kind.name, name)
    if prop is None:
        raise BadValue(ValueProblem(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'))
    # Only the portal itself (forms, tracking, workflows) fills these; apps and persons cannot.
    if (prop.read_only or prop.calculated) and actor.source_type in ("INTEGRATION", "CRM_UI"):
        message = f'"{name}" is a read only property; its value cannot be set.'
        raise BadValue(ValueProblem(name, "READ_ONLY_VALUE", message))
    text = as_text(value)
    if text is None:
        return None
    stored = stored_value(prop, text, record.properties.get(name) if record else None)
    if prop.references == "OWNER":
        _refuse_unknown_owner(portal, prop, stored)
    codec = portal.settings["normalise"].get(f"{kind.name}.{name}")
    return (normalised(stored, codec) or None) if codec else stored


def _refuse_unknown_owner(portal: Portal, prop: Property, owner_id: str) -> None:
    owner = portal.owners.get(owner_id)
    if owner is None or owner["archived"]:
        code = portal.settings["unknown_owner_error"]
        allowed = ", ".join(key for key, row in portal.owners.items() if not row["archived"])
        message = f"{owner_id} was not one of the allowed options: [{allowed}]"
        raise BadValue(ValueProblem(prop.name, code, message))


def _forward_only(
    portal: Portal, kind: ObjectType, values: dict[str, str | None], record: Record | None, actor: Actor
) -> dict[str, str | None]:
    """Lifecycle stages only move forward, unless cleared first (sheet 2.8); a person may do as they like."""
    wanted = values.get("lifecyclestage")
    prop = portal.schema.live(kind.name, "lifecyclestage")
    current = record.properties.get("lifecyclestage") if record else None
    if prop is None or wanted is None or current is None or actor.source_type == "CRM_UI":
        return values
    if prop.option_order.get(wanted, 0) >= prop.option_order.get(current, 0):
        return values
    if portal.settings["lifecycle_backward"] == "error":
        message = f"Lifecycle stage cannot be moved backward from {current} to {wanted}"
        raise invalid_values([ValueProblem(prop.name, "INVALID_OPTION", message)], portal.settings["portal_id"])
    return {name: value for name, value in values.items() if name != "lifecyclestage"}


def _refuse_taken(portal: Portal, prepared: Prepared, claims: Claims) -> None:
    kind, values = prepared.kind, prepared.values
    for name in portal.schema.unique_names(kind.name):
        value = values.get(name)
        if value is not None:
            _refuse_one_taken(portal, prepared, (name, value), claims)
    for value in (values.get("hs_additional_emails") or "").split(";"):
        if value and kind.name == "contacts":
            _refuse_one_taken(portal, prepared, ("email", value), claims)


def _refuse_one_taken(portal: Portal, prepared: Prepared, pair: tuple[str, str], claims: Claims) -> None:
    name, value = pair
    kind, own_id = prepared.kind, prepared.record_id
    if name == "email" and value.lower() in portal.blocked_emails:
        raise validation(f"The email address of this {kind.singular} is blocked by a privacy deletion")
    key = (name, value.strip().lower())
    holder = portal.collections[kind.name].holder(name, value) or claims.get(key)
    if holder is not None and holder != own_id:
        raise _conflict(portal, prepared, pair, holder)
    claims[key] = own_id


def _conflict(portal: Portal, prepared: Prepared, pair: tuple[str, str], holder: str) -> Refusal:
    kind = prepared.kind
    if pair[0] == "email" and prepared.record is None:
        return already_exists(kind.singular, holder)
    return value_taken(portal.settings["portal_id"], kind.legacy, pair, (prepared.record_id, holder))


def _derived(
    portal: Portal, kind: ObjectType, values: Mapping[str, str | None], record: Record
) -> dict[str, str | None]:
    """What the portal works out itself from the values written."""
    derived: dict[str, str | None] = {}
    now = portal.now()
    if kind.name == "contacts" and "email" in values:
        derived["hs_email_domain"] = email_domain(values["email"])
    stage = values.get("lifecyclestage")
    if stage and stage != record.properties.get("lifecyclestage"):
        stamp = f"hs_lifecyclestage_{stage}_date"
        if portal.schema.live(kind.name, stamp) is not None:
            derived[stamp] = now
    owner = values.get("hubspot_owner_id")
    if owner != record.properties.get("hubspot_owner_id") and "hubspot_owner_id" in values:
        derived["hubspot_owner_assigneddate"] = now if owner else None
    lead_stage = values.get("hs_pipeline_stage")
    if kind.name == "leads" and lead_stage and lead_stage != record.properties.get("hs_pipeline_stage"):
        derived["hs_v2_date_entered_current_stage"] = now
    status = values.get("hs_task_status")
    if kind.name == "tasks" and status != record.properties.get("hs_task_status") and "hs_task_status" in values:
        derived["hs_task_completion_date"] = now if status == "COMPLETED" else None
    if kind.name == "deals" and values.get("dealstage"):
        derived |= closing(portal, str(values["dealstage"]))
    return derived


def email_domain(email: str | None) -> str | None:
    """The part after the at sign, lower case."""
    return email.rpartition("@")[2].lower() if email and "@" in email else None


def closing(portal: Portal, stage_id: str) -> dict[str, str | None]:
    """What a deal's stage says of its closing."""
    stages = [stage for row in portal.pipelines["deals"] for stage in row["stages"] if stage["id"] == stage_id]
    metadata = stages[0]["metadata"] if stages else {"isClosed": "false", "probability": "0.0"}
    closed, probability = metadata.get("isClosed") == "true", metadata.get("probability", "0.0")
    won = closed and float(probability) == 1.0
    return {
        "hs_is_closed": str(closed).lower(),
        "hs_is_closed_won": str(won).lower(),
        "hs_deal_stage_probability": probability,
    }
