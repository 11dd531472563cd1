"""What the store tells of the CRMs' own integration with each other, and what it keeps of its copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct


class CopyRule(Struct, frozen=True):
    """What it copies into one object: activities of the system ``origin``.

    ``source``: ``<system>.<object>`` of the copies. ``marks``: how the subject of a copy begins; without a mark copy
    and original stand in the same minute.
    """

    source: str
    origin: str
    marks: tuple[str, ...] = ()


class NativeSyncStore(Protocol):
    """Signs of that integration in what was read."""

    def is_seen(self, company: int, systems: Sequence[str]) -> bool:
        """Whether a living record of one of these systems carries the id of a record of another."""

    def carriers(self, company: int, systems: Sequence[str]) -> int:
        """How many living records do."""

    def mark_copies(self, company: int, rules: Sequence[CopyRule]) -> int:
        """Of the people who changed, every copied activity becomes a duplicate of its original; returns how many did.

        A duplicate whose original is gone, or is another person's by now, counts again.
        """
