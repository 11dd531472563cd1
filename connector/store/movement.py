"""Edges of movement: read for a chunk of people, saved with their decisions; and how active accounts are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from connector.ports.decisions import Edge, PersonDecision
from connector.store.sql import chunks, table, upsert
from connector.store.tables import Activity, Movement, Person

_movement, _activity, _person = table(Movement), table(Activity), table(Person)


def edges(connection: Connection, company: int, subjects: Sequence[str]) -> dict[tuple[str, str], Edge]:
    """(subject, kind) -> the edge as it was left."""
    found: dict[tuple[str, str], Edge] = {}
    for part in chunks(list(subjects)):
        query = select(_movement).where(_movement.c.company == company, _movement.c.subject.in_(part))
        for row in connection.execute(query):
            found[row.subject, row.kind] = Edge(row.target, row.since, row.seen_at, row.holds)
    return found


def active_people(
    connection: Connection, company: int, accounts: Sequence[int], since: datetime, signals: Sequence[str]
) -> dict[int, int]:
    """Account id -> how many of its people showed interest since then."""
    found: dict[int, int] = {}
    for part in chunks(list(accounts)):
        same = (_activity.c.company == _person.c.company) & (_activity.c.person_id == _person.c.person_id)
        query = (
            select(_person.c.account_id, func.count(_person.c.person_id.distinct()))
            .select_from(_person.join(_activity, same))
            .where(_person.c.company == company, _person.c.account_id.in_(part), _person.c.merged_into.is_(None))
            .where(_activity.c.occurred_at >= since, _activity.c.signal.in_(signals), _activity.c.direction == "human")
            .where(_activity.c.deleted_seq.is_(None), _activity.c.duplicate_of.is_(None))
            .group_by(_person.c.account_id)
        )
        found |= {row[0]: int(row[1]) for row in connection.execute(query)}
    return found


def save_movements(connection: Connection, company: int, decisions: Sequence[PersonDecision]) -> None:
    """The edges of a chunk of decisions, in their transaction; what an edge says stays when it is fallen back from."""
    said: dict[tuple[str, str], dict[str, Any]] = {}
    seen: dict[tuple[str, str], dict[str, Any]] = {}
    for row in (row for decision in decisions for row in decision.movements):
        group = said if "what" in row else seen
        group[row["subject"], row["kind"]] = {**row, "company": company}
    upsert(
        connection, _movement, list(said.values()), update=["target", "what", "missing", "since", "seen_at", "holds"]
    )
    fallen = [_bound(row) for key, row in seen.items() if key not in said]
    if fallen:
        same = [_movement.c[name] == bindparam(f"key_{name}") for name in ("subject", "kind")]
        moment = bindparam("new_seen_at", type_=_movement.c.seen_at.type)
        statement = update(_movement).where(_movement.c.company == company, *same)
        connection.execute(statement.values(seen_at=moment, holds=bindparam("new_holds")), fallen)


def _bound(row: dict[str, Any]) -> dict[str, Any]:
    keys = {f"key_{name}": row[name] for name in ("subject", "kind")}
    return keys | {"new_seen_at": row["seen_at"], "new_holds": row["holds"]}
