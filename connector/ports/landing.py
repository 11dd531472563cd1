"""Storing what a pull brought: rows, watermark and "touched" mark commit together, or not at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from connector.model import RawRecord, Watermark, Wire


class LandedPage(Struct, frozen=True):
    """One page to store. ``stream``: the watermark's name; ``token`` and ``covered_until`` become the watermark."""

    system: str
    object: str
    stream: str
    records: Sequence[RawRecord]
    asked: tuple[str, ...]
    token: Mapping[str, Any]
    covered_until: datetime | None
    landed_at: datetime


class KnownSchema(Struct, frozen=True):
    """Which of the wanted fields an object has, as its schema said at ``checked_at``."""

    fields: tuple[str, ...]
    checked_at: datetime


class Unlike(Struct, frozen=True):
    """What is landed of a record that the CRM answers otherwise. ``is_missing``: nothing living."""

    is_missing: bool
    fields: Mapping[str, Wire]


class LandingStore(Protocol):
    """The landing tables of the store."""

    def known_schema(self, company: int, system: str, object_name: str, wanted: Sequence[str]) -> KnownSchema | None:
        """The latest answer for exactly these wanted fields."""

    def latest_fields(self, company: int, system: str, object_name: str) -> tuple[str, ...] | None:
        """The fields that the object was last read with, whatever was wanted then; ``None`` before the first time."""

    def keep_schema(
        self, company: int, system: str, object_name: str, wanted: Sequence[str], known: KnownSchema
    ) -> None:  # fmt: skip
        """Remember which of the wanted fields exist."""

    def watermark(self, company: int, system: str, stream: str) -> Watermark | None:
        """Where the stream stands; ``None`` before its first page."""

    def land(self, company: int, page: LandedPage) -> int:
        """Store a page in one transaction; returns how many records really changed.

        An older version never replaces a newer one; an unchanged record is not touched; the watermark never moves
        back.
        """

    def records(self, company: int, system: str, object_name: str) -> dict[str, Mapping[str, Wire]]:
        """Record id -> fields of every living record of a small object."""

    def sweep(self, company: int, system: str, object_name: str, present: Collection[str], at: datetime) -> int:
        """A complete read answered just ``present``: the other living records are gone. Returns how many were."""

    def living(self, company: int, system: str, object_name: str, *, since: datetime | None = None) -> set[str]:
        """The ids of every living record; ``since``: only of those that the CRM stamped then or later."""

    def unlike(
        self, company: int, system: str, object_name: str, records: Sequence[RawRecord]
    ) -> dict[str, Unlike]:  # fmt: skip
        """Record id -> what is landed, of those of these records that are not landed just so."""

    def landed(self, company: int, system: str, object_name: str) -> int:
        """How many living records of an object are stored."""
