"""Storing into PostgreSQL against Core's ``executemany``, and what every command starts with."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from bench.parts import Part
from bench.processes import run

POSTGRES_GOAL = 2.0
START_GOAL_S = 0.3


def postgres(records: int, pairs: int, tell: Callable[[str], None]) -> Part:
    """Rows per second of the landing store and of SQLAlchemy Core with the same statement and rows."""
    answer = run("bench.loading", records, pairs).answer
    ratio = round(statistics.median(answer["ratios"]), 2)
    tell(f"postgres: {ratio}x")
    numbers = {
        "postgres_load_ratio": ratio,
        "postgres_rows_per_s": round(statistics.median(answer["ours"])),
        "postgres_core_rows_per_s": round(statistics.median(answer["core"])),
    }
    text = (
        f"{records:,} contacts into an empty store on a local server, page by page with one commit each:"
        f" {numbers['postgres_rows_per_s']:,} rows/s, Core's executemany of the same upsert"
        f" {numbers['postgres_core_rows_per_s']:,}; ratios {', '.join(f'{each:.2f}' for each in answer['ratios'])}."
    )
    rows = [("postgres_load_ratio", f"{ratio}x", "", f"{POSTGRES_GOAL}x")]
    remains = [] if ratio >= POSTGRES_GOAL else [f"`postgres_load_ratio` is at {ratio}x, to {POSTGRES_GOAL}x."]
    return Part(numbers, rows, text, remains)


def start(times: int) -> Part:
    """CPU seconds of ``leadloop --help``."""
    found = [run("connector.cli", "--help", reads_json=False).cpu_s for _ in range(max(times, 3))]
    median = round(statistics.median(found), 2)
    rows = [("start_help_cpu_s", str(median), "", str(START_GOAL_S))]
    remains = [] if median <= START_GOAL_S else [f"`start_help_cpu_s` is at {median}, to {START_GOAL_S}."]
    return Part({"start_help_cpu_s": median}, rows, f"`leadloop --help`: {median} s of CPU, the median.", remains)
