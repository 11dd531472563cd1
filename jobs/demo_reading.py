"""What the demo shows from the store beside the reports: hand-offs, recycled people, and counts to compare.

Reads only; every function is one read of one moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Select, and_, func, select

from connector.model import OutboxState
from connector.store.database import Database
from connector.store.sql import table
from connector.store.tables import Assignment, CrmUser, Cycle, FollowUp, Journal, OutboxRow, Person

_person, _assignment, _user, _clock = table(Person), table(Assignment), table(CrmUser), table(FollowUp)
_cycle, _outbox, _journal = table(Cycle), table(OutboxRow), table(Journal)


@dataclass(frozen=True)
class HandOff:
    """One hand-off. ``rule``: which rule of routing found the owner; ``promise``: the state of its clock."""

    person: str
    name: str
    title: str
    account: str
    grade: str
    kind: str
    rule: str
    rule_why: str
    owner: str
    at: datetime
    promise: str
    why: str

    def as_json(self) -> dict[str, Any]:
        """As it stands in the demo's document."""
        return asdict(self) | {"at": self.at.isoformat()}


@dataclass(frozen=True)
class Valued:
    """The person worth most, among ``people`` whose expected values add up to ``sum`` (units of the currency)."""

    person: str
    name: str
    value: int
    people: int
    sum: int


@dataclass(frozen=True)
class Recycled:
    """One person whom sales gave back, or who was lost, and when they are looked at again."""

    person: str
    name: str
    reason: str
    since: datetime
    until: datetime | None
    from_hand_off: bool

    def as_json(self) -> dict[str, Any]:
        """As it stands in the demo's document."""
        until = self.until.isoformat() if self.until else None
        return asdict(self) | {"since": self.since.isoformat(), "until": until}


def hand_offs(database: Database, company: int) -> list[HandOff]:
    """Every hand-off in the order in which they were made."""
    with database.read() as connection:
        rows = connection.execute(_hand_offs(company)).all()
    return [_hand_off(dict(row._mapping)) for row in rows]


def taken_over(database: Database, company: int) -> dict[tuple[str, str], int]:
    """(who has left, who has their leads now) -> leads that were given anew for that reason."""
    columns = (_assignment.c.cycle_id, _assignment.c.kind, _assignment.c.owner_id)
    given = select(*columns).where(_assignment.c.company == company).order_by(_assignment.c.assignment_id)
    users = select(_user.c.user_id, _user.c.name, _user.c.active).where(_user.c.company == company)
    found: Counter[tuple[str, str]] = Counter()
    held: dict[int, int] = {}
    with database.read() as connection:
        rows = connection.execute(users.order_by(_user.c.system)).all()
        names = {row.user_id: str(row.name) for row in rows}
        gone = {row.user_id for row in rows if not row.active}
        for cycle, kind, owner in connection.execute(given):
            if kind == "reassign" and held.get(cycle) in gone:
                found[names[held[cycle]], names[owner]] += 1
            held[cycle] = owner
    return dict(found)


def people_on_tracks(database: Database, company: int) -> dict[str, int]:
    """Nurture track -> people on it now, the largest first."""
    count = func.count()
    query = (
        select(_person.c.track, count)
        .where(_person.c.company == company, _person.c.track.is_not(None), _person.c.merged_into.is_(None))
        .group_by(_person.c.track)
        .order_by(count.desc(), _person.c.track)
    )
    with database.read() as connection:
        return {str(track): int(number) for track, number in connection.execute(query)}


def most_valued(database: Database, company: int) -> Valued | None:
    """Who has the highest expected value; ``None`` while nobody has one."""
    wanted = and_(_person.c.company == company, _person.c.expected_value.is_not(None), _person.c.merged_into.is_(None))
    columns = (_person.c.person_key, _person.c.first_name, _person.c.last_name, _person.c.expected_value)
    first = select(*columns).where(wanted).order_by(_person.c.expected_value.desc(), _person.c.person_id).limit(1)
    with database.read() as connection:
        row = connection.execute(first).one_or_none()
        people, total = connection.execute(
            select(func.count(), func.coalesce(func.sum(_person.c.expected_value), 0)).where(wanted)
        ).one()
    if row is None:
        return None
    name = " ".join(part for part in (row.first_name, row.last_name) if part)
    return Valued(row.person_key, name, row.expected_value, int(people), int(total))


