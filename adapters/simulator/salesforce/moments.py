"""Times as the vendor writes them: ISO without a colon in the offset, one second resolution, HTTP dates.

Stored times are wire strings in UTC, so they compare in the order of time as plain text.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from email.utils import format_datetime, parsedate_to_datetime

_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)")


def wire(moment: datetime) -> str:
    """A datetime as ``2026-01-02T03:04:05.000+0000``; fractions of a second are dropped."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def wire_exact(moment: datetime) -> str:
    """Like `wire` but with milliseconds: for comparisons with a literal that has them."""
    moment = moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def parse(text: str) -> datetime:
    """An ISO datetime with an offset, as UTC; raises ``ValueError`` for anything else."""
    if not _DATETIME.fullmatch(text):
        raise ValueError(f"not a datetime with an offset: {text}")
    return datetime.fromisoformat(text).astimezone(UTC)


def parse_date(text: str) -> date:
    """A calendar date ``YYYY-MM-DD``; raises ``ValueError`` for anything else."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise ValueError(f"not a date: {text}")
    return date.fromisoformat(text)


def http_date(moment: datetime) -> str:
    """An RFC 1123 date for a header."""
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)


def parse_http_date(text: str) -> datetime:
    """The moment of an RFC 1123 header; raises ``ValueError`` when it is not one."""
    moment = parsedate_to_datetime(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
