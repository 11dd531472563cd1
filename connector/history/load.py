"""A CSV file into the store, chunk by chunk: unusable rows are listed and skipped, the same file again changes nothing.

Streams: beside one chunk it keeps a short fingerprint of every key, to notice the same key twice.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from msgspec import Struct

from connector.errors import BadConfiguration
from connector.history.cells import Unusable
from connector.history.map_file import HistoryMap
from connector.history.rows import Reading
from connector.ports.history import HistoryStore, PastActivity, PastDeal, PastLead, Saved

CHUNK = 1_000
BAD_ROWS_SHOWN = 1_000
DELIMITERS = (",", ";", "\t", "|")
"""Tried in this order where the map names none."""
ROW = "*"
"""The column of a row that is unusable as a whole."""

Past = PastLead | PastActivity | PastDeal


class BadRow(Struct, frozen=True):
    """A skipped row: the line it ends on, the column, and why."""

    line: int
    column: str
    reason: str


@dataclass
class Imported:
    """What became of a file. ``repeated``: the same activity once more in the file. ``bad``: the first thousand."""

    company: str
    kind: str
    file: str
    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    repeated: int = 0
    bad_rows: int = 0
    bad: list[BadRow] = field(default_factory=list)
    unread: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 when rows were skipped."""
        return 1 if self.bad_rows else 0

    def refuse(self, line: int, column: str, reason: str) -> None:
        """Count a bad row, and keep it while there is room."""
        self.bad_rows += 1
        if len(self.bad) < BAD_ROWS_SHOWN:
            self.bad.append(BadRow(line, column, reason))

    def add(self, saved: Saved) -> None:
        """Count a saved chunk."""
        self.new += saved.new
        self.changed += saved.changed
        self.same += saved.same

    def as_json(self) -> dict[str, Any]:
        """The figures for scripts."""
        counts = {name: getattr(self, name) for name in ("rows", "new", "changed", "same", "repeated", "bad_rows")}
        listed = [{"line": each.line, "column": each.column, "reason": each.reason} for each in self.bad]
        head = {"company": self.company, "as": self.kind, "file": self.file}
        return head | counts | {"bad": listed, "unread_columns": list(self.unread), "notes": list(self.notes)}


class Target(Struct, frozen=True):
    """Where rows go: the store company and how new people get their keys."""

    store: HistoryStore
    company: int
    now: datetime
    mint: Callable[[], str]
    note: Callable[[str], None]


def load_file(path: Path, reading: Reading, target: Target, company: str) -> Imported:
    """Read the whole file; ``BadConfiguration`` when it, or its header, cannot be used at all."""
    imported = Imported(company, reading.map.kind, path.name, notes=_notes(reading.map))
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            _load(stream, reading, target, imported)
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfiguration(
            f"cannot be read ({type(error).__name__})", where=str(path), remedy="save it as CSV in UTF-8"
        ) from error
    imported.bad.sort(key=lambda each: each.line)
    return imported


def _load(stream: TextIO, reading: Reading, target: Target, imported: Imported) -> None:
    reader = csv.reader(stream, delimiter=_delimiter(stream, reading.map), strict=True)
    header = _header(reader, reading.map, imported)
    chunk: list[tuple[int, Past]] = []
    for line, past in _usable(reader, header, reading, imported):
        chunk.append((line, past))
        if len(chunk) == CHUNK:
            _save(chunk, reading.map, target, imported)
            chunk = []
    _save(chunk, reading.map, target, imported)


def _delimiter(stream: TextIO, wanted: HistoryMap) -> str:
    """The map's own, else the first by which the first line has the columns that the map names."""
    if wanted.delimiter is not None or not stream.seekable():
        return wanted.delimiter or DELIMITERS[0]
    line = stream.readline()
    stream.seek(0)
    needed = wanted.columns().keys()
    return next((each for each in DELIMITERS if needed <= _names(line, each)), DELIMITERS[0])


