"""A person's word that somebody is one of their own: rulings against everybody they could be taken for.

In the caller's transaction.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select, update

from connector.store.resolving import mark_dirty
from connector.store.sql import insert_new, table
from connector.store.tables import Link, LinkRule, MatchKey, Person

_person, _link, _key, _rule = table(Person), table(Link), table(MatchKey), table(LinkRule)
EMAILS = ("email", "email_secondary")


def keep_apart(connection: Connection, company: int, person_id: int, by: str, at: datetime) -> bool:
    """Rule a person apart from everybody who has an e-mail of theirs; ``False``: nobody was in doubt about them."""
    mine = _person.c.company == company, _person.c.person_id == person_id
    unclear = update(_person).where(*mine, _person.c.provisional.is_(True)).values(provisional=False)
    if not connection.execute(unclear).rowcount:
        return False
    rivals = _sharing(connection, company, person_id)
    # A ruling is about two records and holds for whoever they belong to.
    first = _first_links(connection, company, [person_id, *rivals])
    pairs = [sorted((first[person_id], first[other])) for other in rivals if person_id in first and other in first]
    row = {"company": company, "ruling": "cannot", "actor": by, "at": at}
    insert_new(connection, _rule, [{"link_a": one, "link_b": other, **row} for one, other in pairs])
    mark_dirty(connection, company, [person_id], "apart")
    return True


def _sharing(connection: Connection, company: int, person_id: int) -> list[int]:
    own = (
        select(_key.c.value)
        .join(_link, (_link.c.company == _key.c.company) & (_link.c.link_id == _key.c.link_id))
        .where(_key.c.company == company, _key.c.kind.in_(EMAILS), _link.c.person_id == person_id)
    )
    others = (
        select(_link.c.person_id)
        .join(_key, (_key.c.company == _link.c.company) & (_key.c.link_id == _link.c.link_id))
        .where(_link.c.company == company, _key.c.kind.in_(EMAILS), _key.c.value.in_(own))
        .where(_link.c.person_id != person_id)
    )
    return sorted({row.person_id for row in connection.execute(others)})


def _first_links(connection: Connection, company: int, people: list[int]) -> dict[int, int]:
    query = select(_link.c.person_id, func.min(_link.c.link_id).label("first")).where(
        _link.c.company == company, _link.c.person_id.in_(people), _link.c.state == "active"
    )
    return {row.person_id: row.first for row in connection.execute(query.group_by(_link.c.person_id))}
