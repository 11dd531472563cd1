"""Before going live: how many people a week would have gone to sales lately, at each cut, against what sales can take.

Past weeks are judged by today's profiles and by the activities that had happened then. Who had the grade in between
two ends of a week, and not at either, is not seen. Asks; never changes anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from connector.playbook import Playbook
from connector.ports.evaluation import EvaluationStore, Graded
from connector.report.capacity import Capacity, capacity_of
from connector.report.past_weeks import PastWeeks
from connector.rules.definitions import Definitions
from connector.rules.score_model import MILLI

WEEKS = 13
QUALIFIED = "qualified_lead"
POINTS_MAX = 100
BY_FLOOR = POINTS_MAX + 1
NEVER = -1
CUTS_SHOWN = 5
"""Every so many points a cut is worth a line."""


@dataclass(frozen=True)
class Cut:
    """``weekly``: hand-offs a week on average if the hand-off grade began at ``edge`` points."""

    edge: int
    weekly: float


@dataclass(frozen=True)
class Calibration:
    """``weekly``: people who newly had the hand-off grade, oldest week first. ``capacity``: hand-offs a week.

    ``edge``: where the grade begins now. ``cuts``: the same for every whole edge, lowest first.
    """

    grade: str
    edge: int
    weekly: tuple[int, ...]
    cuts: tuple[Cut, ...]
    capacity: int
    reps: int

    @property
    def mean(self) -> float:
        """Hand-offs a week over the period."""
        return sum(self.weekly) / len(self.weekly) if self.weekly else 0.0

    @property
    def fitting(self) -> Cut | None:
        """The lowest cut that gives sales something and no more than it can take; ``None``: there is none."""
        return next((cut for cut in self.cuts if 0 < cut.weekly <= self.capacity), None)

    @property
    def fitting_edge(self) -> int | None:
        """The edge of the cut that fits."""
        return self.fitting.edge if self.fitting is not None else None

    @property
    def sentence(self) -> str:
        """Hand-offs against capacity, in one sentence."""
        reps = f"{self.reps} rep" if self.reps == 1 else f"{self.reps} reps"
        return f"at {self.edge} you would hand over {_rate(self.mean)} a week, your {reps} can work {self.capacity}"

    @property
    def question(self) -> str | None:
        """What a person must answer before going live; ``None`` when the figures fit."""
        if 0 < self.mean <= self.capacity:
            return None
        fits = "; no other cut fits either"
        if self.fitting is not None:
            fits = f"; at {self.fitting.edge} it would be {_rate(self.fitting.weekly)}"
        return f"{self.sentence}{fits}: go live all the same?"

    def shown_cuts(self) -> list[Cut]:
        """The cuts worth a line: every fifth, the present one and the one that fits."""
        named = {self.edge, self.fitting_edge}
        return [cut for cut in self.cuts if cut.edge % CUTS_SHOWN == 0 or cut.edge in named]

    def as_json(self) -> dict[str, Any]:
        """The figures for scripts."""
        return {
            "schema": 1,
            "grade": self.grade,
            "edge": self.edge,
            "weekly": list(self.weekly),
            "mean": round(self.mean, 2),
            "capacity": self.capacity,
            "reps": self.reps,
            "fitting_edge": self.fitting_edge,
            "cuts": [{"edge": cut.edge, "weekly": round(cut.weekly, 2)} for cut in self.cuts],
            "sentence": self.sentence,
            "question": self.question,
        }


def calibrate(
    evaluations: EvaluationStore[Definitions], company: int, playbook: Playbook, weeks: PastWeeks
) -> Calibration:
    """Evaluate the end of each of the last weeks, twice: who has the grade by points, and who by its floor alone."""
    counts = [[0] * (POINTS_MAX + 1) for _ in range(WEEKS)]
    before: Mapping[int, int] | None = None
    for number, as_of in enumerate(weeks.ends(WEEKS)):
        reach = _reaches(evaluations, company, playbook, as_of)
        if before is not None:
            for person, highest in reach.items():
                for edge in range(before.get(person, NEVER) + 1, min(highest, POINTS_MAX) + 1):
                    counts[number - 1][edge] += 1
        before = reach
    edge = _edge(playbook)
    cuts = tuple(Cut(each, sum(week[each] for week in counts) / WEEKS) for each in range(POINTS_MAX + 1))
    capacity: Capacity = capacity_of(playbook, weeks.now, weeks.zone)
    weekly = tuple(week[min(edge, POINTS_MAX)] for week in counts)
    return Calibration(playbook.rules.hand_off_grade, edge, weekly, cuts, capacity.weekly, capacity.reps)


def _reaches(
    evaluations: EvaluationStore[Definitions], company: int, playbook: Playbook, as_of: int
) -> Mapping[int, int]:
    """Person -> the highest edge at which they would have the hand-off grade; absent: at none, by a ceiling."""
    wanted = Graded(playbook.rules.hand_off_grade, QUALIFIED)
    lowest, beyond = _with_edge(playbook, 0), _with_edge(playbook, 10 * POINTS_MAX)
    points = evaluations.graded(company, lowest, as_of, wanted)
    # Who has the grade by its floor has it at every edge, so nobody else needs to be asked again.
    by_floor = evaluations.graded(company, beyond, as_of, wanted, people=list(points)) if points else {}
    return {
        person: BY_FLOOR if person in by_floor else max(milli // MILLI, 0) for person, milli in points.items()
    }  # fmt: skip


def _with_edge(playbook: Playbook, edge: int) -> Definitions:
    """The definitions with another edge of the hand-off grade; nothing else is touched."""
    definitions, name = playbook.definitions, playbook.rules.hand_off_grade
    grades = tuple(
        replace(grade, at_least=edge) if grade.name == name else grade for grade in definitions.scoring.grades
    )
    return Definitions(replace(definitions.scoring, grades=grades), definitions.stages)


def _edge(playbook: Playbook) -> int:
    return playbook.rules.grade_edges_milli[playbook.rules.hand_off_grade] // MILLI


def _rate(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
