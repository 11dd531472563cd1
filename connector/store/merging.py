"""The person table's merged columns, read and written in chunks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, update

from connector.facts import PROFILE
from connector.ports.merging import EmployerPart, LinkPart, MergedPerson, PersonParts
from connector.store.counters import next_seq
from connector.store.database import Database
from connector.store.disputes import read_disputes
from connector.store.resolving import mark_dirty_where
from connector.store.sql import table
from connector.store.tables import (
    Account,
    Assignment,
    BaselineRow,
    Employer,
    FollowUp,
    Link,
    Person,
    PersonDirty,
    PersonFieldHistory,
)

_person, _link, _account, _baseline = table(Person), table(Link), table(Account), table(BaselineRow)
_employer = table(Employer)
_clock, _assignment = table(FollowUp), table(Assignment)
_dirty, _history = table(PersonDirty), table(PersonFieldHistory)
LIVING = ("active", "converted")


class SqlMergeStore:
    """``ports.merging.MergeStore`` on SQLite and PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def dirty_people(self, company: int, after_person_id: int, limit: int) -> list[int]:
        """The next people of the durable "touched" set, by id."""
        query = (
            select(_dirty.c.person_id)
            .where(_dirty.c.company == company, _dirty.c.person_id > after_person_id)
            .order_by(_dirty.c.person_id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [row.person_id for row in connection.execute(query)]

    def due_people(self, company: int, now: datetime, limit: int) -> list[int]:
        """People whose decision may change by time alone, or whose clock may start: they join the "touched" set.

        At most ``limit`` of those who are not in it, the longest due first; one transaction, none without anybody.
        """
        confirmed = (
            select(_clock.c.person_id)
            .join(
                _assignment,
                (_assignment.c.company == _clock.c.company) & (_assignment.c.assignment_id == _clock.c.assignment_id),
            )
            .where(_clock.c.company == company, _clock.c.state == "waiting", _assignment.c.confirmed_at.is_not(None))
        )
        touched = select(_dirty.c.person_id).where(_dirty.c.company == company)
        due_now = or_(_person.c.next_evaluation_at <= now, _person.c.person_id.in_(confirmed))
        query = (
            select(_person.c.person_id)
            .where(_person.c.company == company, due_now, _person.c.merged_into.is_(None))
            .where(_person.c.person_id.not_in(touched))
            .order_by(_person.c.next_evaluation_at, _person.c.person_id)
            .limit(limit)
        )
        with self._database.read() as connection:
            due = [row.person_id for row in connection.execute(query)]
        if due:
            with self._database.begin(company) as connection:
                mark_dirty_where(connection, company, query, "time")
        return due

    def mark_everybody(self, company: int) -> None:
        """Everybody is dirty: all is decided again (one transaction)."""
        query = select(_person.c.person_id).where(_person.c.company == company, _person.c.merged_into.is_(None))
        with self._database.begin(company) as connection:
            mark_dirty_where(connection, company, query, "evaluate")

    def parts(self, company: int, person_ids: Sequence[int]) -> list[PersonParts]:
        """These people with their links."""
        with self._database.read() as connection:
            people = connection.execute(
                select(_person).where(_person.c.company == company, _person.c.person_id.in_(person_ids))
            ).all()
            links = _links(connection, company, person_ids)
            employers = _employers(connection, company, [person.account_id for person in people])
        return [
            PersonParts(
                person.person_id,
                dict(person._mapping),
                tuple(links.get(person.person_id, ())),
                employers.get(person.account_id),
            )
            for person in people
        ]

    def save_merged(self, company: int, people: Sequence[MergedPerson]) -> None:
        """Store merged values and histories; the people are to be diffed again. One transaction."""
        if not people:
            return
        with self._database.begin(company) as connection:
            seq = next_seq(connection, company)
            changed = [_row(company, person, seq) for person in people if person.changed]
            if changed:
                connection.execute(_update_statement(), changed)
            ids = [person.person_id for person in people]
            connection.execute(
                update(_person).where(_person.c.company == company, _person.c.person_id.in_(ids)).values(unsettled=True)
            )
            rows = [row for person in people for row in _history_rows(company, person, seq)]
            if rows:
                connection.execute(_history.insert(), rows)


def _links(connection: Connection, company: int, person_ids: Sequence[int]) -> dict[int, list[LinkPart]]:
    same_account = (
        (_account.c.company == _link.c.company)
        & (_account.c.system == _link.c.system)
        & (_account.c.record_id == _link.c.parent_record_id)
    )
    same_link = (_baseline.c.company == _link.c.company) & (_baseline.c.link_id == _link.c.link_id)
    query = (
        select(_link, _account.c.mapped.label("account"), _baseline.c.fields.label("agreed"))
        .select_from(_link.outerjoin(_account, same_account).outerjoin(_baseline, same_link))
        .where(_link.c.company == company, _link.c.person_id.in_(person_ids), _link.c.state.in_(LIVING))
        .order_by(_link.c.link_id)
    )
    disputes = read_disputes(connection, company, person_ids)
    found: dict[int, list[LinkPart]] = {}
    for row in connection.execute(query):
        part = LinkPart(
            link_id=row.link_id,
            system=row.system,
            mapped=row.mapped,
            stamps=row.stamps or {},
            modified_at=row.modified_at or row.first_seen_at,
            is_primary=row.is_primary,
            account=row.account or {},
            parent_record_id=row.parent_record_id,
            object=row.object,
            agreed={name: pair[1] for name, pair in (row.agreed or {}).items()} | disputes.about.get(row.link_id, {}),
            agreed_ours={name: pair[0] for name, pair in (row.agreed or {}).items() if pair[2] < row.seq},
            taken=disputes.taken.get(row.link_id, {}),
            unseen={name: (seen_at, back_at) for name, (seen_at, back_at) in (row.unseen or {}).items()},
        )
        found.setdefault(row.person_id, []).append(part)
    return found


def _employers(
    connection: Connection, company: int, account_ids: Sequence[int | None]
) -> dict[int | None, EmployerPart]:  # fmt: skip
    wanted = sorted({each for each in account_ids if each is not None})
    query = select(_employer).where(_employer.c.company == company, _employer.c.account_id.in_(wanted))
    rows = connection.execute(query) if wanted else ()
    return {
        row.account_id: EmployerPart(row.mapped, row.status, row.status_since, row.people, row.people_active)
        for row in rows
    }


def _update_statement() -> Any:
    columns = [*PROFILE, "extra", "provenance", "seq"]
    return (
        update(_person)
        .where(_person.c.company == bindparam("key_company"), _person.c.person_id == bindparam("key_person"))
        .values({name: bindparam(f"new_{name}", type_=_person.c[name].type) for name in columns})
    )


def _row(company: int, person: MergedPerson, seq: int) -> dict[str, Any]:
    row: dict[str, Any] = {f"new_{name}": value for name, value in person.columns.items()}
    row |= {"new_extra": dict(person.extra), "new_seq": seq, "key_company": company, "key_person": person.person_id}
    return row | {"new_provenance": {name: list(origin) for name, origin in person.provenance.items()}}


def _history_rows(company: int, person: MergedPerson, seq: int) -> list[dict[str, Any]]:
    return [
        {
            "company": company,
            "seq": seq,
            "person_id": person.person_id,
            "field": name,
            "valid_from": valid_from,
            "value_text": value if isinstance(value, str) else None,
            "value_number": int(value) if isinstance(value, int | float) else None,
        }
        for name, value, valid_from in person.history
        if not isinstance(value, datetime)
    ]
