"""Users, opportunities and contact roles: landed records that are not people."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, case, delete, func, or_, select, update

from connector.decide.roster import plain_email
from connector.model import RecordRef
from connector.ports.people import Cursor, MemberRow, OpportunityRow, RoleRow, UserRow
from connector.store.account_records import touch_accounts_of_opportunities
from connector.store.counters import next_seq, reserve
from connector.store.resolving import advance, mark_dirty, mark_dirty_where, users_by_owner
from connector.store.sql import chunks, insert_new, table, upsert
from connector.store.tables import (
    CrmUser,
    Link,
    Opportunity,
    OpportunityHistory,
    OpportunityPerson,
    Person,
    QueueMember,
)

_user, _link, _person = table(CrmUser), table(Link), table(Person)
_opportunity, _history, _role = table(Opportunity), table(OpportunityHistory), table(OpportunityPerson)
_member = table(QueueMember)


class _Colleagues:
    """Who has which address, and in which systems they are known."""

    def __init__(self) -> None:
        self._by_email: dict[str, list[int]] = {}
        self._systems: dict[int, set[str]] = {}

    def add(self, system: str, email: str | None, user_id: int) -> None:
        self._systems.setdefault(user_id, set()).add(system)
        same = self._by_email.setdefault(email, []) if email else []
        if user_id not in same:
            same.append(user_id)

    def elsewhere(self, system: str, email: str | None) -> int | None:
        same = self._by_email.get(email or "", [])
        return next((user_id for user_id in same if system not in self._systems[user_id]), None)


def save_users(connection: Connection, company: int, users: Sequence[UserRow], cursor: Cursor) -> None:
    """One colleague in two systems (same e-mail, a sandbox suffix removed) gets one user id.

    Two users of one system never do: an org may give several users one address. The active one is the colleague.
    """
    known = connection.execute(select(_user).where(_user.c.company == company)).all()
    by_owner = {(row.system, row.owner_id): row.user_id for row in known}
    colleagues = _Colleagues()
    for row in known:
        colleagues.add(row.system, plain_email(row.email), row.user_id)
    rows = []
    for user in sorted(users, key=lambda each: not each.active):
        email = plain_email(user.email)
        user_id = by_owner.get((user.system, user.owner_id)) or colleagues.elsewhere(user.system, email)
        if user_id is None:
            user_id = reserve(connection, company, "user")
        colleagues.add(user.system, email, user_id)
        rows.append(
            {
                "company": company,
                "system": user.system,
                "owner_id": user.owner_id,
                "user_id": user_id,
                "email": email,
                "name": user.name,
                "active": user.active,
                "kind": user.kind,
                "manager_owner_id": user.manager_owner_id,
                "team": user.team,
            }
        )
    upsert(connection, _user, rows, update=["email", "name", "active", "kind", "manager_owner_id", "team"])
    again = {(user.system, user.owner_id) for user in users}
    was_active = {row.user_id: row.active for row in known if (row.system, row.owner_id) in again}
    changed = [row["user_id"] for row in rows if was_active.get(row["user_id"], row["active"]) != row["active"]]
    for part in chunks(changed):
        mine = or_(_person.c.owner_id.in_(part), _person.c.last_sales_owner_id.in_(part))
        people = select(_person.c.person_id).where(_person.c.company == company, _person.c.merged_into.is_(None), mine)
        mark_dirty_where(connection, company, people, "owner")
    advance(connection, company, cursor)


def save_opportunities(connection: Connection, company: int, rows: Sequence[OpportunityRow], cursor: Cursor) -> None:
    """Opportunities, their history, and (where the CRM associates directly) who is on them."""
    owners = users_by_owner(connection, company, [(row.system, row.owner) for row in rows if row.owner])
    seq = next_seq(connection, company)
    documents = [_opportunity_row(company, row, owners.get((row.system, row.owner or "")), seq) for row in rows]
    columns = [name for name in documents[0] if name not in ("company", "system", "record_id")] if documents else []
    ids = [row.record_id for row in rows]
    touch_accounts_of_opportunities(connection, company, cursor.system, ids)  # those they had
    upsert(connection, _opportunity, documents, update=columns)
    touch_accounts_of_opportunities(connection, company, cursor.system, ids)  # and those they have
    insert_new(connection, _history, [_history_row(company, row, seq) for row in rows])
    roles = [
        RoleRow(row.system, f"{row.record_id}:{person.record_id}", row.record_id, person, None, False, row.deleted)
        for row in rows
        for person in row.people
    ]
    _end_roles(connection, company, rows, {role.role_id for role in roles})
    _save_roles(connection, company, roles)
    for part in chunks([row.record_id for row in rows]):
        _count_people(connection, company, cursor.system, part)
    advance(connection, company, cursor)


def save_roles(connection: Connection, company: int, rows: Sequence[RoleRow], cursor: Cursor) -> None:
    """Contact roles; the people on the opportunities are counted again."""
    _save_roles(connection, company, rows)
    touch_accounts_of_opportunities(connection, company, cursor.system, sorted({row.opportunity_id for row in rows}))
    for part in chunks(sorted({row.opportunity_id for row in rows})):
        _count_people(connection, company, cursor.system, part)
    advance(connection, company, cursor)


def save_members(connection: Connection, company: int, members: Sequence[MemberRow], gone: Sequence[RecordRef]) -> None:
    """Who is in a queue; a membership that ended is taken away."""
    rows = [
        {
            "company": company,
            "system": each.ref.system,
            "record_id": each.ref.record_id,
            "queue_owner_id": each.queue,
            "member_owner_id": each.member,
        }
        for each in members
    ]
    upsert(connection, _member, rows, update=["queue_owner_id", "member_owner_id"])
    for ref in gone:
        mine = _member.c.company == company, _member.c.system == ref.system, _member.c.record_id == ref.record_id
        connection.execute(delete(_member).where(*mine))


def recount(
    connection: Connection, company: int, system: str, opportunity_ids: Sequence[str], person_ids: Sequence[int | None]
) -> None:
    """Count again the opportunities of everybody on these, and of these people."""
    for part in chunks(opportunity_ids):
        _count_people(connection, company, system, part)
    people = sorted({person_id for person_id in person_ids if person_id is not None})
    for some in chunks(people):
        _count(connection, company, some)
    mark_dirty(connection, company, people, "opportunity")


def attach_people(connection: Connection, company: int, person_ids: Sequence[int]) -> None:
    """Give roles that waited for these people's records their person, and count again."""
    owner = (
        select(_link.c.person_id)
        .where(
            _link.c.company == _role.c.company,
            _link.c.system == _role.c.system,
            _link.c.object == _role.c.link_object,
            _link.c.record_id == _role.c.link_record_id,
        )
        .scalar_subquery()
    )
    for part in chunks(person_ids):
        mine = select(_link.c.record_id).where(_link.c.company == company, _link.c.person_id.in_(part))
        connection.execute(
            update(_role)
            .where(_role.c.company == company, or_(_role.c.link_record_id.in_(mine), _role.c.person_id.in_(part)))
            .values(person_id=owner)
        )
        _count(connection, company, part)


