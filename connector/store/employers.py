"""What an employer's standing follows from, read for many at once, and the standing itself, saved where it changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from connector.ports.accounts import AccountDeal, EmployerParts, EmployerRow, HeldAccount, Interest, Renewals
from connector.store.counters import next_seq
from connector.store.deciders import said_roles
from connector.store.resolving import mark_dirty_where
from connector.store.sql import chunks, table
from connector.store.tables import Account, Activity, Employer, Opportunity, Person

_account, _employer, _person = table(Account), table(Employer), table(Person)
_opportunity, _activity = table(Opportunity), table(Activity)

MATTERS = ("status", "owner_id", "opportunity_owner_id", "customer_owner_id", "mapped")
"""What of an employer changes a decision about its people."""

TOLD = ("parent_account_id", "decision_makers", "products")
"""What is only told of it: nobody is decided about again for that."""

COUNTS = ("people", "people_active")
KEPT = (*MATTERS, *COUNTS, *TOLD, "status_since", "status_why", "due_at")


def parts(
    connection: Connection, company: int, account_ids: Sequence[int], interest: Interest, renewals: Renewals
) -> list[EmployerParts]:
    """What the standings of these employers (one chunk) follow from."""
    records = _records(connection, company, account_ids)
    deals = _deals(connection, company, account_ids, renewals)
    people = _people(connection, company, account_ids)
    active = _last_interest(connection, company, account_ids, interest)
    roles = said_roles(connection, company, account_ids)
    return [
        EmployerParts(
            account_id,
            tuple(records.get(account_id, ())),
            tuple(deals.get(account_id, ())),
            people.get(account_id, 0),
            tuple(active.get(account_id, ())),
            tuple(roles.get(account_id, ())),
        )
        for account_id in account_ids
    ]


def save(
    connection: Connection, company: int, rows: Sequence[EmployerRow], at: datetime, *, counts_matter: bool
) -> None:
    """Keep what changed; nobody of these employers has to be looked at any more."""
    ids = [row.account_id for row in rows]
    mine = _employer.c.company == company, _employer.c.account_id.in_(ids)
    before = {row.account_id: dict(row._mapping) for row in connection.execute(select(_employer).where(*mine))}
    now = {row.account_id: _columns(row, before[row.account_id], at) for row in rows if row.account_id in before}
    seq = next_seq(connection, company)
    moved = {account_id for account_id, values in now.items() if _differ(values, before[account_id], KEPT)}
    changed = [_update_row(account_id, now[account_id], seq) for account_id in sorted(moved)]
    if changed:
        connection.execute(_update_statement(company), changed)
    connection.execute(update(_employer).where(*mine).values(touched=False))
    mattering = (*MATTERS, *COUNTS) if counts_matter else MATTERS
    concerned = [account_id for account_id, values in now.items() if _differ(values, before[account_id], mattering)]
    for part in chunks(concerned):
        people = select(_person.c.person_id).where(
            _person.c.company == company, _person.c.account_id.in_(part), _person.c.merged_into.is_(None)
        )
        mark_dirty_where(connection, company, people, "account")


def _columns(row: EmployerRow, before: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in KEPT} | {"mapped": dict(row.mapped)}
    values["decision_makers"] = [[each.person_id, list(each.roles)] for each in row.decision_makers] or None
    values["products"] = list(row.products) or None
    if values["status_since"] is None:
        # No evidence has a time: it is so since we saw it.
        same = before["status"] == values["status"]
        values["status_since"] = before["status_since"] if same and before["status_since"] is not None else at
    return values


def _differ(values: Mapping[str, Any], before: Mapping[str, Any], names: Sequence[str]) -> bool:
    return any(values[name] != before[name] for name in names)


def _update_row(account_id: int, values: Mapping[str, Any], seq: int) -> dict[str, Any]:
    return {f"new_{name}": value for name, value in values.items()} | {"k_account": account_id, "new_seq": seq}


def _update_statement(company: int) -> Any:
    names = (*KEPT, "seq")
    return (
        update(_employer)
        .where(_employer.c.company == company, _employer.c.account_id == bindparam("k_account"))
        .values({name: bindparam(f"new_{name}", type_=_employer.c[name].type) for name in names})
    )


def _records(connection: Connection, company: int, account_ids: Sequence[int]) -> dict[int, list[HeldAccount]]:
    above = _account.alias("above")
    is_above = (
        (above.c.company == _account.c.company)
        & (above.c.system == _account.c.system)
        & (above.c.record_id == _account.c.parent_record_id)
        & above.c.deleted.is_(False)
    )
    query = (
        select(_account, above.c.account_id.label("parent_account_id"))
        .select_from(_account.outerjoin(above, is_above))
        .where(_account.c.company == company, _account.c.account_id.in_(account_ids), _account.c.deleted.is_(False))
        .order_by(_account.c.system, _account.c.record_id)
    )
    found: dict[int, list[HeldAccount]] = {}
    for row in connection.execute(query):
        owners = (row.owner_id, row.customer_owner_id)
        held = HeldAccount(
            row.system, row.record_id, row.mapped, *owners, row.modified_at, parent_account_id=row.parent_account_id
        )
        found.setdefault(row.account_id, []).append(held)
    return found


def _deals(
    connection: Connection, company: int, account_ids: Sequence[int], renewals: Renewals
) -> dict[int, list[AccountDeal]]:
    same = (
        (_opportunity.c.company == _account.c.company)
        & (_opportunity.c.system == _account.c.system)
        & (_opportunity.c.account_record_id == _account.c.record_id)
    )
    query = (
        select(_opportunity, _account.c.account_id)
        .select_from(_account.join(_opportunity, same))
        .where(_account.c.company == company, _account.c.account_id.in_(account_ids), _opportunity.c.deleted.is_(False))
        .order_by(_opportunity.c.system, _opportunity.c.record_id)
    )
    found: dict[int, list[AccountDeal]] = {}
    for row in connection.execute(query):
        deal = AccountDeal(
            key=f"{row.system}:{row.record_id}",
            is_open=not row.is_closed,
            is_won=row.is_won and (row.amount_cents or 0) > 0,
            renewal=(row.kind or "").casefold() in renewals.kinds,
            created_at=row.created_at,
            closed_at=row.closed_at,
            owner_id=row.owner_id,
            name=row.name,
        )
        found.setdefault(row.account_id, []).append(deal)
    return found


def _people(connection: Connection, company: int, account_ids: Sequence[int]) -> dict[int, int]:
    query = (
        select(_person.c.account_id, func.count())
        .where(_person.c.company == company, _person.c.account_id.in_(account_ids), _person.c.merged_into.is_(None))
        .group_by(_person.c.account_id)
    )
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def _last_interest(
    connection: Connection, company: int, account_ids: Sequence[int], interest: Interest
) -> dict[int, list[datetime]]:
    same = (_activity.c.company == _person.c.company) & (_activity.c.person_id == _person.c.person_id)
    last = func.max(_activity.c.occurred_at)
    query = (
        select(_person.c.account_id, _person.c.person_id, last)
        .select_from(_person.join(_activity, same))
        .where(
            _person.c.company == company,
            _person.c.account_id.in_(account_ids),
            _person.c.merged_into.is_(None),
            _activity.c.signal.in_(interest.signals),
            _activity.c.direction == "human",
            _activity.c.occurred_at >= interest.since,
            _activity.c.occurred_at < interest.until,
            _activity.c.deleted_seq.is_(None),
            _activity.c.duplicate_of.is_(None),
        )
        .group_by(_person.c.account_id, _person.c.person_id)
        .order_by(_person.c.person_id)
    )
    found: dict[int, list[datetime]] = {}
    for account_id, _, at in connection.execute(query):
        found.setdefault(account_id, []).append(at)
    return found
