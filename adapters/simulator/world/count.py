"""Counts what a demo achieved from the two simulators' dumps alone.

Decides what the demo's numbers mean (primary records, distinct persons, hand-offs, recycled, tasks) so that they
can be compared with what the product says of itself. It knows the product's field names, which are an outside
contract, and nothing of its insides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]
Dump = Mapping[str, Any]

STAGES = ("name", "suspect", "lead", "qualified_lead", "prospect", "customer")
_SALESFORCE_OBJECTS = ("Lead", "Contact")


@dataclass(frozen=True, order=True)
class HandedOff:
    """A lead that was handed to someone: sorted by the record's own key."""

    leadloop_id: str
    lead_id: str
    owner_id: str
    person: str
    handed_off_at: str


def handed_off(salesforce_dump: Dump) -> list[HandedOff]:
    """The open Lead records that carry a hand-off, sorted by ``Leadloop_Id__c``."""
    leads = _live(salesforce_dump, "Lead")
    return sorted(
        HandedOff(
            leadloop_id=str(lead.get("Leadloop_Id__c") or ""),
            lead_id=identifier,
            owner_id=str(lead.get("OwnerId") or ""),
            person=str(lead.get("Leadloop_Person__c") or ""),
            handed_off_at=str(lead["Leadloop_Handed_Off_At__c"]),
        )
        for identifier, lead in leads
        if lead.get("Leadloop_Handed_Off_At__c") and not _true(lead.get("IsConverted"))
    )


def expected(
    salesforce_dump: Dump,
    hubspot_dump: Dump,
    *,
    salesforce_requests: object = None,
    hubspot_requests: object = None,
) -> dict[str, Any]:
    """The demo's numbers.

    ``funnel``, ``grades`` and ``dispositions`` count distinct persons by their primary records; a person whose
    records disagree on the stage is in ``stage_disagreements`` and counted under the Salesforce value. ``funnel``
    leaves out who was set aside: disqualified, but not by sales. The two request documents are the answers of
    ``/_simulator/requests?count=1``; without them there is no ``requests``.
    """
    records = list(_own_fields(salesforce_dump, hubspot_dump))
    persons = _persons(records)
    in_sight = {person: values for person, values in persons.items() if not _set_aside(values)}
    tasks = [*_own_tasks(salesforce_dump), *_tasks_in_hubspot(hubspot_dump)]
    counted: dict[str, Any] = {
        "people": len(persons),
        "funnel": {stage: count for stage in STAGES if (count := _by(in_sight, "stage").get(stage, 0))},
        "stage_disagreements": sorted(person for person, values in persons.items() if len(values["stages"]) > 1),
        "grades": _by(persons, "grade"),
        "dispositions": _by(persons, "disposition"),
        "recycled": _recycled(persons),
        "handed_off": sum(1 for values in persons.values() if values["handed_off_at"]),
        "hand_offs": _hand_offs(salesforce_dump),
        "tasks_created": len(tasks),
        "duplicate_tasks": _duplicates(tasks),
        "records": _record_counts(salesforce_dump, hubspot_dump),
        "records_without_leadloop_id": _without_key(records),
        "duplicate_leadloop_ids": _duplicates(record["id"] for record in records),
    }
    if salesforce_requests is not None or hubspot_requests is not None:
        counted["requests"] = {
            "salesforce": request_total(salesforce_requests),
            "hubspot": request_total(hubspot_requests),
        }
    return counted


def request_total(counts: object) -> int:
    """The number of API requests in a count document, however it is grouped."""
    if isinstance(counts, Mapping):
        if isinstance(counts.get("total"), int):
            return int(counts["total"])
        return sum(request_total(value) for value in counts.values())
    if isinstance(counts, list):
        return sum(request_total(value) for value in counts)
    return counts if isinstance(counts, int) and not isinstance(counts, bool) else 0


_FIELDS = (
    "id",
    "person",
    "stage",
    "disposition",
    "grade",
    "recycled",
    "recycle_reason",
    "handed_off_at",
    "reject_reason",
)


