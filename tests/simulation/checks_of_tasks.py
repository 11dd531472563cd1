"""Checks of what colleagues are asked: one task for each touch, in one CRM, and never one that nobody knows of."""

from __future__ import annotations

from collections import defaultdict

from adapters.simulator.hubspot.object_types import OBJECT_TYPES
from tests.simulation.evidence import Evidence
from tests.simulation.witness import OURS

PLACES = {("salesforce", "Task"), ("hubspot", "tasks")}


def check_one_task_each(evidence: Evidence) -> list[str]:
    """I2: at most one task was ever made for what was asked, whatever became of its answer."""
    query = "SELECT system, object, record_id, target FROM outbox WHERE kind = 'task' AND record_id IS NOT NULL"
    known: dict[tuple[str, str, str], str] = {}
    asked: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for row in evidence.rows(query):
        record = (row["system"], row["object"], row["record_id"])
        known[record] = row["target"].partition(":note:")[2]
        asked[known[record]].add(record)
    several = {key: records for key, records in sorted(asked.items()) if len(records) > 1}
    found = [f"I2 {len(records)} tasks for one touch: {key}" for key, records in several.items()]
    made = {touch.key[:3] for touch in evidence.witness.touches if touch.author == OURS and touch.key[:2] in PLACES}
    unknown = sorted(made - known.keys())
    return found + [f"I2 a task of ours that we do not know of: {' '.join(each)}" for each in unknown]


def check_tied_to_its_person(evidence: Evidence) -> list[str]:
    """A task in HubSpot hangs on a contact, also after that one was merged."""
    portal = evidence.hubspot.portal
    found = []
    query = "SELECT record_id, parent_record_id FROM outbox WHERE kind = 'task' AND system = 'hubspot'"
    for row in evidence.rows(query):
        record = portal.collections["tasks"].live(row["record_id"] or "")
        end = portal.current_id(OBJECT_TYPES["contacts"], row["parent_record_id"])
        living = record is not None and portal.collections["contacts"].live(end) is not None
        if record is not None and living and not portal.associations.holds(("tasks", record.id), ("contacts", end)):
            found.append(f"a task hangs on nobody: hubspot tasks {record.id}")
    return found
