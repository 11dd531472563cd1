"""``ports.people.ResolveStore`` on SQLite and PostgreSQL: what resolving reads, and each chunk saved as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, select, tuple_, update

from connector.model import RecordRef, Wire
from connector.ports.people import (
    AccountRow,
    Cursor,
    LandedRecord,
    MemberRow,
    MintedKey,
    OpportunityRow,
    PastChange,
    ResolveCounts,
    ResolvedChunk,
    RoleRow,
    Signal,
    Standing,
    StoredLink,
    UserRow,
)
from connector.store import records
from connector.store.account_records import save_accounts
from connector.store.activities import TIME, release_due, remove_signals, save_signals
from connector.store.database import Database
from connector.store.field_changes import save_history
from connector.store.link_chunk import save_link_chunk
from connector.store.resolving import advance, read_fields, read_unresolved
from connector.store.sql import chunks, table
from connector.store.tables import (
    Activity,
    Link,
    LinkRule,
    MatchKey,
    Opportunity,
    OpportunityPerson,
    OutboxRow,
    WatermarkRow,
)
from connector.store.tables.writes import OF_TASK

_link, _key, _rule, _outbox = table(Link), table(MatchKey), table(LinkRule), table(OutboxRow)
_activity, _role, _opportunity = table(Activity), table(OpportunityPerson), table(Opportunity)
_watermark = table(WatermarkRow)
UNDER_WAY = ("sending", "unknown", "sent")


class SqlResolveStore:
    """Landed records in, people out; every ``save_*`` is one transaction with its cursor."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def objects_read(self, company: int, since: datetime) -> frozenset[tuple[str, str]]:
        """(system, object) of everything that was read up to ``since`` or later."""
        query = select(_watermark.c.system, _watermark.c.stream).where(
            _watermark.c.company == company, _watermark.c.covered_until >= since
        )
        with self._database.read() as connection:
            return frozenset((row.system, row.stream) for row in connection.execute(query))

    def unresolved(self, company: int, system: str, object_name: str, limit: int) -> list[LandedRecord]:
        """The next landed records behind the object's cursor."""
        with self._database.read() as connection:
            return read_unresolved(connection, company, system, object_name, limit)

    def save_users(self, company: int, users: Sequence[UserRow], cursor: Cursor) -> None:
        """Users and queues; one colleague in two systems (same e-mail) gets one user id."""
        with self._database.begin(company) as connection:
            records.save_users(connection, company, users, cursor)

    def save_accounts(self, company: int, accounts: Sequence[AccountRow], cursor: Cursor) -> None:
        """Accounts; the people of a changed account become dirty."""
        with self._database.begin(company) as connection:
            save_accounts(connection, company, accounts, cursor)

    def save_opportunities(self, company: int, rows: Sequence[OpportunityRow], cursor: Cursor) -> None:
        """Opportunities with their history; their people are counted again and become dirty."""
        with self._database.begin(company) as connection:
            records.save_opportunities(connection, company, rows, cursor)

    def save_roles(self, company: int, rows: Sequence[RoleRow], cursor: Cursor) -> None:
        """Contact roles; their people are counted again and become dirty."""
        with self._database.begin(company) as connection:
            records.save_roles(connection, company, rows, cursor)

    def save_signals(self, company: int, signals: Sequence[Signal], gone: Sequence[RecordRef], cursor: Cursor) -> None:
        """Activities; those whose person is not known yet wait for it. ``gone`` records take theirs away."""
        with self._database.begin(company) as connection:
            save_signals(connection, company, signals, cursor.at)
            remove_signals(connection, company, gone)
            advance(connection, company, cursor)

    def save_members(
        self, company: int, members: Sequence[MemberRow], gone: Sequence[RecordRef], cursor: Cursor
    ) -> None:  # fmt: skip
        """Who is in a queue, and the memberships that ended."""
        with self._database.begin(company) as connection:
            records.save_members(connection, company, members, gone)
            advance(connection, company, cursor)

    def save_history(self, company: int, changes: Sequence[PastChange], cursor: Cursor) -> None:
        """What a CRM's own history tells: when fields changed, and who changed them."""
        with self._database.begin(company) as connection:
            save_history(connection, company, changes)
            advance(connection, company, cursor)

    def pass_over(self, company: int, cursor: Cursor) -> None:
        """Records that others look up need no resolving of their own."""
        with self._database.begin(company) as connection:
            advance(connection, company, cursor)

    def release_due(self, company: int, at: datetime) -> int:
        """Activities planned ahead whose time has come (one transaction, none without); returns how many people."""
        query = select(_activity.c.activity_id).where(
            _activity.c.company == company, _activity.c.awaits == TIME, _activity.c.occurred_at <= at
        )
        with self._database.read() as connection:
            if connection.execute(query.limit(1)).first() is None:
                return 0
        with self._database.begin(company) as connection:
            return release_due(connection, company, at)

    def landed_fields(
        self, company: int, system: str, object_name: str, record_ids: Sequence[str]
    ) -> dict[str, Mapping[str, Wire]]:  # fmt: skip
        """Record id -> fields of these landed records, as far as they are known."""
        with self._database.read() as connection:
            return read_fields(connection, company, (system, object_name), record_ids)

    def links_of(self, company: int, refs: Sequence[RecordRef]) -> list[StoredLink]:
        """The links of these records."""
        found: list[StoredLink] = []
        with self._database.read() as connection:
            for part in chunks([(ref.system, ref.object, ref.record_id) for ref in refs]):
                address = tuple_(_link.c.system, _link.c.object, _link.c.record_id)
                rows = connection.execute(select(_link).where(_link.c.company == company, address.in_(part))).all()
                found += _stored(connection, company, rows)
        return found

    def matching(self, company: int, keys: Sequence[tuple[str, str]]) -> list[StoredLink]:
        """Every link that has one of these match keys."""
        by_kind: dict[str, list[str]] = {}
        for kind, value in keys:
            by_kind.setdefault(kind, []).append(value)
        ids: set[int] = set()
        with self._database.read() as connection:
            for kind, values in sorted(by_kind.items()):
                for part in chunks(values):
                    query = select(_key.c.link_id).where(
                        _key.c.company == company, _key.c.kind == kind, _key.c.value.in_(part)
                    )
                    ids |= {row.link_id for row in connection.execute(query)}
            found: list[StoredLink] = []
            for some in chunks(sorted(ids)):
                rows = connection.execute(select(_link).where(_link.c.company == company, _link.c.link_id.in_(some)))
                found += _stored(connection, company, rows.all())
        return found

    def minted(self, company: int, external_keys: Sequence[str]) -> list[MintedKey]:
        """Which of these keys are ours, and for whom they were minted (links and creates under way)."""
        found: list[MintedKey] = []
        with self._database.read() as connection:
            for part in chunks(external_keys):
                linked = select(_link.c.external_key, _link.c.person_id, _link.c.system, _link.c.object).where(
                    _link.c.company == company, _link.c.external_key.in_(part)
                )
                sent = select(_outbox.c.external_key, _outbox.c.person_id, _outbox.c.system, _outbox.c.object).where(
                    _outbox.c.company == company, _outbox.c.external_key.in_(part), _outbox.c.kind == "create"
                )
                for query in (linked, sent):
                    found += [MintedKey(*row) for row in connection.execute(query)]
        return sorted(set(found), key=lambda each: (each.external_key, each.person_id))

    def made(self, company: int, refs: Sequence[RecordRef]) -> frozenset[RecordRef]:
        """Which of these records are tasks that we made."""
        found: set[RecordRef] = set()
        with self._database.read() as connection:
            for part in chunks(sorted({ref.record_id for ref in refs})):
                rows = _outbox.c.company == company, _outbox.c.record_id.in_(part), OF_TASK
                query = select(_outbox.c.system, _outbox.c.object, _outbox.c.record_id).where(*rows)
                found |= {RecordRef(row.system, row.object, row.record_id) for row in connection.execute(query)}
        return frozenset(found) & frozenset(refs)

    def rulings(self, company: int, link_ids: Sequence[int]) -> list[tuple[int, int, str]]:
        """Rulings of people about these links: (link, link, must or cannot)."""
        with self._database.read() as connection:
            rows = connection.execute(select(_rule).where(_rule.c.company == company)).all()
        wanted = set(link_ids)
        return [(row.link_a, row.link_b, row.ruling) for row in rows if {row.link_a, row.link_b} & wanted]

    def save_people(
        self, company: int, chunk: ResolvedChunk, cursor: Cursor, mint: Callable[[], str]
    ) -> ResolveCounts:  # fmt: skip
        """Links, people, keys, histories, activities and dirty marks of a chunk."""
        with self._database.begin(company) as connection:
            counts = save_link_chunk(connection, company, chunk, cursor, mint)
            advance(connection, company, cursor)
        return counts

    def standings(self, company: int, person_ids: Sequence[int]) -> list[Standing]:
        """The links of these people with what decides the primary one."""
        with self._database.read() as connection:
            links = connection.execute(
                select(_link).where(_link.c.company == company, _link.c.person_id.in_(person_ids))
            ).all()
            deals = _opportunities_by_record(connection, company, person_ids)
            touched = _last_activity_by_link(connection, company, person_ids)
        return [
            Standing(
                link_id=row.link_id,
                person_id=row.person_id,
                ref=RecordRef(row.system, row.object, row.record_id),
                family=row.family,
                active=row.state == "active",
                is_primary=row.is_primary,
                open_opportunities=deals.get((row.system, row.record_id), (0, 0))[0],
                won_opportunities=deals.get((row.system, row.record_id), (0, 0))[1],
                last_activity_at=touched.get(row.link_id),
                created_at=row.created_at,
            )
            for row in links
        ]

    def set_primary(self, company: int, person_ids: Sequence[int], primary: Sequence[int]) -> None:
        """Of these people's links exactly ``primary`` are primary; nothing is written when that holds already."""
        mine = _link.c.company == company, _link.c.person_id.in_(person_ids)
        with self._database.read() as connection:
            query = select(_link.c.link_id).where(*mine, _link.c.is_primary)
            now = {row.link_id for row in connection.execute(query)}
        wanted = set(primary)
        if now == wanted:
            return
        with self._database.begin(company) as connection:
            for value, ids in ((False, now - wanted), (True, wanted - now)):
                for part in chunks(sorted(ids)):
                    connection.execute(
                        update(_link)
                        .where(_link.c.company == company, _link.c.link_id.in_(part))
                        .values(is_primary=value)
                    )