def _own_fields(salesforce_dump: Dump, hubspot_dump: Dump) -> Iterator[dict[str, Any]]:
    """The product's fields of every person record; Salesforce first, so that its values win."""
    for object_name in _SALESFORCE_OBJECTS:
        for identifier, record in _live(salesforce_dump, object_name):
            if not _true(record.get("IsConverted")):
                values = {key: record.get(f"Leadloop_{key.title()}__c") for key in _FIELDS}
                yield {**values, "system": "salesforce", "record": identifier}
    for identifier, record in _live(hubspot_dump, "contacts"):
        values = {key: record.get(f"leadloop_{key}") for key in _FIELDS}
        yield {**values, "system": "hubspot", "record": identifier}


def _persons(records: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """One row per distinct person: the first known value of each field, and every stage seen."""
    persons: dict[str, dict[str, Any]] = {}
    for record in records:
        if not record["person"]:
            continue
        row = persons.setdefault(str(record["person"]), {"stages": set(), **dict.fromkeys(_FIELDS)})
        for key in _FIELDS:
            row[key] = row[key] or record[key]
        if record["stage"]:
            row["stages"].add(record["stage"])
    return persons


def _set_aside(person: Mapping[str, Any]) -> bool:
    return person["disposition"] == "disqualified" and not person["reject_reason"]


def _by(persons: Mapping[str, Mapping[str, Any]], key: str) -> dict[str, int]:
    counts = Counter(str(values[key]) for values in persons.values() if values[key])
    return dict(sorted(counts.items()))


def _recycled(persons: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    reasons = [str(row["recycle_reason"] or "") for row in persons.values() if _true(row["recycled"])]
    return dict(sorted(Counter(reasons).items()))


def _hand_offs(salesforce_dump: Dump) -> list[dict[str, str]]:
    """Every record with a hand-off and an owner, open or converted since."""
    return [
        {
            "object": name,
            "id": identifier,
            "owner": str(record["OwnerId"]),
            "at": str(record["Leadloop_Handed_Off_At__c"]),
        }
        for name in _SALESFORCE_OBJECTS
        for identifier, record in _live(salesforce_dump, name)
        if record.get("Leadloop_Handed_Off_At__c") and record.get("OwnerId")
    ]


def _own_tasks(salesforce_dump: Dump) -> list[str]:
    """The keys of the tasks the product created; every one of its tasks carries a key."""
    return [str(task["Leadloop_Id__c"]) for _, task in _live(salesforce_dump, "Task") if task.get("Leadloop_Id__c")]


def _tasks_in_hubspot(hubspot_dump: Dump) -> list[str]:
    """Of the tasks that an integration made, what tells them apart: they need no key of their own."""
    parts = ("hs_task_subject", "hs_timestamp", "hubspot_owner_id")
    ties = [(tie["from"], tie["to"]) for tie in hubspot_dump.get("associations", ())]
    whose = {to[1]: source[1] for source, to in ties if (source[0], to[0]) == ("contacts", "tasks")}
    made = [(key, task) for key, task in _live(hubspot_dump, "tasks") if task.get("hs_object_source") == "INTEGRATION"]
    return [" ".join((str(whose.get(key)), *(str(task.get(name) or "") for name in parts))) for key, task in made]


def _record_counts(salesforce_dump: Dump, hubspot_dump: Dump) -> dict[str, dict[str, int]]:
    return {
        system: {name: sum(1 for _ in _live(dump, name)) for name in sorted(dump.get("records", {}))}
        for system, dump in (("salesforce", salesforce_dump), ("hubspot", hubspot_dump))
    }


def _without_key(records: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    counts = Counter(str(record["system"]) for record in records if not record["id"])
    return {system: counts.get(system, 0) for system in ("salesforce", "hubspot")}


def _duplicates(keys: Iterable[object]) -> list[str]:
    counts = Counter(str(key) for key in keys if key)
    return sorted(key for key, count in counts.items() if count > 1)


def _live(dump: Dump, object_name: str) -> Iterator[tuple[str, Record]]:
    """The records that are neither deleted nor archived, by id."""
    rows: Mapping[str, Record] = dump.get("records", {}).get(object_name, {})
    for identifier in sorted(rows):
        record = rows[identifier]
        properties = record.get("properties", record)
        if not _true(record.get("IsDeleted")) and not _true(record.get("archived")):
            yield identifier, properties


def _true(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")
