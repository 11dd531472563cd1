"""``ports.conflicts.ConflictStore`` on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from connector.ports.conflicts import Asked, DisputedPerson, DisputedRecord, KeptConflict, Taking, UnclearPerson
from connector.store import conflicts
from connector.store.database import Database
from connector.store.kept_apart import keep_apart
from connector.store.plans import unsettle
from connector.store.resolving import mark_dirty
from connector.store.sql import chunks, table
from connector.store.tables import ConflictRow, Landing, Link, LinkEvent, Person

_conflict, _link, _landing, _person = table(ConflictRow), table(Link), table(Landing), table(Person)
_event = table(LinkEvent)

KEPT = tuple(KeptConflict.__struct_fields__)
DOUBTS = ("ambiguous", "conflict")
"""The words of an identity verdict's evidence that say why nobody can tell."""


class SqlConflictStore:
    """The conflicts of every company of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def conflicts(self, company: int, asked: Asked) -> list[KeptConflict]:
        """The conflicts asked for (read only)."""
        query = select(*(_conflict.c[name] for name in KEPT)).where(_conflict.c.company == company)
        if not asked.settled:
            query = query.where(_conflict.c.state.in_(conflicts.UNSETTLED))
        if asked.person_id is not None:
            query = query.where(_conflict.c.person_id == asked.person_id)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(_conflict.c.at, _conflict.c.conflict_id)).all()
        ids = asked.conflict_ids
        return [KeptConflict(**row._mapping) for row in rows if ids is None or row.conflict_id in ids]

    def people(self, company: int, person_ids: Sequence[int]) -> dict[int, DisputedPerson]:
        """People with their records (one read)."""
        found: dict[int, DisputedPerson] = {}
        with self._database.read() as connection:
            for part in chunks(sorted(set(person_ids))):
                query = select(_person).where(_person.c.company == company, _person.c.person_id.in_(part))
                rows = connection.execute(query).all()
                records = _records(connection, company, part)
                for row in rows:
                    mine = records.get(row.person_id, {})
                    found[row.person_id] = DisputedPerson(row.person_id, dict(row._mapping), mine)
        return found

    def unclear(self, company: int, person_id: int | None) -> list[UnclearPerson]:
        """Everybody of whom it is not clear who they are (one read)."""
        query = select(_person).where(
            _person.c.company == company, _person.c.provisional.is_(True), _person.c.merged_into.is_(None)
        )
        if person_id is not None:
            query = query.where(_person.c.person_id == person_id)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(_person.c.created_at, _person.c.person_id)).all()
            ids = [row.person_id for row in rows]
            doubts = _doubts(connection, company, ids)
            rivals = {other for event in doubts.values() for other in _others(event)}
            keys = _keys(connection, company, sorted(rivals))
            records = {key: value for part in chunks(ids) for key, value in _records(connection, company, part).items()}
        return [_unclear(row, doubts.get(row.person_id), keys, records.get(row.person_id, {})) for row in rows]

    def keep_apart(self, company: int, person_id: int, by: str, at: datetime) -> bool:
        """A person's word that somebody is one of their own. One transaction."""
        with self._database.begin(company) as connection:
            return keep_apart(connection, company, person_id, by, at)

    def take(self, company: int, takings: Sequence[Taking]) -> None:
        """Keep these decisions; the people are merged and diffed again. One transaction."""
        with self._database.begin(company) as connection:
            for taking in takings:
                _end_others(connection, company, taking)
                mine = _conflict.c.company == company, _conflict.c.conflict_id == taking.conflict_id
                values: dict[str, Any] = {
                    "state": "taken",
                    "settled_by": None,
                    "name": taking.name,
                    "taken_link_id": taking.link_id,
                }
                values |= {"taken_value": taking.value, "taken_by": taking.by, "taken_at": taking.at}
                connection.execute(update(_conflict).where(*mine).values(**values))
            people = {taking.person_id for taking in takings}
            mark_dirty(connection, company, people, "conflict")
            unsettle(connection, company, people)


def _end_others(connection: Connection, company: int, taking: Taking) -> None:
    mine = _conflict.c.company == company, _conflict.c.person_id == taking.person_id
    query = select(_conflict.c.conflict_id, _conflict.c.taken_value).where(
        *mine, _conflict.c.state == "taken", _conflict.c.name == taking.name
    )
    others = [row.conflict_id for row in connection.execute(query) if row.taken_value != taking.value]
    conflicts.settle(connection, company, [each for each in others if each != taking.conflict_id], "taken since")


def _records(connection: Connection, company: int, people: Sequence[int]) -> dict[int, dict[int, DisputedRecord]]:
    same = [_landing.c[name] == _link.c[name] for name in ("company", "system", "object", "record_id")]
    names = ("person_id", "link_id", "system", "object", "record_id", "state", "mapped")
    joined = _link.outerjoin(_landing, same[0] & same[1] & same[2] & same[3])
    query = select(*(_link.c[name] for name in names), _landing.c.fields).select_from(joined)
    query = query.where(_link.c.company == company, _link.c.person_id.in_(people)).order_by(_link.c.link_id)
    found: dict[int, dict[int, DisputedRecord]] = {}
    for row in connection.execute(query):
        record = DisputedRecord(
            link_id=row.link_id,
            system=row.system,
            object=row.object,
            record_id=row.record_id,
            living=row.state == "active",
            mapped=row.mapped,
            wire=row.fields or {},
        )
        found.setdefault(row.person_id, {})[row.link_id] = record
    return found


def _doubts(connection: Connection, company: int, people: Sequence[int]) -> dict[int, Any]:
    """Person id -> the last event that said why nobody can tell."""
    found: dict[int, Any] = {}
    for part in chunks(people):
        query = select(_event).where(_event.c.company == company, _event.c.person_to.in_(part))
        for row in connection.execute(query.order_by(_event.c.seq)):
            evidence = row.evidence or {}
            if any(word in evidence for word in DOUBTS) or evidence.get("provisional"):
                found[row.person_to] = row
    return found


def _others(event: Any) -> list[int]:
    return [*event.evidence.get("candidates", ()), *event.evidence.get("others", ())]


def _keys(connection: Connection, company: int, people: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for part in chunks(people):
        query = select(_person.c.person_id, _person.c.person_key).where(
            _person.c.company == company, _person.c.person_id.in_(part), _person.c.merged_into.is_(None)
        )
        found |= {row.person_id: row.person_key for row in connection.execute(query)}
    return found


def _unclear(row: Any, event: Any, keys: dict[int, str], records: dict[int, DisputedRecord]) -> UnclearPerson:
    evidence = event.evidence if event is not None else {}
    why = next((evidence[word] for word in (*DOUBTS, "why") if evidence.get(word)), "another person shares the e-mail")
    return UnclearPerson(
        person_id=row.person_id,
        person_key=row.person_key,
        email=row.email,
        why=str(why),
        others=tuple(keys[each] for each in (_others(event) if event is not None else ()) if each in keys),
        records=tuple((each.system, each.object, each.record_id) for each in records.values() if each.living),
        since=event.at if event is not None else row.created_at,
    )
