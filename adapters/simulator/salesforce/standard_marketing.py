"""The standard fields of e-mails, campaigns, queue members and field histories (sheet section 7)."""

from __future__ import annotations

from adapters.simulator.salesforce.field_kinds import audit, choice, flag, link, long_text, number, system, text
from adapters.simulator.salesforce.schema import Field, SObject

CAMPAIGN_TYPES = ("Conference", "Webinar", "Trade Show", "Partners", "Email", "Content", "Advertisement", "Other")
MEMBER_STATUSES = ("Sent", "Responded", "Registered", "Attended", "No Show")
HISTORY_OF = {"LeadHistory": "Lead", "ContactHistory": "Contact"}
HISTORY_PREFIXES = {"LeadHistory": "017", "ContactHistory": "03d"}


def email_message() -> SObject:
    """EmailMessage: one e-mail, beside the Task that logs it (``ActivityId``)."""
    own = [
        link("ParentId", "Case", updateable=False),
        link("ActivityId", "Task"),
        link("RelatedToId", "Account", "Opportunity", "Campaign"),
        long_text("TextBody"),
        long_text("HtmlBody"),
        long_text("Headers"),
        text("Subject", 3000),
        text("FromName", 1000),
        text("FromAddress", 1000),
        text("ToAddress", 4000),
        text("CcAddress", 4000),
        text("BccAddress", 4000),
        flag("Incoming", updateable=False),
        flag("HasAttachment", createable=False, updateable=False),
        choice("Status", "0", "1", "2", "3", "4", "5", nillable=False, restricted=True, defaulted=True, default="0"),
        Field("MessageDate", "datetime"),
        text("MessageIdentifier", 765),
        text("ThreadIdentifier", 765),
        flag("IsClientManaged"),
    ]
    return _object("EmailMessage", "02s", own)


def campaign() -> SObject:
    """Campaign."""
    own = [
        text("Name", 80, nillable=False, name_field=True),
        link("ParentId", "Campaign"),
        choice("Type", *CAMPAIGN_TYPES),
        choice("Status", "Planned", "In Progress", "Completed", "Aborted", defaulted=True, default="Planned"),
        Field("StartDate", "date"),
        Field("EndDate", "date"),
        flag("IsActive"),
        long_text("Description"),
        number("NumberOfResponses", "int", precision=8, createable=False, updateable=False),
        link("OwnerId", "User", nillable=False, defaulted=True),
    ]
    return _object("Campaign", "701", own, (("CampaignMembers", "CampaignMember", "CampaignId"),))


def campaign_member() -> SObject:
    """CampaignMember: whether it has responded follows from its status."""
    own = [
        link("CampaignId", "Campaign", nillable=False, updateable=False),
        link("LeadId", "Lead", updateable=False),
        link("ContactId", "Contact", updateable=False),
        choice("Status", *MEMBER_STATUSES, defaulted=True, default=MEMBER_STATUSES[0]),
        flag("HasResponded", createable=False, updateable=False),
        system("FirstRespondedDate", "date"),
        system("CompanyOrAccount", "string", length=255),
        system("LeadOrContactId", "reference", length=18, reference_to=("Contact", "Lead")),
        system("LeadOrContactOwnerId", "reference", length=18, reference_to=("Group", "User")),
        system("Type", "string", length=40),
    ]
    return _object("CampaignMember", "00v", own)


def group_member() -> SObject:
    """GroupMember: who is in a queue. It has one stamp, and a removed one leaves no trace (unconfirmed)."""
    own = [
        link("GroupId", "Group", nillable=False, updateable=False),
        link("UserOrGroupId", "Group", "User", nillable=False, updateable=False),
    ]
    kept = [entry for entry in audit(soft_delete=False) if entry.name in ("Id", "SystemModstamp")]
    return SObject("GroupMember", "011", {f.name: f for f in [*kept, *own]}, writable=False)


def history(name: str) -> SObject:
    """LeadHistory or ContactHistory: a row per change of a tracked field; values can be neither filtered nor sorted."""
    own = [
        link(f"{HISTORY_OF[name]}Id", HISTORY_OF[name], nillable=False),
        text("Field", 255, "picklist", nillable=False),
        text("DataType", 255, "picklist"),
        Field("OldValue", "anyType", filterable=False, sortable=False),
        Field("NewValue", "anyType", filterable=False, sortable=False),
    ]
    kept = [f for f in audit() if f.name in ("Id", "IsDeleted", "CreatedDate", "CreatedById")]
    return SObject(name, HISTORY_PREFIXES[name], {f.name: f for f in [*kept, *own]}, writable=False)


def _object(name: str, prefix: str, own: list[Field], children: tuple[tuple[str, str, str], ...] = ()) -> SObject:
    return SObject(name, prefix, {entry.name: entry for entry in [*audit(), *own]}, children=children)
