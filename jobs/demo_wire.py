"""What went over the wire, read from the simulators' own request logs and histories: never from our store.

Decides what counts as a written record, a repeated request and a lost edit. It knows both vendors' write routes and
nothing of the product's insides.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jobs.demo_systems import Systems

Entry = Mapping[str, Any]
MEMBERS = ("recordsIdsAdded", "recordsIdsRemoved")
"""What HubSpot answers when the members of a list were changed."""
READING = ("/batch/read", "/search", "/oauth2/token")
CREATED_FROM_A_FORM = "FORM"
PEOPLE_WRITE = {"salesforce": ("ui",), "hubspot": ("CRM_UI", CREATED_FROM_A_FORM)}
WE_WRITE = {"salesforce": ("api",), "hubspot": ("INTEGRATION",)}


@dataclass(frozen=True)
class Write:
    """One request that was meant to change records. ``accepted``: records that the system took."""

    system: str
    index: int
    accepted: int
    deletes: bool
    answered: bool
    words: str = field(repr=False, default="")


@dataclass(frozen=True)
class Wire:
    """Every write so far, and how many requests each simulator had seen."""

    writes: tuple[Write, ...]
    requests: Mapping[str, int]

    def written(self) -> dict[str, int]:
        """Records that each system accepted."""
        counts = dict.fromkeys(self.requests, 0)
        for write in self.writes:
            counts[write.system] += write.accepted
        return counts

    def since(self, earlier: Wire) -> Wire:
        """Only what came after an earlier reading."""
        behind = len(earlier.writes)
        counts = {name: count - earlier.requests[name] for name, count in self.requests.items()}
        known = Counter((write.system, write.index) for write in earlier.writes)
        writes = tuple(write for write in self.writes if (write.system, write.index) not in known)
        assert len(writes) == len(self.writes) - behind
        return Wire(writes, counts)

    @property
    def deletes(self) -> int:
        """Requests that would delete or archive."""
        return sum(write.deletes for write in self.writes)

    @property
    def resent(self) -> int:
        """Writes sent word for word again although the first one had been answered."""
        first: dict[tuple[str, str], bool] = {}
        repeated = 0
        for write in self.writes:
            key = write.system, write.words
            repeated += first.get(key, False)
            first[key] = first.get(key, False) or write.answered
        return repeated


def read_wire(systems: Systems) -> Wire:
    """The request logs of both simulators as they stand."""
    logs = {name: control.get("requests")["requests"] for name, control in systems.controls.items()}
    writes = tuple(write for name, log in logs.items() for write in _writes(name, log))
    return Wire(writes, {name: len(log) for name, log in logs.items()})


def lost_edits(systems: Systems, open_conflicts: int) -> int:
    """People's values that we wrote over; those that became an open conflict are not lost."""
    lost = 0
    for name, control in systems.controls.items():
        lost += sum(1 for _ in _overwritten(name, control.get("history")["history"]))
    return max(0, lost - open_conflicts)


def _writes(system: str, log: Iterable[Entry]) -> Iterator[Write]:
    for entry in log:
        path = str(entry["path"])
        if entry["method"] == "GET" or any(part in path for part in READING) or _retrieves(system, entry):
            continue
        status = int(entry["status"] or 0)
        yield Write(
            system=system,
            index=int(entry["index"]),
            accepted=_accepted(system, entry) if 200 <= status < 300 else 0,
            deletes=entry["method"] == "DELETE" or path.endswith("/archive"),
            answered=status > 0,
            words=f"{entry['method']} {path}?{entry['query']} {entry['body']}",
        )


def _retrieves(system: str, entry: Entry) -> bool:
    """A collection's retrieve is a POST with ids."""
    return system == "salesforce" and "ids" in _document(entry["body"])


def _accepted(system: str, entry: Entry) -> int:
    if system == "hubspot":
        answer = _document(entry["response_body"])
        members = [len(answer[name]) for name in MEMBERS if name in answer]
        return sum(members) if members else len(answer["results"]) if "results" in answer else 1
    answer = json.loads(entry["response"] or "{}")
    if isinstance(answer, list):
        return sum(1 for row in answer if row.get("success"))
    parts = answer.get("compositeResponse")
    return 1 if parts is None else sum(1 for part in parts if part["httpStatusCode"] < 300)


def _document(text: str | None) -> dict[str, Any]:
    document = json.loads(text) if text and text.startswith("{") else {}
    return document if isinstance(document, dict) else {}


def _overwritten(system: str, history: Iterable[Entry]) -> Iterator[tuple[str, str, str]]:
    """Fields that stood as a person had set them when we changed them."""
    by_person: dict[tuple[str, str, str], Any] = {}
    for row in history:
        key = str(row["object"]), str(row["id"]), str(row.get("field") or row.get("property"))
        way = row.get("through") or row.get("source")
        if way in PEOPLE_WRITE[system]:
            by_person[key] = row["after"]
        elif way in WE_WRITE[system] and key in by_person and by_person.pop(key) == row["before"]:
            yield key
