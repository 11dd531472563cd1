"""What one part of the benchmark found: flat numbers, rows of the table, Markdown. Parts are kept apart in
``bench/measured.json``, so that one can be measured again and the report made anew from all of them.
"""

from __future__ import annotations

import platform
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import orjson

MEASURED = Path(__file__).parent / "measured.json"
Row = tuple[str, str, str, str]
COLUMNS: Row = ("what", "measured", "to reach here", "goal")


@dataclass(frozen=True)
class Part:
    """``rows``: what, measured, to reach here, goal. ``remains``: a sentence for each goal that is not met."""

    numbers: Mapping[str, float]
    rows: Sequence[Row] = ()
    text: str = ""
    remains: Sequence[str] = ()
    measured: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%d}")
    machine: str = field(default_factory=lambda: _machine())


def keep(name: str, part: Part, file: Path = MEASURED) -> None:
    """Put a part into the file, over what was measured of it before."""
    parts = {**kept(file), name: part}
    document = {each: asdict(one) for each, one in parts.items()}
    file.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def kept(file: Path = MEASURED) -> dict[str, Part]:
    """Everything measured so far, by part."""
    if not file.exists():
        return {}
    return {name: Part(**found) for name, found in orjson.loads(file.read_bytes()).items()}


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """The first row is the header."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def _machine() -> str:
    return f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.machine()}"
