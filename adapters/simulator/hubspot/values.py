"""Decides whether a property value is acceptable and what is stored for it; must not know other records.

Codes and texts from contract sheet 2.2; READ_ONLY_VALUE and INVALID_DATE texts are unconfirmed.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from adapters.simulator.hubspot.moments import canonical_date, canonical_datetime
from adapters.simulator.hubspot.refusals import ValueProblem
from adapters.simulator.hubspot.schema import Property

_EMAIL = re.compile(r"[^\s@,;<>()\[\]]+@[^\s@,;<>()\[\]]+\.[^\s@.,;<>()\[\]]+")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_TEXT_LENGTH_MAX = 65_536


class BadValue(Exception):
    """A value that cannot be stored."""

    def __init__(self, problem: ValueProblem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def as_text(value: object) -> str | None:
    """The text for a JSON value; None for null and the empty text, which both clear (sheet 1.1, 2.1)."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else format(value)


def stored_value(prop: Property, value: str, current: str | None) -> str:
    """The text to store; raises ``BadValue``."""
    if prop.type == "enumeration":
        return _enumeration(prop, value, current)
    check = _CHECKS.get(prop.type, _string)
    return check(prop, value)


def _bad(prop: Property, code: str, message: str) -> BadValue:
    return BadValue(ValueProblem(prop.name, code, message))


def _string(prop: Property, value: str) -> str:
    if len(value) > _TEXT_LENGTH_MAX:
        raise _bad(prop, "INVALID_STRING", f"{prop.name} is longer than {_TEXT_LENGTH_MAX} characters")
    if prop.name == "email" and not _EMAIL.fullmatch(value):
        raise _bad(prop, "INVALID_EMAIL", f"Email address {value} is invalid")
    return value


def _number(prop: Property, value: str) -> str:
    text = value.strip()
    if not _NUMBER.fullmatch(text):
        # The documented error for a number property that got words (sheet 2.2); decimals are numbers.
        raise _bad(prop, "INVALID_INTEGER", f"{value} was not a valid integer.")
    return text


def _bool(prop: Property, value: str) -> str:
    text = value.strip().lower()
    if text not in ("true", "false"):
        message = f"{value} was not one of the allowed options: [true, false]"
        raise _bad(prop, "INVALID_OPTION", message)
    return text


def _date(prop: Property, value: str) -> str:
    text = canonical_date(value.strip())
    if text is None:
        raise _bad(prop, "INVALID_DATE", f"{value} was not a valid date.")
    return text


def _datetime(prop: Property, value: str) -> str:
    text = canonical_datetime(value.strip())
    if text is None:
        # The vendor reads datetimes as longs: "1/1/1 was not a valid long." (sheet 2.2).
        raise _bad(prop, "INVALID_LONG", f"{value} was not a valid long.")
    return text


def _enumeration(prop: Property, value: str, current: str | None) -> str:
    if prop.references:
        return value
    chosen = [part for part in value.split(";") if part] if prop.several else [value]
    for part in chosen:
        if part not in prop.option_order:
            allowed = ", ".join(prop.option_order)
            raise _bad(prop, "INVALID_OPTION", f"{part} was not one of the allowed options: [{allowed}]")
    if prop.several and value.startswith(";"):
        kept = current.split(";") if current else []
        chosen = kept + [part for part in chosen if part not in kept]
    return ";".join(chosen)


_CHECKS: dict[str, Callable[[Property, str], str]] = {
    "string": _string,
    "phone_number": _string,
    "number": _number,
    "bool": _bool,
    "date": _date,
    "datetime": _datetime,
}


_CODECS: dict[str, Callable[[str], str]] = {
    "trim": lambda value: value.strip(),
    "lower": lambda value: value.lower(),
    "upper": lambda value: value.upper(),
    "digits": lambda value: "".join(character for character in value if character.isdigit()),
}


def normalised(value: str, codec: str) -> str:
    """What a portal that rewrites values keeps: ``trim``, ``lower``, ``upper`` or ``digits``."""
    return _CODECS[codec](value)
