"""One chunk of decisions, saved: state, histories, assignments, clocks, tracks, moments; the people are clean then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from connector.ports.decisions import DecisionStamp, PersonDecision, PoolChange, Row
from connector.store.answers_in_conflict import save_answers
from connector.store.counters import next_seq, reserve
from connector.store.messages import save_messages
from connector.store.movement import save_movements
from connector.store.sql import chunks, table, upsert
from connector.store.tables import (
    Assignment,
    Cycle,
    DispositionHistory,
    FollowUp,
    FollowUpEvent,
    Moment,
    Person,
    PersonDirty,
    RoutingState,
    ScoreHistory,
    StageHistory,
    TrackHistory,
)
from connector.store.track_touches import save_touches

_person, _dirty, _cycle = table(Person), table(PersonDirty), table(Cycle)
_assignment, _follow_up, _track, _moment = table(Assignment), table(FollowUp), table(TrackHistory), table(Moment)
_pool = table(RoutingState)


def save_decisions(
    connection: Connection,
    company: int,
    decisions: Sequence[PersonDecision],
    pool: Sequence[PoolChange],
    stamp: DecisionStamp,
) -> None:
    """Save a chunk of decisions."""
    seq = next_seq(connection, company)
    cycle_ids = _save_cycles(connection, company, decisions)
    _save_person_columns(connection, company, decisions, seq)
    _append_moves(connection, company, decisions, cycle_ids, stamp)
    assignments = _save_assignments(connection, company, decisions, cycle_ids, stamp, seq)
    save_messages(connection, company, decisions, assignments, stamp)
    save_movements(connection, company, decisions)
    save_answers(connection, company, decisions, stamp)
    _save_tracks(connection, company, decisions, stamp, seq)
    save_touches(connection, company, decisions)
    _save_moments(connection, company, decisions, stamp)
    _save_pool(connection, company, pool)
    for part in chunks([decision.person_id for decision in decisions]):
        connection.execute(delete(_dirty).where(_dirty.c.company == company, _dirty.c.person_id.in_(part)))


def _save_person_columns(connection: Connection, company: int, decisions: Sequence[PersonDecision], seq: int) -> None:
    changed = [decision for decision in decisions if decision.columns]
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for decision in changed:
        names = tuple(sorted(decision.columns))
        row = {f"new_{name}": decision.columns[name] for name in names}
        by_columns.setdefault(names, []).append(row | {"key_person": decision.person_id})
    for names, rows in by_columns.items():
        values: dict[str, Any] = {name: bindparam(f"new_{name}", type_=_person.c[name].type) for name in names}
        statement = (
            update(_person)
            .where(_person.c.company == company, _person.c.person_id == bindparam("key_person"))
            .values({**values, "seq": seq})
        )
        connection.execute(statement, rows)


def _save_cycles(
    connection: Connection, company: int, decisions: Sequence[PersonDecision]
) -> dict[tuple[int, int], int]:
    """Upsert cycles by (person, number); returns (person, number) -> cycle id."""
    people = [decision.person_id for decision in decisions]
    ids: dict[tuple[int, int], int] = {}
    for part in chunks(people):
        query = select(_cycle).where(_cycle.c.company == company, _cycle.c.person_id.in_(part))
        ids |= {(row.person_id, row.number): row.cycle_id for row in connection.execute(query)}
    rows = [{**row, "person_id": each.person_id, "company": company} for each in decisions for row in each.cycles]
    fresh = [row for row in rows if (row["person_id"], row["number"]) not in ids]
    first = reserve(connection, company, "cycle", len(fresh)) if fresh else 0
    ids |= {(row["person_id"], row["number"]): first + position for position, row in enumerate(fresh)}
    documents = [{**row, "cycle_id": ids[(row["person_id"], row["number"])]} for row in rows]
    columns = [column.name for column in _cycle.c if column.name not in ("company", "cycle_id", "person_id", "number")]
    upsert(connection, _cycle, documents, update=columns)
    return ids


def _append_moves(
    connection: Connection,
    company: int,
    decisions: Sequence[PersonDecision],
    cycle_ids: Mapping[tuple[int, int], int],
    stamp: DecisionStamp,
) -> None:
    common = {"company": company, "run_id": stamp.run_id}
    stages = [
        {**row, **common, "person_id": each.person_id, "digest": stamp.digest}
        for each in decisions
        for row in each.stage_moves
    ]
    dispositions = []
    for each in decisions:
        for row in each.disposition_moves:
            document = dict(row)
            number = document.pop("cycle_number")
            cycle_id = cycle_ids[(each.person_id, number)]
            dispositions.append({**document, **common, "person_id": each.person_id, "cycle_id": cycle_id})
    scores = [
        {**each.score, **common, "person_id": each.person_id, "digest": stamp.digest}
        for each in decisions
        if each.score is not None
    ]
    for model, rows in ((StageHistory, stages), (DispositionHistory, dispositions), (ScoreHistory, scores)):
        _append(connection, company, table(model), rows)


def _append(connection: Connection, company: int, target: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that get their position on the known-time axis here."""
    if not rows:
        return
    first = reserve(connection, company, "seq", len(rows))
    connection.execute(target.insert(), [{**row, "seq": first + position} for position, row in enumerate(rows)])


