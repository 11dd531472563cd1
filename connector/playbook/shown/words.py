"""Spans of time and lists as people say them."""

from __future__ import annotations

from collections.abc import Iterable

from connector.decide.business_hours import MINUTES_PER_BUSINESS_DAY

HOUR = 60


def business_time(minutes: int) -> str:
    """Minutes of business time: ``480`` is ``1 business day``."""
    if minutes % MINUTES_PER_BUSINESS_DAY == 0:
        return counted(minutes // MINUTES_PER_BUSINESS_DAY, "business day")
    if minutes % HOUR == 0:
        return counted(minutes // HOUR, "business hour")
    return counted(minutes, "business minute")


def counted(number: int, noun: str) -> str:
    """``1 day``, ``2 days``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(words: Iterable[object], last: str = "and") -> str:
    """``a, b and c``."""
    told = [plain(str(word)) for word in words]
    if len(told) < 2:
        return "".join(told)
    return f"{', '.join(told[:-1])} {last} {told[-1]}"


def plain(name: str) -> str:
    """A key as words."""
    return name.replace("_", " ")


def sentence(text: str) -> str:
    """The text with a capital letter."""
    return text[:1].upper() + text[1:]
