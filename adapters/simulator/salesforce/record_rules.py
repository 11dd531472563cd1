"""Rules across a record and the records it points to: owners, references, unique values, duplicates.

Only what a write changes is checked, as in the vendor: a record may keep an owner who became inactive.
"""

from __future__ import annotations

from adapters.simulator.salesforce.org import Fields, Org
from adapters.simulator.salesforce.refusals import Refusal, converted_lead, entity_is_deleted, invalid_reference
from adapters.simulator.salesforce.schema import Field, SObject


def check_record(org: Org, entry: SObject, row: Fields, changes: Fields) -> None:
    """Raise `Refusal` for the first rule that the changed fields of ``row`` break."""
    for name, value in changes.items():
        field = entry.fields[name]
        if value is None:
            continue
        if field.type == "reference":
            _check_reference(org, entry, field, str(value))
        if field.unique:
            _check_unique(org, entry, field, row)
    _check_lead_status(org, entry, changes)
    _check_activity(org, entry, row)
    _check_duplicates(org, entry, row, changes)
    _check_member(org, entry, row)
    _check_validation_rules(org, entry, row)


def _check_validation_rules(org: Org, entry: SObject, row: Fields) -> None:
    for rule in org.settings["validation_rules"]:
        if rule["object"] == entry.name and row.get(rule["blank"]) in (None, ""):
            fields = [rule["on"]] if rule.get("on") else []
            message = f"{rule['blank']} must not be empty."
            raise Refusal("FIELD_CUSTOM_VALIDATION_EXCEPTION", message, fields=fields)


def _check_reference(org: Org, entry: SObject, field: Field, identifier: str) -> None:
    target = org.schema.object_of(identifier)
    if target not in field.reference_to:
        raise Refusal(
            "MALFORMED_ID",
            f"{field.label or field.name}: id value of incorrect type: {identifier}",
            fields=[field.name],
        )
    # The truth, not what readers see: a transaction may point to what it made itself.
    found = org.tables[target].rows.get(identifier)
    if found is None:
        raise invalid_reference()
    if found.get("IsDeleted"):
        raise entity_is_deleted()
    if field.name == "OwnerId":
        _check_owner(org, entry, found)


def _check_owner(org: Org, entry: SObject, owner: Fields) -> None:
    identifier = str(owner["Id"])
    if identifier.startswith("005"):
        if not owner.get("IsActive"):
            message = f"operation performed with inactive user [{identifier[:15]}] as owner of {entry.name.lower()}"
            raise Refusal("INACTIVE_OWNER_OR_USER", message, fields=[])
        return
    serves = org.visible_rows("QueueSobject")
    if not any(row["QueueId"] == identifier and row["SobjectType"] == entry.name for row in serves):
        message = "Queue not associated with this SObject type"
        raise Refusal("INVALID_OPERATION", message, fields=["OwnerId"])


def _check_unique(org: Org, entry: SObject, field: Field, row: Fields) -> None:
    table = org.tables[entry.name]
    others = table.index(field.name).get(str(row[field.name]).lower(), set()) - {str(row.get("Id"))}
    for other in sorted(others):
        if not table.rows[other].get("IsDeleted"):
            message = f"duplicate value found: {field.name} duplicates value on record with id: {other[:15]}"
            raise Refusal("DUPLICATE_VALUE", message, fields=[])


def _check_lead_status(org: Org, entry: SObject, changes: Fields) -> None:
    if entry.name != "Lead" or not org.settings["strict_lead_status"] or changes.get("Status") is None:
        return
    if all(row.get("ApiName") != changes["Status"] for row in org.visible_rows("LeadStatus")):
        message = f"Status: bad value for restricted picklist field: {changes['Status']}"
        raise Refusal("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, fields=["Status"])


def _check_activity(org: Org, entry: SObject, row: Fields) -> None:
    if entry.name not in ("Task", "Event") or not str(row.get("WhoId", "")).startswith("00Q"):
        return
    lead = org.visible("Lead", str(row["WhoId"])) or {}
    if lead.get("IsConverted"):  # sheet section 7: also thrown when logging a Task on a converted Lead
        raise converted_lead()
    if row.get("WhatId"):
        message = "WhatId must be null if WhoId is a lead"
        raise Refusal("FIELD_INTEGRITY_EXCEPTION", message, fields=["WhatId"])


def _check_duplicates(org: Org, entry: SObject, row: Fields, changes: Fields) -> None:
    if not org.settings["duplicate_rule"] or entry.name != "Lead" or not changes.get("Email"):
        return
    email = str(row["Email"]).lower()
    others = (other for other in org.visible_rows("Lead") if other["Id"] != row.get("Id"))
    if any(str(other.get("Email", "")).lower() == email for other in others):
        raise Refusal("DUPLICATES_DETECTED", "Use one of these records?", fields=[])


def _check_member(org: Org, entry: SObject, row: Fields) -> None:
    """One member per campaign and person (code and text unconfirmed: ``member_duplicate_code``)."""
    if entry.name != "CampaignMember" or row.get("Id") is not None:
        return
    if not row.get("LeadId") and not row.get("ContactId"):
        raise Refusal("REQUIRED_FIELD_MISSING", "Required fields are missing: [LeadOrContactId]", fields=[])
    table = org.tables["CampaignMember"]
    for side in ("LeadId", "ContactId"):
        same = table.index(side).get(str(row[side]).lower(), set()) if row.get(side) else set()
        others = (table.rows[other] for other in sorted(same))
        if any(other["CampaignId"] == row["CampaignId"] and not other.get("IsDeleted") for other in others):
            raise Refusal(org.settings["member_duplicate_code"], "Already a campaign member.", fields=[])
