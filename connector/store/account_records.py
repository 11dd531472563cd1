"""Landed account records saved, with a word to everybody whose employer may be another one now.

A record whose keys (domain, name, reference, existence) are as they were changes nobody's employer: only its own is
looked at again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, or_, select, update

from connector.ports.people import AccountRow, Cursor
from connector.store.counters import next_seq
from connector.store.resolving import advance, mark_dirty_where, users_by_owner
from connector.store.sql import chunks, table, upsert
from connector.store.tables import Account, Employer, Link, Opportunity, Person

_account, _link, _person = table(Account), table(Link), table(Person)
_employer, _opportunity = table(Employer), table(Opportunity)
KEYS = ("domain", "name_key", "same_as", "deleted")
SAVED = (*KEYS, "name", "owner_id", "customer_owner_id", "mapped", "seq", "joined", "modified_at", "parent_record_id")


def save_accounts(connection: Connection, company: int, accounts: Sequence[AccountRow], cursor: Cursor) -> None:
    """Accounts by system and id; people whose match may change become dirty, employers touched."""
    if accounts:
        _save(connection, company, list({row.record_id: row for row in accounts}.values()), cursor.system)
        _end_absorbed(connection, company, accounts, cursor.system)
    advance(connection, company, cursor)


def touch_accounts_of(connection: Connection, company: int, system: str, account_record_ids: Iterable[str]) -> None:
    """The employers of these account records are to be looked at again."""
    for part in chunks(sorted(set(account_record_ids))):
        ids = select(_account.c.account_id).where(
            _account.c.company == company,
            _account.c.system == system,
            _account.c.record_id.in_(part),
            _account.c.account_id.is_not(None),
        )
        _touch(connection, company, ids)


def touch_accounts_of_opportunities(connection: Connection, company: int, system: str, ids: Sequence[str]) -> None:
    """The same for the accounts that these opportunities have as stored."""
    for part in chunks(ids):
        query = select(_opportunity.c.account_record_id).where(
            _opportunity.c.company == company,
            _opportunity.c.system == system,
            _opportunity.c.record_id.in_(part),
            _opportunity.c.account_record_id.is_not(None),
        )
        touch_accounts_of(connection, company, system, list(connection.execute(query).scalars()))


def _save(connection: Connection, company: int, accounts: Sequence[AccountRow], system: str) -> None:
    named = {owner for row in accounts for owner in (row.owner, row.customer_owner) if owner}
    users = users_by_owner(connection, company, [(system, owner) for owner in sorted(named)])
    before = _before(connection, company, system, [row.record_id for row in accounts])
    seq = next_seq(connection, company)
    rows = [_row(company, account, users, before.get(account.record_id), seq) for account in accounts]
    upsert(connection, _account, rows, update=SAVED)
    same = [row["record_id"] for row in rows if row["joined"]]
    touch_accounts_of(connection, company, system, same)
    moved = [row for row in rows if not row["joined"]]
    if moved:
        known = [before[row["record_id"]] for row in moved if row["record_id"] in before]
        _tell(connection, company, system, moved, known)


def _before(connection: Connection, company: int, system: str, record_ids: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in chunks(record_ids):
        query = select(_account).where(
            _account.c.company == company, _account.c.system == system, _account.c.record_id.in_(part)
        )
        found |= {row.record_id: dict(row._mapping) for row in connection.execute(query)}
    return found


def _row(
    company: int, account: AccountRow, users: dict[tuple[str, str], int], before: dict[str, Any] | None, seq: int
) -> dict[str, Any]:
    keys: dict[str, Any] = {
        "domain": account.domain,
        "name_key": account.name_key,
        "same_as": " ".join(account.same_as) if account.same_as else None,
        "deleted": account.deleted,
    }
    return {
        "company": company,
        "system": account.system,
        "record_id": account.record_id,
        **keys,
        "name": account.mapped.get("account_name"),
        "owner_id": users.get((account.system, account.owner or "")),
        "customer_owner_id": users.get((account.system, account.customer_owner or "")),
        "mapped": dict(account.mapped),
        "seq": seq,
        "joined": before is not None and before["joined"] and all(before[name] == keys[name] for name in KEYS),
        "modified_at": account.modified_at,
        "parent_record_id": account.parent,
    }


def _tell(
    connection: Connection, company: int, system: str, moved: Sequence[dict[str, Any]], known: Sequence[dict[str, Any]]
) -> None:
    """Records and people that the old or the new keys speak of are looked at again."""
    keys = {name: sorted({row[name] for row in (*moved, *known) if row[name]}) for name in ("domain", "name_key")}
    employers = sorted({row["account_id"] for row in known if row["account_id"] is not None})
    asked = (
        (_account.c.domain, _person.c.email_domain, keys["domain"]),
        (_account.c.name_key, _person.c.account_name_key, keys["name_key"]),
        (_account.c.account_id, _person.c.account_id, employers),
    )
    weaker = or_(_person.c.account_match.is_(None), _person.c.account_match != "association")
    for of_account, of_person, values in asked:
        for part in chunks(values):
            connection.execute(
                update(_account).where(_account.c.company == company, of_account.in_(part)).values(joined=False)
            )
            people = select(_person.c.person_id).where(
                _person.c.company == company, of_person.in_(part), _person.c.merged_into.is_(None), weaker
            )
            mark_dirty_where(connection, company, people, "account")
    come = {row["record_id"] for row in moved if not row["deleted"]}
    come -= {row["record_id"] for row in known if not row["deleted"]}
    for part in chunks(sorted(come)):
        people = select(_link.c.person_id).where(
            _link.c.company == company, _link.c.system == system, _link.c.parent_record_id.in_(part)
        )
        mark_dirty_where(connection, company, people, "account")


def _end_absorbed(connection: Connection, company: int, accounts: Sequence[AccountRow], system: str) -> None:
    """Records merged into another one end, also where their CRM shows that only on the survivor."""
    for part in chunks(sorted({record_id for row in accounts for record_id in row.absorbs})):
        ended = (
            _account.c.company == company,
            _account.c.system == system,
            _account.c.record_id.in_(part),
            _account.c.deleted.is_(False),
        )
        known = [dict(row._mapping) for row in connection.execute(select(_account).where(*ended))]
        if known:
            connection.execute(update(_account).where(*ended).values(deleted=True, joined=False))
            _tell(connection, company, system, [], known)
    for row in accounts:
        for absorbed in chunks(row.absorbs):
            _follow_survivor(connection, company, system, absorbed, row.record_id)


def _follow_survivor(
    connection: Connection, company: int, system: str, absorbed: Sequence[str], survivor: str
) -> None:  # fmt: skip
    """Who hung on an absorbed record hangs on the survivor: their CRM moves them without a change of their own."""
    mine = _link.c.company == company, _link.c.system == system, _link.c.parent_record_id.in_(absorbed)
    people = select(_link.c.person_id).where(*mine)
    mark_dirty_where(connection, company, people, "account")
    connection.execute(update(_link).where(*mine).values(parent_record_id=survivor))
    connection.execute(
        update(_opportunity)
        .where(
            _opportunity.c.company == company,
            _opportunity.c.system == system,
            _opportunity.c.account_record_id.in_(absorbed),
        )
        .values(account_record_id=survivor)
    )


def _touch(connection: Connection, company: int, account_ids: Any) -> None:
    mine = _employer.c.company == company, _employer.c.account_id.in_(account_ids), _employer.c.touched.is_(False)
    connection.execute(update(_employer).where(*mine).values(touched=True))
