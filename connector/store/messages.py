"""``ports.messages.MessageStore`` on SQLite and PostgreSQL, and the rows that come with a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Table, and_, func, or_, select, update

from connector.decide.messages import message_key, of_assignment
from connector.model import RecordRef
from connector.ports.decisions import DecisionStamp, PersonDecision
from connector.ports.messages import MessageCount, PlannedMessage, StoredMessage
from connector.store.database import Database
from connector.store.sql import chunks, insert_new, table
from connector.store.tables import Assignment, FollowUp, Link, MessageRow, Person
from connector.store.track_touches import touches_by_key

_message, _person, _link = table(MessageRow), table(Person), table(Link)
NOBODY = 0
"""Instead of a person's id: the message is about the company."""

LIVING = ("active", "converted")
_assignment, _follow_up = table(Assignment), table(FollowUp)
PERSON_COLUMNS = (
    *("person_key", "first_name", "last_name", "title", "account_name", "country", "published_why", "hand_off"),
    *("grade", "recycle_until"),
)


def save_messages(
    connection: Connection,
    company: int,
    decisions: Sequence[PersonDecision],
    assignments: Mapping[int, int],
    stamp: DecisionStamp,
) -> None:
    """The messages of a chunk of decisions, in their transaction; one that exists by its key is left alone.

    ``assignments``: person -> the id of the assignment made just now.
    """
    rows = [
        _row(company, decision.person_id, message, assignments.get(decision.person_id), stamp)
        for decision in decisions
        for message in decision.messages
    ]
    insert_new(connection, _message, rows)


def _row(
    company: int, person_id: int, message: PlannedMessage, assigned: int | None, stamp: DecisionStamp
) -> dict[str, Any]:
    assignment_id = message.assignment_id
    identity = message.identity
    if identity is None:
        assert assigned is not None
        assignment_id, identity = assigned, of_assignment(assigned)
    return {
        "company": company,
        "key": message_key(message.event, identity, message.recipient),
        "event": message.event,
        "channel": message.channel,
        "recipient": message.recipient,
        "user_id": message.user_id,
        "person_id": person_id,
        "assignment_id": assignment_id,
        "facts": dict(message.facts),
        "state": "pending",
        "attempts": 0,
        "at": stamp.now,
        "run_id": stamp.run_id,
    }


