"""Reading many rows: most go from a page of JSON, or a line of CSV, to the text that is stored, without a detour.

Decides when the short way holds: every asked field is a plain value, and the row was neither merged nor converted.
Whatever else comes is read the long way (``records.record``), with the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Struct, defstruct

from adapters.salesforce.objects import ObjectFacts
from adapters.salesforce.records import SYSTEM, moment, record
from adapters.transport import parse
from adapters.typed import layout, write
from connector.model import RawRecord, RecordRef, Wire
from connector.ports.documents import JsonFields
from connector.rules.transforms import INTEGER_MAX

_PLAIN = str | Annotated[int, msgspec.Meta(ge=-INTEGER_MAX, le=INTEGER_MAX)] | float | bool | None
_IDENTITY: Mapping[str, Any] = {
    "Id": str,
    "CreatedDate": str | None,
    "LastModifiedById": str | None,
    "IsDeleted": bool,
    "MasterRecordId": str | None,
    "ConvertedContactId": str | None,
    "IsConverted": bool,
}


class ReadPage(Struct, frozen=True):
    """One answer to a query."""

    records: tuple[RawRecord, ...]
    done: bool


class PageReader:
    """Reads the answers to one query."""

    def __init__(self, facts: ObjectFacts, fields: Sequence[str]) -> None:
        self._facts = facts
        self._fields = fields
        known = layout({**dict.fromkeys(fields, _PLAIN), **_IDENTITY, facts.stamp: str})
        self._unasked = [own for name, own in known.attribute.items() if name not in set(fields)]
        self._identity = attrgetter(*(known.attribute[name] for name in (facts.stamp, *_IDENTITY)))
        page = defstruct("Page", [("records", list[known.struct]), ("done", bool)])  # type: ignore[name-defined]
        self._decode: Any = msgspec.json.Decoder(page).decode
        self._is_plain = not any("." in name for name in fields)

    def read(self, body: bytes) -> ReadPage:
        """The records with the asked fields that were answered. ``ValueError`` when this is no JSON."""
        if self._is_plain:
            try:
                page = self._decode(body)
                return ReadPage(tuple(map(self._record, page.records)), page.done)
            except msgspec.ValidationError:
                self._is_plain = False  # an address, a parent: the next pages will hold them too
            except (msgspec.MsgspecError, ValueError):
                pass  # half a character, or no JSON at all: the long way tells
        answer = parse(body)
        rows = answer["records"]
        return ReadPage(tuple(record(self._facts, row, self._fields) for row in rows), bool(answer["done"]))

    def _record(self, row: Struct) -> RawRecord:
        stamp, record_id, created, author, deleted, master, contact, _ = self._identity(row)
        if not (stamp and record_id):
            raise ValueError("a row without its id or its stamp")
        if master or contact:
            return self._long(row)
        for name in self._unasked:
            setattr(row, name, UNSET)
        return RawRecord(
            RecordRef(SYSTEM, self._facts.name, record_id),
            moment(stamp),
            JsonFields(write(row)),
            moment(created) if created else None,
            bool(deleted),
            modified_by=author or None,
        )

    def _long(self, row: Struct) -> RawRecord:
        plain = {"attributes": {"type": self._facts.name}, **msgspec.to_builtins(row)}
        return record(self._facts, plain, self._fields)


class RowReader:
    """Reads the lines of one portion of a bulk result. ``readers``: how the cells of a column become values."""

    def __init__(
        self,
        facts: ObjectFacts,
        columns: Sequence[str],
        fields: Sequence[str],
        readers: Mapping[str, Callable[[str], Wire]],
    ) -> None:
        self._facts = facts
        self._columns = columns
        self._fields = fields
        self._readers = readers
        place = {name: number for number, name in enumerate(columns)}
        known = layout(dict.fromkeys((name for name in fields if name in place), _PLAIN))
        self._make = known.struct
        self._convert = [(number, readers[name]) for number, name in enumerate(known.attribute) if name in readers]
        identity = [place.get(name, len(columns)) for name in (facts.stamp, *_IDENTITY)]
        self._cells = itemgetter(*identity, *(place[name] for name in known.attribute))

    def read(self, lines: Iterable[list[str]]) -> tuple[RawRecord, ...]:
        """The records of some lines. An empty cell is null (contract sheet 10b); one that is missing is absent."""
        width, name = len(self._columns), self._facts.name
        cells_of, convert, make = self._cells, self._convert, self._make
        records: list[RawRecord] = []
        for cells in lines:
            if len(cells) != width:
                records.append(self._long(cells))
                continue
            cells.append("")  # stands for the columns that were not asked for
            stamp, record_id, created, author, deleted, master, contact, _, *texts = cells_of(cells)
            if master or contact:
                records.append(self._long(cells[:-1]))
                continue
            values: list[Wire] = [text or None for text in texts]
            for place, read in convert:
                if (text := values[place]) is not None:
                    values[place] = read(text)  # type: ignore[arg-type]  # still the text
            born = moment(created) if created else None
            ref, fields = RecordRef(SYSTEM, name, record_id), JsonFields(write(make(*values)))
            records.append(RawRecord(ref, moment(stamp), fields, born, deleted == "true", modified_by=author or None))
        return tuple(records)

    def _long(self, cells: Sequence[str]) -> RawRecord:
        row: dict[str, Any] = {name: cell or None for name, cell in zip(self._columns, cells, strict=False)}
        for name, read in self._readers.items():
            if cell := row.get(name):
                row[name] = read(cell)
        return record(self._facts, {"attributes": {"type": self._facts.name}, **row}, self._fields)
