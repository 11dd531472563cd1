"""Decides which records a search filter matches; must not know the index, paging or HTTP.

Contract sheet 2.4: texts are compared without case, enumerations with it, and ``IN`` on texts wants lower-case
values. NEQ, NOT_IN and NOT_CONTAINS_TOKEN also match records without a value (unconfirmed).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from adapters.simulator.hubspot.moments import canonical_date, canonical_datetime
from adapters.simulator.hubspot.refusals import validation
from adapters.simulator.hubspot.schema import Property

Values = Mapping[str, str]
Predicate = Callable[[Values], bool]
Comparable = str | float
_TOKEN = re.compile(r"[^\w*]+")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "LT": lambda left, right: bool(left < right),
    "LTE": lambda left, right: bool(left <= right),
    "GT": lambda left, right: bool(left > right),
    "GTE": lambda left, right: bool(left >= right),
}
OPERATORS = frozenset(
    {
        "EQ",
        "NEQ",
        "BETWEEN",
        "IN",
        "NOT_IN",
        "HAS_PROPERTY",
        "NOT_HAS_PROPERTY",
        "CONTAINS_TOKEN",
        "NOT_CONTAINS_TOKEN",
    }
    | _COMPARE.keys()
)


def predicate(prop: Property, row: Mapping[str, Any]) -> Predicate:
    """The test for one filter on a property; refuses unknown operators and missing operands."""
    operator = row.get("operator")
    if operator not in OPERATORS:
        raise validation(f"Invalid operator {operator} in a search filter on {prop.name}")
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        wanted, name = operator == "HAS_PROPERTY", prop.name
        return lambda values: (name in values) is wanted
    if operator in ("IN", "NOT_IN"):
        return _membership(prop, row, negated=operator == "NOT_IN")
    if operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
        return _tokens(prop, row, negated=operator == "NOT_CONTAINS_TOKEN")
    if operator == "BETWEEN":
        return _between(prop, row)
    return _single(prop, row, operator)


def sort_key(prop: Property) -> Callable[[Values], Comparable]:
    """A key for sorting records that have a value of the property."""
    name = prop.name
    if prop.type in ("datetime", "date"):
        return lambda values: values[name]
    return lambda values: comparable(prop, values[name])


def comparable(prop: Property, value: str) -> Comparable:
    """A stored value in the form it is compared in."""
    if prop.type == "number":
        return float(value)
    return value if prop.type in ("enumeration", "datetime", "date", "bool") else value.lower()


def _operand(prop: Property, value: Any) -> Comparable:
    text = "true" if value is True else "false" if value is False else str(value)
    if prop.type == "number":
        try:
            return float(text)
        except ValueError:
            raise validation(f"{text} was not a valid number in a search filter on {prop.name}") from None
    if prop.type in ("datetime", "date"):
        parsed = canonical_datetime(text) if prop.type == "datetime" else _day(text)
        if parsed is None:
            raise validation(f"{text} was not a valid date in a search filter on {prop.name}")
        return parsed
    return text if prop.type == "enumeration" else text.lower()


def _day(text: str) -> str | None:
    moment = canonical_datetime(text) if len(text) != 10 or text.isdigit() else None
    return moment[:10] if moment else canonical_date(text)


def _required(prop: Property, row: Mapping[str, Any], name: str) -> Any:
    value = row.get(name)
    if value is None or value == "" or value == []:
        raise validation(f"{name} is required in a search filter with {row.get('operator')} on {prop.name}")
    return value


def _single(prop: Property, row: Mapping[str, Any], operator: str) -> Predicate:
    wanted, name = _operand(prop, _required(prop, row, "value")), prop.name
    if operator in ("EQ", "NEQ"):
        negated = operator == "NEQ"
        return lambda values: (wanted in _held(prop, values.get(name))) is not negated
    compare = _COMPARE[operator]
    if prop.type in ("datetime", "date"):
        return lambda values: compare(values.get(name, ""), wanted) and name in values
    if prop.type == "number":
        return lambda values: name in values and compare(float(values[name]), wanted)
    return lambda values: name in values and compare(comparable(prop, values[name]), wanted)


def _held(prop: Property, value: str | None) -> tuple[Comparable, ...]:
    if value is None:
        return ()
    return tuple(value.split(";")) if prop.several else (comparable(prop, value),)


def _between(prop: Property, row: Mapping[str, Any]) -> Predicate:
    low = _operand(prop, _required(prop, row, "value"))
    high = _operand(prop, _required(prop, row, "highValue"))
    name, at_least, at_most = prop.name, _COMPARE["GTE"], _COMPARE["LTE"]

    def between(values: Values) -> bool:
        if name not in values:
            return False
        held = comparable(prop, values[name])
        return at_least(held, low) and at_most(held, high)

    return between


def _membership(prop: Property, row: Mapping[str, Any], *, negated: bool) -> Predicate:
    given = _required(prop, row, "values")
    if not isinstance(given, list):
        raise validation(f"values must be a list in a search filter on {prop.name}")
    # Texts are indexed in lower case and the operands are taken as they come: upper case never matches.
    text_like = prop.type in ("string", "phone_number")
    wanted = {str(value) if text_like else _operand(prop, value) for value in given}
    name = prop.name
    return lambda values: any(held in wanted for held in _held(prop, values.get(name))) is not negated


def _tokens(prop: Property, row: Mapping[str, Any], *, negated: bool) -> Predicate:
    words = [word for word in _TOKEN.split(str(_required(prop, row, "value")).lower()) if word]
    patterns = [re.compile(re.escape(word).replace(r"\*", ".*")) for word in words]
    name = prop.name

    def contains(values: Values) -> bool:
        held = [word for word in _TOKEN.split(values.get(name, "").lower()) if word]
        found = bool(patterns) and all(any(pattern.fullmatch(word) for word in held) for pattern in patterns)
        return found is not negated

    return contains
