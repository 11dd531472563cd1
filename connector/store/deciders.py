"""What the CRMs say of people's part in decisions at their employers, and who the decision makers are by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, or_, select

from connector.ports.accounts import SaidRole
from connector.ports.decisions import DecisionMaker
from connector.store.sql import chunks, table
from connector.store.tables import Account, Link, Opportunity, OpportunityPerson, Person

_account, _link, _person = table(Account), table(Link), table(Person)
_opportunity, _role = table(Opportunity), table(OpportunityPerson)
SAID = ("buying_role", "q_authority")
"""Canonical fields of a person's record that may hold such a word."""


def said_roles(connection: Connection, company: int, account_ids: Sequence[int]) -> dict[int, list[SaidRole]]:
    """Account id -> roles of people there: on their records, and in opportunities of the account. One chunk."""
    found: dict[int, list[SaidRole]] = {}
    for account_id, person_id, *words in connection.execute(_on_records(company, account_ids)):
        found.setdefault(account_id, []).extend(SaidRole(person_id, str(word)) for word in words if word)
    for account_id, person_id, role in connection.execute(_in_opportunities(company, account_ids)):
        found.setdefault(account_id, []).append(SaidRole(person_id, role))
    return found


def decision_makers(
    connection: Connection, company: int, known: Mapping[int, Sequence[Any]]
) -> dict[int, tuple[DecisionMaker, ...]]:
    """Account id -> its decision makers by name; ``known``: account id -> [person, [role, ...]] as stored."""
    ids = sorted({int(person_id) for several in known.values() for person_id, _ in several})
    people: dict[int, Any] = {}
    for part in chunks(ids):
        columns = (_person.c.person_id, _person.c.first_name, _person.c.last_name, _person.c.title)
        query = select(*columns).where(
            _person.c.company == company, _person.c.person_id.in_(part), _person.c.merged_into.is_(None)
        )
        people |= {row.person_id: row for row in connection.execute(query)}
    return {
        account_id: tuple(
            DecisionMaker(int(person_id), _name(people[person_id]), people[person_id].title, tuple(roles))
            for person_id, roles in several
            if person_id in people
        )
        for account_id, several in known.items()
    }


def _name(row: Any) -> str:
    return " ".join(part for part in (row.first_name, row.last_name) if part)


def _on_records(company: int, account_ids: Sequence[int]) -> Any:
    same = (_link.c.company == _person.c.company) & (_link.c.person_id == _person.c.person_id)
    words = [_link.c.mapped[name].as_string() for name in SAID]
    return (
        select(_person.c.account_id, _person.c.person_id, *words)
        .select_from(_person.join(_link, same))
        .where(
            _person.c.company == company,
            _person.c.account_id.in_(account_ids),
            _person.c.merged_into.is_(None),
            _link.c.state == "active",
            or_(*(word.is_not(None) for word in words)),
        )
        .order_by(_person.c.person_id, _link.c.link_id)
    )


def _in_opportunities(company: int, account_ids: Sequence[int]) -> Any:
    of_account = (
        (_opportunity.c.company == _account.c.company)
        & (_opportunity.c.system == _account.c.system)
        & (_opportunity.c.account_record_id == _account.c.record_id)
    )
    of_opportunity = (
        (_role.c.company == _opportunity.c.company)
        & (_role.c.system == _opportunity.c.system)
        & (_role.c.record_id == _opportunity.c.record_id)
    )
    return (
        select(_account.c.account_id, _role.c.person_id, _role.c.role)
        .select_from(_account.join(_opportunity, of_account).join(_role, of_opportunity))
        .where(
            _account.c.company == company,
            _account.c.account_id.in_(account_ids),
            _opportunity.c.deleted.is_(False),
            _role.c.deleted.is_(False),
            _role.c.role.is_not(None),
            _role.c.person_id.is_not(None),
        )
        .order_by(_role.c.person_id, _role.c.role_id)
    )
