"""What the demo counts in the store for the nine subjects: moves, cycles, members, touches, rejections, answers.

Reads only; every function is one read of one moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, select

from connector.store.database import Database
from connector.store.sql import table
from connector.store.tables import (
    Cycle,
    DispositionHistory,
    FollowUpEvent,
    Journal,
    Movement,
    Person,
    StageHistory,
    TrackTouch,
)

_person, _stages, _dispositions = table(Person), table(StageHistory), table(DispositionHistory)
_cycle, _journal, _movement = table(Cycle), table(Journal), table(Movement)
_touch, _follow_up = table(TrackTouch), table(FollowUpEvent)
ASK_NEXT = "Ask next:\n"


@dataclass(frozen=True)
class Answered:
    """Somebody who answered qualifying questions, and where they stand now. ``ask_next``: what the note asks for."""

    person: str
    name: str
    answers: Mapping[str, str]
    stage: str
    grade: str
    readiness_milli: int
    disposition: str
    reason: str
    ask_next: tuple[str, ...]


@dataclass(frozen=True)
class Close:
    """Somebody who came close to the next stage or grade, and what is missing."""

    name: str
    what: str
    missing: str


def moves_by(database: Database, company: int) -> dict[str, int]:
    """Who moved people on the ladder since the company is live: rule, crm, human -> moves."""
    live = and_(_stages.c.company == company, _stages.c.reconstructed.is_(False))
    return _counts(database, select(_stages.c.by, func.count()).where(live).group_by(_stages.c.by))


def cycles_by_motion(database: Database, company: int) -> dict[str, int]:
    """Motion -> cycles that are open."""
    live = and_(_cycle.c.company == company, _cycle.c.closed_at.is_(None))
    return _counts(database, select(_cycle.c.motion, func.count()).where(live).group_by(_cycle.c.motion))


def joined(database: Database, company: int) -> dict[str, int]:
    """System -> people who were put on a list or a campaign of their track, and read back there."""
    written = and_(
        _journal.c.company == company, _journal.c.object == "memberships", _journal.c.reason != "left the track"
    )
    return _counts(database, select(_journal.c.system, func.count()).where(written).group_by(_journal.c.system))


def touches_by_state(database: Database, company: int) -> dict[str, int]:
    """State of the clock -> human touches of nurture tracks."""
    mine = _touch.c.company == company
    return _counts(database, select(_touch.c.state, func.count()).where(mine).group_by(_touch.c.state))


def follow_up_events(database: Database, company: int) -> dict[str, int]:
    """What happened to follow-up clocks -> how often."""
    mine = _follow_up.c.company == company
    return _counts(database, select(_follow_up.c.event, func.count()).where(mine).group_by(_follow_up.c.event))


def came_close(database: Database, company: int) -> list[Close]:
    """Movement since the company is live, in the order of people."""
    subject = "p" + func.cast(_person.c.person_id, _movement.c.subject.type)
    same = and_(_person.c.company == _movement.c.company, subject == _movement.c.subject)
    columns = (_person.c.first_name, _person.c.last_name, _movement.c.what, _movement.c.missing)
    query = select(*columns).select_from(_movement.join(_person, same)).where(_movement.c.company == company)
    with database.read() as connection:
        rows = connection.execute(query.order_by(_person.c.person_id, _movement.c.kind)).all()
    return [Close(_name(row), row.what, row.missing) for row in rows]


def decided_rejections(database: Database, company: int) -> dict[tuple[str, str], int]:
    """(reason, what became of it) -> hand-offs that sales gave back since the company is live."""
    came_from = ("rejected",)
    query = select(_dispositions.c.reason, _dispositions.c.disposition_to, func.count()).where(
        _dispositions.c.company == company, _dispositions.c.disposition_from.in_(came_from)
    )
    query = query.group_by(_dispositions.c.reason, _dispositions.c.disposition_to)
    with database.read() as connection:
        return {(str(reason), str(to)): int(count) for reason, to, count in connection.execute(query)}


def answered(database: Database, company: int, email: str) -> Answered | None:
    """The person of this address with their answers; ``None`` when nobody has it."""
    columns = ("person_key", "first_name", "last_name", "stage", "grade", "readiness_milli", "disposition", "hand_off")
    answers = ("q_need", "q_timing", "q_authority", "q_budget")
    query = select(*(_person.c[name] for name in (*columns, *answers)), _person.c.junk_rule)
    wanted = (_person.c.company == company, func.lower(_person.c.email) == email.lower())
    with database.read() as connection:
        row = connection.execute(query.where(*wanted, _person.c.merged_into.is_(None))).mappings().first()
    if row is None:
        return None
    note = str((row["hand_off"] or {}).get("description", ""))
    asked = note.partition(ASK_NEXT)[2].splitlines()
    return Answered(
        person=row["person_key"],
        name=f"{row['first_name']} {row['last_name']}",
        answers={name: row[name] for name in answers if row[name]},
        stage=row["stage"],
        grade=row["grade"] or "",
        readiness_milli=row["readiness_milli"] or 0,
        disposition=row["disposition"] or "",
        reason=row["junk_rule"] or "",
        ask_next=tuple(line.strip() for line in asked if line.strip()),
    )


def _counts(database: Database, query: Select[Any]) -> dict[str, int]:
    with database.read() as connection:
        rows = connection.execute(query).all()
    return dict(sorted(Counter({str(name): int(count) for name, count in rows}).items()))


def _name(row: Any) -> str:
    return " ".join(part for part in (row.first_name, row.last_name) if part) or "(no name)"
