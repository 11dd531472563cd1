"""What really happened, kept beside the product: who wrote which field when, and every write request with its intent.

It reads the simulators' own histories after each request and each edit, so that the order of all writers in both CRMs
is one line. It judges nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from adapters.simulator.wire import Request

OURS, PERSON, MACHINE = "ours", "person", "machine"
FieldKey = tuple[str, str, str, str]
"""system, object, record id, field."""

_COLLECTION = re.compile(r"/composite/sobjects(?:/(?P<object>\w+)/(?P<key>\w+))?$")
_SINGLE = re.compile(r"/sobjects/(?P<object>\w+)/(?P<id>\w+)$")
_BATCH = re.compile(r"/(?P<object>\w+)/batch/(?P<verb>update|upsert|create)$")
TIE = "association:contacts"
_CHANNELS = {"api": OURS, "ui": PERSON, "automation": MACHINE}
_SOURCES = {"INTEGRATION": OURS, "CRM_UI": PERSON, "FORM": PERSON}


@dataclass(frozen=True)
class Touch:
    """One field of one record that changed. ``request``: the position of our request, when it was ours."""

    step: int
    system: str
    object: str
    record_id: str
    field: str
    before: Any
    after: Any
    author: str
    request: int | None = None

    @property
    def key(self) -> FieldKey:
        return self.system, self.object, self.record_id, self.field


@dataclass(frozen=True)
class Intent:
    """An outbox row as it stood in the database when the request went out. ``durable``: it said so itself."""

    action_id: str
    target: str
    kind: str
    lane: str
    attempts: int
    external_key: str | None
    record_id: str | None
    changes: Mapping[str, Mapping[str, Any]]
    durable: bool = False


@dataclass(frozen=True)
class WrittenRow:
    """One row of a write request."""

    object: str
    record_id: str | None
    external_key: str | None
    fields: Mapping[str, Any]
    intent: Intent | None = None


@dataclass
class Sent:
    """One write request. ``heard``: the product got the CRM's own answer to it; ``status`` 0: none was made."""

    position: int
    step: int
    system: str
    life: int
    rows: list[WrittenRow]
    fault: str = ""
    status: int = 0
    heard: bool = False
    refused: set[str] = field(default_factory=set)


class Witness:
    """The record of one schedule."""

    def __init__(self, salesforce: SalesforceSimulator, hubspot: HubSpotSimulator, database: Path) -> None:
        self._salesforce = salesforce
        self._hubspot = hubspot
        self._database = database
        self._read = {"salesforce": 0, "hubspot": 0}
        self._digest = hashlib.blake2b(digest_size=16)
        self.touches: list[Touch] = []
        self.sent: list[Sent] = []
        self.deleted: dict[tuple[str, str, str], int] = {}
        self.step = 0
        self.requests = 0

    @property
    def trace(self) -> str:
        """A hash of everything that was asked, answered and changed, in order."""
        return self._digest.copy().hexdigest()

    def note(self, *parts: object) -> None:
        """Add to the trace."""
        self._digest.update(repr(parts).encode())

    def skip_history(self) -> None:
        """What was seeded has no author."""
        self._read = {"salesforce": len(self._salesforce.org.history), "hubspot": len(self._hubspot.portal.changes)}

    def drain(self, request: int | None = None) -> list[Touch]:
        """Take over what changed since the last look."""
        new = [*self._of_salesforce(request), *self._of_hubspot(request)]
        self.touches.extend(new)
        self.note(*new)
        return new

    def begin(self, system: str, request: Request, life: int) -> Sent | None:
        """A request goes out; ``None`` when it writes nothing."""
        rows = written_rows(system, request)
        if not rows:
            return None
        in_flight = self._in_flight(system)
        matched = [_with_intent(row, in_flight) for row in rows]
        sent = Sent(len(self.sent), self.step, system, life, matched)
        self.sent.append(sent)
        return sent

    def _in_flight(self, system: str) -> list[Intent]:
        names = "action_id, target, kind, lane, attempts, external_key, record_id, changes"
        query = f"""SELECT {names}, state = 'sending' FROM outbox WHERE state IN ('sending', 'planned') AND system = ?
                    ORDER BY state DESC, request_id DESC, created_at DESC"""
        connection = sqlite3.connect(self._database)
        found = connection.execute(query, (system,)).fetchall()
        connection.close()
        return [
            Intent(**dict(zip(names.split(", "), (*row[:7], json.loads(row[7])), strict=True)), durable=bool(row[8]))
            for row in found
        ]

    def _of_salesforce(self, request: int | None) -> list[Touch]:
        rows = self._salesforce.org.history[self._read["salesforce"] :]
        self._read["salesforce"] += len(rows)
        return [
            Touch(
                self.step,
                "salesforce",
                row["object"],
                row["id"],
                row["field"],
                row["before"],
                row["after"],
                _CHANNELS[row["through"]],
                request if row["through"] == "api" else None,
            )
            for row in rows
        ]

    def _of_hubspot(self, request: int | None) -> list[Touch]:
        rows = self._hubspot.portal.changes[self._read["hubspot"] :]
        self._read["hubspot"] += len(rows)
        found = []
        for row in rows:
            author = _SOURCES.get(row.source, MACHINE)
            mine = request if author == OURS else None
            found.append(
                Touch(self.step, "hubspot", row.object, row.id, row.property, row.before, row.after, author, mine)
            )
        return found


