"""What the org does by itself: derived fields, the Lead assignment rule, the owner of moved children.

Automation moves SystemModstamp but not LastModifiedDate (sheet section 6).
"""

from __future__ import annotations

from datetime import timedelta

from adapters.simulator.salesforce import moments
from adapters.simulator.salesforce.org import Actor, Fields, Org
from adapters.simulator.salesforce.standard_sales import CLOSED_TASK_STATUSES, STAGES


def derive(org: Org, object_name: str, row: Fields) -> None:
    """Fill in the fields that follow from others."""
    if object_name in ("Lead", "Contact", "User"):
        parts = (row.get("FirstName"), row.get("LastName"))
        row["Name"] = " ".join(part for part in parts if part)
    if object_name == "Task":
        _derive_task(org, row)
    if object_name == "Opportunity":
        _derive_stage(row)
    if object_name == "Event":
        _derive_times(row)
    if object_name == "CampaignMember":
        _derive_response(org, row)


def _derive_task(org: Org, row: Fields) -> None:
    """A Task is completed when it is first saved as closed; later edits leave that time alone, reopening clears it."""
    closed = row.get("Status") in CLOSED_TASK_STATUSES
    row |= {"IsClosed": closed, "IsHighPriority": row.get("Priority") == "High"}
    row["CompletedDateTime"] = (row.get("CompletedDateTime") or org.now()) if closed else None


def _derive_stage(row: Fields) -> None:
    stage = next((entry for entry in STAGES if entry[0] == row.get("StageName")), None)
    if stage is None:
        return
    _, probability, closed, won = stage
    row |= {"IsClosed": closed, "IsWon": won}
    if row.get("Probability") is None or closed:
        row["Probability"] = float(probability)
    row["ForecastCategoryName"] = "Closed" if won else "Omitted" if closed else "Pipeline"
    row["ExpectedRevenue"] = (row.get("Amount") or 0.0) * row["Probability"] / 100


def _derive_times(row: Fields) -> None:
    start = row.get("StartDateTime") or row.get("ActivityDateTime")
    if start is None:
        return
    row |= {"StartDateTime": start, "ActivityDateTime": start, "ActivityDate": start[:10]}
    minutes = row.get("DurationInMinutes")
    if row.get("EndDateTime") is None and minutes is not None:
        row["EndDateTime"] = moments.wire(moments.parse(start) + timedelta(minutes=minutes))


def _derive_response(org: Org, row: Fields) -> None:
    person = row.get("ContactId") or row.get("LeadId")
    row |= {"LeadOrContactId": person, "Type": "Contact" if row.get("ContactId") else "Lead"}
    row["HasResponded"] = row.get("Status") in org.settings["responded_statuses"]
    if row["HasResponded"] and row.get("FirstRespondedDate") is None:
        row["FirstRespondedDate"] = org.now()[:10]


def after_save(org: Org, object_name: str, identifier: str, actor: Actor) -> None:
    """Run the Lead assignment rule when the caller did not switch it off (sheet section 9.1)."""
    if object_name != "Lead" or not actor.auto_assign or not org.settings["assignment_rule_active"]:
        return
    target = org.settings["assignment_rule_owner_id"] or default_queue_id(org)
    row = org.tables["Lead"].rows[identifier]
    if row.get("OwnerId") != target:
        org.store("Lead", {**row, "OwnerId": target}, actor.as_automation())


def default_queue_id(org: Org) -> str:
    """The queue that a new org's assignment rule names: the oldest one."""
    queues = (str(row["Id"]) for row in org.visible_rows("Group") if row.get("Type") == "Queue")
    return next(queues)


def children_of(org: Org, relationship: tuple[str, str, str], parent_id: str) -> list[Fields]:
    """The visible records of one child relationship."""
    _, child, field = relationship
    return [row for row in org.visible_rows(child) if row.get(field) == parent_id]
