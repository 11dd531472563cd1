"""``python -m tests.simulation.run --schedules N [--seed S] [--sabotage NAME]``: many schedules, or one again."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from tests.compiling import share_compiled
from tests.simulation.sabotages import SABOTAGES
from tests.simulation.schedule import Outcome, run_schedule

SEEDS = Path(__file__).parent / "seeds"


def command_of(seed: int, sabotage: str | None = None) -> str:
    """The command that plays this schedule again."""
    spoiled = f" --sabotage {sabotage}" if sabotage else ""
    return f"python -m tests.simulation.run --schedules 1 --seed {seed}{spoiled}"


def kept_seeds() -> list[dict[str, Any]]:
    """Schedules that once failed, from ``seeds/*.json``: seed, why, kinds, and what is still open."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(SEEDS.glob("*.json"))]


def describe(outcome: Outcome, sabotage: str | None = None) -> str:
    """A failing schedule for people."""
    lines = [f"seed {outcome.seed} breaks {len(outcome.violations)}: {command_of(outcome.seed, sabotage)}"]
    return "\n  ".join([*lines, *outcome.violations[:12], json.dumps(outcome.mixture.as_json())])


def say(line: str) -> None:
    """One line for people."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Play the schedules; 1 when any fails (with a sabotage: when none does)."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.run", description=__doc__)
    parser.add_argument("--schedules", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--sabotage", choices=sorted(SABOTAGES))
    parser.add_argument("--trace", action="store_true", help="show every schedule's trace hash")
    asked = parser.parse_args()
    share_compiled()
    started, failed = time.monotonic(), 0
    for seed in range(asked.seed, asked.seed + asked.schedules):
        outcome = run_schedule(seed, asked.sabotage)
        failed += bool(outcome.violations)
        if outcome.violations:
            say(describe(outcome, asked.sabotage))
        if asked.trace:
            say(f"{seed} {outcome.trace} {json.dumps(outcome.counts)}")
    spent_s = time.monotonic() - started
    say(f"{asked.schedules} schedules, {failed} failed, {asked.schedules * 60 / spent_s:.0f} schedules/minute")
    return int(failed == 0 if asked.sabotage else failed > 0)


if __name__ == "__main__":
    sys.exit(main())
