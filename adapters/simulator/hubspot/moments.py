"""Decides how moments and days are written on the wire; must not know any clock.

The portal answers datetimes as ISO text in UTC with milliseconds and dates as ``YYYY-MM-DD``; both are
accepted as epoch milliseconds too (contract sheet 2.1). Canonical texts have a fixed width, so they
compare as texts.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MS = 86_400_000


def to_text(moment: datetime) -> str:
    """``2026-05-02T08:14:33.120Z`` for an aware datetime; microseconds are cut off."""
    in_utc = moment.astimezone(UTC)
    return f"{in_utc:%Y-%m-%dT%H:%M:%S}.{in_utc.microsecond // 1000:03d}Z"


def from_text(text: str) -> datetime:
    """The aware datetime of an ISO text; a text without a zone is UTC. Raises ``ValueError``."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def epoch_ms(moment: datetime) -> int:
    """Whole milliseconds since 1970."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def canonical_datetime(value: str) -> str | None:
    """The canonical text of an ISO text or of epoch milliseconds; None when it is neither."""
    try:
        if value.lstrip("-").isdigit():
            return to_text(_EPOCH + timedelta(milliseconds=int(value)))
        if len(value) < 10:
            return None
        return to_text(from_text(value))
    except (ValueError, OverflowError):
        return None


def canonical_date(value: str) -> str | None:
    """The canonical day; epoch milliseconds and datetimes count only at midnight UTC (sheet 2.1)."""
    try:
        if value.lstrip("-").isdigit():
            days, rest_ms = divmod(int(value), _DAY_MS)
            return None if rest_ms else (date(1970, 1, 1) + timedelta(days=days)).isoformat()
        if len(value) == 10:
            return date.fromisoformat(value).isoformat()
        text = canonical_datetime(value)
        return text[:10] if text and text.endswith("T00:00:00.000Z") else None
    except (ValueError, OverflowError):
        return None
