"""Landed records as rows for the driver, and the one statement that stores them.

Decides what is hashed and when a row replaces another. The statement is compiled once and given to the driver with
plain values: a page passes through here for every record a CRM holds, and building the statement and converting each
value by its column's type would cost more than storing it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, case, or_

from connector.clock import to_micros
from connector.model import RawRecord
from connector.ports.documents import JsonFields
from connector.rules.transforms import INTEGER_MAX, storable_text
from connector.store.sql import insert, table
from connector.store.tables.landing import Landing

_landing = table(Landing)
NUL = rb"\u0000"
LONG_NUMBER = re.compile(rb"[:\[,]-?\d{19}")  # perhaps an integer of more than 64 bits
AUTHOR = "modified_by"
COLUMNS = tuple(column.name for column in _landing.columns)


@dataclass(frozen=True)
class Place:
    """Where rows are landed: what all records of one transaction have in common. ``landed_at`` in microseconds."""

    company: int
    system: str
    object: str
    schema_id: int
    landed_at: int


def facts_of(record: RawRecord) -> dict[str, Any]:
    """What an adapter read out of a record, as the JSON document that is stored beside its fields."""
    facts: dict[str, Any] = {}
    if record.created_at is not None:
        facts["created_at"] = to_micros(record.created_at)
    if record.successor is not None:
        successor = record.successor
        facts["successor"] = [successor.system, successor.object, successor.record_id]
        facts["succession"] = record.succession
    if record.absorbs:
        facts["absorbs"] = [[ref.system, ref.object, ref.record_id] for ref in record.absorbs]
    if record.same_as:
        facts["same_as"] = [[ref.system, ref.object, ref.record_id] for ref in record.same_as]
    if record.associations:
        facts["associations"] = {name: list(ids) for name, ids in sorted(record.associations.items())}
    if record.modified_by is not None:
        facts[AUTHOR] = record.modified_by
    return facts


def content_hash(fields: object, facts: Mapping[str, Any], deleted: bool) -> str:
    """A hash of what matters in a record. Who modified it last does not: an echo of ours must hash alike."""
    kept = {name: value for name, value in facts.items() if name != AUTHOR}
    return _hashed(_json(fields), _json(kept), deleted)


def _hashed(fields: bytes, facts: bytes, deleted: bool) -> str:
    content = b"[%b,%b,%b]" % (fields, facts, b"true" if deleted else b"false")
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _json(document: object) -> bytes:
    try:
        written = _dumped(document)
    except UnicodeEncodeError:  # half a character
        return _dumped(_storable(document))
    return _dumped(_storable(document)) if NUL in written or LONG_NUMBER.search(written) else written


_dumped = msgspec.json.Encoder(order="sorted", enc_hook=dict).encode  # a read-only mapping is no dict to it


def _storable(document: Any) -> Any:
    """The same with what no database keeps replaced; such a value is unreadable when it is mapped."""
    if isinstance(document, str):
        return storable_text(document)
    if isinstance(document, Mapping):
        return {storable_text(str(name)): _storable(value) for name, value in document.items()}
    if isinstance(document, list | tuple):
        return [_storable(value) for value in document]
    if isinstance(document, int) and not isinstance(document, bool) and abs(document) > INTEGER_MAX:
        return str(document)
    return document


def rows_of(place: Place, records: Sequence[RawRecord], first_seq: int) -> list[tuple[Any, ...]]:
    """One row per record, in the order of ``COLUMNS``; documents are JSON texts, moments microseconds."""
    address, schema_id, landed_at = (place.company, place.system, place.object), place.schema_id, place.landed_at
    rows = []
    for seq, record in enumerate(records, first_seq):
        fields, modified_at, deleted = _fields_text(record.fields), to_micros(record.modified_at), record.deleted
        kept, stored = _facts_texts(record)
        rows.append(
            (
                *address,
                record.ref.record_id,
                modified_at,
                _hashed(fields, kept, deleted),
                0,
                schema_id,
                modified_at if deleted else None,
                fields.decode(),
                stored.decode(),
                landed_at,
                seq,
            )
        )
    return rows


def _fields_text(fields: Mapping[str, Any]) -> bytes:
    if isinstance(fields, JsonFields):
        text = fields.text
        if b"\\" not in text or NUL not in text:  # one byte is found ten times as fast, and most texts have none
            return text
    return _json(dict(fields))


def _facts_texts(record: RawRecord) -> tuple[bytes, bytes]:
    """What is hashed, and what is stored: that with the author. Most records have but a birth and an author."""
    if record.successor is None and not (record.absorbs or record.same_as or record.associations):
        kept = b"{}" if record.created_at is None else b'{"created_at":%d}' % to_micros(record.created_at)
    else:
        facts = facts_of(record)
        facts.pop(AUTHOR, None)
        kept = _json(facts)
    if record.modified_by is None:
        return kept, kept
    author = _author_text(record.modified_by)
    return kept, kept[:-1] + (author if kept == b"{}" else b"," + author)


@lru_cache(maxsize=1_000)
def _author_text(author: str) -> bytes:
    """The end of a document of facts; few people edit many records."""
    return b'"%b":%b}' % (AUTHOR.encode(), _json(author))


class Upsert:
    """The statement in the words of one database's driver."""

    def __init__(self, connection: Connection) -> None:
        compiled = _upsert(connection).compile(dialect=connection.dialect, column_keys=COLUMNS)
        self._text = str(compiled)
        self._is_positional = bool(compiled.positional)

    def store(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert the rows, or replace older versions by them."""
        values: Any = rows if self._is_positional else [dict(zip(COLUMNS, row, strict=True)) for row in rows]
        connection.exec_driver_sql(self._text, values)


def _upsert(connection: Connection) -> Any:
    """Replace by a newer version; the same content only moves the stamp and is not "touched".

    A deletion carries no fields, so what was known of the record stays.
    """
    statement = insert(connection, _landing)
    new, old = statement.excluded, _landing.c
    differs = new.content_hash != old.content_hash
    gone = new.deleted_at.is_not(None)
    return statement.on_conflict_do_update(
        index_elements=["company", "system", "object", "record_id"],
        set_={
            "modified_at": new.modified_at,
            "content_hash": new.content_hash,
            "schema_id": new.schema_id,
            "deleted_at": new.deleted_at,
            "fields": case((gone, old.fields), else_=new.fields),
            "facts": new.facts,
            "landed_at": case((differs, new.landed_at), else_=old.landed_at),
            "seq": case((differs, new.seq), else_=old.seq),
        },
        where=or_(new.modified_at > old.modified_at, and_(new.modified_at == old.modified_at, differs)),
    )
