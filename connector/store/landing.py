"""The landing tables: the latest version of each record, written in sets."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, or_, select, update

from connector.clock import to_micros
from connector.model import RawRecord, Watermark, Wire
from connector.ports.landing import KnownSchema, LandedPage, Unlike
from connector.store.counters import reserve
from connector.store.database import Database
from connector.store.landing_rows import Place, rows_of
from connector.store.landing_upsert import COLUMNS, Upsert, upsert_for
from connector.store.sql import chunks, insert, once, table
from connector.store.tables.company import WatermarkRow
from connector.store.tables.landing import Landing, SchemaSnapshot
from connector.store.types import BigId

_landing = table(Landing)
_watermark = table(WatermarkRow)
_schema = table(SchemaSnapshot)
ID, HASH = COLUMNS.index("record_id"), COLUMNS.index("content_hash")

# What runs with every page is built once: that takes longer than the database does.
_CHANGED = select(func.count()).where(
    *(_landing.c[name] == bindparam(name) for name in ("company", "system", "object")),
    _landing.c.seq >= bindparam("first"),
)
_SCHEMA_ID = select(_schema.c.schema_id).where(
    *(_schema.c[name] == bindparam(name) for name in ("company", "system", "object", "digest"))
)


class SqlLandingStore:
    """``ports.landing.LandingStore`` on SQLite and PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._upsert: Upsert | None = None

    def watermark(self, company: int, system: str, stream: str) -> Watermark | None:
        """Where the stream stands; ``None`` before its first page."""
        query = select(_watermark.c.token, _watermark.c.covered_until).where(
            _watermark.c.company == company, _watermark.c.system == system, _watermark.c.stream == stream
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Watermark(row.token or {}, row.covered_until)

    def known_schema(self, company: int, system: str, object_name: str, wanted: Sequence[str]) -> KnownSchema | None:
        """The latest answer for exactly these wanted fields."""
        query = (
            select(_schema.c.fields, _schema.c.checked_at)
            .where(*_of_object(company, system, object_name), _schema.c.wanted == digest_of(wanted))
            .where(_schema.c.checked_at.is_not(None))
            .order_by(_schema.c.checked_at.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else KnownSchema(tuple(row.fields), row.checked_at)

    def latest_fields(self, company: int, system: str, object_name: str) -> tuple[str, ...] | None:
        """The fields that the object was last read with, whatever was wanted then; ``None`` before the first time."""
        query = (
            select(_schema.c.fields)
            .where(*_of_object(company, system, object_name), _schema.c.checked_at.is_not(None))
            .order_by(_schema.c.checked_at.desc(), _schema.c.schema_id.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else tuple(row.fields)

    def keep_schema(
        self, company: int, system: str, object_name: str, wanted: Sequence[str], known: KnownSchema
    ) -> None:  # fmt: skip
        """Remember which of the wanted fields exist (one transaction)."""
        with self._database.begin(company) as connection:
            schema_id = _schema_id(connection, company, (system, object_name), known.fields, known.checked_at)
            connection.execute(
                update(_schema)
                .where(_schema.c.company == company, _schema.c.schema_id == schema_id)
                .values(wanted=digest_of(wanted), checked_at=known.checked_at)
            )

    def land(self, company: int, page: LandedPage) -> int:
        """Store a page in one transaction; returns how many records really changed."""
        with self._database.begin(company) as connection:
            self._upsert = self._upsert or upsert_for(connection)
            changed = _land_records(connection, company, page, self._upsert) if page.records else 0
            _advance(connection, company, page)
        return changed

    def records(self, company: int, system: str, object_name: str) -> dict[str, Mapping[str, Wire]]:
        """Record id -> fields of every living record of a small object."""
        query = select(_landing.c.record_id, _landing.c.fields).where(*_living(company, system, object_name))
        with self._database.read() as connection:
            return {row.record_id: row.fields for row in connection.execute(query)}

    def sweep(self, company: int, system: str, object_name: str, present: Collection[str], at: datetime) -> int:
        """A complete read answered just ``present``: the other living records are gone (one transaction)."""
        mine = _living(company, system, object_name)
        gone = sorted(self.living(company, system, object_name) - set(present))
        if not gone:
            return 0
        with self._database.begin(company) as connection:
            first = reserve(connection, company, "seq", len(gone))
            rows = [{"key_record": each, "new_seq": first + place} for place, each in enumerate(gone)]
            statement = (
                update(_landing)
                .where(*mine, _landing.c.record_id == bindparam("key_record"))
                .values(deleted_at=at, landed_at=at, content_hash="", seq=bindparam("new_seq", type_=BigId))
            )
            connection.execute(statement, rows)
        return len(gone)

    def living(self, company: int, system: str, object_name: str, *, since: datetime | None = None) -> set[str]:
        """The ids of every living record; ``since``: only of those that the CRM stamped then or later."""
        query = select(_landing.c.record_id).where(*_living(company, system, object_name))
        if since is not None:
            query = query.where(_landing.c.modified_at >= since)
        with self._database.read() as connection:
            return set(connection.execute(query).scalars())

    def unlike(
        self, company: int, system: str, object_name: str, records: Sequence[RawRecord]
    ) -> dict[str, Unlike]:  # fmt: skip
        """Record id -> what is landed, of those of these records that are not landed just so."""
        place = Place(company, system, object_name, 0, 0)
        answered = {row[ID]: row[HASH] for row in rows_of(place, records, 0)}
        named = _landing.c.company == company, _landing.c.system == system, _landing.c.object == object_name
        columns = (_landing.c.record_id, _landing.c.content_hash, _landing.c.deleted_at, _landing.c.fields)
        found = dict.fromkeys(answered, Unlike(True, {}))
        with self._database.read() as connection:
            for part in chunks(sorted(answered)):
                for row in connection.execute(select(*columns).where(*named, _landing.c.record_id.in_(part))):
                    if row.content_hash == answered[row.record_id]:
                        del found[row.record_id]
                    else:
                        found[row.record_id] = Unlike(row.deleted_at is not None, row.fields)
        return found

    def landed(self, company: int, system: str, object_name: str) -> int:
        """How many living records of an object are stored."""
        query = select(func.count()).where(*_living(company, system, object_name))
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())


def _living(company: int, system: str, object_name: str) -> tuple[ColumnElement[bool], ...]:
    named = _landing.c.company == company, _landing.c.system == system, _landing.c.object == object_name
    return (*named, _landing.c.deleted_at.is_(None))


def _land_records(connection: Connection, company: int, page: LandedPage, upsert: Upsert) -> int:
    latest = _latest_by_id(page.records)
    first = reserve(connection, company, "seq", len(latest))
    schema_id = _schema_id(connection, company, (page.system, page.object), page.asked, page.landed_at)
    place = Place(company, page.system, page.object, schema_id, to_micros(page.landed_at))
    upsert.store(connection, rows_of(place, latest, first))
    return _count_changed(connection, company, page, first)


def _count_changed(connection: Connection, company: int, page: LandedPage, first: int) -> int:
    values = {"company": company, "system": page.system, "object": page.object, "first": first}
    return int(connection.execute(_CHANGED, values).scalar_one())


def _latest_by_id(records: Sequence[RawRecord]) -> Sequence[RawRecord]:
    if len({record.ref.record_id for record in records}) == len(records):
        return records
    latest: dict[str, RawRecord] = {}
    for record in records:
        known = latest.get(record.ref.record_id)
        if known is None or record.modified_at >= known.modified_at:
            latest[record.ref.record_id] = record
    return list(latest.values())


def digest_of(names: Sequence[str]) -> str:
    """Names a set of fields."""
    return hashlib.blake2b("\n".join(sorted(names)).encode(), digest_size=16).hexdigest()


def _of_object(company: int, system: str, object_name: str) -> tuple[ColumnElement[bool], ...]:
    return _schema.c.company == company, _schema.c.system == system, _schema.c.object == object_name


def _schema_id(
    connection: Connection, company: int, address: tuple[str, str], asked: Sequence[str], at: datetime
) -> int:  # fmt: skip
    """The id of the set of fields that was asked for, so that absent and null can be told apart later."""
    digest = digest_of(asked)
    values = {"company": company, "system": address[0], "object": address[1], "digest": digest}
    known = connection.execute(_SCHEMA_ID, values).scalar_one_or_none()
    if known is not None:
        return int(known)
    schema_id = reserve(connection, company, "schema")
    connection.execute(
        _schema.insert().values(
            company=company,
            schema_id=schema_id,
            system=address[0],
            object=address[1],
            digest=digest,
            fields=list(asked),
            seen_at=at,
        )
    )
    return schema_id


def _advance(connection: Connection, company: int, page: LandedPage) -> None:
    values = {
        "company": company,
        "system": page.system,
        "stream": page.stream,
        "generation": 0,
        "token": dict(page.token),
        "covered_until": page.covered_until,
        "updated_at": page.landed_at,
    }
    connection.execute(once(_advancing, connection), values)


def _advancing(connection: Connection) -> Any:
    statement = insert(connection, _watermark)
    new, old = statement.excluded.covered_until, _watermark.c.covered_until
    later = case((or_(old.is_(None), new > old), new), else_=old)
    return statement.on_conflict_do_update(
        index_elements=["company", "system", "stream"],
        set_={"token": statement.excluded.token, "covered_until": later, "updated_at": statement.excluded.updated_at},
    )
