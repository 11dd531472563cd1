"""Before going live: how many people a week would have gone to sales lately, against what the team can take.

Past weeks are judged by today's profiles and by the activities that had happened then. Asks; never changes anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connector.clock import end_of_day, to_micros
from connector.playbook import Playbook
from connector.ports.evaluation import Evaluation, EvaluationStore
from connector.rules.definitions import Definitions

WEEKS = 13
WORKING_DAYS = 5
QUALIFIED = "qualified_lead"


@dataclass(frozen=True)
class Calibration:
    """``weekly``: people who newly had the hand-off grade, oldest week first. ``capacity``: hand-offs a week."""

    grade: str
    weekly: tuple[int, ...]
    capacity: int
    fitting_edge: int | None

    @property
    def mean(self) -> float:
        """Hand-offs a week over the period."""
        return sum(self.weekly) / len(self.weekly) if self.weekly else 0.0

    @property
    def question(self) -> str | None:
        """What a person must answer before going live; ``None`` when the figures fit."""
        if sum(self.weekly) == 0:
            return f"nobody would have been handed over in {len(self.weekly)} weeks: go live all the same?"
        if self.mean > self.capacity:
            cut = f"; an edge of {self.fitting_edge} points would fit" if self.fitting_edge is not None else ""
            return (
                f"{self.mean:.1f} hand-offs a week, but the team can take {self.capacity}{cut}: go live all the same?"
            )
        return None

    def as_json(self) -> dict[str, Any]:
        """The figures for scripts."""
        return {
            "schema": 1,
            "grade": self.grade,
            "weekly": list(self.weekly),
            "mean": round(self.mean, 2),
            "capacity": self.capacity,
            "fitting_edge": self.fitting_edge,
            "question": self.question,
        }


def calibrate(
    evaluations: EvaluationStore[Definitions], company: int, playbook: Playbook, now: datetime, zone: ZoneInfo
) -> Calibration:
    """Evaluate the end of each of the last weeks, one statement each."""
    grade = playbook.rules.hand_off_grade
    before: set[int] | None = None
    weekly: list[int] = []
    last_totals: list[int] = []
    for weeks_ago in range(WEEKS, -1, -1):
        as_of = to_micros(end_of_day(now - timedelta(weeks=weeks_ago), zone))
        people = evaluations.evaluate(company, playbook.definitions, as_of)
        graded = {each.person_id for each in people if _would_go(each, grade)}
        if before is not None:
            weekly.append(len(graded - before))
            last_totals += [each.total_milli for each in people if each.person_id in graded - before]
        before = graded
    capacity = _capacity(playbook)
    return Calibration(grade, tuple(weekly), capacity, _fitting_edge(last_totals, capacity * len(weekly)))


def _would_go(evaluation: Evaluation, grade: str) -> bool:
    return evaluation.in_scope and evaluation.grade_open == grade and QUALIFIED in evaluation.rungs


def _capacity(playbook: Playbook) -> int:
    members = [member for member in playbook.team if member.role in playbook.sales_roles and member.weight > 0]
    limit = playbook.routing.daily_max
    return WORKING_DAYS * sum(member.daily_max if member.daily_max is not None else limit for member in members)


def _fitting_edge(totals_milli: list[int], room: int) -> int | None:
    """The lowest whole score at which no more than ``room`` would have gone; floors of the grade are left aside."""
    if len(totals_milli) <= room:
        return None
    ranked = sorted(totals_milli, reverse=True)
    return ranked[room] // 1000 + 1
