"""What people do in the user interface and no REST call does: converting and merging (sheet sections 6 and 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from adapters.simulator.salesforce import automation, writes
from adapters.simulator.salesforce.org import Actor, Fields, Org
from adapters.simulator.salesforce.refusals import Refusal, converted_lead
from adapters.simulator.salesforce.standard_people import CONVERTED_STATUS

LOSERS_MAX = 2
ACCOUNT_FIELDS = {
    "Company": "Name",
    "Phone": "Phone",
    "Fax": "Fax",
    "Website": "Website",
    "Industry": "Industry",
    "AnnualRevenue": "AnnualRevenue",
    "NumberOfEmployees": "NumberOfEmployees",
    "Rating": "Rating",
    "LeadSource": "AccountSource",
}
CONTACT_FIELDS = (
    "FirstName",
    "LastName",
    "Salutation",
    "Title",
    "Phone",
    "MobilePhone",
    "Fax",
    "Email",
    "LeadSource",
    "Description",
    "HasOptedOutOfEmail",
    "HasOptedOutOfFax",
    "DoNotCall",
)
ADDRESS = ("Street", "City", "State", "PostalCode", "Country")


@dataclass(frozen=True)
class Conversion:
    """What the person chose. ``opportunity`` None: none is made; its keys overwrite the defaults."""

    lead_id: str
    account_id: str | None = None
    contact_id: str | None = None
    opportunity: Mapping[str, Any] | None = None
    status: str = CONVERTED_STATUS


def convert(org: Org, wanted: Conversion, actor: Actor) -> dict[str, str | None]:
    """Convert a Lead; returns the ids of account, contact and opportunity."""
    entry = org.schema.objects["Lead"]
    lead = writes.existing(org, entry, wanted.lead_id)
    writes.check_lock(org, entry, wanted.lead_id)
    if lead.get("IsConverted"):
        raise converted_lead()
    _check_status(org, wanted.status)
    owner = lead["OwnerId"] if str(lead["OwnerId"]).startswith("005") else actor.by
    account_id = wanted.account_id or _account(org, lead, owner, actor)
    contact_id = _contact(org, (lead, account_id, owner), wanted.contact_id, actor)
    opportunity_id = _opportunity(org, (lead, account_id, owner), contact_id, wanted, actor)
    found = {
        "ConvertedAccountId": account_id,
        "ConvertedContactId": contact_id,
        "ConvertedOpportunityId": opportunity_id,
    }
    _close(org, lead, {**found, "Status": wanted.status}, actor)
    for relationship in entry.children:
        for child in automation.children_of(org, relationship, wanted.lead_id):
            reparent(org, relationship[1], child, _moved(relationship, child, found, account_id), actor)
    return {"account_id": account_id, "contact_id": contact_id, "opportunity_id": opportunity_id}


def _moved(relationship: tuple[str, str, str], child: Fields, found: Fields, account_id: str) -> Fields:
    """An activity goes over to the Contact; a campaign member names both (unconfirmed)."""
    contact_id = found["ConvertedContactId"]
    if relationship[1] == "CampaignMember":
        return {"ContactId": contact_id}
    return {relationship[2]: contact_id, "WhatId": child.get("WhatId") or found["ConvertedOpportunityId"] or account_id}


def _check_status(org: Org, status: str) -> None:
    rows = org.visible_rows("LeadStatus")
    if not any(row.get("ApiName") == status and row.get("IsConverted") for row in rows):
        raise Refusal("INVALID_STATUS", f"invalid convertedStatus: {status}", fields=["Status"])


def _account(org: Org, lead: Fields, owner: str, actor: Actor) -> str:
    given = {target: lead[source] for source, target in ACCOUNT_FIELDS.items() if lead.get(source) is not None}
    given |= {f"Billing{part}": lead[part] for part in ADDRESS if lead.get(part) is not None}
    return writes.create(org, org.schema.objects["Account"], {**given, "OwnerId": owner}, actor)


def _contact(org: Org, source: tuple[Fields, str, str], existing_id: str | None, actor: Actor) -> str:
    lead, account_id, owner = source
    entry = org.schema.objects["Contact"]
    given = {name: lead[name] for name in CONTACT_FIELDS if lead.get(name) is not None}
    given |= {f"Mailing{part}": lead[part] for part in ADDRESS if lead.get(part) is not None}
    mapped: Mapping[str, str] = org.settings["conversion_field_map"]
    given |= {target: lead[name] for name, target in mapped.items() if lead.get(name) is not None}
    if existing_id is None:
        return writes.create(org, entry, {**given, "AccountId": account_id, "OwnerId": owner}, actor)
    before = writes.existing(org, entry, existing_id)
    # only what is empty is overwritten (sheet section 7)
    empty = {name: value for name, value in given.items() if before.get(name) is None}
    writes.update(org, entry, existing_id, empty, actor)
    return existing_id


def _opportunity(
    org: Org, source: tuple[Fields, str, str], contact_id: str, wanted: Conversion, actor: Actor
) -> str | None:
    if wanted.opportunity is None:
        return None
    lead, account_id, owner = source
    close = (org.clock.now() + timedelta(days=90)).date().isoformat()
    given: Fields = {"Name": f"{lead.get('Company')}-", "StageName": "Prospecting", "CloseDate": close}
    given |= {"AccountId": account_id, "OwnerId": owner, "LeadSource": lead.get("LeadSource")}
    identifier = writes.create(org, org.schema.objects["Opportunity"], {**given, **wanted.opportunity}, actor)
    role = {"OpportunityId": identifier, "ContactId": contact_id, "IsPrimary": True}
    writes.create(org, org.schema.objects["OpportunityContactRole"], role, actor)
    return identifier


def _close(org: Org, lead: Fields, found: Fields, actor: Actor) -> None:
    now = org.now()
    row = {**lead, **{name: value for name, value in found.items() if value is not None}}
    row |= {"IsConverted": True, "ConvertedDate": now[:10], "SystemModstamp": now}
    row |= {"LastModifiedDate": now, "LastModifiedById": actor.by}
    org.store("Lead", row, actor)


def merge(org: Org, object_name: str, master_id: str, loser_ids: Sequence[str], actor: Actor) -> None:
    """Merge up to two records into a master: the losers go to the bin and name it, their children move."""
    entry = org.schema.objects[object_name]
    if not entry.mergeable or not 1 <= len(loser_ids) <= LOSERS_MAX or master_id in loser_ids:
        raise Refusal("INVALID_OPERATION", f"{object_name}: merge takes a master and one or two other records")
    for identifier in (master_id, *loser_ids):
        if writes.existing(org, entry, identifier).get("IsConverted"):
            raise converted_lead()
        writes.check_lock(org, entry, identifier)
    for loser_id in loser_ids:
        for relationship in entry.children:
            for child in automation.children_of(org, relationship, loser_id):
                reparent(org, relationship[1], child, {relationship[2]: master_id}, actor)
        loser = writes.existing(org, entry, loser_id)
        org.store(object_name, _stamped(org, {**loser, "IsDeleted": True, "MasterRecordId": master_id}, actor), actor)
    org.store(object_name, _stamped(org, writes.existing(org, entry, master_id), actor), actor)


def reparent(org: Org, object_name: str, child: Fields, moved: Fields, actor: Actor) -> None:
    """Point a child to another parent without firing triggers; whether its stamp moves is unconfirmed."""
    row = {**child, **moved}
    if org.settings["reparenting_bumps_children"]:
        row["SystemModstamp"] = org.now()
    org.store(object_name, row, actor.as_automation())


def _stamped(org: Org, row: Fields, actor: Actor) -> Fields:
    now = org.now()
    return {**row, "SystemModstamp": now, "LastModifiedDate": now, "LastModifiedById": actor.by}
