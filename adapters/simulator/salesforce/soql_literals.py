"""Turns a SOQL literal into the stored form of the field it is compared with, or refuses it (sheet section 5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from adapters.simulator.salesforce import moments
from adapters.simulator.salesforce.identifiers import canonical
from adapters.simulator.salesforce.refusals import Refusal
from adapters.simulator.salesforce.schema import ID_TYPES, NUMBER_TYPES, TEXT_TYPES, Field
from adapters.simulator.salesforce.soql_fields import Scope
from adapters.simulator.salesforce.soql_syntax import Literal
from adapters.simulator.salesforce.soql_tokens import located


def literal_value(scope: Scope, field: Field, literal: Literal) -> Any:
    """The comparable value; text in lower case. Raises INVALID_FIELD for the wrong kind of literal."""
    if literal.kind == "null":
        return False if field.type == "boolean" else None
    if literal.kind != _kind_for(field):
        raise _wrong_kind(scope, field, literal)
    if field.type in ID_TYPES:
        return _identifier(literal)
    if field.type in TEXT_TYPES:
        return literal.text.replace("\\_", "_").replace("\\%", "%").lower()
    if field.type in NUMBER_TYPES:
        return float(literal.text)
    if field.type == "boolean":
        return literal.text.lower() == "true"
    return _moment(scope, field, literal)


def _kind_for(field: Field) -> str:
    if field.type in NUMBER_TYPES:
        return "number"
    return field.type if field.type in ("boolean", "date", "datetime") else "string"


def _wrong_kind(scope: Scope, field: Field, literal: Literal) -> Refusal:
    quotes = "should be" if _kind_for(field) == "string" else "should not be"
    message = (
        f"value of filter criterion for field '{field.name}' must be of type {field.type} and {quotes} "
        "enclosed in quotes"
    )
    return located("INVALID_FIELD", message, scope.query.text, literal.at)


def _identifier(literal: Literal) -> str | None:
    if literal.text == "":
        return None
    found = canonical(literal.text)
    if found is None:
        raise Refusal("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {literal.text}")
    return found


def _moment(scope: Scope, field: Field, literal: Literal) -> str:
    try:
        if field.type == "date":
            return moments.parse_date(literal.text).isoformat()
        return moments.wire_exact(moments.parse(literal.text))
    except ValueError:
        raise _wrong_kind(scope, field, literal) from None


def range_bounds(scope: Scope, field: Field, literal: Literal) -> tuple[str, str]:
    """The first moment inside and the first behind a date literal, in the org's time zone (UTC here)."""
    if field.type not in ("date", "datetime"):
        raise _wrong_kind(scope, field, literal)
    first, behind = _days(literal.text.upper(), scope.org.clock.now().date())
    if field.type == "date":
        return first.isoformat(), behind.isoformat()
    return _midnight(first), _midnight(behind)


def _midnight(day: date) -> str:
    return moments.wire(datetime.combine(day, time(), UTC))


def _days(name: str, today: date) -> tuple[date, date]:
    one = timedelta(days=1)
    if ":" in name:
        return _numbered_days(name, today)
    if name.endswith("_90_DAYS"):
        return _numbered_days(name.replace("_90_DAYS", "_N_DAYS:90"), today)
    if name in ("YESTERDAY", "TODAY", "TOMORROW"):
        day = today + one * (("YESTERDAY", "TODAY", "TOMORROW").index(name) - 1)
        return day, day + one
    which, unit = name.split("_")
    step = {"LAST": -1, "THIS": 0, "NEXT": 1}[which]
    if unit == "WEEK":
        sunday = today - one * ((today.weekday() + 1) % 7) + 7 * one * step
        return sunday, sunday + 7 * one
    months = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit]
    start = (today.year * 12 + today.month - 1) // months * months + step * months
    return _first_of(start), _first_of(start + months)


def _numbered_days(name: str, today: date) -> tuple[date, date]:
    kind, count = name.split(":")
    days = timedelta(days=int(count))
    one = timedelta(days=1)
    if kind == "LAST_N_DAYS":
        return today - days, today + one
    if kind == "NEXT_N_DAYS":
        return today + one, today + days + one
    return today - days, today - days + one


def _first_of(month_number: int) -> date:
    return date(month_number // 12, month_number % 12 + 1, 1)
