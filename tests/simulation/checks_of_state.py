"""Checks of where the product and both CRMs have come to: complete, equal, silent, accountable, without secrets."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from connector.store.database import Database
from connector.store.invariants import check
from tests.simulation.company import TWO_WAY
from tests.simulation.evidence import PERSON_OBJECTS, Evidence, loaded, meaning, same

STREAMS = (*PERSON_OBJECTS, ("salesforce", "Task"), ("salesforce", "Account"))
NOT_ASKED = frozenset({"baseline_not_as_written"})  # compares 20.0 with 20 as JSON texts on SQLite
NEVER = 2**62  # what was deleted before it was ever read need not be stored
IN_FLIGHT = ("sending", "unknown", "sent")


class Watermarks:
    """I5: at every commit, whatever a watermark covers is stored in that version or a later one."""

    def __init__(self, database: Path, salesforce: SalesforceSimulator, hubspot: HubSpotSimulator) -> None:
        self._database = database
        self._salesforce = salesforce
        self._hubspot = hubspot
        self._seen: dict[tuple[str, str], int] = {}
        self._connection: sqlite3.Connection | None = None

    def check(self) -> list[str]:
        """Look at the streams whose watermark has moved since the last look."""
        if self._connection is None:  # kept, since a new one reads the whole schema first
            self._connection = sqlite3.connect(self._database, isolation_level=None)
        return list(self._broken(self._connection))

    def close(self) -> None:
        """No more looks."""
        if self._connection is not None:
            self._connection.close()

    def _broken(self, connection: sqlite3.Connection) -> Iterator[str]:
        marks = connection.execute("SELECT system, stream, covered_until FROM watermark").fetchall()
        for system, stream, covered in marks:
            if covered is None or (system, stream) not in STREAMS or self._seen.get((system, stream)) == covered:
                continue
            self._seen[system, stream] = covered
            query = "SELECT record_id, modified_at FROM landing WHERE system = ? AND object = ?"
            landed = dict(connection.execute(query, (system, stream)).fetchall())
            for record_id, stamp, visible, gone in self._truth(system, stream):
                if max(stamp, visible) <= covered and landed.get(record_id, NEVER if gone else -1) < stamp:
                    yield f"I5 the watermark of {system} {stream} has passed {record_id}"

    def _truth(self, system: str, object_name: str) -> Iterator[tuple[str, int, int, bool]]:
        """(record id, stamp, visible since, deleted), in microseconds."""
        if system == "hubspot":
            for record in self._hubspot.portal.collections[object_name].records.values():
                if not record.archived:
                    stamp = _micros(record.updated_at)
                    yield record.id, stamp, stamp, False
            return
        table = self._salesforce.org.tables[object_name]
        for record_id, row in table.rows.items():
            stamp = _micros(row["SystemModstamp"])
            late = [int(entry.visible_at.timestamp() * 1_000_000) for entry in table.open.get(record_id, ())]
            yield record_id, stamp, max(late, default=stamp), bool(row.get("IsDeleted"))


def _micros(text: str) -> int:
    moment = datetime.fromisoformat(text).astimezone(UTC)
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def check_convergence(evidence: Evidence) -> list[str]:
    """I3: after the calm nothing is in flight, what is stored is the truth, and both CRMs agree or it is visible."""
    found = [] if evidence.quiet else ["I3 the product never fell quiet"]
    marks = ", ".join("?" for _ in IN_FLIGHT)
    for row in evidence.rows(f"SELECT action_id, state, target FROM outbox WHERE state IN ({marks})", *IN_FLIGHT):
        found.append(f"I3 still in flight: {row['state']} {row['target']}")
    for row in evidence.rows("SELECT target FROM outbox WHERE state = 'planned' AND held_by IS NULL"):
        found.append(f"I3 still to be sent: {row['target']}")
    return [*found, *_stale(evidence), *_different(evidence)]


def _stale(evidence: Evidence) -> list[str]:
    found = []
    stored = set()
    # HubSpot shows a merge on the survivor alone: the link says what became of the other record.
    merged = evidence.rows("SELECT system, object, record_id FROM link WHERE state = 'merged'")
    followed = {(row["system"], row["object"], row["record_id"]) for row in merged}
    for row in evidence.rows("SELECT system, object, record_id, fields, deleted_at FROM landing"):
        record = (row["system"], row["object"], row["record_id"])
        if record[:2] not in PERSON_OBJECTS or (record in followed and evidence.truth(*record) is None):
            continue
        stored.add(record)
        truth = evidence.truth(*record)
        if (truth is None) != (row["deleted_at"] is not None):
            found.append(f"I3 stored as {'living' if truth is None else 'deleted'}: {' '.join(record)}")
        if truth is None:
            continue
        for name, value in json.loads(row["fields"]).items():
            if name in truth and not same(value, truth.get(name)):
                found.append(f"I3 stored differently: {' '.join(record)} {name}")
    for record in _living(evidence):
        if record not in stored:
            found.append(f"I3 never stored: {' '.join(record)}")
    return found


def _living(evidence: Evidence) -> Iterator[tuple[str, str, str]]:
    for name in ("Lead", "Contact"):
        for record_id, row in evidence.salesforce.org.tables[name].rows.items():
            if not row.get("IsDeleted"):
                yield "salesforce", name, record_id
    for record in evidence.hubspot.portal.collections["contacts"].records.values():
        if not record.archived:
            yield "hubspot", "contacts", record.id


def _different(evidence: Evidence) -> list[str]:
    query = """SELECT l.person_id, l.link_id, l.system, l.object, l.record_id FROM link l
               JOIN person p ON p.company = l.company AND p.person_id = l.person_id
               WHERE l.is_primary = 1 AND l.state = 'active' AND p.merged_into IS NULL
                 AND p.stage_since IS NOT NULL AND (p.stage <> 'name' OR p.published_score IS NOT NULL)"""
    people: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in evidence.rows(query):
        people[row["person_id"]].append(row)
    visible = _visible(evidence)
    found = []
    for person_id, links in sorted(people.items()):
        for shared in sorted(set(TWO_WAY.values())):
            found += _compare(evidence, person_id, links, shared, visible)
    return found


def _compare(
    evidence: Evidence, person_id: int, links: list[dict[str, Any]], shared: str, visible: set[tuple[str, str, str]]
) -> list[str]:
    values: dict[str, str] = {}
    for link in links:
        name = _field_of(link["system"], link["object"], shared)
        truth = evidence.truth(link["system"], link["object"], link["record_id"])
        if truth is None:
            continue
        if {(link["system"], link["record_id"], name), (link["system"], link["record_id"], "*")} & visible:
            return []
        values[f"{link['system']} {link['object']} {link['record_id']}"] = meaning(shared, truth.get(name))
    if len(set(values.values())) > 1:
        return [f"I3 {shared} of person {person_id} differs: {', '.join(sorted(values))}"]
    return []


def _visible(evidence: Evidence) -> set[tuple[str, str, str]]:
    """(system, record id, field) with an open conflict or an open refusal: a person can see it."""
    shown = _never_agreed(evidence)
    shown |= {(row["system"], row["record_id"], row["field"]) for row in evidence.conflicts() if row["state"] == "open"}
    query = "SELECT system, record_id, field FROM reject WHERE state = 'open'"
    return shown | {(row["system"], row["record_id"], row["field"]) for row in evidence.rows(query)}


def _never_agreed(evidence: Evidence) -> set[tuple[str, str, str]]:
    """Fields held at first contact: unequal from the start, and shown as one finding per field."""
    query = "SELECT name FROM finding WHERE code = 'first_contact' AND settled_at IS NULL"
    held = {tuple(row["name"].split(":")[1:]) for row in evidence.rows(query)}
    links = """SELECT l.system, l.object, l.record_id, b.fields FROM link l
               LEFT JOIN baseline b ON b.company = l.company AND b.link_id = l.link_id"""
    return {
        (row["system"], row["record_id"], name)
        for row in evidence.rows(links)
        for system, object_name, name in TWO_WAY
        if (system, object_name) == (row["system"], row["object"])
        and (system, object_name, name) in held
        and name not in (loaded(row["fields"]) or {})
    }


def _field_of(system: str, object_name: str, shared: str) -> str:
    return next(
        name for (where, what, name), field in TWO_WAY.items() if (where, what, field) == (system, object_name, shared)
    )


def check_silence(evidence: Evidence) -> list[str]:
    """I4: when nothing changes, nothing is written."""
    late = evidence.witness.sent[evidence.silent_from :]
    return [
        f"I4 written in silence: {sent.system} {row.object} {row.record_id or row.external_key} {sorted(row.fields)}"
        for sent in late
        for row in sent.rows
    ]


def check_accountability(evidence: Evidence) -> list[str]:
    """I6: every open qualified lead has one accountable party and a next step."""
    query = """SELECT p.person_id, p.accountable, p.next_step, (
                   SELECT count(*) FROM assignment a WHERE a.company = p.company AND a.person_id = p.person_id
                   AND a.until IS NULL) AS assignments
               FROM person p WHERE p.merged_into IS NULL AND p.stage = 'qualified_lead'"""
    found = []
    for row in evidence.rows(query):
        if not row["accountable"] or not row["next_step"]:
            found.append(f"I6 nobody is accountable for person {row['person_id']}")
        if row["assignments"] > 1:
            found.append(f"I6 {row['assignments']} owners at once for person {row['person_id']}")
    return found


def check_store(evidence: Evidence) -> list[str]:
    """What ``leadloop db check`` says."""
    database = Database(f"sqlite:///{evidence.database}")
    try:
        return [
            f"store: {each.name} ({each.count}, {each.example})"
            for each in check(database, 1)
            if each.name not in NOT_ASKED
        ]
    finally:
        database.close()


def check_no_secret(evidence: Evidence) -> list[str]:
    """I8: no secret in the database, in what was said, or in an error."""
    parts = [path.read_bytes() for path in sorted(evidence.database.parent.glob(f"{evidence.database.name}*"))]
    parts += [text.encode() for text in evidence.texts]
    return [f"I8 a secret is in the open: {len(word)} characters" for word in evidence.canaries if _in(word, parts)]


def _in(word: str, parts: list[bytes]) -> bool:
    return any(word.encode() in part for part in parts)


def check_nothing_broke(evidence: Evidence) -> list[str]:
    """No error without a name: a fault of the world is never a mistake in the program."""
    return [f"broken: {text.strip().splitlines()[-1]}" for text in evidence.broken]
