"""Whose a row of imported history is: by the key or the e-mail of an imported lead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from connector.store.sql import chunks, table
from connector.store.tables import Link, MatchKey

_link, _key = table(Link), table(MatchKey)
SYSTEM, LEAD, EMAIL = "import", "lead", "email"


def of_leads(company: int) -> Any:
    """The links of imported leads."""
    return (_link.c.company == company) & (_link.c.system == SYSTEM) & (_link.c.object == LEAD)


def people_named(
    connection: Connection, company: int, names: Sequence[str], *, by_key: bool = True, by_email: bool = True
) -> dict[str, int]:
    """Key or e-mail of a lead -> person; a key wins over an e-mail."""
    found: dict[str, int] = {}
    wanted = sorted(set(names))
    same = (_key.c.company == _link.c.company) & (_key.c.link_id == _link.c.link_id)
    for part in chunks(wanted if by_email else ()):
        written: dict[str, list[str]] = {}
        for name in part:
            written.setdefault(name.lower(), []).append(name)
        query = select(_key.c.value, _link.c.person_id).join(_link, same).where(_key.c.company == company)
        query = query.where(_key.c.kind == EMAIL, _key.c.value.in_(list(written))).order_by(_link.c.link_id.desc())
        found |= {name: row.person_id for row in connection.execute(query) for name in written[row.value]}
    for part in chunks(wanted if by_key else ()):
        query = select(_link.c.record_id, _link.c.person_id).where(of_leads(company), _link.c.record_id.in_(part))
        found |= {row.record_id: row.person_id for row in connection.execute(query)}
    return found
