"""When two values mean the same: one comparable form per type.

It decides equality only; nothing that comes out of here is ever stored or sent. Null and empty compare equal
here on purpose: a CRM clears with either. It knows no vendor: every form of a moment that is met on a wire is
understood (ISO text with any offset, milliseconds since 1970).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from connector.model import Value, Wire
from connector.ports.outbox import Json

Comparable = str | int | Decimal | bool | None


def normalise(type_name: str, value: Value | Wire) -> Comparable:
    """The comparable form of a wire or canonical value; ``None`` for blank.

    A value that does not fit its type compares as its own trimmed text, so that it never equals a sound one.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return _FORMS.get(type_name, _as_exact)(value)


def means_same(type_name: str, left: Value | Wire, right: Value | Wire) -> bool:
    """Whether two values have one comparable form; the very same value always has."""
    if left == right and type(left) is type(right):
        return True
    return normalise(type_name, left) == normalise(type_name, right)


def is_echo(type_name: str, sent: Value | Wire, wire: Wire) -> bool:
    """Whether a value read back is what we sent, as the CRM keeps it: trimmed, lower-cased, reformatted."""
    if means_same(type_name, sent, wire):
        return True
    left, right = normalise(type_name, sent), normalise(type_name, wire)
    if type_name not in ECHO_IGNORES_CASE or left is None or right is None:
        return False
    return _folded(left) == _folded(right)


def is_blank(value: Value | Wire) -> bool:
    """Null, empty, or only white space."""
    return value is None or (isinstance(value, str) and not value.strip())


def to_json(value: Value) -> Json:
    """A canonical value as it is kept in a baseline: moments as ISO text in UTC, to the second."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(microsecond=0).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value


def same_json(left: Json, right: Json) -> bool:
    """Equality that does not take ``True`` for 1."""
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def _folded(value: Comparable) -> str:
    return " ".join(str(value).split()).casefold()


def _as_exact(value: Value | Wire) -> Comparable:
    return str(value).strip()


def _as_text(value: Value | Wire) -> Comparable:
    return " ".join(str(value).split())


def _as_email(value: Value | Wire) -> Comparable:
    return str(value).strip().lower()


def _as_phone(value: Value | Wire) -> Comparable:
    digits = "".join(letter for letter in str(value) if letter.isdigit())
    return digits or _as_text(value)


def _as_number(value: Value | Wire) -> Comparable:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return _as_exact(value)
    return number.normalize() if number.is_finite() else _as_exact(value)


def _as_boolean(value: Value | Wire) -> Comparable:
    word = str(value).strip().lower()
    return {"true": True, "false": False, "1": True, "0": False}.get(word, word)


def _as_choices(value: Value | Wire) -> Comparable:
    # A multiple choice is a set of semicolon-separated options in both vendors (contract sheets, field types).
    options = {option.strip() for option in str(value).split(";")}
    return ";".join(sorted(options - {""})) or None


def _as_instant(value: Value | Wire) -> Comparable:
    moment = _moment(value)
    return _as_exact(value) if moment is None else moment.astimezone(UTC).replace(microsecond=0).isoformat()


def _as_date(value: Value | Wire) -> Comparable:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    moment = _moment(value)
    return _as_exact(value) if moment is None else moment.astimezone(UTC).date().isoformat()


def _moment(value: Value | Wire) -> datetime | None:
    if isinstance(value, datetime):
        return value
    text = str(value).strip()
    try:
        if text.lstrip("-").isdigit() and len(text) > 8:
            number = int(text)
            # A wire tells milliseconds, a kept canonical value microseconds; no real date is both.
            return datetime.fromtimestamp(number / (1_000_000 if abs(number) > MICROS_FROM else 1000), UTC)
        parsed = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


MICROS_FROM = 10**14
ECHO_IGNORES_CASE = frozenset({"text", "email", "other"})
_FORMS = {
    "text": _as_text,
    "email": _as_email,
    "phone": _as_phone,
    "integer": _as_number,
    "number": _as_number,
    "boolean": _as_boolean,
    "instant": _as_instant,
    "date": _as_date,
    "multichoice": _as_choices,
}
