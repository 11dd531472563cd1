"""Whether one value fits one field, and the form in which it is stored (sheet sections 7, 8 and 11).

Refuses with the vendor's codes; knows nothing of records, references or rules across fields.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from adapters.simulator.salesforce import moments
from adapters.simulator.salesforce.identifiers import canonical
from adapters.simulator.salesforce.refusals import Refusal, malformed_json
from adapters.simulator.salesforce.schema import NUMBER_TYPES, TEXT_TYPES, Field

_EMAIL = re.compile(r"[^@\s,;<>()\[\]\"]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.[A-Za-z]{2,}")
INT_MAX = 2**31 - 1


def stored(field: Field, given: object, object_name: str) -> Any:
    """The stored form of a given JSON value; raises `Refusal` when it does not fit the field."""
    if given is None or given == "":
        return _empty(field)
    if field.type in TEXT_TYPES:
        return _text(field, given)
    if field.type in NUMBER_TYPES:
        return _number(field, given)
    if field.type in ("id", "reference"):
        return _identifier(field, given, object_name)
    return _OTHERS[field.type](field, given)


def _empty(field: Field) -> None:
    if field.type == "boolean":
        raise Refusal("INVALID_TYPE_ON_FIELD_IN_RECORD", f"{field.label or field.name}: value not of required type: ")
    return None


def _wrong_type(field: Field, given: object) -> Refusal:
    kind = "VALUE_STRING" if isinstance(given, str) else _TOKENS.get(type(given).__name__, "VALUE")
    shown = f" value {given}" if isinstance(given, str) else ""
    return malformed_json(
        f"Cannot deserialize instance of {field.type} from {kind}{shown} or request may be missing a "
        "required field at [line:1, column:2]"
    )


_TOKENS = {
    "dict": "START_OBJECT",
    "list": "START_ARRAY",
    "int": "VALUE_NUMBER_INT",
    "float": "VALUE_NUMBER_FLOAT",
    "bool": "VALUE_BOOLEAN",
}


def _text(field: Field, given: object) -> str:
    if isinstance(given, dict | list):
        raise _wrong_type(field, given)
    value = str(given).lower() if isinstance(given, bool) else str(given)
    if field.length and len(value) > field.length:
        message = f"{field.label or field.name}: data value too large: {value} (max length={field.length})"
        raise Refusal("STRING_TOO_LONG", message, fields=[field.name])
    if field.type == "email" and not _EMAIL.fullmatch(value):
        message = f"{field.label or field.name}: invalid email address: {value}"
        raise Refusal("INVALID_EMAIL_ADDRESS", message, fields=[field.name])
    if field.restricted:
        _check_options(field, value)
    return value


def _check_options(field: Field, value: str) -> None:
    chosen = value.split(";") if field.type == "multipicklist" else [value]
    if any(option not in field.values or option in field.inactive for option in chosen):
        raise Refusal(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            f"{field.label or field.name}: bad value for restricted picklist field: {value}",
            fields=[field.name],
        )


def _number(field: Field, given: object) -> float | int:
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise _wrong_type(field, given)
    try:
        value = Decimal(str(given))
    except ArithmeticError:
        raise _wrong_type(field, given) from None
    if not value.is_finite():
        raise _wrong_type(field, given)
    if field.type == "int":
        return _integer(field, value, given)
    whole_digits = field.precision - field.scale
    if field.precision and abs(value) >= Decimal(10) ** whole_digits:
        message = f"{field.label or field.name}: value outside of valid range on numeric field: {given}"
        raise Refusal("NUMBER_OUTSIDE_VALID_RANGE", message, fields=[field.name])
    return float(value.quantize(Decimal(1).scaleb(-field.scale), rounding=ROUND_HALF_UP))


def _integer(field: Field, value: Decimal, given: object) -> int:
    if value != value.to_integral_value():
        raise _wrong_type(field, given)
    if abs(value) > INT_MAX:
        message = f"{field.label or field.name}: value outside of valid range on numeric field: {given}"
        raise Refusal("NUMBER_OUTSIDE_VALID_RANGE", message, fields=[field.name])
    return math.floor(value)


def _identifier(field: Field, given: object, object_name: str) -> str:
    identifier = canonical(given)
    if identifier is None:
        raise Refusal(
            "MALFORMED_ID",
            f"{field.label or field.name}: id value of incorrect type: {given}",
            fields=[field.name],
        )
    return identifier


def _boolean(field: Field, given: object) -> bool:
    if isinstance(given, bool):
        return given
    if isinstance(given, str) and given.lower() in ("true", "false"):
        return given.lower() == "true"
    raise _wrong_type(field, given)


def _date(field: Field, given: object) -> str:
    try:
        return moments.parse_date(str(given)[:10] if _is_datetime(given) else str(given)).isoformat()
    except ValueError:
        raise _wrong_type(field, given) from None


def _is_datetime(given: object) -> bool:
    try:
        moments.parse(str(given))
    except ValueError:
        return False
    return True


def _datetime(field: Field, given: object) -> str:
    try:
        return moments.wire(moments.parse(str(given)))
    except ValueError:
        raise _wrong_type(field, given) from None


_OTHERS: dict[str, Callable[[Field, object], Any]] = {
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "anyType": lambda _, given: given,
}


def normalised(value: Any, codec: str) -> Any:
    """What an org with such automation keeps of a text: ``trim``, ``lower``, ``upper`` or ``digits``."""
    if not isinstance(value, str):
        return value
    if codec == "digits":
        return re.sub(r"\D", "", value) or None
    return _CODECS[codec](value) or None


_CODECS: dict[str, Callable[[str], str]] = {"trim": str.strip, "lower": str.lower, "upper": str.upper}
