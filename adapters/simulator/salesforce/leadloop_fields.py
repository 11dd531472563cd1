"""The Leadloop custom fields as an administrator would have deployed them (design section 6)."""

from __future__ import annotations

from collections.abc import Collection

from adapters.simulator.salesforce.field_kinds import choice, flag, number, text
from adapters.simulator.salesforce.schema import Field, Schema

STAGES = ("name", "suspect", "lead", "qualified_lead", "prospect", "customer")
DISPOSITIONS = (
    "open",
    "assigned",
    "accepted",
    "working",
    "sales_qualified",
    "won",
    "lost",
    "rejected",
    "rerouted",
    "recycled",
    "disqualified",
    "merged",
)
REASONS = (
    "wrong_owner",
    "existing_work",
    "duplicate",
    "timing",
    "no_budget",
    "no_authority",
    "no_decision",
    "lost_competitor",
    "lost_price",
    "unresponsive",
    "not_ready",
    "no_need_now",
    "not_served",
    "no_fit",
    "no_need_ever",
    "not_a_buyer",
    "competitor",
    "bad_data",
    "opted_out",
    "junk",
    "unspecified",
)
TRACKS = (
    "no_contact",
    "partner",
    "qualified_b",
    "qualified_c",
    "qualified_d",
    "recycled_timing",
    "recycled_unreached",
    "customer_growth",
    "winback",
    "educate",
    "welcome",
    "none",
)
ANSWERS = {
    "Need": ("specific", "general", "none_now", "never"),
    "Budget": ("approved", "planned", "in_range", "none"),
    "Authority": ("decides", "influences", "uses"),
    "Timing": ("0-3", "3-6", "6-12", "later"),
}
PICKLISTS = {
    "Stage": STAGES,
    "Disposition": DISPOSITIONS,
    "Grade": ("A", "B", "C", "D"),
    "Recycle_Reason": REASONS,
    "Nurture_Track": TRACKS,
    "Response": ("accepted", "rejected"),
    "Reject_Reason": REASONS,
    **ANSWERS,
}
INTEGERS = ("Score", "Fit", "Engagement", "Readiness")
DATETIMES = (
    "Next_Step_Due",
    "Qualified_At",
    "Handed_Off_At",
    "Accepted_At",
    "First_Touch_At",
    "Sales_Qualified_At",
)


def install(schema: Schema, leave_out: Collection[str]) -> int:
    """Add the fields to Lead, Contact and Task except those named; returns how many were added."""
    added = 0
    for object_name, fields in (("Lead", _fields()), ("Contact", _fields()), ("Task", [_record_key()])):
        for entry in fields:
            if entry.name not in leave_out:
                schema.objects[object_name].add(entry)
                added += 1
    return added


def _record_key() -> Field:
    return text("Leadloop_Id__c", 36, unique=True, external_id=True)


def _fields() -> list[Field]:
    picklists = [choice(_name(key), *values, restricted=True) for key, values in PICKLISTS.items()]
    return [
        _record_key(),
        text(_name("Person"), 36),
        *picklists,
        *(number(_name(key), precision=4) for key in INTEGERS),
        text(_name("Why"), 255),
        flag(_name("Recycled")),
        Field(_name("Recycle_Until"), "date"),
        text(_name("Next_Step"), 255),
        text(_name("Last_Sales_Owner"), 255),
        number(_name("Expected_Value"), "currency", precision=18, scale=2),
        *(Field(_name(key), "datetime") for key in DATETIMES),
        text(_name("Reject_Note"), 255),
    ]


def _name(key: str) -> str:
    return f"Leadloop_{key}__c"
