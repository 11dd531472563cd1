"""The tree of a SOQL statement: plain values without behaviour (sheet section 5)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Path:
    """A field, perhaps through parents: ``Owner.Name``; ``at`` is its offset in the text."""

    parts: tuple[str, ...]
    at: int

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True)
class Literal:
    """A value: ``kind`` is null, boolean, number, string, date, datetime or range (``LAST_N_DAYS:7``)."""

    kind: str
    text: str
    at: int


@dataclass(frozen=True)
class Compare:
    """``path operator literal``."""

    path: Path
    operator: str
    literal: Literal


@dataclass(frozen=True)
class Membership:
    """``path [NOT] IN (...)``, or INCLUDES and EXCLUDES; a sub-select instead of literals is a semi-join."""

    path: Path
    operator: str
    literals: tuple[Literal, ...] = ()
    select: Query | None = None


@dataclass(frozen=True)
class Both:
    """AND of conditions."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Either:
    """OR of conditions."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """NOT of a condition."""

    part: Condition


Condition = Compare | Membership | Both | Either | Not


@dataclass(frozen=True)
class Aggregate:
    """``COUNT(Id) n``; ``path`` is None for ``COUNT()``."""

    function: str
    path: Path | None
    alias: str | None
    at: int


@dataclass(frozen=True)
class FieldGroup:
    """``FIELDS(ALL)``, ``FIELDS(STANDARD)`` or ``FIELDS(CUSTOM)``."""

    which: str
    at: int


@dataclass(frozen=True)
class Order:
    """One ORDER BY term."""

    path: Path
    descending: bool
    nulls_last: bool


@dataclass(frozen=True)
class Query:
    """A whole statement, or a child sub-select, whose ``source`` is a relationship name."""

    text: str
    select: tuple[Path | Aggregate | FieldGroup | Query, ...]
    source: str
    source_at: int
    alias: str | None = None
    where: Condition | None = None
    group_by: tuple[Path, ...] = ()
    order_by: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    all_rows: bool = False
