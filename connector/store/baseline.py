"""Settled pairs per link: one JSON document per link, merged field by field inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, select

from connector.ports.outbox import SettledPair
from connector.store.sql import chunks, table, upsert
from connector.store.tables import BaselineRow

_baseline = table(BaselineRow)

Pairs = Mapping[int, Mapping[str, SettledPair]]
"""link id -> field -> pair."""


def load(connection: Connection, company: int, link_ids: Iterable[int]) -> dict[int, dict[str, SettledPair]]:
    """The pairs of these links; a link or field without one is unknown."""
    return {
        link_id: {name: SettledPair(*triple) for name, triple in fields.items()}
        for link_id, fields in _documents(connection, company, sorted(set(link_ids))).items()
    }


def move(connection: Connection, company: int, pairs: Pairs, seq: int) -> None:
    """Merge new pairs in; a pair without a position of its own gets ``seq``."""
    known = _documents(connection, company, sorted(pairs))
    rows = [
        {"company": company, "link_id": link_id, "fields": known.get(link_id, {}) | _as_document(fields, seq)}
        for link_id, fields in sorted(pairs.items())
        if fields
    ]
    upsert(connection, _baseline, rows, update=["fields"])


def _as_document(fields: Mapping[str, SettledPair], seq: int) -> dict[str, Any]:
    return {name: [pair.ours, pair.wire, pair.agreed_seq or seq] for name, pair in fields.items()}


def _documents(connection: Connection, company: int, link_ids: list[int]) -> dict[int, dict[str, Any]]:
    documents: dict[int, dict[str, Any]] = {}
    for part in chunks(link_ids):
        query = select(_baseline.c.link_id, _baseline.c.fields).where(
            _baseline.c.company == company, _baseline.c.link_id.in_(part)
        )
        documents |= {row.link_id: row.fields for row in connection.execute(query)}
    return documents
