"""Imported deals as opportunities with the one person they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, tuple_

from connector.ports.history import PastDeal
from connector.store.counters import next_seq
from connector.store.history_people import LEAD, SYSTEM
from connector.store.sql import chunks, table, upsert
from connector.store.tables import Opportunity, OpportunityPerson

_opportunity, _role = table(Opportunity), table(OpportunityPerson)
DEAL_COLUMNS = ("is_won", "is_closed", "amount_cents", "created_at", "closed_at", "deleted")


def forget_deals(connection: Connection, company: int, keys: Sequence[str]) -> None:
    """These deals are not told of any more."""
    for part in chunks(keys):
        connection.execute(_of_deals(delete(_role), _role, company, part))
        connection.execute(_of_deals(delete(_opportunity), _opportunity, company, part))


def _of_deals(statement: Any, target: Any, company: int, keys: Sequence[str]) -> Any:
    return statement.where(target.c.company == company, target.c.system == SYSTEM, target.c.record_id.in_(keys))


def save_deals(connection: Connection, company: int, deals: Sequence[tuple[PastDeal, int]]) -> None:
    """Deals with the person each belongs to."""
    seq = next_seq(connection, company)
    rows = [
        {
            "company": company,
            "system": SYSTEM,
            "record_id": deal.key,
            "amount_cents": deal.amount_cents,
            "is_closed": deal.is_won or deal.closed_at is not None,
            "is_won": deal.is_won,
            "created_at": deal.created_at,
            "closed_at": deal.closed_at,
            "deleted": False,
            "seq": seq,
        }
        for deal, _person_id in deals
    ]
    upsert(connection, _opportunity, rows, update=(*DEAL_COLUMNS, "seq"))
    roles = [
        {
            "company": company,
            "system": SYSTEM,
            "role_id": deal.key,
            "record_id": deal.key,
            "link_object": LEAD,
            "link_record_id": deal.person,
            "person_id": person,
        }
        for deal, person in deals
    ]
    upsert(connection, _role, roles, update=("person_id", "link_record_id"))


def deal_state(deal: PastDeal, person: int) -> tuple[Any, ...]:
    """What is compared to tell a changed deal from an unchanged one."""
    closed = deal.is_won or deal.closed_at is not None
    return (person, deal.is_won, closed, deal.amount_cents, deal.created_at, deal.closed_at, False)


def known_deals(connection: Connection, company: int, keys: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Deal key -> its state as it is stored."""
    found: dict[str, tuple[Any, ...]] = {}
    same = tuple_(_role.c.company, _role.c.system, _role.c.role_id) == tuple_(
        _opportunity.c.company, _opportunity.c.system, _opportunity.c.record_id
    )
    columns = [_opportunity.c[name] for name in DEAL_COLUMNS]
    for part in chunks(keys):
        query = select(_opportunity.c.record_id, _role.c.person_id, *columns).select_from(
            _opportunity.join(_role, same)
        )
        query = _of_deals(query, _opportunity, company, part)
        names = ("person_id", *DEAL_COLUMNS)
        found |= {row.record_id: tuple(row._mapping[name] for name in names) for row in connection.execute(query)}
    return found
