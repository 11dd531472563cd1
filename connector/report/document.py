"""A report as a value: header, figures with their definitions, tables, charts, and what to read out of them.

Every report is built of these, whatever its form (terminal, CSV, JSON, HTML). Reads nothing and formats nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from msgspec import Struct, field

from connector.report.definitions import Definition, definition
from connector.report.standing import Standing

Value = int | float | str | None
"""``None``: not known, or nothing to divide by. Never 0 instead."""


class Period(Struct, frozen=True):
    """What a report covers, ``since`` included and ``until`` not. ``None``: from the beginning, or until now."""

    since: datetime | None = None
    until: datetime | None = None

    def days(self, zone: tzinfo, now: datetime) -> tuple[date, date] | None:
        """The first and the last day of it in ``zone``; ``None`` when it is everything."""
        if self == Period():
            return None
        last = (self.until or now) - timedelta(microseconds=1)
        first = self.since.astimezone(zone).date() if self.since is not None else date.min
        return first, last.astimezone(zone).date()

    def text(self, zone: tzinfo) -> str:
        """The period for people, in whole days of ``zone`` where it consists of such."""
        if self.since is None and self.until is None:
            return "everything stored"
        since = f"since {_moment(self.since, zone)}" if self.since else ""
        until = f"until {_moment(self.until, zone)}" if self.until else ""
        return " ".join(part for part in (since, until) if part)


class Figure(Struct, frozen=True):
    """One number. ``note``: what must be read with it (an interval, a base); ``before``: the period to compare with."""

    key: str
    value: Value
    note: str = ""
    before: Value = None

    @property
    def definition(self) -> Definition:
        """What it means."""
        return definition(self.key)


class Table(Struct, frozen=True):
    """Rows of figures. ``by``: what the rows are (source, rep, week); ``columns``: keys of definitions.

    Each row begins with its name, followed by one value per column. ``note``: one sentence under the table. ``bars``:
    the first column is worth a bar where there is no chart. ``words``: what people read instead of a code, on the
    terminal and on the page; JSON and CSV keep the code.
    """

    key: str
    title: str
    by: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Value, ...]]
    note: str = ""
    bars: bool = False
    words: Mapping[str, str] = field(default_factory=dict)

    def worded(self, value: Value) -> Value:
        """A value as people read it."""
        return self.words.get(value, value) if isinstance(value, str) else value

    def __post_init__(self) -> None:
        """A row that does not fit, or a column without a definition, is a mistake of ours."""
        for key in self.columns:
            definition(key)
        assert all(len(row) == len(self.columns) + 1 for row in self.rows), self.key


class Chart(Struct, frozen=True):
    """One picture. ``kind``: bar (horizontal), stacked (horizontal), line. ``series``: name -> a value per label."""

    title: str
    kind: str
    labels: tuple[str, ...]
    series: Mapping[str, tuple[int | float | None, ...]]
    column: str = "people"


class Report(Struct, frozen=True):
    """One report. ``sentences``: what it says, most important first; ``zone``: the company's calendar.

    ``further``: keys of its JSON document beside those of every report. ``own_csv``: its CSV where one line per number
    is not what people need (a list to work off).
    """

    name: str
    title: str
    company: str
    standing: Standing
    zone: tzinfo
    period: Period = Period()
    sentences: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    further: Mapping[str, Any] = field(default_factory=dict)
    own_csv: str | None = None

    def definitions(self) -> Iterator[Definition]:
        """Every definition the report uses, once, in order of use."""
        keys = [figure.key for figure in self.figures] + [key for table in self.tables for key in table.columns]
        yield from (definition(key) for key in dict.fromkeys(keys))


def _moment(at: datetime, zone: tzinfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%Y-%m-%d}" if (local.hour, local.minute) == (0, 0) else f"{local:%Y-%m-%d %H:%M}"