def _names(line: str, delimiter: str) -> set[str]:
    return {name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])}


def _header(reader: Any, wanted: HistoryMap, imported: Imported) -> list[str]:
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise BadConfiguration(f"the first line is not CSV ({error})", where=f"{imported.file}: line 1") from error
    columns = wanted.columns()
    for column, what in columns.items():
        if column not in header:
            found = ", ".join(header[:12]) or "none"
            raise BadConfiguration(
                f'no column "{column}" ({what})', where=f"{imported.file}: line 1", remedy=f"its columns are: {found}"
            )
    twice = sorted({name for name in header if name in columns and header.count(name) > 1})
    if twice:
        raise BadConfiguration(f'the column "{twice[0]}" is there twice', where=f"{imported.file}: line 1")
    imported.unread = tuple(name for name in header if name not in columns)
    return header


def _usable(reader: Any, header: list[str], reading: Reading, imported: Imported) -> Iterator[tuple[int, Past]]:
    kinds: dict[str, Callable[[Mapping[str, str]], Past]]
    kinds = {"lead": reading.lead, "activity": reading.activity, "deal": reading.deal}
    read = kinds[reading.map.kind]
    seen: set[int] = set()
    for line, cells in _lines(reader, imported):
        imported.rows += 1
        if len(cells) != len(header):
            imported.refuse(line, ROW, f"{len(cells)} cells instead of {len(header)}")
            continue
        try:
            past = read(dict(zip(header, cells, strict=True)))
        except Unusable as unusable:
            imported.refuse(line, unusable.column, unusable.reason)
            continue
        fingerprint = int.from_bytes(hashlib.blake2b(past.key.encode(), digest_size=8).digest(), "big")
        if fingerprint not in seen:
            seen.add(fingerprint)
            yield line, past
        elif reading.map.key is None:
            imported.repeated += 1
        else:
            imported.refuse(line, reading.map.key, "the key was on an earlier line")


def _lines(reader: Any, imported: Imported) -> Iterator[tuple[int, list[str]]]:
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            imported.rows += 1
            imported.refuse(reader.line_num, ROW, f"not CSV ({error})")
            continue
        if cells is None:
            return
        if cells:
            yield reader.line_num, cells


def _save(chunk: Sequence[tuple[int, Past]], wanted: HistoryMap, target: Target, imported: Imported) -> None:
    if not chunk:
        return
    saved = _stored([past for _line, past in chunk], target)
    imported.add(saved)
    for place in saved.unknown:
        column = wanted.person or wanted.key or ROW
        imported.refuse(chunk[place][0], column, "no imported lead has this key or e-mail; import the leads first")
    target.note(f"{imported.file}: {imported.rows} rows")


def _stored(rows: Sequence[Past], target: Target) -> Saved:
    leads = [row for row in rows if isinstance(row, PastLead)]
    if leads:
        return target.store.save_leads(target.company, leads, target.now, target.mint)
    activities = [row for row in rows if isinstance(row, PastActivity)]
    if activities:
        return target.store.save_activities(target.company, activities, target.now)
    return target.store.save_deals(target.company, [row for row in rows if isinstance(row, PastDeal)], target.now)


def _notes(wanted: HistoryMap) -> tuple[str, ...]:
    """What the map cannot give, and what is therefore left out later."""
    notes = []
    if wanted.is_order:
        notes.append("rows have an order but no date: decay, weeks, horizons and time to close are skipped for them")
    if wanted.kind == "lead" and not any(each.name in ("email", "phone", "mobile") for each in wanted.fields):
        notes.append("no e-mail or phone column: everybody is taken to be reachable")
    if wanted.kind == "lead" and wanted.won is not None:
        notes.append("won by a column of the lead: without an amount")
    if wanted.kind == "lead" and not any(each.at for each in wanted.fields) and wanted.fields:
        notes.append("no column has a date of its own (at): every value is taken to be known when the lead came")
    return tuple(notes)
