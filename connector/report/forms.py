"""The forms of a report for programs: one JSON document, and CSV with one line per number.

The document's shape is part of the outside contract: keys are added, never renamed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from connector.report.document import Figure, Report, Table, Value

CSV_COLUMNS = ("table", "row", "figure", "value", "unit")
FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""The last four are the wide forms of the first four, which some spreadsheets read alike."""


def as_json(report: Report) -> dict[str, Any]:
    """The document that ``--json`` prints: values as they are, ``null`` for what is not known."""
    return {
        "schema": 1,
        "report": report.name,
        "title": report.title,
        "company": report.company,
        "period": {
            "since": report.period.since.isoformat() if report.period.since else None,
            "until": report.period.until.isoformat() if report.period.until else None,
        },
        "playbook": report.standing.as_json(),
        "sentences": list(report.sentences),
        "figures": {figure.key: _figure(figure) for figure in report.figures},
        "tables": {table.key: _table(table) for table in report.tables},
        "definitions": {
            one.key: {"label": one.label, "unit": one.unit.value, "sentence": one.sentence}
            for one in report.definitions()
        },
        **report.further,
    }


def as_csv(report: Report) -> str:
    """One line per number: table, row, figure, value, unit; figures of the whole stand in the table ``figures``."""
    if report.own_csv is not None:
        return report.own_csv
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for row in _lines(report):
        writer.writerow([cell(value) for value in row])
    return text.getvalue()


def cell(value: Value) -> Value:
    """A value as a spreadsheet may have it: on one line, and a text that begins like a formula is not run."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    line = value.replace("\r", " ").replace("\n", " ")
    return f"'{line}" if value.startswith(FORMULA_STARTS) else line


def _lines(report: Report) -> Iterable[tuple[Value, ...]]:
    for figure in report.figures:
        unit = figure.definition.unit.value
        yield "figures", "all", figure.key, figure.value, unit
        if figure.before is not None:
            yield "figures", "before", figure.key, figure.before, unit
    units = {one.key: one.unit.value for one in report.definitions()}
    for table in report.tables:
        for name, *values in table.rows:
            for key, value in zip(table.columns, values, strict=True):
                yield table.key, name, key, value, units[key]


def _figure(figure: Figure) -> dict[str, Any]:
    plain: dict[str, Any] = {"value": figure.value}
    if figure.before is not None:
        plain["before"] = figure.before
    if figure.note:
        plain["note"] = figure.note
    return plain


def _table(table: Table) -> list[dict[str, Value]]:
    names = (table.by, *table.columns)
    return [dict(zip(names, row, strict=True)) for row in table.rows]