class SqlMessageStore:
    """The messages of every company of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def interrupted(self, company: int, at: datetime) -> int:
        """Messages left in the middle of sending become unknown; how many (one transaction, none without)."""
        left = _message.c.company == company, _message.c.state == "sending"
        with self._database.read() as connection:
            count = connection.execute(select(func.count()).select_from(_message).where(*left)).scalar_one()
        if count:
            with self._database.begin(company) as connection:
                values = {"state": "unknown", "settled_at": at, "code": "interrupted"}
                connection.execute(update(_message).where(*left).values(**values))
        return int(count)

    def announce(self, company: int, messages: Sequence[PlannedMessage], at: datetime, run_id: int) -> None:
        """Messages that come with no decision; one that exists by its key is left alone (one transaction)."""
        stamp = DecisionStamp(run_id, at, "")
        with self._database.begin(company) as connection:
            insert_new(connection, _message, [_row(company, NOBODY, each, None, stamp) for each in messages])

    def pending(self, company: int, now: datetime, after: StoredMessage | None, limit: int) -> list[StoredMessage]:
        """Messages that wait and may be looked at now, the oldest first, behind ``after`` (read only)."""
        query = _pending_query(company).where(
            _message.c.state == "pending", or_(_message.c.not_before.is_(None), _message.c.not_before <= now)
        )
        if after is not None:
            same_time = and_(_message.c.at == after.at, _message.c.key > after.key)
            query = query.where(or_(_message.c.at > after.at, same_time))
        with self._database.read() as connection:
            rows = connection.execute(query.limit(limit)).mappings().all()
            records = _records(connection, company, sorted({row["person_id"] for row in rows}))
            asked = sorted({row["facts"]["touch"] for row in rows if "touch" in row["facts"]})
            touches = touches_by_key(connection, company, asked)
        return [
            _stored(row, records.get(row["person_id"], ()), touches.get(row["facts"].get("touch", ""))) for row in rows
        ]

    def intend(self, company: int, key: str, at: datetime) -> None:
        """The message is about to be sent (one transaction, committed before anything is sent)."""
        values = {"state": "sending", "sent_at": at, "attempts": _message.c.attempts + 1}
        self._set(company, [key], values)

    def settle(self, company: int, keys: Sequence[str], state: str, at: datetime, code: str = "") -> None:
        """These messages came to a state that is final (one transaction)."""
        self._set(company, keys, {"state": state, "settled_at": at, "code": code or None})

    def postpone(self, company: int, key: str, until: datetime, code: str) -> None:
        """The message did not go out; it waits again (one transaction)."""
        self._set(company, [key], {"state": "pending", "not_before": until, "code": code})

    def counts(self, company: int, since: datetime) -> list[MessageCount]:
        """What was settled since then, by channel, state and code (read only)."""
        columns = (_message.c.channel, _message.c.state, _message.c.code)
        query = (
            select(*columns, func.count())
            .where(_message.c.company == company, _message.c.settled_at >= since)
            .group_by(*columns)
            .order_by(*columns)
        )
        with self._database.read() as connection:
            return [MessageCount(row[0], row[1], row[2] or "", int(row[3])) for row in connection.execute(query)]

    def _set(self, company: int, keys: Sequence[str], values: dict[str, Any]) -> None:
        if not keys:
            return
        with self._database.begin(company) as connection:
            for part in chunks(list(keys)):
                mine = _message.c.company == company, _message.c.key.in_(part)
                connection.execute(update(_message).where(*mine).values(**values))


def _pending_query(company: int) -> Select[Any]:
    """Messages with their person, assignment and clock, the oldest first."""
    same_assignment = (_assignment.c.company == _message.c.company) & (
        _assignment.c.assignment_id == _message.c.assignment_id
    )
    same_clock = (_follow_up.c.company == _message.c.company) & (_follow_up.c.assignment_id == _message.c.assignment_id)
    same_person = (_person.c.company == _message.c.company) & (_person.c.person_id == _message.c.person_id)
    joined = (
        _message.outerjoin(_person, same_person)
        .outerjoin(_assignment, same_assignment)
        .outerjoin(_follow_up, same_clock)
    )
    return (
        select(_message, *_labelled(_person, PERSON_COLUMNS), *_labelled(_assignment), *_labelled(_follow_up))
        .select_from(joined)
        .where(_message.c.company == company)
        .order_by(_message.c.at, _message.c.key)
    )


def _records(connection: Connection, company: int, people: Sequence[int]) -> dict[int, tuple[RecordRef, ...]]:
    """The primary records of people: where a colleague will look for them."""
    found: dict[int, tuple[RecordRef, ...]] = {}
    primary = _link.c.company == company, _link.c.is_primary.is_(True), _link.c.state.in_(LIVING)
    for part in chunks(people):
        query = select(_link).where(*primary, _link.c.person_id.in_(part)).order_by(_link.c.system, _link.c.record_id)
        for row in connection.execute(query):
            record = RecordRef(row.system, row.object, row.record_id)
            found[row.person_id] = (*found.get(row.person_id, ()), record)
    return found


def _labelled(source: Table, names: Sequence[str] = ()) -> list[Any]:
    """The columns of a table under names that say whose they are."""
    return [column.label(f"{source.name}__{column.name}") for column in source.c if not names or column.name in names]


def _part(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    prefix = f"{name}__"
    return {key.removeprefix(prefix): value for key, value in row.items() if key.startswith(prefix)}


def _stored(row: Any, records: tuple[RecordRef, ...], touch: Mapping[str, Any] | None) -> StoredMessage:
    assignment, follow_up = _part(row, "assignment"), _part(row, "follow_up")
    return StoredMessage(
        key=row["key"],
        event=row["event"],
        recipient=row["recipient"],
        channel=row["channel"],
        user_id=row["user_id"],
        person_id=row["person_id"],
        facts=row["facts"],
        at=row["at"],
        attempts=row["attempts"],
        person=_part(row, "person"),
        assignment=assignment if assignment["assignment_id"] is not None else None,
        follow_up=follow_up if follow_up["assignment_id"] is not None else None,
        records=records,
        touch=touch,
    )
