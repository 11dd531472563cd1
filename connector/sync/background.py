"""What is asked only about the few people who are published or handed over: their points in words, their last steps.

One statement for all of a chunk's people, at the first question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connector.ports.decisions import DecisionStore, TouchFacts
from connector.ports.evaluation import EvaluationStore, PointsLine
from connector.rules.definitions import Definitions
from connector.sync.run import Run

WHY_LENGTH_MAX = 255
REASONS_MAX = 4
ACTIVITIES_MAX = 8


@dataclass
class Background:
    """``leads``: of whom points may be asked; ``handed``: of whom the activities may."""

    run: Run
    store: DecisionStore
    evaluations: EvaluationStore[Definitions]
    leads: Sequence[int]
    handed: Sequence[int]
    lines: Mapping[int, tuple[PointsLine, ...]] | None = None
    steps: Mapping[int, tuple[TouchFacts, ...]] | None = None

    def why(self, person_id: int) -> str:
        """The top reasons of the points in plain words; empty for somebody without points."""
        return in_words(self.points(person_id))

    def points(self, person_id: int) -> tuple[PointsLine, ...]:
        """What every rule gave."""
        if self.lines is None:
            run, people = self.run, sorted({*self.leads, person_id})
            self.lines = self.evaluations.points(run.company_id, run.playbook.definitions, run.as_of, people)
        return self.lines.get(person_id, ())

    def activities(self, person_id: int) -> tuple[TouchFacts, ...]:
        """What the person did last, the newest first."""
        if self.steps is None:
            people = sorted({*self.handed, person_id})
            self.steps = self.store.last_activities(self.run.company_id, people, self.run.now, ACTIVITIES_MAX)
        return self.steps.get(person_id, ())


def in_words(points: Sequence[PointsLine]) -> str:
    """The rules that gave most, as they fit into the CRMs' field."""
    best = sorted((line for line in points if line.milli > 0), key=lambda line: (-line.milli, line.rule))
    words = "; ".join(f"{line.rule.replace('_', ' ')} +{line.milli / 1000:g}" for line in best[:REASONS_MAX])
    return words if len(words) <= WHY_LENGTH_MAX else words[: WHY_LENGTH_MAX - 3] + "..."
