"""All parts together: a table for the terminal, flat numbers, and a Markdown report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from bench.parts import COLUMNS, Part, markdown_table

NOTE = (
    "`make bench` writes this file and `results.json` from `measured.json`, which keeps each part as it was last"
    ' measured; `make bench ARGS="--parts pull,push"` measures some of them again. CPU is user and system of the whole'
    " process tree. The machine drifts, so ratios are medians of neighbouring pairs, the floor first."
)


def results(parts: Mapping[str, Part]) -> bytes:
    """``results.json``: flat numbers."""
    numbers = {key: value for part in parts.values() for key, value in part.numbers.items()}
    return orjson.dumps(numbers, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def table(parts: Mapping[str, Part]) -> str:
    """Aligned columns."""
    rows = _rows(parts)
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def markdown(parts: Mapping[str, Part]) -> str:
    """``REPORT.md``."""
    remains = [f"- {line}" for part in parts.values() for line in part.remains]
    sections = ["# Measurements", NOTE, markdown_table(_rows(parts)), "## What remains to the goals"]
    sections.append("\n".join(remains) or "Nothing: every goal is met.")
    for name, part in parts.items():
        sections += [f"## {name}", f"{part.measured}, {part.machine}.", part.text]
    return "\n\n".join(section for section in sections if section) + "\n"


def _rows(parts: Mapping[str, Part]) -> Sequence[Sequence[str]]:
    return [COLUMNS, *(row for part in parts.values() for row in part.rows)]
