"""Documents as JSON text; answered fields stay the text they are stored as, until somebody looks at them.

A page passes through for every record a CRM holds, and nearly all of it is only stored: reading each field into a value
and writing it again would cost more than the database does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import orjson

from connector.model import Wire


class JsonFields(Mapping[str, Wire]):
    """Fields by name. ``text``: one JSON object in UTF-8, its keys sorted, without a space: as stored and hashed."""

    __slots__ = ("_read", "text")

    def __init__(self, text: bytes) -> None:
        self.text = text
        self._read: dict[str, Wire] | None = None

    @property
    def _values(self) -> dict[str, Wire]:
        if self._read is None:
            self._read = orjson.loads(self.text)
        return self._read

    def __getitem__(self, name: str) -> Wire:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"JsonFields({self.text!r})"


def to_text(document: Any) -> str:
    """Compact JSON, in the order of the document's own keys."""
    try:
        return _encode(document).decode()
    except (UnicodeEncodeError, TypeError):  # half a character; a kind of text of somebody's own
        return json.dumps(document)


def from_text(text: str | bytes) -> Any:
    """The document; also one that only Python's own reader takes."""
    try:
        return _decode(text)
    except msgspec.DecodeError:
        return json.loads(text)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
