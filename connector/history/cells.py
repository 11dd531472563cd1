"""One cell of a CSV file as a number, a flag or an order. Pure; a cell that cannot be used says which column and why.

A number is refused rather than guessed: "1.234,56" is none unless the map says which mark its decimals have.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal

from connector.clock import from_micros

ORDER_DIGITS_MAX = 11
"""Seconds; the calendar ends soon after."""
PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
ONE_COMMA = re.compile(r"[^.,]*,[^.,]*")
MARKS = (".", ",")
SWAPPED = str.maketrans(".,", ",.")
NUMBER_MAX = 2**62
YES = frozenset({"true", "yes", "1", "y", "t"})
NO = frozenset({"false", "no", "0", "n", "f"})


class Unusable(Exception):
    """A row that cannot be used. ``reason`` never repeats the value: it may be somebody's."""

    def __init__(self, column: str, reason: str) -> None:
        self.column = column
        self.reason = reason
        super().__init__(f"{column}: {reason}")


def whole(text: str, column: str, *, mark: str, scale: int = 1) -> int:
    """A number times ``scale``, rounded to a whole one. ``mark``: of the decimals, empty when the map does not say."""
    value = _decimal(text, column, mark) * scale
    if abs(value) >= NUMBER_MAX:
        raise Unusable(column, "too large")
    return round(value)


def _decimal(text: str, column: str, mark: str) -> Decimal:
    written = text.translate(SWAPPED) if mark == "," else text
    if PLAIN.fullmatch(written):
        return Decimal(written)
    if not mark and ONE_COMMA.fullmatch(written):
        raise Unusable(column, 'a comma may part thousands or decimals: write decimal = "." or "," in the map')
    if GROUPED.fullmatch(written):
        return Decimal(written.replace(",", ""))
    raise Unusable(column, "not a number")


def yes_or_no(text: str, column: str) -> bool:
    """A flag in English words or as 1 and 0."""
    word = text.casefold()
    if word not in YES | NO:
        raise Unusable(column, "neither yes nor no")
    return word in YES


def ordered(text: str, column: str) -> datetime:
    """A whole number as a moment that only says who came first: so many seconds after 1970."""
    if not (text.isascii() and text.isdigit() and len(text) <= ORDER_DIGITS_MAX):
        raise Unusable(column, f"not a whole number from 0 of at most {ORDER_DIGITS_MAX} digits")
    return from_micros(0) + timedelta(seconds=int(text))
