"""The clocks of human touches: read with a chunk of people, saved with their decisions; which tasks were ticked off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, or_, select, update

from connector.decide.human_touches import OPEN, TICKED
from connector.ports.decisions import PersonDecision, Row, TouchFacts
from connector.ports.figures import TouchMade
from connector.store.funnel_counts import Span
from connector.store.sql import chunks, table, upsert
from connector.store.tables import Activity, OutboxRow, Person, TrackTouch

_touch, _activity, _outbox, _person = table(TrackTouch), table(Activity), table(OutboxRow), table(Person)
NOTE = ":note:"
"""In the target of a task that we made, what stands before the key of what asked for it."""
KEY_PARTS = 5
"""The parts of a touch's key; one more names whom it was given to."""


def touch_rows(connection: Connection, company: int, people: Sequence[int]) -> dict[int, tuple[Row, ...]]:
    """Person id -> the clocks of their touches, in the order in which they were due."""
    found: dict[int, tuple[Row, ...]] = {}
    mine = _touch.c.company == company, _touch.c.person_id.in_(people)
    for row in connection.execute(select(_touch).where(*mine).order_by(_touch.c.due_at, _touch.c.key)):
        found[row.person_id] = (*found.get(row.person_id, ()), dict(row._mapping))
    return found


def ticked(connection: Connection, company: int, people: Sequence[int]) -> dict[int, dict[str, TouchFacts]]:
    """Person id -> key of a touch -> when the task that asked for it was ticked off first."""
    done = select(_activity).where(
        _activity.c.company == company,
        _activity.c.person_id.in_(people),
        _activity.c.signal == TICKED,
        _activity.c.deleted_seq.is_(None),
    )
    rows = connection.execute(done.order_by(_activity.c.occurred_at, _activity.c.activity_id)).all() if people else []
    if not rows:
        return {}
    asked = _asked(connection, company, {row.person_id for row in rows})
    found: dict[int, dict[str, TouchFacts]] = {}
    for row in rows:
        key = asked.get(":".join(row.source_key.split(":")[:3]))
        if key is not None:
            told = (row.signal, row.occurred_at, row.owner_id, row.source_key, row.direction)
            found.setdefault(row.person_id, {}).setdefault(key, TouchFacts(*told))
    return found


def _asked(connection: Connection, company: int, people: Iterable[int]) -> dict[str, str]:
    """The task's record -> the key of the touch that it asks for; also of people who were merged into these."""
    wanted = sorted(people)
    merged = select(_person.c.person_id).where(_person.c.company == company, _person.c.merged_into.in_(wanted))
    query = select(_outbox.c.system, _outbox.c.object, _outbox.c.record_id, _outbox.c.target).where(
        _outbox.c.company == company,
        or_(_outbox.c.person_id.in_(wanted), _outbox.c.person_id.in_(merged)),
        _outbox.c.kind == "task",
        _outbox.c.record_id.is_not(None),
    )
    return {
        f"{row.system}:{row.object}:{row.record_id}": ":".join(row.target.partition(NOTE)[2].split(":")[:KEY_PARTS])
        for row in connection.execute(query)
    }


def save_touches(connection: Connection, company: int, decisions: Sequence[PersonDecision]) -> None:
    """The clocks of a chunk of decisions, in their transaction."""
    rows = [{**row, "company": company, "person_id": each.person_id} for each in decisions for row in each.touches]
    columns = [column.name for column in _touch.c if column.name not in ("company", "key")]
    upsert(connection, _touch, rows, update=columns)


def end_touches(connection: Connection, company: int, person_id: int) -> None:
    """Nothing is asked for somebody any more who is part of another person."""
    mine = _touch.c.company == company, _touch.c.person_id == person_id, _touch.c.state.in_(OPEN)
    connection.execute(update(_touch).where(*mine).values(state="ended", decided_by="merged"))


def touches_by_key(connection: Connection, company: int, keys: Sequence[str]) -> dict[str, Row]:
    """These clocks by key."""
    found: dict[str, Row] = {}
    for part in chunks(list(keys)):
        query = select(_touch).where(_touch.c.company == company, _touch.c.key.in_(part))
        found |= {row.key: dict(row._mapping) for row in connection.execute(query)}
    return found


def touches_due(connection: Connection, company: int, period: Span) -> list[TouchMade]:
    """Touches that were due in a period, oldest first."""
    query = select(_touch).where(_touch.c.company == company, period.holds(_touch.c.due_at))
    return [
        TouchMade(
            track=row.track,
            number=row.number,
            times=row.times,
            due_at=row.due_at,
            state=row.state,
            owner_id=row.owner_id,
            touched_at=row.touched_at,
            given=row.given_at is not None,
        )
        for row in connection.execute(query.order_by(_touch.c.due_at, _touch.c.key))
    ]
