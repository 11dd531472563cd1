"""``make bench``: measure, show a table, write ``bench/REPORT.md`` and ``bench/results.json``.

ARGS: ``--parts pull,push`` (these alone; the others stay as they were measured), ``--quick`` (one pair, small sizes,
nothing is written), ``--pairs N``, ``--full`` (a million people with ten million activities), ``--no-report``.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import calls_suite, evaluation_suite, peers, pull_suite, push_suite, store_suite
from bench.parts import Part, keep, kept
from bench.report import markdown, results, table

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Sizes:
    """How much of everything. ``records_many``: for the second memory figure."""

    records: int = 100_000
    records_many: int = 1_000_000
    people: int = 200_000
    per_person: int = 10
    pushed: int = 10_000
    idle: int = 200
    late: int = 20_000
    pairs: int = 5


QUICK = Sizes(records=4_000, records_many=8_000, people=4_000, pushed=1_000, idle=50, late=1_000, pairs=1)

PARTS: Mapping[str, Callable[[Sizes], Part]] = {
    "pull": lambda sizes: pull_suite.pulls(sizes.records, sizes.pairs, say),
    "profile": lambda sizes: pull_suite.profiles(min(sizes.records, 20_000)),
    "memory": lambda sizes: pull_suite.memory(sizes.records, sizes.records_many, say),
    "latency": lambda sizes: pull_suite.latency(sizes.late),
    "changes": lambda sizes: calls_suite.changes(sizes.records),
    "idle": lambda sizes: calls_suite.idle(sizes.idle),
    "push": lambda sizes: push_suite.pushes(sizes.pushed, sizes.pairs, say),
    "postgres": lambda sizes: store_suite.postgres(sizes.records, sizes.pairs, say),
    "start": lambda sizes: store_suite.start(sizes.pairs),
    "evaluate": lambda sizes: evaluation_suite.evaluate(sizes.people, sizes.per_person, sizes.pairs, say),
    "peers": lambda sizes: peers.measure(sizes.records, say),
}
ASKED_FOR = ("peers",)
"""Only when it is named: it installs other products."""


def main() -> None:
    asked = _arguments()
    sizes = QUICK if asked.quick else Sizes(people=1_000_000 if asked.full else Sizes.people)
    if asked.pairs:
        sizes = Sizes(**{**vars(sizes), "pairs": asked.pairs})
    found: dict[str, Part] = {}
    for name in asked.parts:
        began = time.monotonic()
        found[name] = PARTS[name](sizes)
        say(f"{name}: {time.monotonic() - began:.0f} s")
        if not (asked.quick or asked.no_report):
            _write(name, found[name])
    print(table(found))


def _write(name: str, part: Part) -> None:
    """After each part, so that a run that breaks off has not been for nothing."""
    keep(name, part)
    parts = kept()
    parts = {name: parts[name] for name in PARTS if name in parts}
    (HERE / "results.json").write_bytes(results(parts))
    (HERE / "REPORT.md").write_text(markdown(parts), encoding="utf-8")


def say(line: str) -> None:
    """A line of progress."""
    print(line, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the product against bare floors.")
    every = [name for name in PARTS if name not in ASKED_FOR]
    parser.add_argument("--parts", type=_parts, default=every, help=f"some of {', '.join(PARTS)} (default: no peers)")
    parser.add_argument("--quick", action="store_true", help="one pair of small sizes; nothing is written")
    parser.add_argument("--pairs", type=int, default=0, help="paired runs per measurement (default 5)")
    parser.add_argument("--full", action="store_true", help="evaluate a million people with ten million activities")
    parser.add_argument("--no-report", action="store_true", help="leave the files as they are")
    return parser.parse_args()


def _parts(text: str) -> list[str]:
    names = text.split(",")
    if unknown := sorted(set(names) - set(PARTS)):
        raise argparse.ArgumentTypeError(f"no part is called {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return [name for name in PARTS if name in names]


if __name__ == "__main__":
    main()
