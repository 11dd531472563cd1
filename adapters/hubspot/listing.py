"""Reading the pages of a list: most records go from the answer's bytes to the text that is stored, without a detour.

Decides when the short way holds: every value is a text or null, as the vendor says, and the record tells nothing of
merges or of the other CRM. Whatever else comes is read the long way (``records.record``), with the same result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Struct, defstruct

from adapters.hubspot.client import parsed
from adapters.hubspot.objects import SYSTEM, ObjectFacts
from adapters.hubspot.owners import next_after
from adapters.hubspot.records import moment, record
from adapters.typed import layout, write
from connector.model import RawRecord, RecordRef
from connector.ports.adapter import PullRequest
from connector.ports.documents import JsonFields


class Row(Struct, gc=False):
    """One record of a list."""

    id: str
    properties: Any
    createdAt: str | None = None  # noqa: N815  # the vendor's name
    updatedAt: str | None = None  # noqa: N815
    archived: bool = False
    associations: dict[str, Any] | None = None


class Listed(Struct, frozen=True):
    """One page. ``rows``: what was answered beside the records; ``after``: where the next page starts."""

    records: list[RawRecord]
    rows: Sequence[Mapping[str, Any]]
    after: str | None


class ListReader:
    """Reads the pages of one list."""

    def __init__(self, facts: ObjectFacts, request: PullRequest) -> None:
        self._facts = facts
        self._fields = fields = request.fields
        self._tied = bool(request.associations)
        asked = facts.properties(fields)
        known = layout(dict.fromkeys(asked, str | None))
        self._stamp = known.attribute[facts.modified]
        self._identity = [known.attribute[name] for name in facts.identity]
        self._unasked = [known.attribute[name] for name in asked if name not in set(fields)]
        row = defstruct("Row", [("properties", known.struct)], bases=(Row,), gc=False)
        page = defstruct("Page", [("results", list[row]), ("paging", dict[str, Any] | None, None)])  # type: ignore[valid-type]
        self._decode: Any = msgspec.json.Decoder(page).decode

    def read(self, body: bytes) -> Listed:
        """A page's records with the asked properties that were answered."""
        try:
            page = self._decode(body)
        except (msgspec.MsgspecError, ValueError):
            return self._read_slowly(parsed(body))
        rows = [{"associations": row.associations} for row in page.results] if self._tied else ()
        return Listed([self._record(row) for row in page.results], rows, next_after({"paging": page.paging}))

    def _read_slowly(self, answer: Mapping[str, Any]) -> Listed:
        rows = answer.get("results", ())
        return Listed([record(self._facts, row, self._fields) for row in rows], rows, next_after(answer))

    def _record(self, row: Row) -> RawRecord:
        properties = row.properties
        for name in self._identity:
            if getattr(properties, name):
                return record(self._facts, msgspec.to_builtins(row), self._fields)
        stamp = getattr(properties, self._stamp) or row.updatedAt
        for name in self._unasked:
            setattr(properties, name, UNSET)
        return RawRecord(
            RecordRef(SYSTEM, self._facts.name, row.id),
            moment(str(stamp)),
            JsonFields(write(properties)),
            moment(row.createdAt) if row.createdAt else None,
            row.archived,
        )
