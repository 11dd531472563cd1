"""What people's employers are and who else is looked after there, for a chunk of people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, func, select

from connector.decide.account_structure import in_words
from connector.ports.decisions import AccountFacts
from connector.store.deciders import decision_makers
from connector.store.sql import table
from connector.store.tables import CrmUser, Cycle, Employer, Person

_employer, _person, _cycle, _user = table(Employer), table(Person), table(Cycle), table(CrmUser)
PARTNER_MANAGER = "partner_manager"
COLLEAGUES_MAX = 20
"""Owners of other open leads that are looked at, oldest hand-off first."""

WITH_SALES = ("assigned", "accepted", "working", "sales_qualified")


def account_facts(connection: Connection, company: int, people: Sequence[Any]) -> dict[int, AccountFacts]:
    """Person id -> their employer; ``people`` are person rows (one chunk)."""
    employed = {row.person_id: row.account_id for row in people if row.account_id is not None}
    ids = sorted(set(employed.values()))
    if not ids:
        return {}
    query = select(_employer).where(_employer.c.company == company, _employer.c.account_id.in_(ids))
    employers = {row.account_id: row for row in connection.execute(query)}
    leads = _leads(connection, company, ids)
    described = _described(connection, company, employers)
    return {
        person_id: replace(described[account_id], colleagues=_owners_of_others(leads.get(account_id, []), person_id))
        for person_id, account_id in employed.items()
        if account_id in employers
    }


def account_words(connection: Connection, company: int, row: Any) -> AccountFacts:
    """What is said of one employer: its row in words."""
    return _described(connection, company, {row.account_id: row})[row.account_id]


def _described(connection: Connection, company: int, employers: Mapping[int, Any]) -> dict[int, AccountFacts]:
    """Account id -> the employer with its structure, products and decision makers in words."""
    parents = _names(connection, company, {row.parent_account_id for row in employers.values()})
    managers = _users(connection, company, {_text(row.mapped, PARTNER_MANAGER) for row in employers.values()})
    makers = decision_makers(
        connection, company, {row.account_id: row.decision_makers for row in employers.values() if row.decision_makers}
    )
    return {
        account_id: AccountFacts(
            account_id=account_id,
            status=row.status,
            owner_id=row.owner_id,
            opportunity_owner_id=row.opportunity_owner_id,
            customer_owner_id=row.customer_owner_id,
            partner_manager_id=managers.get(_text(row.mapped, PARTNER_MANAGER)),
            name=_text(row.mapped, "account_name"),
            structure=in_words(
                parents.get(row.parent_account_id), _text(row.mapped, "ownership"), _text(row.mapped, "account_type")
            ),
            current_products=_text(row.mapped, "current_products") or "; ".join(row.products or ()),
            decision_makers=makers.get(account_id, ()),
        )
        for account_id, row in employers.items()
    }


def _users(connection: Connection, company: int, owner_ids: Iterable[str | None]) -> dict[str | None, int]:
    """Owner id (of any CRM: they do not look alike) -> the colleague."""
    ids = sorted({each for each in owner_ids if each is not None})
    if not ids:
        return {}
    query = select(_user.c.owner_id, _user.c.user_id).where(_user.c.company == company, _user.c.owner_id.in_(ids))
    return {row.owner_id: row.user_id for row in connection.execute(query)}


def _names(connection: Connection, company: int, account_ids: Iterable[int | None]) -> dict[int | None, str | None]:
    ids = sorted({each for each in account_ids if each is not None})
    if not ids:
        return {}
    query = select(_employer).where(_employer.c.company == company, _employer.c.account_id.in_(ids))
    return {row.account_id: _text(row.mapped, "account_name") for row in connection.execute(query)}


def _text(mapped: Mapping[str, Any], name: str) -> str | None:
    return str(mapped[name]) if mapped.get(name) not in (None, "") else None


def _leads(connection: Connection, company: int, account_ids: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
    """Account id -> (person, owner) of the leads that sales works there, the longest with sales first."""
    same = (_cycle.c.company == _person.c.company) & (_cycle.c.person_id == _person.c.person_id)
    query = (
        select(_person.c.account_id, _person.c.person_id, _person.c.owner_id)
        .select_from(_person.join(_cycle, same))
        .where(
            _person.c.company == company,
            _person.c.account_id.in_(account_ids),
            _person.c.merged_into.is_(None),
            _person.c.owner_id.is_not(None),
            _cycle.c.closed_at.is_(None),
            _cycle.c.disposition.in_(WITH_SALES),
        )
        .order_by(func.coalesce(_cycle.c.handed_off_at, _cycle.c.opened_at), _person.c.person_id)
    )
    found: dict[int, list[tuple[int, int]]] = {}
    for account_id, person_id, owner_id in connection.execute(query):
        found.setdefault(account_id, []).append((person_id, owner_id))
    return found


def _owners_of_others(leads: Sequence[tuple[int, int]], person_id: int) -> tuple[int, ...]:
    owners = (owner_id for other, owner_id in leads if other != person_id)
    return tuple(dict.fromkeys(owners))[:COLLEAGUES_MAX]
