"""One definition as people read it."""

from __future__ import annotations

from msgspec import Struct


class Item(Struct, frozen=True):
    """``id`` as it stands in the file, what it means, and the exact conditions line by line."""

    id: str
    text: str
    lines: tuple[str, ...] = ()
