"""An explained row in words: points by rule, evidence by activity, entries by stage, the way to the next grade.

Reads what the statement returned; computes no score of its own, so that it can never disagree with one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connector.ports.evaluation import EntryLine, Evaluation, EvidenceLine, PointsLine
from connector.rules.conditions import All
from connector.rules.definitions import Definitions
from connector.rules.english import kind_caps_to_english, rule_to_english, to_english, weights_to_english
from connector.rules.english import points as in_points
from connector.rules.score_model import MILLI
from connector.rules.stages import StageRule

MOVES = "its entry rule holds, but [moves] in stages.toml leads from the present stage by no way"
"""What keeps somebody from a stage."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def points_lines(definitions: Definitions, columns: Mapping[Any, Any]) -> tuple[PointsLine, ...]:
    """What every rule gave, in file order, and what weights add to an axis or take from it."""
    numbered = enumerate(definitions.scoring.rules())
    rules = (PointsLine(rule.id, axis.name, columns[f"r_{n}"], rule_to_english(rule)) for n, (axis, rule) in numbered)
    weighed = (
        PointsLine("weight", axis.name, columns[f"weight_{axis.name}"], weights_to_english(definitions.scoring.weights))
        for axis in definitions.scoring.axes
        if columns[f"weight_{axis.name}"]
    )
    return (*rules, *weighed)


def limit_lines(definitions: Definitions, verdict: Evaluation, columns: Mapping[Any, Any]) -> tuple[PointsLine, ...]:
    """What common caps and the limits of an axis take or give, so that the lines of every axis add up to its points."""
    if verdict.scope_rule or verdict.junk_rule or verdict.hold_rule:
        return ()
    numbered = list(enumerate(definitions.scoring.rules()))
    lines: list[PointsLine] = []
    for axis in definitions.scoring.axes:
        before = columns[f"sum_{axis.name}"]
        capped = before - sum(columns[f"r_{n}"] for n, (own, _rule) in numbered if own is axis)
        rest = columns[f"{axis.name}_milli"] - before - columns[f"weight_{axis.name}"]
        said = f"{axis.name} is never below 0" if rest > 0 else f"{axis.name} is at most {in_points(axis.max_milli)}"
        lines += [
            PointsLine("kind_caps", axis.name, capped, kind_caps_to_english(axis)),
            PointsLine("limit", axis.name, rest, said),
        ]
    return tuple(line for line in lines if line.milli)


def evidence_lines(definitions: Definitions, rows: Sequence[Mapping[Any, Any]]) -> tuple[EvidenceLine, ...]:
    """What each activity gave to each rule, newest first; nothing for activities that gave nothing."""
    rules = definitions.scoring.signal_rules()
    return tuple(
        EvidenceLine(
            activity_id=row["activity_id"],
            rule=rule.id,
            signal=row["signal"],
            occurred_at=EPOCH + timedelta(microseconds=row["occurred_at"]),
            age_days=row["age_days"],
            milli=row[f"s_{place}"],
        )
        for row in rows
        for place, rule in enumerate(rules)
        if row[f"s_{place}"]
    )


def entries(definitions: Definitions, verdict: Evaluation, columns: Mapping[Any, Any]) -> tuple[EntryLine, ...]:
    """The scope, junk and hold rules that hold, and every way into every stage, open or not."""
    stages = definitions.stages
    lines = [
        EntryLine("scope", rule.id, True, rule.text or to_english(rule.when))
        for rule in stages.exclusions
        if rule.id == verdict.scope_rule
    ]
    lines += [
        EntryLine("junk", rule.id, True, rule.text or to_english(rule.when))
        for rule in stages.junk
        if rule.id == verdict.junk_rule
    ]
    lines += [
        EntryLine("hold", rule.id, True, rule.text or to_english(rule.when))
        for rule in stages.holds
        if rule.id == verdict.hold_rule
    ]
    lines += [EntryLine("move", stage, False, f"{MOVES} to {stage.replace('_', ' ')}") for stage in verdict.kept]
    return (*lines, *(line for rule in stages.stages for line in _ways(rule, columns)))


def _ways(rule: StageRule, columns: Mapping[Any, Any]) -> Iterable[EntryLine]:
    for place, path in enumerate(rule.paths):
        parts = (path.when,) if rule.requires is None else (rule.requires, path.when)
        words = path.text or to_english(All(parts))
        yield EntryLine(rule.stage, path.id, columns[f"way_{rule.stage}_{place}"], words)


def next_grade(definitions: Definitions, verdict: Evaluation) -> tuple[str | None, int | None]:
    """The next better range of points above the total, and the thousandths that are missing."""
    above = [grade for grade in definitions.scoring.grades if grade.at_least * MILLI > verdict.total_milli]
    if not above:
        return None, None
    return above[-1].name, above[-1].at_least * MILLI - verdict.total_milli
