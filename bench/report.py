"""What was measured as a table for the terminal, as flat numbers, and as a Markdown report."""

from __future__ import annotations

import platform
import sqlite3
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from bench.pairs import Paired, ready_s
from bench.peers import Peer
from bench.profiles import Profiled

TARGETS = {"pull": 3.0, "evaluate": 2.5}
GOAL = 2.0
"""The goals in the end; the targets are for now."""

Row = tuple[str, str, str, str]
COLUMNS: Row = ("what", "measured", "target", "goal")


@dataclass(frozen=True)
class Measured:
    """Everything of one run of the benchmark."""

    records: int
    records_many: int
    people: int
    activities: int
    pairs: int
    pulled: Sequence[Paired]
    memory: Mapping[str, float]
    evaluated: Paired
    quick: Mapping[str, float]
    pushed: Mapping[str, Any]
    idle: Mapping[str, Any]
    profiles: Sequence[Profiled]
    peers: Sequence[Peer]

    @property
    def pushed_ratio(self) -> float:
        return round(self.pushed["calls"] / self.pushed["least"], 3)


def as_results(measured: Measured) -> bytes:
    """``results.json``: flat numbers."""
    numbers: dict[str, float] = {}
    for one in (*measured.pulled, measured.evaluated):
        numbers |= {one.name: one.ratio, f"{one.name}_beyond_start": one.ratio_beyond_start}
        numbers |= {
            f"{one.name}_cpu_s": one.median("product", "cpu_s"),
            f"{one.name}_wall_s": one.median("product", "wall_s"),
        }
        numbers |= {f"{one.name}_floor_cpu_s": one.median("floor", "cpu_s")}
    numbers |= {**measured.quick, **measured.memory}
    numbers |= {"push_owned_calls_ratio": measured.pushed_ratio, "push_owned_calls": measured.pushed["calls"]}
    numbers |= {"push_owned_calls_least": measured.pushed["least"], "push_owned_cpu_s": measured.pushed["push_cpu_s"]}
    numbers |= {"idle_sync_calls": measured.idle["calls"], "idle_sync_calls_allowed": measured.idle["allowed"]}
    numbers |= {"records": measured.records, "records_many": measured.records_many, "people": measured.people}
    numbers |= {"activities": measured.activities, "pairs": measured.pairs}
    return orjson.dumps(numbers, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def table(measured: Measured) -> str:
    """Aligned columns."""
    rows = [COLUMNS, *_rows(measured)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def markdown(measured: Measured) -> str:
    """``REPORT.md``."""
    parts = [
        "# Measurements",
        _circumstances(measured),
        "## Against the floors",
        _markdown_table([COLUMNS, *_rows(measured)]),
        "## What remains",
        _remains(measured),
        "## The pairs",
        _markdown_table(_pair_rows(measured)),
        PAIRS_NOTE,
        "## Where the time of a pull goes",
        *(_profile(one) for one in measured.profiles),
        "## Calls",
        _calls(measured),
    ]
    if measured.peers:
        parts += ["## What others take", _markdown_table(_peer_rows(measured)), PEERS_NOTE]
    return "\n\n".join(parts) + "\n"


PAIRS_NOTE = (
    "A pair is the floor and then the product, each a process of its own against the same stub server with pre-rendered"
    " bytes (no TLS, no latency, no limits), with its imports. CPU is user and system of the whole process tree, in"
    " seconds; the median of the pairs' ratios counts, because the machine drifts. *Beyond start* leaves out what does"
    " not grow with the records: imports, rules, opening the store. The floors store text as received, without"
    " coercion, change detection, log or retry. Stored rows are counted and must be the same."
)
PEERS_NOTE = "Runs of their own in environments of their own under `bench/.peers`; not paired, so only rough."


def _circumstances(measured: Measured) -> str:
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version},"
        f" {platform.machine()}; {measured.records:,} records per pull, {measured.people:,} people with"
        f" {measured.activities:,} activities, medians of {measured.pairs} pairs. `make bench` writes this file."
    )


