"""Landed records as rows for the driver: plain values, documents as texts.

Decides what is hashed. A record passes through here for every one a CRM holds, so each saves what it can; converting
each value by its column's type would cost more than storing it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct

from connector.clock import to_micros
from connector.model import RawRecord
from connector.ports.documents import JsonFields
from connector.rules.transforms import INTEGER_MAX, storable_text

NUL = rb"\u0000"
LONG_NUMBER = re.compile(rb"[:\[,]-?\d{19}")  # perhaps an integer of more than 64 bits
AUTHOR = "modified_by"
Row = tuple[Any, ...]


class Place(Struct, frozen=True):
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


def echoed(fields: Mapping[str, Any], facts: Mapping[str, Any], deleted: bool) -> tuple[str, str]:
    """What is stored of a record that holds what we wrote: the text of its fields, and the hash of what matters in it.

    Who modified it last does not matter: an echo of ours must hash alike.
    """
    text = _json(fields)
    kept = {name: value for name, value in facts.items() if name != AUTHOR}
    return text.decode(), _hashed(text, _json(kept), deleted)


def _hashed(fields: bytes, facts: bytes, deleted: bool) -> str:
    content = b"[%b,%b,%b]" % (fields, facts, b"true" if deleted else b"false")
    return blake2b(content, digest_size=16).hexdigest()


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


def rows_of(place: Place, records: Iterable[RawRecord], first_seq: int) -> Iterator[Row]:
    """One row per record, in the order of the table's columns; documents are JSON texts, moments microseconds.

    Each is made when the driver takes it: all together they leave the processor's caches before they are stored.
    """
    company, system, object_name = place.company, place.system, place.object
    schema_id, landed_at = place.schema_id, place.landed_at
    for seq, record in enumerate(records, first_seq):
        fields, kept = _fields_text(record.fields), _kept_facts(record)
        modified_at, deleted = to_micros(record.modified_at), record.deleted
        yield (
            company,
            system,
            object_name,
            record.ref.record_id,
            modified_at,
            _hashed(fields, kept, deleted),
            0,
            schema_id,
            modified_at if deleted else None,
            fields.decode(),
            kept.decode() if record.modified_by is None else _authored(kept, record.modified_by).decode(),
            landed_at,
            seq,
        )


def _fields_text(fields: Mapping[str, Any]) -> bytes:
    if isinstance(fields, JsonFields):
        text = fields.text
        if b"\\" not in text or NUL not in text:  # one byte is found ten times as fast, and most texts have none
            return text
    return _json(dict(fields))


def _kept_facts(record: RawRecord) -> bytes:
    """What is hashed: all but the author. Most records have but a birth."""
    if record.successor is None and not (record.absorbs or record.same_as or record.associations):
        return b"{}" if record.created_at is None else b'{"created_at":%d}' % to_micros(record.created_at)
    facts = facts_of(record)
    facts.pop(AUTHOR, None)
    return _json(facts)


def _authored(kept: bytes, author: str) -> bytes:
    """What is stored: that with the author."""
    text = _author_text(author)
    return kept[:-1] + (text if kept == b"{}" else b"," + text)


@lru_cache(maxsize=1_000)
def _author_text(author: str) -> bytes:
    """The end of a document of facts; few people edit many records."""
    return b'"%b":%b}' % (AUTHOR.encode(), _json(author))