def _save_assignments(
    connection: Connection,
    company: int,
    decisions: Sequence[PersonDecision],
    cycle_ids: Mapping[tuple[int, int], int],
    stamp: DecisionStamp,
    seq: int,
) -> dict[int, int]:
    """New assignments with their clocks; person -> the id of the new one."""
    ended = [each.person_id for each in decisions if each.ends_assignment or each.assignment is not None]
    _end(connection, _assignment, company, ended, stamp)
    new = [each for each in decisions if each.assignment is not None]
    first = reserve(connection, company, "assignment", len(new)) if new else 0
    ids = {each.person_id: first + position for position, each in enumerate(new)}
    rows = []
    for each in new:
        assert each.assignment is not None
        document = dict(each.assignment)
        number = document.pop("cycle_number", None)
        document["cycle_id"] = cycle_ids.get((each.person_id, number)) if number is not None else None
        document |= {"company": company, "assignment_id": ids[each.person_id], "person_id": each.person_id}
        rows.append(document | {"seq": seq, "run_id": stamp.run_id})
    if rows:
        connection.execute(_assignment.insert(), rows)
    _save_clocks(connection, company, decisions, ids)
    return ids


def _save_clocks(
    connection: Connection, company: int, decisions: Sequence[PersonDecision], new: Mapping[int, int]
) -> None:
    clocks: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    for each in decisions:
        for clock in each.follow_ups:
            assignment_id = clock["assignment_id"] or new[each.person_id]
            key = {"company": company, "assignment_id": assignment_id}
            clocks.append({**clock, **key, "person_id": each.person_id})
        events += [{**event, "company": company} for event in each.follow_up_events]
    columns = [column.name for column in _follow_up.c if column.name not in ("company", "assignment_id", "person_id")]
    upsert(connection, _follow_up, clocks, update=columns)
    _append(connection, company, table(FollowUpEvent), events)


def _save_tracks(
    connection: Connection, company: int, decisions: Sequence[PersonDecision], stamp: DecisionStamp, seq: int
) -> None:
    current = _track.c.company == company, _track.c.person_id == bindparam("key_person"), _track.c.until.is_(None)
    ended = [
        {"key_person": each.person_id, "new_reason": each.track_exit}
        for each in decisions
        if each.track_exit is not None
    ]
    if ended:
        left = update(_track).where(*current).values(until=stamp.now, reason=bindparam("new_reason"))
        connection.execute(left, ended)
    leaving = [
        {"key_person": each.person_id, "new_since": each.track_change["leaves_since"]}
        for each in decisions
        if each.track_change
    ]
    if leaving:
        since = bindparam("new_since", type_=_track.c.leaves_since.type)
        connection.execute(update(_track).where(*current).values(leaves_since=since), leaving)
    rows = [
        {**each.track, "company": company, "person_id": each.person_id, "seq": seq}
        for each in decisions
        if each.track is not None
    ]
    if rows:
        connection.execute(_track.insert(), rows)


def _end(connection: Connection, target: Any, company: int, people: Iterable[int], stamp: DecisionStamp) -> None:
    for part in chunks(sorted(people)):
        connection.execute(
            update(target)
            .where(target.c.company == company, target.c.person_id.in_(part), target.c.until.is_(None))
            .values(until=stamp.now)
        )


def _save_moments(
    connection: Connection, company: int, decisions: Sequence[PersonDecision], stamp: DecisionStamp
) -> None:
    wishes: list[tuple[int, str, Row]] = [
        (each.person_id, name, row) for each in decisions for name, row in sorted(each.moments.items())
    ]
    if not wishes:
        return
    first = reserve(connection, company, "seq", len(wishes))
    rows = [
        {"company": company, "person_id": person, "field": name, "seq": first + position, "at": stamp.now, **row}
        for position, (person, name, row) in enumerate(wishes)
    ]
    upsert(connection, _moment, rows, update=["value", "seq", "at", "reason", "rule"])


def _save_pool(connection: Connection, company: int, pool: Sequence[PoolChange]) -> None:
    rows = [
        {
            "company": company,
            "pool": each.pool,
            "user_id": each.user_id,
            "day": each.day,
            "given": each.given,
            "credit_micro": each.credit_micro,
        }
        for each in pool
    ]
    upsert(connection, _pool, rows, update=["day", "given", "credit_micro"])
