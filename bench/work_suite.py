"""Everything but pulling: the evaluation against the hand-written statement, the plain lane's calls, idle syncs."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.pairs import Paired, paired
from bench.people import AS_OF, make
from bench.processes import run
from bench.stub import running
from connector.clock import DAY_MICROS

SEED = 1


@dataclass(frozen=True)
class Evaluating:
    """``people`` with ``per_person`` activities each."""

    people: int
    per_person: int
    pairs: int
    tell: Callable[[str], None]

    def measure(self) -> tuple[Paired, dict[str, Any]]:
        """The pairs, and the figures of small questions; both statements must agree on everybody first."""
        with TemporaryDirectory(prefix="leadloop-bench-") as folder:
            file = Path(folder) / "people.db"
            self.tell(f"making {self.people:,} people with {self.per_person} activities each ...")
            make(file, self.people, self.per_person, SEED)
            compared = run("bench.evaluating", "compare", file, AS_OF).answer
            assert compared == {"rows": self.people, "different": 0}, f"the statements disagree: {compared}"
            # Every run is of a day of its own: scores fade, so each finds about as many changes to store as the last.
            days = (AS_OF + day * DAY_MICROS for day in itertools.count())
            run("bench.evaluating", "rescore", file, next(days))  # the first one stores everybody
            pairs = paired(
                "evaluate_full",
                lambda: run("bench.evaluating", "rescore", file, next(days)),
                lambda: run("bench.floors.evaluation", file, next(days)),
                self.pairs,
                self.tell,
            )
            quick = run("bench.evaluating", "quick", file, AS_OF).answer
        self.tell(f"500 people: {quick['evaluate_500_ms']} ms, one explanation: {quick['explain_ms']} ms")
        return pairs, quick


def push_owned(people: int) -> dict[str, Any]:
    """The plain lane's requests and what they would be at least."""
    with TemporaryDirectory(prefix="leadloop-bench-") as folder, running(SEED, people, with_ours=True) as url:
        answer = run("bench.pushing", url, Path(folder) / "push.db").answer
    assert answer["written"] == {"hubspot": people, "salesforce": people}, answer["stopped"]
    return dict(answer)


def idle(people: int) -> dict[str, Any]:
    """The requests of a sync in which nothing has changed."""
    return dict(run("bench.idling", people).answer)


def say(line: str) -> None:
    """A line of progress."""
    print(line, file=sys.stderr, flush=True)
