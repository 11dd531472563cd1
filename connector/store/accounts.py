"""``ports.accounts.AccountStore`` on SQLite and PostgreSQL: records joined to employers, people matched to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, tuple_, update

from connector.ports.accounts import (
    AccountMatch,
    AccountRecord,
    Address,
    EmployerGroup,
    EmployerParts,
    EmployerRow,
    Interest,
    KnownEmployers,
    Renewals,
)
from connector.store import employers
from connector.store.counters import next_seq, reserve
from connector.store.database import Database
from connector.store.resolving import mark_dirty_where
from connector.store.sql import chunks, table
from connector.store.stand_in import stand_in
from connector.store.tables import Account, Employer, Person

_account, _employer, _person = table(Account), table(Employer), table(Person)


class SqlAccountStore:
    """Employers; every method that saves is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unjoined(self, company: int, limit: int) -> list[AccountRecord]:
        """Some records whose keys changed, with all living records that may be the same employer as one of them."""
        seeds = (
            select(_account)
            .where(_account.c.company == company, _account.c.joined.is_(False), _account.c.deleted.is_(False))
            .order_by(_account.c.system, _account.c.record_id)
            .limit(limit)
        )
        found: dict[Address, AccountRecord] = {}
        with self._database.read() as connection:
            frontier = [_record(row) for row in connection.execute(seeds)]
            while frontier:
                found |= {record.address: record for record in frontier}
                near = _neighbours(connection, company, frontier)
                frontier = [record for address, record in sorted(near.items()) if address not in found]
        return [record for _, record in sorted(found.items())]

    def save_groups(self, company: int, groups: Sequence[EmployerGroup]) -> None:
        """Which records are one employer; the people of an employer whose records changed become dirty."""
        with self._database.begin(company) as connection:
            before = _members_before(connection, company, groups)
            ids = _ids_of(connection, company, groups)
            rows = [
                {"k_system": system, "k_record": record_id, "new_id": account_id, "new_by": group.joined_by}
                for group, account_id in zip(groups, ids, strict=True)
                for system, record_id in group.members
            ]
            connection.execute(_join_statement(company), rows)
            _make(connection, company, sorted(set(ids)))
            moved = {
                (before[address], account_id)
                for group, account_id in zip(groups, ids, strict=True)
                for address in group.members
                if before.get(address) != account_id
            }
            changed = sorted({each for pair in moved for each in pair if each is not None})
            _changed(connection, company, changed)

    def settle_gone(self, company: int) -> None:
        """Records that are deleted belong to no employer; employers without a record end."""
        gone = _account.c.company == company, _account.c.deleted, _account.c.account_id.is_not(None)
        with self._database.read() as connection:
            ids = sorted(set(connection.execute(select(_account.c.account_id).where(*gone)).scalars()))
        if not ids:
            return
        with self._database.begin(company) as connection:
            connection.execute(update(_account).where(*gone).values(account_id=None, joined=True))
            _changed(connection, company, ids)

    def known(
        self, company: int, records: Sequence[Address], domains: Sequence[str], names: Sequence[str]
    ) -> KnownEmployers:  # fmt: skip
        """The employers of these records, domains and name keys."""
        living = _account.c.company == company, _account.c.deleted.is_(False), _account.c.account_id.is_not(None)
        by_record: dict[Address, int] = {}
        with self._database.read() as connection:
            for part in chunks(records):
                query = select(_account).where(*living, tuple_(_account.c.system, _account.c.record_id).in_(part))
                by_record |= {(row.system, row.record_id): row.account_id for row in connection.execute(query)}
            by_domain = _holders(connection, living, _account.c.domain, domains)
            by_name = _holders(connection, living, _account.c.name_key, names)
        return KnownEmployers(by_record, by_domain, by_name)

    def save_matches(self, company: int, matches: Sequence[AccountMatch]) -> None:
        """People's employers; each employer that they have or had is touched."""
        people = [match.person_id for match in matches]
        with self._database.begin(company) as connection:
            mine = _person.c.company == company, _person.c.person_id.in_(people)
            before = {row.person_id: row for row in connection.execute(select(_person).where(*mine))}
            rows = [_match_row(match) for match in matches if _differs(match, before.get(match.person_id))]
            if rows:
                connection.execute(_match_statement(company), rows)
            concerned = {row.account_id for row in before.values()} | {match.account_id for match in matches}
            concerned |= _leave_merged(connection, company, people)
            touch(connection, company, concerned)

    def touch_due(self, company: int, until: datetime) -> None:
        """Employers that time alone changes before ``until`` are touched."""
        due = _employer.c.company == company, _employer.c.due_at < until, _employer.c.touched.is_(False)
        with self._database.read() as connection:
            if connection.execute(select(_employer.c.account_id).where(*due).limit(1)).first() is None:
                return
        with self._database.begin(company) as connection:
            connection.execute(update(_employer).where(*due).values(touched=True))

    def touched(self, company: int, limit: int) -> list[int]:
        """The next employers to look at."""
        query = (
            select(_employer.c.account_id)
            .where(_employer.c.company == company, _employer.c.touched)
            .order_by(_employer.c.account_id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def parts(
        self, company: int, account_ids: Sequence[int], interest: Interest, renewals: Renewals
    ) -> list[EmployerParts]:  # fmt: skip
        """What these employers' standings follow from."""
        with self._database.read() as connection:
            return employers.parts(connection, company, account_ids, interest, renewals)

    def save_employers(
        self, company: int, rows: Sequence[EmployerRow], at: datetime, *, counts_matter: bool
    ) -> None:  # fmt: skip
        """The employers as they are now, seen ``at``; the people of a changed one become dirty."""
        with self._database.begin(company) as connection:
            employers.save(connection, company, rows, at, counts_matter=counts_matter)

    def stand_in(self, company: int, account_ids: Sequence[int], *, allowed: bool) -> None:
        """Opportunities without any person go to the account's sole contact where ``allowed``, else to nobody."""
        with self._database.begin(company) as connection:
            stand_in(connection, company, account_ids, allowed=allowed)


def touch(connection: Connection, company: int, account_ids: Iterable[int | None]) -> None:
    """These employers are to be looked at again."""
    for part in chunks(sorted({each for each in account_ids if each is not None})):
        mine = _employer.c.company == company, _employer.c.account_id.in_(part), _employer.c.touched.is_(False)
        connection.execute(update(_employer).where(*mine).values(touched=True))


def _record(row: Any) -> AccountRecord:
    same_as = row.same_as.split(" ", 1) if row.same_as else None
    return AccountRecord(
        (row.system, row.record_id),
        row.domain,
        row.name_key,
        (same_as[0], same_as[1]) if same_as else None,
        row.account_id,
    )


def _neighbours(
    connection: Connection, company: int, frontier: Sequence[AccountRecord]
) -> dict[Address, AccountRecord]:
    """Living records that share a key or an employer with one of these, or that a reference ties to one."""
    pointed = sorted({record.same_as for record in frontier if record.same_as is not None})
    asked: list[tuple[Any, list[Any]]] = [
        (_account.c.domain, sorted({record.domain for record in frontier if record.domain})),
        (_account.c.name_key, sorted({record.name_key for record in frontier if record.name_key})),
        (_account.c.account_id, sorted({record.account_id for record in frontier if record.account_id is not None})),
        (_account.c.same_as, sorted({" ".join(record.address) for record in frontier})),
        (_account.c.same_as, [" ".join(address) for address in pointed]),
        (tuple_(_account.c.system, _account.c.record_id), pointed),
    ]
    found: dict[Address, AccountRecord] = {}
    for column, values in asked:
        for part in chunks(values):
            query = select(_account).where(
                _account.c.company == company, _account.c.deleted.is_(False), column.in_(part)
            )
            found |= {(row.system, row.record_id): _record(row) for row in connection.execute(query)}
    return found


def _members_before(
    connection: Connection, company: int, groups: Sequence[EmployerGroup]
) -> dict[Address, int | None]:  # fmt: skip
    found: dict[Address, int | None] = {}
    for part in chunks([address for group in groups for address in group.members]):
        address = tuple_(_account.c.system, _account.c.record_id)
        query = select(_account).where(_account.c.company == company, address.in_(part))
        found |= {(row.system, row.record_id): row.account_id for row in connection.execute(query)}
    return found


def _ids_of(connection: Connection, company: int, groups: Sequence[EmployerGroup]) -> list[int]:
    """A group keeps the oldest id that one of its records has and no earlier group took."""
    taken: set[int] = set()
    ids: list[int | None] = []
    for group in groups:
        kept = next((each for each in group.account_ids if each not in taken), None)
        ids.append(kept)
        taken |= set() if kept is None else {kept}
    missing = sum(each is None for each in ids)
    fresh = iter(range(first := reserve(connection, company, "employer", missing), first + missing) if missing else ())
    return [next(fresh) if each is None else each for each in ids]


def _join_statement(company: int) -> Any:
    return (
        update(_account)
        .where(
            _account.c.company == company,
            _account.c.system == bindparam("k_system"),
            _account.c.record_id == bindparam("k_record"),
        )
        .values(account_id=bindparam("new_id"), joined_by=bindparam("new_by"), joined=True)
    )


def _make(connection: Connection, company: int, account_ids: Sequence[int]) -> None:
    known: set[int] = set()
    for part in chunks(account_ids):
        query = select(_employer.c.account_id).where(_employer.c.company == company, _employer.c.account_id.in_(part))
        known |= set(connection.execute(query).scalars())
    blank = {"company": company, "status": "none", "status_why": "", "mapped": {}, "people": 0, "people_active": 0}
    fresh = [each for each in account_ids if each not in known]
    if fresh:
        seq = next_seq(connection, company)
        rows = [{**blank, "account_id": each, "touched": True, "seq": seq} for each in fresh]
        connection.execute(_employer.insert(), rows)
    touch(connection, company, known)


def _changed(connection: Connection, company: int, account_ids: Sequence[int]) -> None:
    """People of employers whose records changed are matched again; an employer without a record ends."""
    for part in chunks(account_ids):
        people = select(_person.c.person_id).where(
            _person.c.company == company, _person.c.account_id.in_(part), _person.c.merged_into.is_(None)
        )
        mark_dirty_where(connection, company, people, "account")
        held = select(_account.c.account_id).where(_account.c.company == company, _account.c.account_id.in_(part))
        empty = _employer.c.account_id.in_(part), _employer.c.account_id.not_in(held)
        connection.execute(delete(_employer).where(_employer.c.company == company, *empty))
        touch(connection, company, part)
        touch(connection, company, connection.execute(_below(company, part)).scalars())


def _below(company: int, account_ids: Sequence[int]) -> Any:
    """The employers whose records name one of these as the one above."""
    above = _account.alias("above")
    is_above = (
        (above.c.company == _account.c.company)
        & (above.c.system == _account.c.system)
        & (above.c.record_id == _account.c.parent_record_id)
    )
    return (
        select(_account.c.account_id)
        .select_from(_account.join(above, is_above))
        .where(above.c.company == company, above.c.account_id.in_(account_ids))
        .distinct()
    )


def _holders(
    connection: Connection, living: tuple[Any, ...], column: Any, values: Sequence[str]
) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for part in chunks(values):
        query = select(column, _account.c.account_id).where(*living, column.in_(part)).distinct()
        for value, account_id in connection.execute(query):
            found.setdefault(value, set()).add(account_id)
    return {value: frozenset(ids) for value, ids in found.items()}


def _differs(match: AccountMatch, row: Any) -> bool:
    if row is None:
        return False
    now = (match.account_id, match.rule, dict(match.evidence) if match.evidence else None, match.name_key)
    return now != (row.account_id, row.account_match, row.account_evidence, row.account_name_key)


def _match_row(match: AccountMatch) -> dict[str, Any]:
    return {
        "k_person": match.person_id,
        "new_id": match.account_id,
        "new_match": match.rule,
        "new_evidence": dict(match.evidence) if match.evidence else None,
        "new_name": match.name_key,
    }


def _match_statement(company: int) -> Any:
    return (
        update(_person)
        .where(_person.c.company == company, _person.c.person_id == bindparam("k_person"))
        .values(
            account_id=bindparam("new_id"),
            account_match=bindparam("new_match"),
            account_evidence=bindparam("new_evidence", type_=_person.c.account_evidence.type),
            account_name_key=bindparam("new_name"),
        )
    )


def _leave_merged(connection: Connection, company: int, people: Sequence[int]) -> set[int]:
    """Somebody merged into another person works nowhere any more."""
    merged = (
        _person.c.company == company,
        _person.c.merged_into.in_(people),
        _person.c.account_id.is_not(None),
    )
    left = set(connection.execute(select(_person.c.account_id).where(*merged)).scalars())
    if left:
        connection.execute(update(_person).where(*merged).values(account_id=None, account_match=None))
    return left
