"""Small pieces of SQL that mean the same on SQLite and PostgreSQL, and are never NULL where they say so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    String,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    null,
    or_,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from connector.rules.environment import DAY_MICROS

Truth = ColumnElement[bool]
Whole = ColumnElement[int]

NEVER_DAYS = 1_000_000
"""Stands for "does not change any more" inside the statement: a number compares where NULL would not."""


def whole(number: int) -> Whole:
    """An integer written into the text: it is part of the definitions, not of a question."""
    return literal_column(str(number), BigInteger)


def text(value: str) -> ColumnElement[str]:
    """A text constant, bound."""
    return literal(value, String)


def sure(condition: ColumnElement[bool]) -> Truth:
    """False where the condition is NULL."""
    return func.coalesce(condition, false(), type_=Boolean)


def every(conditions: Iterable[Truth]) -> Truth:
    """All hold; true for none."""
    return and_(true(), *conditions)


def some(conditions: Iterable[Truth]) -> Truth:
    """One holds; false for none."""
    return or_(false(), *conditions)


def age_days(as_of: Whole, moment: ColumnElement[int]) -> Whole:
    """Whole days between a moment before ``as_of`` and the last microsecond of that day."""
    return (as_of - whole(1) - moment) // whole(DAY_MICROS)


def total(amount: Whole, counted: Truth) -> Whole:
    """A sum over the counted of a group as an integer (PostgreSQL sums bigint to numeric); NULL when none counts."""
    return cast(func.sum(amount).filter(counted), BigInteger)


class Least(FunctionElement[int]):
    """The smallest of columns that are not NULL; one call, so that the text does not double with every column."""

    name = "least"
    type = BigInteger()
    inherit_cache = True


@compiles(Least)
def _least(element: Least, compiler: SQLCompiler, **options: Any) -> str:
    return f"least({compiler.process(element.clauses, **options)})"


@compiles(Least, "sqlite")
def _least_on_sqlite(element: Least, compiler: SQLCompiler, **options: Any) -> str:
    # SQLite has no least(); its min() of several arguments is that, and of a single one an aggregate.
    return f"min({compiler.process(element.clauses, **options)})"


def least(columns: Sequence[Whole]) -> Whole:
    """The smallest of the columns, which are not NULL."""
    return Least(*columns) if len(columns) > 1 else columns[0]


def clamp(value: Whole, *, low: int | None = None, high: int | None = None) -> Whole:
    """The value held between the limits."""
    limits = []
    if low is not None:
        limits.append((value < whole(low), whole(low)))
    if high is not None:
        limits.append((value > whole(high), whole(high)))
    return case(*limits, else_=value) if limits else value


def first_of(choices: Iterable[tuple[Truth, str]]) -> ColumnElement[str | None]:
    """The word of the first condition that holds, else NULL."""
    pairs = [(condition, text(word)) for condition, word in choices]
    return case(*pairs, else_=null()) if pairs else cast(null(), String)
