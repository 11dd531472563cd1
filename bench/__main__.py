"""``make bench``: measure, show a table, write ``bench/REPORT.md`` and ``bench/results.json``.

ARGS: ``--quick`` (one pair, small), ``--pairs N``, ``--full`` (a million people with ten million activities),
``--peers`` (also what others take, in environments of their own), ``--no-report`` (leave both files as they are).
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from bench.peers import measure_peers
from bench.profiles import Profiled, profile_pull
from bench.pull_suite import WAYS, Pulls
from bench.report import Measured, as_results, markdown, table
from bench.work_suite import Evaluating, idle, push_owned, say

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
    pairs: int = 5


QUICK = Sizes(records=4_000, records_many=8_000, people=4_000, pushed=1_000, idle=50, pairs=1)


def main() -> None:
    asked = _arguments()
    sizes = QUICK if asked.quick else Sizes(people=1_000_000 if asked.full else Sizes.people)
    measured = _measure(sizes, asked.pairs or sizes.pairs, with_peers=asked.peers)
    print(table(measured))
    if not asked.no_report:
        (HERE / "results.json").write_bytes(as_results(measured))
        (HERE / "REPORT.md").write_text(markdown(measured), encoding="utf-8")


def _measure(sizes: Sizes, pairs: int, *, with_peers: bool) -> Measured:
    pulls = Pulls(sizes.records, sizes.records_many, pairs, say)
    pulled = pulls.measure()
    evaluated, quick = Evaluating(sizes.people, sizes.per_person, pairs, say).measure()
    return Measured(
        records=sizes.records,
        records_many=sizes.records_many,
        people=sizes.people,
        activities=sizes.people * sizes.per_person,
        pairs=pairs,
        pulled=pulled,
        memory=pulls.memory(),
        evaluated=evaluated,
        quick=quick,
        pushed=push_owned(sizes.pushed),
        idle=idle(sizes.idle),
        profiles=_profiles(sizes.records),
        peers=measure_peers(sizes.records, say) if with_peers else [],
    )


def _profiles(records: int) -> list[Profiled]:
    return [profile_pull(name, *WAYS[name], min(records, 20_000)) for name in WAYS]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the product against bare floors.")
    parser.add_argument("--quick", action="store_true", help="one pair of small sizes")
    parser.add_argument("--pairs", type=int, default=0, help="paired runs per measurement (default 5)")
    parser.add_argument("--full", action="store_true", help="evaluate a million people with ten million activities")
    parser.add_argument("--peers", action="store_true", help="also measure dlt and the plain SDK loops")
    parser.add_argument("--no-report", action="store_true", help="write neither REPORT.md nor results.json")
    return parser.parse_args()


if __name__ == "__main__":
    main()
