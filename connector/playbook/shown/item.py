"""One definition as people read it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """``id`` as it stands in the file, what it means, and the exact conditions line by line."""

    id: str
    text: str
    lines: tuple[str, ...] = ()
