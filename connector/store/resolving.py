"""What resolving has in common: reading unresolved landed records, moving the cursor, marking people dirty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, Integer, Select, bindparam, literal, select

from connector.model import RecordRef, Wire
from connector.ports.people import Cursor, LandedRecord
from connector.store.counters import next_seq
from connector.store.sql import chunks, insert, table, upsert
from connector.store.tables import CrmUser, Landing, Person, PersonDirty, WatermarkRow

_landing = table(Landing)
_watermark = table(WatermarkRow)
_dirty = table(PersonDirty)
_person = table(Person)
_user = table(CrmUser)


def stream_of(object_name: str) -> str:
    """The watermark stream of an object's resolve cursor."""
    return f"resolve:{object_name}"


def read_unresolved(
    connection: Connection, company: int, system: str, object_name: str, limit: int
) -> list[LandedRecord]:
    """The next landed records behind the cursor, in known-time order."""
    stream = {"k_company": company, "k_system": system, "k_stream": stream_of(object_name)}
    token = connection.execute(_CURSOR, stream).scalar_one_or_none() or {}
    asked = {"k_company": company, "k_system": system, "k_object": object_name}
    rows = connection.execute(_BEHIND, asked | {"cursor": token.get("seq", 0), "most": limit})
    return [
        LandedRecord(
            RecordRef(system, object_name, row.record_id),
            row.fields,
            row.facts or {},
            row.modified_at,
            row.deleted_at is not None,
            row.seq,
        )
        for row in rows
    ]


# Every object is asked about in every run, and building a question takes longer than answering it.
_CURSOR = select(_watermark.c.token).where(
    *(_watermark.c[name] == bindparam(f"k_{name}") for name in ("company", "system", "stream"))
)
_BEHIND = (
    select(*(_landing.c[name] for name in ("record_id", "fields", "facts", "modified_at", "deleted_at", "seq")))
    .where(*(_landing.c[name] == bindparam(f"k_{name}") for name in ("company", "system", "object")))
    .where(_landing.c.seq > bindparam("cursor"))
    .order_by(_landing.c.seq)
    .limit(bindparam("most", type_=Integer))
)


def read_fields(
    connection: Connection, company: int, address: tuple[str, str], record_ids: Sequence[str]
) -> dict[str, Mapping[str, Wire]]:
    """Record id -> fields of landed records; a deleted one still says what it was."""
    found: dict[str, Mapping[str, Wire]] = {}
    for part in chunks(sorted(set(record_ids))):
        query = select(_landing.c.record_id, _landing.c.fields).where(
            _landing.c.company == company,
            _landing.c.system == address[0],
            _landing.c.object == address[1],
            _landing.c.record_id.in_(part),
        )
        found |= {row.record_id: row.fields for row in connection.execute(query)}
    return found


def advance(connection: Connection, company: int, cursor: Cursor) -> None:
    """Move the resolve cursor; in the same transaction as what came of the records."""
    row = {
        "company": company,
        "system": cursor.system,
        "stream": stream_of(cursor.object),
        "generation": 0,
        "token": {"seq": cursor.seq},
        "covered_until": None,
        "updated_at": cursor.at,
    }
    upsert(connection, _watermark, [row], update=["token", "updated_at"])


def mark_dirty(connection: Connection, company: int, person_ids: Iterable[int | None], why: str) -> None:
    """Put people into the durable "touched" set; those already in it stay."""
    ids = sorted({person for person in person_ids if person is not None})
    if not ids:
        return
    seq = next_seq(connection, company)
    rows = [{"company": company, "person_id": person, "since_seq": seq, "why": why} for person in ids]
    connection.execute(insert(connection, _dirty).on_conflict_do_nothing(), rows)


def mark_dirty_where(connection: Connection, company: int, people: Select[tuple[int]], why: str) -> None:
    """The same for people that a query names (one column, person id)."""
    named = people.subquery()
    source = select(literal(company), named.c[0], literal(next_seq(connection, company)), literal(why)).where(
        named.c[0].is_not(None)
    )
    statement = insert(connection, _dirty).from_select(["company", "person_id", "since_seq", "why"], source.distinct())
    connection.execute(statement.on_conflict_do_nothing())


def users_by_owner(
    connection: Connection, company: int, owners: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """(system, owner id) -> our user id."""
    wanted = set(owners)
    if not wanted:
        return {}
    query = select(_user.c.system, _user.c.owner_id, _user.c.user_id).where(_user.c.company == company)
    return {
        (row.system, row.owner_id): row.user_id
        for row in connection.execute(query)
        if (row.system, row.owner_id) in wanted
    }
