"""Two people turned out to be one: the loser's links move, and the running business goes on with the winner.

Histories stay where they were made. A winner without any cycle of its own takes the loser's over as it stands; else the
loser's open cycle ends as merged, because a person has one open cycle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, update

from connector.facts import STATE
from connector.ports.people import Cursor, PersonMergeRow
from connector.store.activities import move_with_link
from connector.store.counters import next_seq
from connector.store.sql import table
from connector.store.tables import (
    Assignment,
    ConflictRow,
    Cycle,
    DispositionHistory,
    FollowUp,
    Hold,
    Link,
    LinkEvent,
    MessageRow,
    Moment,
    OutboxRow,
    Person,
    StageHistory,
    TrackHistory,
    TrackTouch,
)
from connector.store.track_touches import end_touches

_conflict = table(ConflictRow)
_person, _link, _event, _cycle = table(Person), table(Link), table(LinkEvent), table(Cycle)
_assignment, _track, _outbox = table(Assignment), table(TrackHistory), table(OutboxRow)
_clock, _stage_move, _disposition_move = table(FollowUp), table(StageHistory), table(DispositionHistory)
RUNNING = (
    *(table(Cycle), table(Assignment), table(FollowUp), table(TrackHistory), table(Moment), table(Hold)),
    *(table(MessageRow), table(TrackTouch)),
)
"""What goes over with the running business."""
DECIDED = (
    *(name for name in STATE if name not in ("open_opportunities", "won_opportunities")),
    "stage_before",
    "stage_locked_until",
    "recycle_reason",
    "grade",
    "grade_current",
    "grade_low_since",
    "track",
    "owner_id",
    "accountable",
    "next_step",
    "next_step_due",
    "hand_off",
    "tasks",
    "qualified_at",
    "handed_off_at",
    "accepted_at",
    "first_touch_at",
    "sales_qualified_at",
    "last_sales_owner_id",
)


def merge_people(connection: Connection, company: int, merges: Sequence[PersonMergeRow], cursor: Cursor) -> int:
    """Carry out the merges; returns how many."""
    for merge in merges:
        _move_links(connection, company, merge, cursor)
        _move_business(connection, company, merge, cursor)
        _cancel_planned(connection, company, merge.loser, cursor)
        connection.execute(
            update(_person)
            .where(_person.c.company == company, _person.c.person_id == merge.loser)
            .values(merged_into=merge.winner, unsettled=False, next_evaluation_at=None)
        )
    return len(merges)


def link_event(company: int, link_id: int, verdict: str, cursor: Cursor) -> dict[str, Any]:
    """A link event row without its place on the known-time axis."""
    return {"company": company, "link_id": link_id, "verdict": verdict, "actor": "leadloop", "at": cursor.at}


def _move_links(connection: Connection, company: int, merge: PersonMergeRow, cursor: Cursor) -> None:
    mine = _link.c.company == company, _link.c.person_id == merge.loser
    moved = connection.execute(select(_link.c.link_id).where(*mine).order_by(_link.c.link_id)).all()
    connection.execute(update(_link).where(*mine).values(person_id=merge.winner, is_primary=False))
    disputed = _conflict.c.company == company, _conflict.c.person_id == merge.loser, _conflict.c.state != "settled"
    connection.execute(update(_conflict).where(*disputed).values(person_id=merge.winner))
    for row in moved:
        event = link_event(company, row.link_id, "merged", cursor)
        event |= {"person_from": merge.loser, "person_to": merge.winner, "evidence": {"by": list(merge.evidence)}}
        connection.execute(_event.insert(), [{**event, "seq": next_seq(connection, company)}])
        move_with_link(connection, company, row.link_id, merge.winner)


def _move_business(connection: Connection, company: int, merge: PersonMergeRow, cursor: Cursor) -> None:
    own = select(func.count()).where(_cycle.c.company == company, _cycle.c.person_id == merge.winner)
    if connection.execute(own).scalar_one():
        _end_business(connection, company, merge.loser, cursor)
        return
    for target in RUNNING:
        mine: tuple[ColumnElement[bool], ...] = (target.c.company == company, target.c.person_id == merge.loser)
        if target.name in ("moment", "hold"):
            kept = select(target.c.field).where(target.c.company == company, target.c.person_id == merge.winner)
            mine = (*mine, target.c.field.not_in(kept))
        connection.execute(update(target).where(*mine).values(person_id=merge.winner))
    loser = connection.execute(
        select(*(_person.c[name] for name in DECIDED)).where(
            _person.c.company == company, _person.c.person_id == merge.loser
        )
    ).one()
    before = connection.execute(
        select(_person.c.stage).where(_person.c.company == company, _person.c.person_id == merge.winner)
    ).scalar_one()
    # The score is published anew: what was published of either says nothing of both.
    connection.execute(
        update(_person)
        .where(_person.c.company == company, _person.c.person_id == merge.winner)
        .values({**loser._mapping, "published_score": None, "published_at": None})
    )
    if loser.stage != before:
        move = {"stage_from": before, "stage_to": loser.stage, "at": cursor.at, "by": "rule", "reason": "merged"}
        move |= {"evidence": {"by": list(merge.evidence)}, "seq": next_seq(connection, company)}
        connection.execute(_stage_move.insert().values(company=company, person_id=merge.winner, **move))


def _end_business(connection: Connection, company: int, loser: int, cursor: Cursor) -> None:
    running = _cycle.c.company == company, _cycle.c.person_id == loser, _cycle.c.closed_at.is_(None)
    for row in connection.execute(select(_cycle.c.cycle_id, _cycle.c.disposition).where(*running)).all():
        move = {"disposition_from": row.disposition, "disposition_to": "merged", "at": cursor.at, "by": "rule"}
        move |= {"cycle_id": row.cycle_id, "reason": "duplicate", "seq": next_seq(connection, company)}
        connection.execute(_disposition_move.insert().values(company=company, person_id=loser, **move))
    connection.execute(
        update(_cycle)
        .where(*running)
        .values(closed_at=cursor.at, disposition="merged", disposition_at=cursor.at, reason="duplicate")
    )
    connection.execute(
        update(_clock)
        .where(_clock.c.company == company, _clock.c.person_id == loser, _clock.c.state.in_(("waiting", "running")))
        .values(state="ended", decided_by="merged")
    )
    end_touches(connection, company, loser)
    for target in (_assignment, _track):
        connection.execute(
            update(target)
            .where(target.c.company == company, target.c.person_id == loser, target.c.until.is_(None))
            .values(until=cursor.at)
        )


def _cancel_planned(connection: Connection, company: int, loser: int, cursor: Cursor) -> None:
    """What was planned for the loser is planned again for the winner, never redirected blindly."""
    connection.execute(
        update(_outbox)
        .where(_outbox.c.company == company, _outbox.c.person_id == loser, _outbox.c.state == "planned")
        .values(state="cancelled", error_code="person_merged", settled_at=cursor.at)
    )
