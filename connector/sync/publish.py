"""Which score values leave the house, and when: with the grade or stage, or when they moved enough, at most daily.

Scores change with time for everybody; writing each change would touch every record every day (PLAYBOOK 0.8).
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from connector.clock import from_micros
from connector.decide.cycles import PersonState
from connector.ports.decisions import Row
from connector.ports.evaluation import Evaluation
from connector.sync.run import Run


class Published(Struct, frozen=True):
    """Person columns with the current and, when due, the published values; a score history row when published."""

    columns: dict[str, Any]
    history: dict[str, Any] | None
    is_due: bool


def publish(run: Run, row: Row, evaluation: Evaluation, state: PersonState) -> Published:
    """Decide about one person's published score."""
    columns: dict[str, Any] = {
        "score_milli": evaluation.total_milli,
        "fit_milli": evaluation.fit_milli,
        "engagement_milli": evaluation.engagement_milli,
        "readiness_milli": evaluation.readiness_milli,
        "evaluated_at": from_micros(run.as_of),
    }
    if not _is_due(run, row, evaluation, state):
        columns["evaluated_at"] = row["evaluated_at"] or columns["evaluated_at"]
        return Published(columns, None, is_due=False)
    columns |= {
        "published_at": run.now,
        "published_score": points(evaluation.total_milli),
        "published_fit": points(evaluation.fit_milli),
        "published_engagement": points(evaluation.engagement_milli),
        "published_readiness": points(evaluation.readiness_milli),
        "evaluated_at": from_micros(run.as_of),
    }
    return Published(columns, _history(run, evaluation, state), is_due=True)


def points(milli: int) -> int:
    """Thousandths of a point as whole points, halves up."""
    return (milli + 500) // 1000


def _is_due(run: Run, row: Row, evaluation: Evaluation, state: PersonState) -> bool:
    if row["published_score"] is None:
        return evaluation.total_milli > 0 or state.stage.rank > 0
    if row["grade"] != state.grade or row["stage"] != state.stage.value:
        return True
    moved = abs(evaluation.total_milli - row["published_score"] * 1000)
    if moved < run.playbook.publish.dead_band_milli:
        return False
    last = row["published_at"]
    return last is None or last.astimezone(run.zone).date() < run.now.astimezone(run.zone).date()


def _history(run: Run, evaluation: Evaluation, state: PersonState) -> dict[str, Any]:
    return {
        "evaluated_at": run.now,
        "as_of": from_micros(run.as_of),
        "fit_milli": evaluation.fit_milli,
        "engagement_milli": evaluation.engagement_milli,
        "readiness_milli": evaluation.readiness_milli,
        "score_milli": evaluation.total_milli,
        "grade": state.grade,
        "stage": state.stage.value,
    }
