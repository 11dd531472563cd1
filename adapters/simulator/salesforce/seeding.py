"""Fills an org: the records of a new one, and whatever the control plane's ``seed`` brings.

Seeded records keep the stamps they come with, leave no history and are not subject to rules across records.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from adapters.simulator.salesforce import automation, leadloop_fields
from adapters.simulator.salesforce.identifiers import canonical
from adapters.simulator.salesforce.org import Fields, Org, Table
from adapters.simulator.salesforce.refusals import Refusal
from adapters.simulator.salesforce.schema import Field, SObject
from adapters.simulator.salesforce.standard_people import CONVERTED_STATUS, LEAD_STATUSES
from adapters.simulator.salesforce.values import stored

INTEGRATION_USERNAME = "integration@simulator.example"


class SeedError(ValueError):
    """A seed that cannot be taken; the message says where."""


def furnish(org: Org) -> None:
    """The records that every new org has: itself, the integration user, one queue for Leads, Lead statuses."""
    org.integration_user_id = org.mint("User")
    user = {"Id": org.integration_user_id, "Username": INTEGRATION_USERNAME, "Email": INTEGRATION_USERNAME}
    add_record(org, "User", {**user, "FirstName": "Integration", "LastName": "User", "Alias": "integ"})
    add_record(org, "Organization", {"Name": "Simulated Org", "OrganizationType": "Enterprise Edition"})
    queue = add_record(org, "Group", {"Name": "Unassigned Leads", "DeveloperName": "Unassigned_Leads"})
    add_record(org, "QueueSobject", {"QueueId": queue, "SobjectType": "Lead"})
    for order, status in enumerate(LEAD_STATUSES, start=1):
        names = {"MasterLabel": status, "ApiName": status, "SortOrder": order}
        flags = {"IsDefault": order == 1, "IsConverted": status == CONVERTED_STATUS}
        add_record(org, "LeadStatus", names | flags)


def seed(org: Org, document: Mapping[str, Any]) -> dict[str, Any]:
    """Take a seed; returns how many fields and records of each object it brought."""
    counts: dict[str, Any] = {"fields": 0, "records": {}}
    if document.get("leadloop_fields"):
        counts["fields"] += leadloop_fields.install(org.schema, set(document.get("leave_out", ())))
    for object_name, definitions in document.get("schema", {}).items():
        for definition in definitions:
            _entry(org, object_name).add(defined(definition))
            counts["fields"] += 1
    for object_name, records in document.get("records", {}).items():
        _entry(org, object_name)
        for record in records:
            add_record(org, object_name, record)
        counts["records"][object_name] = len(records)
    if counts["fields"]:
        schema_changed(org)
        _fill_in_checkboxes(org)
    return counts


def set_sandbox(org: Org, sandbox: bool) -> None:
    """Say of the org whether it is a sandbox."""
    table = org.tables["Organization"]
    for identifier, row in list(table.rows.items()):
        table.replace(identifier, {**row, "IsSandbox": sandbox, "SystemModstamp": org.now()})


def schema_changed(org: Org) -> None:
    """Note the time for conditional describes, past the current second so that none misses it."""
    org.schema_changed_at = org.clock.now().replace(microsecond=0) + timedelta(seconds=1)


def _fill_in_checkboxes(org: Org) -> None:
    """A new checkbox is false, not null, on the records that exist already."""
    for table in org.tables.values():
        checkboxes = {f.name: f.default for f in table.entry.fields.values() if f.type == "boolean"}
        for identifier, row in list(table.rows.items()):
            if not checkboxes.keys() <= row.keys():
                table.replace(identifier, {**checkboxes, **row})


def add_record(org: Org, object_name: str, given: Mapping[str, Any]) -> str:
    """Store one record as it comes, with defaults; raises `SeedError`."""
    table = org.tables[object_name]
    identifier = org.mint(object_name) if given.get("Id") is None else canonical(given["Id"])
    if identifier is None or not identifier.startswith(table.entry.prefix):
        raise SeedError(f"seed, {object_name}: {given.get('Id')} is not an id of this object")
    row: Fields = {f.name: f.default for f in table.entry.fields.values() if f.default is not None}
    row |= _coerced(table, given, identifier)
    row["Id"] = identifier
    _stamp(org, table.entry, row)
    if object_name == "Task":  # seeded history: it was completed when it was last changed
        row.setdefault("CompletedDateTime", row["LastModifiedDate"])
    automation.derive(org, object_name, row)
    fields = table.entry.fields
    table.replace(identifier, {name: row[name] for name in fields if row.get(name) is not None})
    return identifier


def _coerced(table: Table, given: Mapping[str, Any], identifier: str) -> Fields:
    found: Fields = {}
    for name, value in given.items():
        field = table.entry.fields.get(table.entry.lower.get(name.lower(), ""))
        if field is None:
            raise SeedError(f"seed, {table.entry.name} {identifier}: there is no field {name}")
        try:
            found[field.name] = stored(field, value, table.entry.name)
        except Refusal as refusal:
            raise SeedError(f"seed, {table.entry.name} {identifier}, field {name}: {refusal.code}") from None
    return found


def _stamp(org: Org, entry: SObject, row: Fields) -> None:
    created = row.get("CreatedDate") or org.now()
    modified = row.get("LastModifiedDate") or created
    stamps = {"CreatedDate": created, "LastModifiedDate": modified, "SystemModstamp": modified}
    people = dict.fromkeys(("CreatedById", "LastModifiedById", "OwnerId"), org.integration_user_id)
    for name, value in (stamps | people).items():
        if name in entry.fields and row.get(name) is None:
            row[name] = value


def _entry(org: Org, object_name: str) -> SObject:
    entry = org.schema.objects.get(object_name)
    if entry is None or not entry.prefix:
        known = ", ".join(sorted(name for name, found in org.schema.objects.items() if found.prefix))
        raise SeedError(f"seed: there is no object {object_name}; known: {known}")
    return entry


def defined(definition: Mapping[str, Any]) -> Field:
    """A field from its definition in the words of describe; raises `SeedError`."""
    try:
        name, kind = str(definition["name"]), str(definition["type"])
    except KeyError as missing:
        raise SeedError(f"seed, schema: a field definition needs {missing}") from None
    options = [o if isinstance(o, dict) else {"value": o} for o in definition.get("picklistValues", ())]
    inactive = tuple(str(o["value"]) for o in options if o.get("active") is False)
    lengths = {"string": 255, "email": 80, "phone": 40, "url": 255, "textarea": 255}
    return Field(
        name,
        kind,
        length=int(definition.get("length", lengths.get(kind, 255 if options else 0))),
        label=str(definition.get("label", "")),
        nillable=bool(definition.get("nillable", kind != "boolean")),
        createable=bool(definition.get("createable", True)),
        updateable=bool(definition.get("updateable", True)),
        defaulted=bool(definition.get("defaultedOnCreate", kind == "boolean")),
        default=definition.get("defaultValue", False if kind == "boolean" else None),
        unique=bool(definition.get("unique", False)),
        external_id=bool(definition.get("externalId", False)),
        restricted=bool(definition.get("restrictedPicklist", False)),
        values=tuple(str(o["value"]) for o in options),
        inactive=inactive,
        reference_to=tuple(definition.get("referenceTo", ())),
        relationship=definition.get("relationshipName"),
        precision=int(definition.get("precision", 18)),
        scale=int(definition.get("scale", 0)),
        filterable=bool(definition.get("filterable", True)),
        sortable=bool(definition.get("sortable", True)),
    )
