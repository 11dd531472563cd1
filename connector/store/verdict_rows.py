"""Rows of the evaluation statement as values. Where each column stands is found once for all rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connector.clock import from_micros
from connector.ports.evaluation import Evaluation
from connector.rules.definitions import Definitions
from connector.rules.moves import BY_RULE


class VerdictReader:
    """Reads rows whose columns are named by ``keys``, as the statement of these definitions gives them."""

    def __init__(self, definitions: Definitions, keys: Sequence[str]) -> None:
        place = {key: number for number, key in enumerate(keys)}
        stages = [rule.stage for rule in definitions.stages.stages]
        self._rungs = [(stage, place[f"rung_{stage}"], place[f"path_{stage}"]) for stage in stages]
        self._kept = [(stage, place[f"kept_{stage}"]) for stage in BY_RULE if f"kept_{stage}" in place]
        self._plain = [(name, place[name]) for name in PLAIN]
        self._moments = [(name, place[name]) for name in MOMENTS]

    def read(self, row: Sequence[Any]) -> Evaluation:
        """The value of one row."""
        values = {name: row[place] for name, place in self._plain}
        values |= {name: _moment(row[place]) for name, place in self._moments}
        entered = [(stage, row[path]) for stage, rung, path in self._rungs if row[rung]]
        return Evaluation(
            **values,
            rungs=tuple(stage for stage, _path in entered),
            paths=dict(entered),
            kept=tuple(stage for stage, place in self._kept if row[place]),
        )


PLAIN = (
    *("person_id", "fit_milli", "engagement_milli", "readiness_milli", "total_milli", "grade_open", "phase"),
    *("scope_rule", "junk_rule", "hold_rule", "next_change_days"),
)
MOMENTS = ("last_signal_at", "last_hand_raise_at")


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)