def _remains(measured: Measured) -> str:
    """What is not yet at its goal, and what a run's start-up has to do with it."""
    ratios = {one.name: one for one in (*measured.pulled, measured.evaluated)}
    lines = [
        f"- `{name}`: {one.ratio}x, to {GOAL}x; {one.ratio_beyond_start}x without the"
        f" {_start_up_s(one)} s of CPU that every run starts with."
        for name, one in ratios.items()
        if one.ratio > GOAL
    ]
    lines += [
        f"- `{name}`: {measured.quick[name]} ms, to {goal} ms."
        for name, goal in (("evaluate_500_ms", 60), ("explain_ms", 50))
        if measured.quick[name] > goal
    ]
    if measured.pushed_ratio > 1.05:
        lines.append(
            f"- `push_owned_calls_ratio`: {measured.pushed_ratio}x, to 1.05x; every write is read back by itself."
        )
    return "\n".join(lines) or "Nothing: every goal is met."


def _start_up_s(one: Paired) -> float:
    return round(statistics.median(ready_s(cost.answer) for cost in one.product), 2)


def _rows(measured: Measured) -> Iterable[Row]:
    for one in measured.pulled:
        yield one.name, f"{one.ratio}x", f"{TARGETS['pull']}x", f"{GOAL}x"
    one = measured.evaluated
    yield one.name, f"{one.ratio}x", f"{TARGETS['evaluate']}x", f"{GOAL}x"
    yield "evaluate_500_ms", str(measured.quick["evaluate_500_ms"]), "", "60"
    yield "explain_ms", str(measured.quick["explain_ms"]), "", "50"
    yield "push_owned_calls_ratio", f"{measured.pushed_ratio}x", "", "1.05x"
    yield "idle_sync_calls", str(measured.idle["calls"]), "", str(measured.idle["allowed"])
    imports = measured.memory["rss_imports_mb"]
    yield "rss_100k_mb", str(measured.memory["rss_100k_mb"]), "", f"{imports + 40:.1f} (imports {imports} + 40)"
    yield "rss_1m_mb", str(measured.memory["rss_1m_mb"]), "", f"{measured.memory['rss_100k_mb'] + 8:.1f} (above + 8)"


def _pair_rows(measured: Measured) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        ("what", "floor CPU s", "product CPU s", "product wall s", "floor MB", "product MB", "ratios", "beyond start")
    ]
    for one in (*measured.pulled, measured.evaluated):
        costs = [
            ("floor", "cpu_s"),
            ("product", "cpu_s"),
            ("product", "wall_s"),
            ("floor", "rss_mb"),
            ("product", "rss_mb"),
        ]
        figures = [str(one.median(side, figure)) for side, figure in costs]
        ratios = ", ".join(f"{ratio:.2f}" for ratio in one.ratios)
        rows.append((one.name, *figures, ratios, f"{one.ratio_beyond_start}x"))
    return rows


def _profile(one: Profiled) -> str:
    shares = [("part", "share"), *((part, f"{share:.0%}") for part, share in one.shares if share >= 0.01)]
    dearest = ", ".join(f"`{function}` {share:.0%}" for function, share in one.functions)
    return f"**{one.name}**, {one.records:,} records:\n\n{_markdown_table(shares)}\n\nDearest by own time: {dearest}."


def _calls(measured: Measured) -> str:
    pushed, idle = measured.pushed, measured.idle
    routes = [("request", "count"), *((route, str(count)) for route, count in sorted(pushed["requests"].items()))]
    return (
        f"Our own fields of {pushed['people']:,} people to both systems: {pushed['calls']} calls, at least"
        f" {pushed['least']} (200 and 100 records a write, read back by 2,000 and by 100).\n\n"
        f"{_markdown_table(routes)}\n\n"
        f"A sync in which nothing has changed: {idle['calls']} calls ({_joined(idle['by_system'])}), allowed"
        f" {idle['allowed']}: one for each of {idle['objects']} objects and two per system."
    )


def _joined(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def _peer_rows(measured: Measured) -> list[tuple[str, ...]]:
    header = ("what", "CPU s", "peak MB", "rows")
    return [header, *((one.name, f"{one.cpu_s:.1f}", f"{one.rss_mb:.0f}", f"{one.rows:,}") for one in measured.peers)]


def _markdown_table(rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])