def written_rows(system: str, request: Request) -> list[WrittenRow]:
    """What a request wants to write, row by row; nothing for a read."""
    if request.method not in ("POST", "PATCH") or not request.body.startswith(b"{"):
        return []
    path = request.path.rstrip("/")
    return _hubspot_rows(path, request) if system == "hubspot" else _salesforce_rows(path, request)


def _hubspot_rows(path: str, request: Request) -> list[WrittenRow]:
    batch = _BATCH.search(path)
    if batch is None:
        return []
    found = []
    for row in json.loads(request.body)["inputs"]:
        keyed = batch["verb"] == "upsert"
        name = row.get("id")
        found.append(
            WrittenRow(
                batch["object"],
                None if keyed else name,
                name if keyed else None,
                row["properties"] | _ties_of(row),
                Intent(row.get("objectWriteTraceId", ""), "", "", "", 0, None, None, {}),
            )
        )
    return found


def _ties_of(row: Mapping[str, Any]) -> dict[str, str]:
    """A new task is tied to its contact."""
    ties = row.get("associations") or ()
    return {TIE: str(ties[0]["to"]["id"])} if ties else {}


def _salesforce_rows(path: str, request: Request) -> list[WrittenRow]:
    document = json.loads(request.body)
    if path.endswith("/composite"):
        return [_composite_row(part) for part in document["compositeRequest"] if part["method"] == "PATCH"]
    match = _COLLECTION.search(path)
    if match is None or "records" not in document:
        return []
    return [_collection_row(record, match["key"]) for record in document["records"]]


def _composite_row(part: Mapping[str, Any]) -> WrittenRow:
    match = _SINGLE.search(part["url"])
    assert match is not None, part["url"]
    return WrittenRow(match["object"], match["id"], None, part["body"])


def _collection_row(record: Mapping[str, Any], key_field: str | None) -> WrittenRow:
    fields = {name: value for name, value in record.items() if name not in ("attributes", "id")}
    key = fields.get(key_field) if key_field else None
    return WrittenRow(record["attributes"]["type"], record.get("id"), key, fields)


def _with_intent(row: WrittenRow, in_flight: list[Intent]) -> WrittenRow:
    found = next((intent for intent in in_flight if _belongs(row, intent)), None)
    return WrittenRow(row.object, row.record_id, row.external_key, row.fields, found)


def _belongs(row: WrittenRow, intent: Intent) -> bool:
    if row.intent is not None:
        return row.intent.action_id == intent.action_id
    if row.external_key is not None:
        return row.external_key == intent.external_key
    return row.record_id is not None and row.record_id[:15] == (intent.record_id or "")[:15]