def _save_roles(connection: Connection, company: int, rows: Sequence[RoleRow]) -> None:
    people: dict[tuple[str, str, str], int] = {}
    for part in chunks(sorted({row.person.record_id for row in rows})):
        query = select(_link).where(_link.c.company == company, _link.c.record_id.in_(part))
        people |= {(row.system, row.object, row.record_id): row.person_id for row in connection.execute(query)}
    documents = [
        {
            "company": company,
            "system": row.system,
            "role_id": row.role_id,
            "record_id": row.opportunity_id,
            "link_object": row.person.object,
            "link_record_id": row.person.record_id,
            "person_id": people.get((row.person.system, row.person.object, row.person.record_id)),
            "role": row.role,
            "is_primary": row.is_primary,
            "deleted": row.deleted,
        }
        for row in rows
    ]
    update_columns = ["record_id", "link_object", "link_record_id", "person_id", "role", "is_primary", "deleted"]
    upsert(connection, _role, documents, update=update_columns)


def _end_roles(connection: Connection, company: int, rows: Sequence[OpportunityRow], kept: set[str]) -> None:
    """People who are not associated any more leave their opportunity; contact roles come and go by themselves."""
    for part in chunks([row.record_id for row in rows]):
        query = select(_role.c.system, _role.c.record_id, _role.c.role_id).where(
            _role.c.company == company,
            _role.c.system == rows[0].system,
            _role.c.record_id.in_(part),
            _role.c.deleted.is_(False),
        )
        left = [
            row.role_id
            for row in connection.execute(query)
            if row.role_id.startswith(f"{row.record_id}:") and row.role_id not in kept
        ]
        for some in chunks(left):
            connection.execute(
                update(_role)
                .where(_role.c.company == company, _role.c.system == rows[0].system, _role.c.role_id.in_(some))
                .values(deleted=True)
            )


def _count_people(connection: Connection, company: int, system: str, opportunity_ids: Sequence[str]) -> None:
    query = select(_role.c.person_id).where(
        _role.c.company == company, _role.c.system == system, _role.c.record_id.in_(opportunity_ids)
    )
    people = sorted({row.person_id for row in connection.execute(query) if row.person_id is not None})
    for part in chunks(people):
        _count(connection, company, part)
    mark_dirty(connection, company, people, "opportunity")


def _count(connection: Connection, company: int, person_ids: Sequence[int]) -> None:
    """Open and won (with an amount) opportunities of people, as one statement."""
    opened = case((_opportunity.c.is_closed, 0), else_=1)
    won = case((_opportunity.c.is_won & (func.coalesce(_opportunity.c.amount_cents, 0) > 0), 1), else_=0)

    def total(of: object) -> object:
        return (
            select(func.coalesce(func.sum(of), 0))
            .select_from(
                _role.join(
                    _opportunity,
                    (_opportunity.c.company == _role.c.company)
                    & (_opportunity.c.system == _role.c.system)
                    & (_opportunity.c.record_id == _role.c.record_id),
                )
            )
            .where(
                _role.c.company == company,
                _role.c.person_id == _person.c.person_id,
                _role.c.deleted.is_(False),
                _opportunity.c.deleted.is_(False),
            )
            .scalar_subquery()
        )

    connection.execute(
        update(_person)
        .where(_person.c.company == company, _person.c.person_id.in_(person_ids))
        .values(open_opportunities=total(opened), won_opportunities=total(won))
    )


def _opportunity_row(company: int, row: OpportunityRow, owner_id: int | None, seq: int) -> dict[str, object]:
    return {
        "company": company,
        "system": row.system,
        "record_id": row.record_id,
        "account_record_id": row.account_record_id,
        "stage": row.stage,
        "kind": row.kind,
        "amount_cents": row.amount_cents,
        "is_closed": row.is_closed,
        "is_won": row.is_won,
        "created_at": row.created_at,
        "closed_at": row.closed_at,
        "owner_id": owner_id,
        "deleted": row.deleted,
        "seq": seq,
        "name": row.name,
    }


def _history_row(company: int, row: OpportunityRow, seq: int) -> dict[str, object]:
    return {
        "company": company,
        "system": row.system,
        "record_id": row.record_id,
        "seq": seq,
        "at": row.modified_at,
        "stage": row.stage,
        "amount_cents": row.amount_cents,
        "is_closed": row.is_closed,
        "is_won": row.is_won,
    }
