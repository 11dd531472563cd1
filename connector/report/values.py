"""How a value is written for people: counts, shares, times, money. A dash for what is not known.

Programs get the plain value; nothing here rounds what they get.
"""

from __future__ import annotations

from collections.abc import Callable

from connector.report.definitions import Unit
from connector.report.document import Value

UNKNOWN = "-"
HOUR, DAY = 60, 24 * 60


def shown(value: Value, unit: Unit) -> str:
    """A value for people."""
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return value
    return _WRITTEN[unit](value)


def _count(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ")


def _share(value: float) -> str:
    return f"{value * 100:.0f} %" if value >= 0.1 or value == 0 else f"{value * 100:.1f} %"


def _points(value: float) -> str:
    return f"{value * 100:+.0f} pt"


def _minutes(value: float) -> str:
    """Business minutes: a working day has no fixed length, so hours are the largest unit."""
    return f"{value:.0f} min" if value < 2 * HOUR else f"{value / HOUR:,.1f} h"


def _elapsed(value: float) -> str:
    if value < 2 * DAY:
        return _minutes(value)
    return f"{value / DAY:,.1f} d"


def _days(value: float) -> str:
    return f"{value:.1f} d" if value < 10 else f"{value:.0f} d"


def _ratio(value: float) -> str:
    return f"{value:.2f}"


_WRITTEN: dict[Unit, Callable[[float], str]] = {
    Unit.COUNT: _count,
    Unit.SHARE: _share,
    Unit.POINTS: _points,
    Unit.MINUTES: _minutes,
    Unit.ELAPSED: _elapsed,
    Unit.DAYS: _days,
    Unit.MONEY: _count,
    Unit.RATIO: _ratio,
    Unit.TEXT: str,
}
