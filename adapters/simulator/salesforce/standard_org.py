"""The standard fields of users, queues, statuses and the organization, and the whole standard schema.

Another object is one more function here or in a neighbour, and one more entry in `standard_schema`.
"""

from __future__ import annotations

from adapters.simulator.salesforce.field_kinds import audit, choice, flag, link, number, system, text
from adapters.simulator.salesforce.schema import Field, Schema, SObject
from adapters.simulator.salesforce.standard_marketing import (
    HISTORY_OF,
    campaign,
    campaign_member,
    email_message,
    group_member,
    history,
)
from adapters.simulator.salesforce.standard_people import account, contact, lead
from adapters.simulator.salesforce.standard_sales import event, opportunity, opportunity_contact_role, task


def standard_schema() -> Schema:
    """The schema of a new org, its own copy each time."""
    return Schema(
        [
            lead(),
            contact(),
            account(),
            opportunity(),
            opportunity_contact_role(),
            task(),
            event(),
            email_message(),
            campaign(),
            campaign_member(),
            *(history(name) for name in HISTORY_OF),
            user(),
            group(),
            group_member(),
            queue_sobject(),
            lead_status(),
            organization(),
            name_object(),
        ]
    )


def user() -> SObject:
    """User: readable; people are added by the control plane."""
    own = [
        text("Username", 80, nillable=False),
        text("LastName", 80, nillable=False),
        text("FirstName", 40),
        system("Name", "string", length=121, nillable=False, name_field=True),
        text("CompanyName", 80),
        text("Department", 80),
        text("Title", 80),
        text("Email", 128, "email", nillable=False),
        text("Phone", 40, "phone"),
        text("Alias", 8),
        flag("IsActive", default=True),
        text("TimeZoneSidKey", 40, defaulted=True, default="America/New_York"),
        text("LanguageLocaleKey", 40, defaulted=True, default="en_US"),
        text("LocaleSidKey", 40, defaulted=True, default="en_US"),
        choice("UserType", "Standard", "Guest", "AutomatedProcess", defaulted=True, default="Standard"),
        link("ManagerId", "User"),
        text("FederationIdentifier", 512),
        system("LastLoginDate", "datetime"),
    ]
    return _object("User", "005", own, writable=False)


def group() -> SObject:
    """Group: a queue when its Type is Queue."""
    own = [
        text("Name", 40, nillable=False, name_field=True),
        text("DeveloperName", 80),
        choice("Type", "Regular", "Queue", "Role", "Organization", defaulted=True, default="Queue", updateable=False),
        text("Email", 255, "email"),
        link("OwnerId", "Organization", "User", defaulted=True),
        flag("DoesSendEmailToMembers"),
        flag("DoesIncludeBosses"),
    ]
    return _object("Group", "00G", own, writable=False)


def queue_sobject() -> SObject:
    """QueueSobject: which object a queue may own."""
    own = [
        link("QueueId", "Group", nillable=False),
        choice("SobjectType", "Lead", "Task", nillable=False, restricted=True),
    ]
    fields = [entry for entry in audit(soft_delete=False) if entry.name in ("Id", "CreatedById", "SystemModstamp")]
    return SObject("QueueSobject", "03g", {f.name: f for f in [*fields, *own]}, writable=False)


def lead_status() -> SObject:
    """LeadStatus: the values of Lead.Status, with the default and the converted ones."""
    own = [
        text("MasterLabel", 255, nillable=False),
        text("ApiName", 255, nillable=False),
        number("SortOrder", "int", precision=8),
        flag("IsDefault"),
        flag("IsConverted"),
    ]
    return _object("LeadStatus", "01J", own, writable=False)


def organization() -> SObject:
    """Organization: one record, the org itself."""
    own = [
        text("Name", 80, name_field=True),
        text("Country", 80),
        text("TimeZoneSidKey", 40),
        text("DefaultLocaleSidKey", 40),
        text("LanguageLocaleKey", 40),
        text("OrganizationType", 40),
        text("InstanceName", 5),
        flag("IsSandbox"),
        text("NamespacePrefix", 15),
        number("FiscalYearStartMonth", "int", precision=8),
        system("TrialExpirationDate", "datetime"),
    ]
    return _object("Organization", "00D", own, writable=False)


def name_object() -> SObject:
    """Name: what a polymorphic relationship such as Owner shows (sheet section 5)."""
    fields = [
        system("Id", "id", length=18),
        text("Name", 121, name_field=True),
        text("FirstName", 40),
        text("LastName", 80),
        text("Email", 80, "email"),
        text("Phone", 40, "phone"),
        text("Title", 128),
        text("Username", 80),
        text("Alias", 8),
        flag("IsActive"),
        text("Type", 40),
    ]
    return SObject("Name", "", {entry.name: entry for entry in fields}, writable=False)


def _object(name: str, prefix: str, own: list[Field], *, writable: bool) -> SObject:
    soft_delete = name not in ("User", "Group", "LeadStatus", "Organization")
    fields = {entry.name: entry for entry in [*audit(soft_delete=soft_delete), *own]}
    return SObject(name, prefix, fields, writable=writable)
