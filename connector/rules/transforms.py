"""From a wire value to a canonical value, by the canonical field's type and an optional named transform.

Pure. A value that cannot be read raises ``Unreadable`` with a short code; the caller keeps the previous value and
records a reject. Canonical values are JSON scalars; instants are integer microseconds UTC, dates ISO text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from connector.clock import to_micros
from connector.model import Canonical, Wire


class Unreadable(Exception):
    """The wire value does not fit the canonical type. ``code`` says why; the value itself is not kept."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


REPLACED = "\ufffd"
"""What stands where a text had a character that no database keeps."""
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
INTEGER_MAX = 2**63 - 1


def canonical(type_name: str, wire: Wire) -> Canonical:
    """The canonical value of a wire value; blank text is ``None`` for every type."""
    if wire is None or (isinstance(wire, str) and not wire.strip()):
        return None
    if isinstance(wire, str) and (UNSTORABLE.search(wire) or REPLACED in wire):
        raise Unreadable("broken_text")
    return _storable(_TYPES[type_name](wire))


def apply_transform(name: str | None, value: Canonical) -> Canonical:
    """A named transform over a canonical value; ``None`` stays ``None``."""
    return value if name is None or value is None else _storable(TRANSFORMS[name](value))


def instant_of(value: Any) -> datetime:
    """An aware datetime from either vendor's form: ISO with offset or Z, a date, or epoch milliseconds."""
    if isinstance(value, int | float) or (isinstance(value, str) and value.lstrip("-").isdigit()):
        return datetime.fromtimestamp(int(value) / 1000, UTC)
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def storable_text(text: str) -> str:
    """A text without NUL and half characters (PostgreSQL keeps neither); as a value it is unreadable then."""
    return UNSTORABLE.sub(REPLACED, text)


def _storable(value: Canonical) -> Canonical:
    if isinstance(value, int) and abs(value) > INTEGER_MAX:
        raise Unreadable("too_large")
    if isinstance(value, float) and not math.isfinite(value):
        raise Unreadable("not_a_number")
    return value


def _text(wire: Wire) -> str:
    return " ".join(str(wire).split()) if not isinstance(wire, bool) else str(wire).lower()


def _email(wire: Wire) -> str:
    return str(wire).strip().lower()


def _integer(wire: Wire) -> int:
    try:
        return round(float(str(wire)))
    except (ValueError, OverflowError) as error:
        raise Unreadable("not_a_number") from error


def _number(wire: Wire) -> float:
    try:
        return float(str(wire))
    except ValueError as error:
        raise Unreadable("not_a_number") from error


def _boolean(wire: Wire) -> bool:
    if isinstance(wire, bool):
        return wire
    word = str(wire).strip().lower()
    if word not in ("true", "false"):
        raise Unreadable("not_true_or_false")
    return word == "true"


def _instant(wire: Wire) -> int:
    try:
        return to_micros(instant_of(wire))
    except (ValueError, OverflowError, OSError) as error:
        raise Unreadable("not_a_time") from error


def _date(wire: Wire) -> str:
    try:
        text = str(wire)
        return (date.fromisoformat(text[:10]) if "-" in text else instant_of(wire).date()).isoformat()
    except (ValueError, OverflowError, OSError) as error:
        raise Unreadable("not_a_date") from error


_TYPES: dict[str, Callable[[Wire], Canonical]] = {
    "text": _text,
    "email": _email,
    "phone": _text,
    "choice": _text,
    "owner": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "instant": _instant,
    "date": _date,
}
TYPES = tuple(_TYPES)


def _lower(value: Canonical) -> Canonical:
    return str(value).casefold()


def _code(value: Canonical) -> Canonical:
    return re.sub(r"[^a-z0-9]+", "_", str(value).casefold()).strip("_") or None


def _host(value: Canonical) -> Canonical:
    text = str(value).strip().lower()
    host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    return host.removeprefix("www.") or None


def _range_middle(value: Canonical) -> Canonical:
    numbers = [int(part.replace(",", "")) for part in re.findall(r"\d[\d,]*", str(value))]
    if not numbers:
        raise Unreadable("not_a_number")
    return sum(numbers[:2]) // len(numbers[:2])


def _cents(value: Canonical) -> Canonical:
    try:
        return round(float(str(value)) * 100)
    except (ValueError, OverflowError) as error:
        raise Unreadable("not_a_number") from error


TRANSFORMS: dict[str, Callable[[Canonical], Canonical]] = {
    "lower": _lower,
    "code": _code,
    "host": _host,
    "range_middle": _range_middle,
    "cents": _cents,
    "not": lambda value: not value,
}
"""The named transforms a mapping may use."""
