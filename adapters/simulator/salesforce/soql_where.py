"""Compiles a WHERE tree into one function from a row to true or false (sheet section 5).

Text is compared without case; a null is unequal to every value and neither below nor above one.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from typing import Any

from adapters.simulator.salesforce.org import Fields
from adapters.simulator.salesforce.refusals import Refusal
from adapters.simulator.salesforce.schema import TEXT_TYPES, Field
from adapters.simulator.salesforce.soql_fields import Reader, Scope
from adapters.simulator.salesforce.soql_literals import literal_value, range_bounds
from adapters.simulator.salesforce.soql_syntax import (
    Both,
    Compare,
    Condition,
    Either,
    Literal,
    Membership,
    Not,
    Path,
    Query,
)

Predicate = Callable[[Fields], bool]
SubSelect = Callable[[Query], Iterable[Any]]
_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def predicate(scope: Scope, condition: Condition, sub_select: SubSelect) -> Predicate:
    """The function of a condition; ``sub_select`` gives the values of a semi-join."""
    if isinstance(condition, Both | Either):
        parts = [predicate(scope, part, sub_select) for part in condition.parts]
        return _all(parts) if isinstance(condition, Both) else _any(parts)
    if isinstance(condition, Not):
        inner = predicate(scope, condition.part, sub_select)
        return lambda row: not inner(row)
    if isinstance(condition, Compare):
        return _comparison(scope, condition)
    return _membership(scope, condition, sub_select)


def _all(parts: list[Predicate]) -> Predicate:
    if len(parts) == 2:
        first, second = parts
        return lambda row: first(row) and second(row)
    return lambda row: all(part(row) for part in parts)


def _any(parts: list[Predicate]) -> Predicate:
    if len(parts) == 2:
        first, second = parts
        return lambda row: first(row) or second(row)
    return lambda row: any(part(row) for part in parts)


def _filterable(scope: Scope, path: Path) -> tuple[Field, Reader]:
    field, reader = scope.reader(path)
    if not field.filterable:
        raise Refusal("INVALID_FIELD", f"field '{field.name}' can not be filtered in a query call")
    return field, reader


def _folded(field: Field, reader: Reader) -> Reader:
    if field.type in TEXT_TYPES:

        def fold(row: Fields) -> Any:
            value = reader(row)
            return value.lower() if value is not None else None

        return fold
    if field.type == "boolean":
        return lambda row: bool(reader(row))
    return reader


def _comparison(scope: Scope, condition: Compare) -> Predicate:
    field, raw = _filterable(scope, condition.path)
    if condition.operator == "LIKE":
        return _like(scope, field, raw, condition.literal)
    if condition.literal.kind == "range":
        return _in_range(scope, field, raw, condition)
    reader = _folded(field, raw)
    wanted = literal_value(scope, field, condition.literal)
    if condition.operator == "=":
        return lambda row: reader(row) == wanted
    if condition.operator == "!=":
        return lambda row: reader(row) != wanted
    if field.type == "boolean" or wanted is None:
        message = f"invalid operator on {field.type} field '{field.name}'"
        raise Refusal("INVALID_QUERY_FILTER_OPERATOR", message)
    return _ordering(reader, _ORDERINGS[condition.operator], wanted)


def _ordering(reader: Reader, compare: Callable[[Any, Any], bool], wanted: Any) -> Predicate:
    def test(row: Fields) -> bool:
        value = reader(row)
        return value is not None and compare(value, wanted)

    return test


def _in_range(scope: Scope, field: Field, reader: Reader, condition: Compare) -> Predicate:
    start, end = range_bounds(scope, field, condition.literal)
    tests: dict[str, Callable[[Any], bool]] = {
        "=": lambda value: start <= value < end,
        "!=": lambda value: not start <= value < end,
        "<": lambda value: value < start,
        "<=": lambda value: value < end,
        ">": lambda value: value >= end,
        ">=": lambda value: value >= start,
    }
    test = tests[condition.operator]
    when_null = condition.operator == "!="

    def apply(row: Fields) -> bool:
        value = reader(row)
        return when_null if value is None else test(value)

    return apply


def _like(scope: Scope, field: Field, reader: Reader, literal: Literal) -> Predicate:
    if field.type not in TEXT_TYPES or literal.kind != "string":
        message = f"invalid operator on {field.type} field '{field.name}'"
        raise Refusal("INVALID_QUERY_FILTER_OPERATOR", message)
    pieces = re.findall(r"\\[_%]|[_%]|[^_%\\]+|\\", literal.text)
    pattern = "".join({"%": ".*", "_": "."}.get(piece) or re.escape(piece.removeprefix("\\")) for piece in pieces)
    matches = re.compile(pattern, re.IGNORECASE | re.DOTALL).fullmatch

    def test(row: Fields) -> bool:
        value = reader(row)
        return value is not None and matches(value) is not None

    return test


def _membership(scope: Scope, condition: Membership, sub_select: SubSelect) -> Predicate:
    field, raw = _filterable(scope, condition.path)
    if condition.operator in ("INCLUDES", "EXCLUDES"):
        return _includes(field, raw, condition)
    reader = _folded(field, raw)
    if condition.select is not None:
        wanted = frozenset(sub_select(condition.select))
    else:
        wanted = frozenset(literal_value(scope, field, literal) for literal in condition.literals)
    if condition.operator == "IN":
        return lambda row: reader(row) in wanted
    return lambda row: reader(row) not in wanted


def _includes(field: Field, reader: Reader, condition: Membership) -> Predicate:
    if field.type != "multipicklist":
        message = f"invalid operator on {field.type} field '{field.name}'"
        raise Refusal("INVALID_QUERY_FILTER_OPERATOR", message)
    groups = [set(literal.text.lower().split(";")) for literal in condition.literals]

    def test(row: Fields) -> bool:
        chosen = set((reader(row) or "").lower().split(";"))
        return any(group <= chosen for group in groups)

    return test if condition.operator == "INCLUDES" else lambda row: not test(row)
