"""The writes of a story in short: one line per record instead of one per field.

Decides only what is told together; what a single write says is in ``sentences`` and ``story_picture``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from connector.report.story import Happening

SINGLY_MAX = 3
"""So many open writes are told one by one."""
FIELDS_NAMED = 3
WRITE = "write"
WHERE_WORDS = 3
"""System, object and record begin the sentence of a write."""


def open_writes(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """(state, what waits) of each record; the rows of one record with one state and one cause stand together."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        where = f"{row['system']} {row['object']} {row['record_id'] or '(new)'}"
        key = row["state"], where, row["held_by"] or "", row["error_code"] or ""
        groups.setdefault(key, []).append(row["field"])
    for (state, where, held_by, error), fields in groups.items():
        why = f", held by {held_by}" if held_by else ""
        yield state, f"{where}: {_fields(fields)}{f', {error}' if error else ''}{why}"


def together(timeline: Sequence[Happening]) -> Iterator[tuple[Happening, str]]:
    """The timeline with the sentence of each line; several fields written to one record at one moment are one line."""
    for _, group in groupby(timeline, lambda each: (each.at, each.kind, _where(each))):
        entries = list(group)
        if len(entries) == 1 or entries[0].kind != WRITE:
            yield from ((each, each.text) for each in entries)
        else:
            yield entries[0], f"{_where(entries[0])}: {_fields([_field(each) for each in entries])} written"


def _where(entry: Happening) -> str:
    return " ".join(entry.text.split(" ")[:WHERE_WORDS]) if entry.kind == WRITE else ""


def _field(entry: Happening) -> str:
    return entry.text.split(" ", WHERE_WORDS)[-1].partition(": ")[0]


def _fields(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    more = ", ..." if len(names) > FIELDS_NAMED else ""
    return f"{len(names)} fields ({', '.join(names[:FIELDS_NAMED])}{more})"
