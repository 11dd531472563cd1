"""The evaluation against the hand-written statement with the same results, and small questions."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.pairs import pair_lines, paired
from bench.parts import Part, markdown_table
from bench.people import AS_OF, make
from bench.processes import run
from connector.clock import DAY_MICROS

SEED = 1
TO_REACH, GOAL = 2.5, 2.0
QUICK_GOALS = {"evaluate_500_ms": 60, "explain_ms": 50}


def evaluate(people: int, per_person: int, pairs: int, tell: Callable[[str], None]) -> Part:
    """``people`` with ``per_person`` activities each; both statements must agree on everybody first."""
    with TemporaryDirectory(prefix="leadloop-bench-") as folder:
        file = Path(folder) / "people.db"
        tell(f"making {people:,} people with {per_person} activities each ...")
        make(file, people, per_person, SEED)
        compared = run("bench.evaluating", "compare", file, AS_OF).answer
        assert compared == {"rows": people, "different": 0}, f"the statements disagree: {compared}"
        # Every run is of a day of its own: scores fade, so each finds about as many changes to store as the last.
        days = (AS_OF + day * DAY_MICROS for day in itertools.count())
        run("bench.evaluating", "rescore", file, next(days))  # the first one stores everybody
        one = paired(
            "evaluate_full",
            lambda: run("bench.evaluating", "rescore", file, next(days)),
            lambda: run("bench.floors.evaluation", file, next(days)),
            pairs,
            tell,
        )
        quick = run("bench.evaluating", "quick", file, AS_OF).answer
    numbers = {**one.numbers(), **quick, "people": people, "activities": people * per_person}
    rows = [("evaluate_full", f"{one.ratio}x", f"{TO_REACH}x", f"{GOAL}x")]
    rows += [(name, str(quick[name]), "", str(goal)) for name, goal in QUICK_GOALS.items()]
    remains = [f"`evaluate_full` is at {one.ratio}x, to {GOAL}x."] if one.ratio > GOAL else []
    remains += [
        f"`{name}` is at {quick[name]} ms, to {goal}." for name, goal in QUICK_GOALS.items() if quick[name] > goal
    ]
    text = (
        f"{people:,} people with {people * per_person:,} activities, medians of {pairs} pairs; the hand-written"
        f" statement gives the same results for everybody.\n\n{markdown_table(pair_lines([one]))}"
    )
    return Part(numbers, rows, text, remains)
