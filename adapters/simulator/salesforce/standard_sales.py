"""The standard fields of opportunities and activities (sheet section 7)."""

from __future__ import annotations

from adapters.simulator.salesforce.field_kinds import audit, choice, flag, link, long_text, number, system, text
from adapters.simulator.salesforce.schema import Field, SObject
from adapters.simulator.salesforce.standard_people import LEAD_SOURCES, owner

# Stage name, probability in percent, closed, won: the stages of a new org.
STAGES = (
    ("Prospecting", 10, False, False),
    ("Qualification", 10, False, False),
    ("Needs Analysis", 20, False, False),
    ("Value Proposition", 50, False, False),
    ("Id. Decision Makers", 60, False, False),
    ("Perception Analysis", 70, False, False),
    ("Proposal/Price Quote", 75, False, False),
    ("Negotiation/Review", 90, False, False),
    ("Closed Won", 100, True, True),
    ("Closed Lost", 0, True, False),
)
CLOSED_TASK_STATUSES = frozenset({"Completed"})


def opportunity() -> SObject:
    """Opportunity."""
    own = [
        text("Name", 120, nillable=False, name_field=True),
        link("AccountId", "Account"),
        long_text("Description"),
        choice("StageName", *(stage[0] for stage in STAGES), nillable=False),
        number("Amount", "currency", precision=18, scale=2),
        number("Probability", "percent", precision=3, defaulted=True),
        number("ExpectedRevenue", "currency", precision=18, scale=2, createable=False, updateable=False),
        Field("CloseDate", "date", nillable=False),
        choice("Type", "Existing Business", "New Business"),
        text("NextStep", 255),
        choice("LeadSource", *LEAD_SOURCES),
        flag("IsClosed", createable=False, updateable=False),
        flag("IsWon", createable=False, updateable=False),
        choice("ForecastCategoryName", "Omitted", "Pipeline", "Best Case", "Commit", "Closed", defaulted=True),
        system("LastStageChangeDate", "datetime"),
        owner("User"),
        flag("HasOpenActivity", createable=False, updateable=False),
        flag("HasOverdueTask", createable=False, updateable=False),
        link("ContactId", "Contact", updateable=False),
        system("LastActivityDate", "date"),
    ]
    children = (("OpportunityContactRoles", "OpportunityContactRole", "OpportunityId"),)
    return _object("Opportunity", "006", own, children)


def opportunity_contact_role() -> SObject:
    """OpportunityContactRole."""
    roles = ("Business User", "Decision Maker", "Economic Buyer", "Evaluator", "Executive Sponsor", "Influencer")
    own = [
        link("OpportunityId", "Opportunity", nillable=False, updateable=False),
        link("ContactId", "Contact", nillable=False),
        choice("Role", *roles, "Technical Buyer", "Other"),
        flag("IsPrimary"),
    ]
    return _object("OpportunityContactRole", "00K", own)


def task() -> SObject:
    """Task. Whether it is closed follows from its status."""
    own = [
        link("WhoId", "Contact", "Lead"),
        link("WhatId", "Account", "Opportunity"),
        text("Subject", 255, "combobox"),
        Field("ActivityDate", "date"),
        choice(
            "Status",
            "Not Started",
            "In Progress",
            "Completed",
            "Waiting on someone else",
            "Deferred",
            nillable=False,
            defaulted=True,
            default="Not Started",
        ),
        choice("Priority", "High", "Normal", "Low", nillable=False, defaulted=True, default="Normal"),
        flag("IsHighPriority", createable=False, updateable=False),
        owner("Group", "User"),
        long_text("Description"),
        choice("Type", "Call", "Email", "Meeting", "Other"),
        link("AccountId", "Account", createable=False, updateable=False),
        flag("IsClosed", createable=False, updateable=False),
        flag("IsArchived", createable=False, updateable=False),
        number("CallDurationInSeconds", "int", precision=8),
        choice("CallType", "Internal", "Inbound", "Outbound"),
        text("CallDisposition", 255),
        text("CallObject", 255),
        Field("ReminderDateTime", "datetime"),
        flag("IsReminderSet"),
        system("CompletedDateTime", "datetime"),
        choice(
            "TaskSubtype",
            "Task",
            "Call",
            "Email",
            "ListEmail",
            "Cadence",
            restricted=True,
            updateable=False,
            defaulted=True,
            default="Task",
        ),
    ]
    return _object("Task", "00T", own)


def event() -> SObject:
    """Event."""
    own = [
        link("WhoId", "Contact", "Lead"),
        link("WhatId", "Account", "Opportunity"),
        text("Subject", 255, "combobox"),
        text("Location", 255),
        flag("IsAllDayEvent"),
        Field("ActivityDateTime", "datetime"),
        Field("ActivityDate", "date"),
        number("DurationInMinutes", "int", precision=8),
        Field("StartDateTime", "datetime"),
        Field("EndDateTime", "datetime"),
        long_text("Description"),
        owner("User"),
        choice("Type", "Call", "Email", "Meeting", "Other"),
        link("AccountId", "Account", createable=False, updateable=False),
        flag("IsPrivate"),
        choice("ShowAs", "Busy", "OutOfOffice", "Free", restricted=True, defaulted=True, default="Busy"),
        flag("IsGroupEvent", createable=False, updateable=False),
        flag("IsArchived", createable=False, updateable=False),
        Field("ReminderDateTime", "datetime"),
        flag("IsReminderSet"),
        choice("EventSubtype", "Event", restricted=True, updateable=False, defaulted=True, default="Event"),
    ]
    return _object("Event", "00U", own)


def _object(name: str, prefix: str, own: list[Field], children: tuple[tuple[str, str, str], ...] = ()) -> SObject:
    return SObject(name, prefix, {entry.name: entry for entry in [*audit(), *own]}, children=children)
