"""SOQL text: the only place where a value or a name becomes part of a query.

Every value is quoted by ``quoted`` or ``instant`` and every name is checked by ``name``; nothing else may
build a query. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from connector.errors import BadConfiguration

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*){0,4}")
_RECORD_ID = re.compile(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?")
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
VALUES_MAX = 400  # a query travels in the URL, which ends at 16,384 bytes with all headers (contract sheet 1.5)
VALUES_LENGTH_MAX_BYTES = 8_000


def name(text: str) -> str:
    """An object or field name, dotted through parents; ``BadConfiguration`` when it is not one."""
    if not _NAME.fullmatch(text):
        raise BadConfiguration(f"{text!r} is not a Salesforce name", where="salesforce")
    return text


def is_record_id(text: str) -> bool:
    """Whether this has the form of a record id (15 or 18 letters and digits)."""
    return _RECORD_ID.fullmatch(text) is not None


def quoted(text: str) -> str:
    """A text literal: the backslash first, then the quote, then what may not stand in a literal."""
    return "'" + "".join(_ESCAPES.get(character, character) for character in text) + "'"


def instant(moment: datetime) -> str:
    """A datetime literal in UTC, whole seconds (the vendor's resolution); naive datetimes are refused."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime cannot be put into a query")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def listed(values: Iterable[str]) -> str:
    """``('a','b')``; never empty, because ``()`` is a malformed query (contract sheet S11)."""
    literals = [quoted(value) for value in values]
    if not literals:
        raise ValueError("an empty list cannot be put into a query")
    return f"({','.join(literals)})"


def select(fields: Sequence[str], object_name: str, *conditions: str, tail: str = "") -> str:
    """A statement; conditions are joined with AND."""
    columns = ",".join(name(field) for field in fields)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {columns} FROM {name(object_name)}{where}{f' {tail}' if tail else ''}"


def chunks(values: Sequence[str], size_max: int = VALUES_MAX) -> Iterator[list[str]]:
    """The values in portions that fit into one query's URL."""
    portion: list[str] = []
    length_bytes = 0
    for value in values:
        cost_bytes = len(quote(quoted(value))) + 3
        if portion and (len(portion) >= size_max or length_bytes + cost_bytes > VALUES_LENGTH_MAX_BYTES):
            yield portion
            portion, length_bytes = [], 0
        portion.append(value)
        length_bytes += cost_bytes
    if portion:
        yield portion