def recycled(database: Database, company: int) -> list[Recycled]:
    """Everybody who is recycled now; those whom sales had first."""
    same = and_(_cycle.c.company == _person.c.company, _cycle.c.person_id == _person.c.person_id)
    columns = (_person.c.person_key, _person.c.first_name, _person.c.last_name, _cycle.c.reason)
    query = (
        select(*columns, _cycle.c.disposition_at, _cycle.c.recycle_until, _cycle.c.handed_off_at)
        .select_from(_cycle.join(_person, same))
        .where(_cycle.c.company == company, _cycle.c.disposition == "recycled", _cycle.c.closed_at.is_(None))
        .order_by(_cycle.c.disposition_at.desc(), _person.c.person_id)
    )
    with database.read() as connection:
        rows = connection.execute(query).all()
    found = [
        Recycled(
            row.person_key,
            _name(dict(row._mapping)),
            row.reason or "",
            row.disposition_at,
            row.recycle_until,
            row.handed_off_at is not None,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: not one.from_hand_off)


def tasks_confirmed(database: Database, company: int) -> int:
    """Hand-off notes that were read back from a CRM."""
    query = select(func.count()).where(
        _outbox.c.company == company, _outbox.c.kind == "task", _outbox.c.state == OutboxState.CONFIRMED
    )
    with database.read() as connection:
        return int(connection.execute(query).scalar_one())


def journal_counts(database: Database, company: int) -> dict[str, int]:
    """Records written per system, as our journal has them."""
    query = (
        select(_journal.c.system, func.count(func.distinct(_journal.c.action_id)))
        .where(_journal.c.company == company)
        .group_by(_journal.c.system)
    )
    with database.read() as connection:
        return {system: int(count) for system, count in connection.execute(query)}


def stored_text_holds(folder: Path, words: tuple[str, ...]) -> int:
    """In how many files of the company's folder one of these words stands, the database's bytes included."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return sum(1 for path in files if any(word.encode() in path.read_bytes() for word in words))


def _hand_offs(company: int) -> Select[Any]:
    person = and_(_person.c.company == _assignment.c.company, _person.c.person_id == _assignment.c.person_id)
    owner = and_(_user.c.company == _assignment.c.company, _user.c.user_id == _assignment.c.owner_id)
    clock = and_(_clock.c.company == _assignment.c.company, _clock.c.assignment_id == _assignment.c.assignment_id)
    names = ("person_key", "first_name", "last_name", "title", "account_name", "published_why")
    return (
        select(
            *(_person.c[name] for name in names),
            *(_assignment.c[name] for name in ("assignment_id", "grade", "path", "reasons", "at")),
            func.min(_user.c.name).label("owner"),
            func.min(_clock.c.state).label("promise"),
        )
        .select_from(_assignment.join(_person, person).outerjoin(_user, owner).outerjoin(_clock, clock))
        .where(_assignment.c.company == company, _assignment.c.kind.in_(("hand_off", "return")))
        .group_by(
            *(_person.c[name] for name in names),
            *(_assignment.c[name] for name in ("assignment_id", "grade", "path", "reasons", "at")),
        )
        .order_by(_assignment.c.assignment_id)
    )


def _hand_off(row: Mapping[str, Any]) -> HandOff:
    taken = next(((rule, why) for rule, was_taken, why in row["path"] or () if was_taken), ("", ""))
    return HandOff(
        person=row["person_key"],
        name=_name(row),
        title=row["title"] or "",
        account=row["account_name"] or "",
        grade=row["grade"] or "",
        kind=(row["reasons"] or {}).get("kind", ""),
        rule=taken[0],
        rule_why=taken[1],
        owner=row["owner"] or "",
        at=row["at"],
        promise=row["promise"] or "",
        why=row["published_why"] or "",
    )


def _name(row: Mapping[str, Any]) -> str:
    return " ".join(str(row[part]) for part in ("first_name", "last_name") if row[part]) or "(no name)"
