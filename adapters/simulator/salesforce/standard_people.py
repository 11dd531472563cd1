"""The standard fields of Lead, Contact and Account (sheet section 7), as an org without changes has them."""

from __future__ import annotations

from adapters.simulator.salesforce.field_kinds import (
    address,
    audit,
    choice,
    flag,
    link,
    long_text,
    number,
    system,
    system_link,
    text,
)
from adapters.simulator.salesforce.schema import Field, SObject

LEAD_SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
INDUSTRIES = (
    "Agriculture",
    "Banking",
    "Construction",
    "Consulting",
    "Education",
    "Electronics",
    "Energy",
    "Engineering",
    "Finance",
    "Government",
    "Healthcare",
    "Insurance",
    "Machinery",
    "Manufacturing",
    "Media",
    "Not For Profit",
    "Retail",
    "Technology",
    "Telecommunications",
    "Transportation",
    "Utilities",
    "Other",
)
RATINGS = ("Hot", "Warm", "Cold")
SALUTATIONS = ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof.")
LEAD_STATUSES = (
    "Open - Not Contacted",
    "Working - Contacted",
    "Nurturing",
    "Closed - Converted",
    "Closed - Not Converted",
)
CONVERTED_STATUS = "Closed - Converted"


def owner(*targets: str) -> Field:
    """The owner: the acting user when a create does not say."""
    return link("OwnerId", *targets, nillable=False, defaulted=True)


def person_name() -> list[Field]:
    """The name of a person; ``Name`` is derived."""
    return [
        text("LastName", 80, nillable=False),
        text("FirstName", 40),
        choice("Salutation", *SALUTATIONS),
        system("Name", "string", length=121, nillable=False, name_field=True),
    ]


def bounce_and_activity() -> list[Field]:
    """What the vendor notes about mail and activity."""
    return [
        system("LastActivityDate", "date"),
        system("LastViewedDate", "datetime"),
        system("LastReferencedDate", "datetime"),
        text("Jigsaw", 20),
        text("EmailBouncedReason", 255),
        Field("EmailBouncedDate", "datetime"),
    ]


def lead() -> SObject:
    """Lead."""
    own = [
        system_link("MasterRecordId", "Lead", nillable=True),
        *person_name(),
        text("Title", 128),
        text("Company", 255, nillable=False),
        *address(),
        text("Phone", 40, "phone"),
        text("MobilePhone", 40, "phone"),
        text("Fax", 40, "phone"),
        text("Email", 80, "email"),
        text("Website", 255, "url"),
        system("PhotoUrl", "url", length=255),
        long_text("Description"),
        choice("LeadSource", *LEAD_SOURCES),
        choice("Status", *LEAD_STATUSES, nillable=False, defaulted=True, default=LEAD_STATUSES[0]),
        choice("Industry", *INDUSTRIES),
        choice("Rating", *RATINGS),
        number("AnnualRevenue", "currency"),
        number("NumberOfEmployees", "int", precision=8),
        owner("Group", "User"),
        flag("HasOptedOutOfEmail"),
        flag("HasOptedOutOfFax"),
        flag("DoNotCall"),
        flag("IsConverted", createable=False, updateable=False),
        system("ConvertedDate", "date"),
        system_link("ConvertedAccountId", "Account", nillable=True),
        system_link("ConvertedContactId", "Contact", nillable=True),
        system_link("ConvertedOpportunityId", "Opportunity", nillable=True),
        flag("IsUnreadByOwner"),
        *bounce_and_activity(),
    ]
    children = (
        ("Tasks", "Task", "WhoId"),
        ("Events", "Event", "WhoId"),
        ("CampaignMembers", "CampaignMember", "LeadId"),
    )
    return _object("Lead", "00Q", own, mergeable=True, children=children)


def contact() -> SObject:
    """Contact."""
    own = [
        system_link("MasterRecordId", "Contact", nillable=True),
        link("AccountId", "Account"),
        *person_name(),
        *address("Mailing"),
        *address("Other"),
        text("Phone", 40, "phone"),
        text("Fax", 40, "phone"),
        text("MobilePhone", 40, "phone"),
        text("HomePhone", 40, "phone"),
        text("OtherPhone", 40, "phone"),
        text("AssistantPhone", 40, "phone"),
        link("ReportsToId", "Contact"),
        text("Email", 80, "email"),
        text("Title", 128),
        text("Department", 80),
        text("AssistantName", 40),
        choice("LeadSource", *LEAD_SOURCES),
        Field("Birthdate", "date"),
        long_text("Description"),
        owner("User"),
        flag("HasOptedOutOfEmail"),
        flag("HasOptedOutOfFax"),
        flag("DoNotCall"),
        *bounce_and_activity(),
    ]
    children = (
        ("Tasks", "Task", "WhoId"),
        ("Events", "Event", "WhoId"),
        ("CampaignMembers", "CampaignMember", "ContactId"),
        ("OpportunityContactRoles", "OpportunityContactRole", "ContactId"),
    )
    return _object("Contact", "003", own, mergeable=True, children=children)


def account() -> SObject:
    """Account."""
    own = [
        system_link("MasterRecordId", "Account", nillable=True),
        text("Name", 255, nillable=False, name_field=True),
        choice("Type", "Prospect", "Customer - Direct", "Customer - Channel", "Channel Partner / Reseller", "Other"),
        link("ParentId", "Account", relationship="Parent"),
        *address("Billing"),
        *address("Shipping"),
        text("Phone", 40, "phone"),
        text("Fax", 40, "phone"),
        text("AccountNumber", 40),
        text("Website", 255, "url"),
        text("Sic", 20),
        choice("Industry", *INDUSTRIES),
        number("AnnualRevenue", "currency"),
        number("NumberOfEmployees", "int", precision=8),
        choice("Ownership", "Public", "Private", "Subsidiary", "Other"),
        choice("Rating", *RATINGS),
        long_text("Description"),
        text("Site", 80),
        choice("AccountSource", *LEAD_SOURCES),
        owner("User"),
        system("LastActivityDate", "date"),
    ]
    children = (("Contacts", "Contact", "AccountId"), ("Opportunities", "Opportunity", "AccountId"))
    return _object("Account", "001", own, mergeable=True, children=children)


def _object(
    name: str,
    prefix: str,
    own: list[Field],
    *,
    mergeable: bool = False,
    children: tuple[tuple[str, str, str], ...] = (),
) -> SObject:
    fields = {entry.name: entry for entry in [*audit(), *own]}
    return SObject(name, prefix, fields, mergeable=mergeable, children=children)
