"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Dialect, Integer, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

from connector.clock import from_micros, to_micros


class Instant(TypeDecorator[datetime]):
    """A moment: aware datetime outside, integer microseconds UTC in the database.

    SQLite has no datetime, and text stamps would need another dialect for every age; integers sort and
    subtract alike everywhere (ARCHITECTURE section 4).
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | int | None, dialect: Dialect) -> int | None:
        """Accepts an aware datetime, or microseconds as they are."""
        return _stored(value)

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | int | None], int | None]:
        """The same for every value of a statement, without a call in between."""
        return _stored

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """An aware UTC datetime."""
        return _shown


def _stored(value: datetime | int | None) -> int | None:
    if value is None or isinstance(value, int):
        return value
    if value.tzinfo is None:
        raise ValueError("a stored moment must be an aware datetime")
    return to_micros(value)


def _shown(value: Any) -> datetime | None:
    return None if value is None else from_micros(int(value))


BigId = BigInteger().with_variant(Integer(), "sqlite")
"""An integer key; SQLite's own integers are 64 bits wide."""

BytewiseText = String().with_variant(String(collation="C"), "postgresql")
"""A text that sorts by its bytes on either database."""

Document = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""A JSON document."""
