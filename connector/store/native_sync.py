"""The CRMs' own integration as the tables show it: ids it left on records, and activities it copied.

Sets, whatever the number of people. A copy is matched by when the CRM first knew of it, which
does not move when somebody edits the copy later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    type_coerce,
    update,
)

from connector.ports.native_sync import CopyRule
from connector.store.database import Database
from connector.store.sql import table
from connector.store.tables import Activity, Link, MatchKey, PersonDirty

_link, _key, _dirty, _activity = table(Link), table(MatchKey), table(PersonDirty), table(Activity)
_original = _activity.alias("original")
MINUTE_MICROS = 60_000_000


class SqlNativeSyncStore:
    """``ports.native_sync.NativeSyncStore`` on SQLite and PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def is_seen(self, company: int, systems: Sequence[str]) -> bool:
        """Whether a living record of one of these systems carries the id of a record of another."""
        with self._database.read() as connection:
            found = (connection.execute(_carrying(company, pair).limit(1)).first() for pair in _pairs(systems))
            return any(row is not None for row in found)

    def carriers(self, company: int, systems: Sequence[str]) -> int:
        """How many living records do."""
        with self._database.read() as connection:
            counts = (
                connection.execute(select(func.count()).select_from(_carrying(company, pair).distinct().subquery()))
                for pair in _pairs(systems)
            )
            return sum(int(found.scalar_one()) for found in counts)

    def mark_copies(self, company: int, rules: Sequence[CopyRule]) -> int:
        """Mark the copied activities of dirty people, and free those without an original (one transaction)."""
        if not rules or not self._has_dirty(company):
            return 0
        with self._database.begin(company) as connection:
            _free(connection, company, rules)
            return sum(_mark(connection, company, rule) for rule in rules)

    def _has_dirty(self, company: int) -> bool:
        query = select(_dirty.c.person_id).where(_dirty.c.company == company).limit(1)
        with self._database.read() as connection:
            return connection.execute(query).first() is not None


def _pairs(systems: Sequence[str]) -> Iterator[tuple[str, str]]:
    return ((one, other) for one in sorted(systems) for other in sorted(systems) if one != other)


def _carrying(company: int, pair: tuple[str, str]) -> Select[Any]:
    """Links of one system that point at a record of the other: a range of the keys' index."""
    system, partner = pair
    same = (_link.c.company == _key.c.company) & (_link.c.link_id == _key.c.link_id)
    return (
        select(_link.c.link_id)
        .select_from(_key.join(_link, same))
        .where(
            _key.c.company == company,
            _key.c.kind == "cross_reference",
            _key.c.value >= f"{partner} ",
            _key.c.value < f"{partner}!",  # the character behind the blank
            _link.c.system == system,
            _link.c.state == "active",
        )
    )


def _mark(connection: Connection, company: int, rule: CopyRule) -> int:
    found = connection.execute(_copies_with_originals(company, rule)).all()
    if found:
        own = _activity.c.company == company, _activity.c.activity_id == bindparam("copy_id")
        statement = update(_activity).where(*own).values(duplicate_of=bindparam("original_id"))
        connection.execute(statement, [{"copy_id": row.copy_id, "original_id": row.original_id} for row in found])
    return len(found)


def _free(connection: Connection, company: int, rules: Sequence[CopyRule]) -> None:
    standing = (
        select(_original.c.activity_id)
        .where(
            _original.c.company == company,
            _original.c.activity_id == _activity.c.duplicate_of,
            _original.c.person_id == _activity.c.person_id,
            _original.c.deleted_seq.is_(None),
        )
        .exists()
    )
    connection.execute(
        update(_activity)
        .where(
            _activity.c.company == company,
            _activity.c.person_id.in_(_changed_people(company)),
            _activity.c.source.in_([rule.source for rule in rules]),
            _activity.c.duplicate_of.is_not(None),
            ~standing,
        )
        .values(duplicate_of=None)
    )


def _changed_people(company: int) -> Select[Any]:
    return select(_dirty.c.person_id).where(_dirty.c.company == company)


def _copies_with_originals(company: int, rule: CopyRule) -> Select[Any]:
    """Each copy with its original: the most telling subject, then the same signal, the nearest in time, the oldest."""
    order = [
        func.length(_subject()).desc(),
        case((_original.c.signal == _activity.c.signal, 0), else_=1),
        func.abs(_micros(_activity.c.known_at) - _micros(_original.c.known_at)),
        _original.c.activity_id,
    ]
    place = func.row_number().over(partition_by=_activity.c.activity_id, order_by=order)
    same_person = (_original.c.company == _activity.c.company) & (_original.c.person_id == _activity.c.person_id)
    pairs = (
        select(_activity.c.activity_id.label("copy_id"), _original.c.activity_id.label("original_id"), place.label("n"))
        .select_from(_activity.join(_original, same_person))
        .where(
            _activity.c.company == company,
            _activity.c.person_id.in_(_changed_people(company)),
            _activity.c.source == rule.source,
            _activity.c.deleted_seq.is_(None),
            _activity.c.duplicate_of.is_(None),
            _original.c.source >= f"{rule.origin}.",
            _original.c.source < f"{rule.origin}/",  # the character behind the point
            _original.c.deleted_seq.is_(None),
            or_(_in_the_same_minute(), _is_marked(rule)),
        )
        .subquery()
    )
    return select(pairs.c.copy_id, pairs.c.original_id).where(pairs.c.n == 1)


def _in_the_same_minute() -> ColumnElement[bool]:
    copied, happened = _micros(_activity.c.occurred_at), _micros(_original.c.occurred_at)
    same_subject = _plain(_activity.c.asset) == _plain(_original.c.asset)
    return and_(same_subject, func.abs(copied - happened) < MINUTE_MICROS)


def _is_marked(rule: CopyRule) -> ColumnElement[bool]:
    """A subject that begins with a mark and ends in the original's; it may be made long after it."""
    if not rule.marks:
        return literal(False)
    copy, subject = _plain(_activity.c.asset), _subject()
    begins = or_(*(func.substr(copy, 1, len(mark)) == mark.lower() for mark in rule.marks))
    ends = func.substr(copy, func.length(copy) - func.length(subject) + 1) == subject
    return and_(begins, ends)


def _subject() -> ColumnElement[Any]:
    return func.coalesce(_plain(_original.c.asset), "")


def _plain(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.lower(func.trim(column))


def _micros(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return type_coerce(column, BigInteger)
