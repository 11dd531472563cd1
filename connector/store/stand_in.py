"""Opportunities without any person: the sole contact of their account stands in, where a company allows it.

A stand-in is a row of ``opportunity_person`` like any contact role, under a role id of its own; it goes as soon as a
person is named or a second contact appears.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select, update

from connector.store.records import recount
from connector.store.sql import table, upsert
from connector.store.tables import Account, Link, Opportunity, OpportunityPerson

_account, _link = table(Account), table(Link)
_opportunity, _role = table(Opportunity), table(OpportunityPerson)
SOLE_CONTACT = "sole contact of the account"


def stand_in(connection: Connection, company: int, account_ids: Sequence[int], *, allowed: bool) -> None:
    """Bring the stand-ins of these employers' opportunities (one chunk) to what they should be, and count again."""
    now = _stand_ins(connection, company, account_ids)
    wanted = _wanted(connection, company, account_ids) if allowed else {}
    gone = [role_id for role_id, row in now.items() if role_id not in wanted and not row["deleted"]]
    come = [row for role_id, row in wanted.items() if now.get(role_id) != row]
    if not gone and not come:
        return
    upsert(connection, _role, come, update=["link_object", "link_record_id", "person_id", "role", "deleted"])
    connection.execute(update(_role).where(_role.c.company == company, _role.c.role_id.in_(gone)).values(deleted=True))
    moved = [now[role_id] for role_id in gone] + come + [now[row["role_id"]] for row in come if row["role_id"] in now]
    for system in sorted({row["system"] for row in moved}):
        concerned = sorted({row["record_id"] for row in moved if row["system"] == system})
        recount(connection, company, system, concerned, [row["person_id"] for row in moved])


def _of_accounts(company: int, account_ids: Sequence[int]) -> tuple[Any, Any]:
    """The join of accounts and opportunities, and the condition for these employers."""
    same = (
        (_opportunity.c.company == _account.c.company)
        & (_opportunity.c.system == _account.c.system)
        & (_opportunity.c.account_record_id == _account.c.record_id)
    )
    wanted = (_account.c.company == company) & _account.c.account_id.in_(account_ids)
    return _account.join(_opportunity, same), wanted


def _stand_ins(connection: Connection, company: int, account_ids: Sequence[int]) -> dict[str, dict[str, Any]]:
    joined, wanted = _of_accounts(company, account_ids)
    same = (
        (_role.c.company == _opportunity.c.company)
        & (_role.c.system == _opportunity.c.system)
        & (_role.c.record_id == _opportunity.c.record_id)
    )
    query = select(_role).select_from(joined.join(_role, same)).where(wanted, _role.c.role == SOLE_CONTACT)
    return {row.role_id: dict(row._mapping) for row in connection.execute(query)}


def _wanted(connection: Connection, company: int, account_ids: Sequence[int]) -> dict[str, dict[str, Any]]:
    joined, wanted = _of_accounts(company, account_ids)
    named = (
        select(_role.c.role_id)
        .where(
            _role.c.company == _opportunity.c.company,
            _role.c.system == _opportunity.c.system,
            _role.c.record_id == _opportunity.c.record_id,
            _role.c.deleted.is_(False),
            func.coalesce(_role.c.role, "") != SOLE_CONTACT,
        )
        .exists()
    )
    contact = (
        (_link.c.company == _account.c.company)
        & (_link.c.system == _account.c.system)
        & (_link.c.parent_record_id == _account.c.record_id)
        & (_link.c.state == "active")
    )
    query = (
        select(_opportunity.c.system, _opportunity.c.record_id, _link.c.object, _link.c.record_id, _link.c.person_id)
        .select_from(joined.join(_link, contact))
        .where(wanted, _opportunity.c.deleted.is_(False), ~named)
    )
    found: dict[tuple[str, str], list[Any]] = {}
    for row in connection.execute(query):
        found.setdefault((row[0], row[1]), []).append(row)
    rows = [_row(company, several[0]) for _, several in sorted(found.items()) if len(several) == 1]
    return {row["role_id"]: row for row in rows}


def _row(company: int, sole: Any) -> dict[str, Any]:
    system, record_id, link_object, link_record_id, person_id = sole
    return {
        "company": company,
        "system": system,
        "role_id": f"account:{record_id}",
        "record_id": record_id,
        "link_object": link_object,
        "link_record_id": link_record_id,
        "person_id": person_id,
        "role": SOLE_CONTACT,
        "is_primary": False,
        "deleted": False,
    }