def _stored(connection: Connection, company: int, rows: Sequence[Any]) -> list[StoredLink]:
    keys: dict[int, list[tuple[str, str]]] = {}
    for part in chunks([row.link_id for row in rows]):
        query = (
            select(_key).where(_key.c.company == company, _key.c.link_id.in_(part)).order_by(_key.c.kind, _key.c.value)
        )
        for row in connection.execute(query):
            keys.setdefault(row.link_id, []).append((row.kind, row.value))
    return [
        StoredLink(
            link_id=row.link_id,
            person_id=row.person_id,
            ref=RecordRef(row.system, row.object, row.record_id),
            family=row.family,
            external_key=row.external_key,
            state=row.state,
            is_primary=row.is_primary,
            mapped=row.mapped,
            stamps=row.stamps or {},
            created_at=row.created_at,
            modified_at=row.modified_at,
            keys=tuple(keys.get(row.link_id, ())),
            unseen={name: (seen_at, back_at) for name, (seen_at, back_at) in (row.unseen or {}).items()},
        )
        for row in rows
    ]


def _opportunities_by_record(
    connection: Connection, company: int, person_ids: Sequence[int]
) -> dict[tuple[str, str], tuple[int, int]]:
    same = (
        (_opportunity.c.company == _role.c.company)
        & (_opportunity.c.system == _role.c.system)
        & (_opportunity.c.record_id == _role.c.record_id)
    )
    query = (
        select(
            _role.c.system,
            _role.c.link_record_id,
            func.sum(case((_opportunity.c.is_closed, 0), else_=1)),
            func.sum(case((_opportunity.c.is_won, 1), else_=0)),
        )
        .select_from(_role.join(_opportunity, same))
        .where(
            _role.c.company == company,
            _role.c.person_id.in_(person_ids),
            _role.c.deleted.is_(False),
            _opportunity.c.deleted.is_(False),
        )
        .group_by(_role.c.system, _role.c.link_record_id)
    )
    return {(row[0], row[1]): (int(row[2]), int(row[3])) for row in connection.execute(query)}


def _last_activity_by_link(connection: Connection, company: int, person_ids: Sequence[int]) -> dict[int, Any]:
    query = (
        select(_activity.c.link_id, func.max(_activity.c.occurred_at))
        .where(_activity.c.company == company, _activity.c.person_id.in_(person_ids), _activity.c.deleted_seq.is_(None))
        .group_by(_activity.c.link_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
