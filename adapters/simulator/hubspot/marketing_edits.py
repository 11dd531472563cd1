"""Decides what people do to a portal beside its CRM records: submit a form, join a list, click, subscribe; no HTTP.

Each act leaves what the portal itself would leave on the contact: conversion, last click, opt-out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from adapters.simulator.hubspot.marketing import add_form, add_list, add_submission, add_team
from adapters.simulator.hubspot.moments import canonical_datetime, epoch_ms, from_text
from adapters.simulator.hubspot.object_types import object_type
from adapters.simulator.hubspot.portal import Portal
from adapters.simulator.hubspot.records import Actor, Record
from adapters.simulator.hubspot.schema import Property
from adapters.simulator.hubspot.writes import apply, prepare_create, prepare_update

Document = Mapping[str, Any]
SUBSCRIBED, UNSUBSCRIBED = "SUBSCRIBED", "UNSUBSCRIBED"


def seed_marketing(portal: Portal, document: Document) -> None:
    """Teams, lists, forms and subscription types of a seed document."""
    tables = {"teams": add_team, "lists": add_list, "forms": add_form}
    for name, add in tables.items():
        for row in document.get(name) or ():
            add(portal.marketing, row)
    for row in document.get("subscription_types") or ():
        add_subscription_type(portal, row)


def add_subscription_type(portal: Portal, row: Document) -> None:
    """A kind of mail, with the contact property that tells who left it (unconfirmed)."""
    type_id, name = str(row["id"]), str(row["name"])
    portal.marketing.subscriptions[type_id] = {
        "id": type_id,
        "name": name,
        "description": str(row.get("description", "")),
        "isActive": bool(row.get("active", True)),
        "communicationMethod": "EMAIL",
    }
    told = Property(f"hs_email_optout_{type_id}", "bool", label=f"Opted out of email: {name}", read_only=True)
    portal.schema.put("contacts", told)


def submit_form(portal: Portal, document: Document) -> dict[str, Any]:
    """``{form, email, at?, values?, source?}``: the submission, and the contact it makes or changes. ``source``: by
    what the visit came, which the portal keeps as the first and the latest source."""
    form, email = portal.marketing.form_named(str(document["form"])), str(document["email"])
    at = _moment(portal, document)
    conversion_id = add_submission(form, document, at)
    record = _contact(portal, email)
    told: dict[str, Any] = {str(name): str(value) for name, value in (document.get("values") or {}).items()}
    if record is None or (record.properties.get("recent_conversion_date") or "") <= at:
        told |= {"recent_conversion_date": at, "recent_conversion_event_name": form.name}
        told |= _visit(record, str(document["source"]), at) if "source" in document else {}
    count = int((record.properties.get("num_conversion_events") if record else None) or 0)
    told["num_conversion_events"] = str(count + 1)
    contact = _tell(portal, record, {"email": email, **told}, Actor("FORM", form.guid, form.name))
    return {"conversionId": conversion_id, "contact": contact.id}


def _visit(record: Record | None, source: str, at: str) -> dict[str, str]:
    known = record is not None and record.properties.get("hs_analytics_source")
    latest = {"hs_latest_source": source, "hs_latest_source_timestamp": at}
    return latest if known else {"hs_analytics_source": source, **latest}


def join_list(portal: Portal, document: Document) -> dict[str, Any]:
    """``{list, contact, at?}``: a contact becomes a member."""
    chosen, at = portal.marketing.list_named(str(document["list"])), _moment(portal, document)
    chosen.members[str(document["contact"])] = at
    chosen.added_at = max(at, chosen.added_at or "")
    return chosen.document()


def leave_list(portal: Portal, document: Document) -> dict[str, Any]:
    """``{list, contact}``: a contact is a member no more."""
    chosen = portal.marketing.list_named(str(document["list"]))
    chosen.members.pop(str(document["contact"]), None)
    chosen.removed_at = portal.now()
    return chosen.document()


def mail_event(portal: Portal, document: Document) -> dict[str, Any]:
    """``{type, email, campaign, at?, name?, filtered?}``: one event of a marketing e-mail; a click shows on the
    contact."""
    kind, email, at = str(document["type"]), str(document["email"]).lower(), _moment(portal, document)
    events, campaign = portal.marketing.events, int(document["campaign"])
    created = epoch_ms(from_text(at))
    row = {
        "id": f"{len(events) + 1:08d}-event",
        "created": created,
        "type": kind,
        "recipient": email,
        "portalId": portal.settings["portal_id"],
        "appId": portal.settings["app_id"],
        "appName": str(document.get("name", "Batch")),
        "emailCampaignId": campaign,
        "filteredEvent": bool(document.get("filtered", False)),
    }
    sent = [each for each in events if (each["type"], each["recipient"]) == ("SENT", email)]
    sent = [each for each in sent if each["emailCampaignId"] == campaign and each["created"] <= created]
    if sent and kind != "SENT":
        row["sentBy"] = {"id": sent[-1]["id"], "created": sent[-1]["created"]}
    events.append(row)
    record = _contact(portal, email)
    if kind == "CLICK" and record is not None:
        clicks = int(record.properties.get("hs_email_click") or 0) + 1
        values = {"hs_email_last_click_date": at, "hs_email_click": str(clicks)}
        _tell(portal, record, values, Actor("EMAIL", str(campaign)))
    return row


def set_subscription(portal: Portal, document: Document) -> dict[str, Any]:
    """``{email, id?, status, legal_basis?}``: a person's choice for one kind of mail, or for all without ``id``."""
    email, status = str(document["email"]).lower(), str(document["status"])
    if status not in (SUBSCRIBED, UNSUBSCRIBED):
        raise ValueError(f"status must be {SUBSCRIBED} or {UNSUBSCRIBED}, not {status}")
    known = portal.marketing.subscriptions
    ids = [str(document["id"])] if "id" in document else sorted(known)
    rows = portal.marketing.statuses.setdefault(email, {})
    for type_id in ids:
        rows[type_id] = {
            "subscriptionId": int(type_id),
            "subscriptionName": known[type_id]["name"],
            "status": status,
            "source": "Recipient's choice",
            "legalBasis": document.get("legal_basis"),
            "timestamp": portal.now(),
            "channel": "EMAIL",
        }
    left = "true" if status == UNSUBSCRIBED else "false"
    values = {f"hs_email_optout_{type_id}": left for type_id in ids}
    values |= {} if "id" in document else {"hs_email_optout": left}
    record = _contact(portal, email)
    if record is not None:
        _tell(portal, record, values, Actor("SUBSCRIPTIONS"))
    return rows


ACTS: dict[str, Callable[[Portal, Document], Any]] = {
    "submit_form": submit_form,
    "list_add": join_list,
    "list_remove": leave_list,
    "email_event": mail_event,
    "subscription": set_subscription,
}
"""Routes of the control plane."""


def _contact(portal: Portal, email: str) -> Record | None:
    collection = portal.collections["contacts"]
    holder = collection.holder("email", email) or collection.holder("hs_additional_emails", email)
    return None if holder is None else collection.live(holder)


def _tell(portal: Portal, record: Record | None, values: Mapping[str, Any], actor: Actor) -> Record:
    kind = object_type("contacts")
    if record is None:
        return apply(portal, prepare_create(portal, kind, values, actor))
    known = {name: value for name, value in values.items() if name != "email"}
    return apply(portal, prepare_update(portal, (kind, record), known, actor))


def _moment(portal: Portal, document: Document) -> str:
    text = canonical_datetime(str(document["at"])) if "at" in document else portal.now()
    if text is None:
        raise ValueError(f"at: {document['at']!r} is not a moment; use ISO text with a zone")
    return text
