"""What the checks look at: the witness's record, both CRMs as they are now, and the product's database, read only."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from tests.simulation.company import TWO_WAY
from tests.simulation.witness import OURS, PERSON, FieldKey, Intent, Sent, Touch, Witness, WrittenRow

PERSON_OBJECTS = (("salesforce", "Lead"), ("salesforce", "Contact"), ("hubspot", "contacts"))
RecordKey = tuple[str, str, str]
SEEDED = -1
KEY_FIELD = "Leadloop_Id__c"


@dataclass
class Evidence:
    """One schedule after its end. ``quiet``: the calm fell quiet; ``silent_from``: the first write request after."""

    witness: Witness
    salesforce: SalesforceSimulator
    hubspot: HubSpotSimulator
    database: Path
    quiet: bool
    silent_from: int
    texts: list[str]
    broken: list[str]
    canaries: Sequence[str]
    by_key: dict[FieldKey, list[int]] = field(default_factory=dict)
    people: dict[RecordKey, int] = field(default_factory=dict)

    def __enter__(self) -> Evidence:
        self._connection = sqlite3.connect(self.database)
        self._connection.row_factory = sqlite3.Row
        for index, touch in enumerate(self.witness.touches):
            self.by_key.setdefault(touch.key, []).append(index)
        for row in self.rows("SELECT person_id, system, object, record_id FROM link"):
            self.people[row["system"], row["object"], row["record_id"]] = row["person_id"]
        self._successor = {
            row["person_id"]: row["merged_into"]
            for row in self.rows("SELECT person_id, merged_into FROM person WHERE merged_into IS NOT NULL")
        }
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Rows of a query; JSON columns are still text."""
        return [dict(row) for row in self._connection.execute(query, values)]

    def person_of(self, record: RecordKey) -> int | None:
        """The person a record belongs to now."""
        person = self.people.get(record)
        while person in self._successor:
            person = self._successor[person]
        return person

    def truth(self, system: str, object_name: str, record_id: str) -> dict[str, Any] | None:
        """A living record as its CRM holds it; ``None`` when it is gone."""
        if system == "salesforce":
            row = self.salesforce.org.tables[object_name].rows.get(record_id)
            return None if row is None or row.get("IsDeleted") else row
        record = self.hubspot.portal.collections[object_name].records.get(record_id)
        return None if record is None or record.archived else dict(record.properties)

    def before(self, index: int) -> Touch | None:
        """The touch of the same field before this one; ``None``: the seeded value stood."""
        line = self.by_key[self.witness.touches[index].key]
        position = line.index(index)
        return self.witness.touches[line[position - 1]] if position else None

    def origin(self, index: int, shared: str) -> int:
        """When a person gave the value of a touch to a record of the same person; ``SEEDED``: it was there before."""
        touch = self.witness.touches[index]
        person, wanted = self.person_of(touch.key[:3]), meaning(shared, touch.after)
        for position in range(index, -1, -1):
            other = self.witness.touches[position]
            if other.author != PERSON or shared_field(other) != shared or meaning(shared, other.after) != wanted:
                continue
            if self.person_of(other.key[:3]) == person:
                return position
        return SEEDED

    def ours(self) -> list[tuple[int, Touch, Sent, WrittenRow]]:
        """Every change that our requests made to a field they name."""
        found = []
        for index, touch in enumerate(self.witness.touches):
            if touch.author != OURS or touch.request is None:
                continue
            sent = self.witness.sent[touch.request]
            row = self.row_of(sent, touch)
            if row is not None:
                found.append((index, touch, sent, row))
        return found

    def gave_back(self, touch: Touch) -> bool:
        """Whether a change of ours put a person's value back that we had overtaken."""
        row = None if touch.request is None else self.row_of(self.witness.sent[touch.request], touch)
        return row is not None and row.intent is not None and row.intent.kind == "restore"

    def row_of(self, sent: Sent, touch: Touch) -> WrittenRow | None:
        """The row of a request that made a change; ``None`` for what the CRM derived by itself."""
        born = self.by_key.get((touch.system, touch.object, touch.record_id, KEY_FIELD))
        key = self.witness.touches[born[0]].after if born else None
        for row in sent.rows:
            if row.object != touch.object or touch.field not in row.fields:
                continue
            made = row.record_id is None and row.external_key is not None and row.external_key == key
            if made or (row.record_id or "")[:15] == touch.record_id[:15]:
                return row
        return None

    def conflicts(self) -> list[dict[str, Any]]:
        """Conflict rows with the record they are about."""
        query = """SELECT c.*, l.system, l.object, l.record_id FROM conflict c
                   JOIN link l ON l.company = c.company AND l.link_id = c.link_id ORDER BY c.conflict_id"""
        found = self.rows(query)
        for row in found:
            for name in ("base", "ours", "theirs"):
                row[name] = loaded(row[name])
        return found


def same(left: Any, right: Any) -> bool:
    """Whether two wire values are the same: null is empty, a number is its text."""
    return _plain(left) == _plain(right)


def alike(shared: str, left: Any, right: Any) -> bool:
    """Whether two values of a two-way field mean the same, whatever form a CRM gives them."""
    return meaning(shared, left) == meaning(shared, right)


def meaning(shared: str, value: Any) -> str:
    """The comparable form of a two-way value."""
    text = "" if value is None else str(value)
    if shared == "phone":
        return "".join(letter for letter in text if letter.isdigit())
    return " ".join(text.split()).casefold()


def shared_field(touch: Touch) -> str | None:
    """The two-way field that a touch is about."""
    return TWO_WAY.get((touch.system, touch.object, touch.field))


def change_of(row: WrittenRow, name: str) -> dict[str, Any] | None:
    """The planned change behind a written field, as it stood in the outbox."""
    intent: Intent | None = row.intent
    return None if intent is None else dict(intent.changes.get(name) or {}) or None


def loaded(kept: Any) -> Any:
    """A JSON column as its value; SQLite keeps a bare number as a number."""
    return json.loads(kept) if isinstance(kept, str) else kept


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
