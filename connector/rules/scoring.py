"""``scoring.toml`` to a ``ScoreModel``. Decides what the file may say; knows no SQL and no store."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

from connector.errors import BadConfiguration
from connector.facts import PERSON, FactType
from connector.model import Stage
from connector.rules.condition_parser import (
    FACTS_ONLY,
    PHASES,
    Vocabulary,
    ascii_lower,
    days,
    field_name,
    read_comparison,
    read_events,
)
from connector.rules.condition_parser import (
    parse as parse_condition,
)
from connector.rules.conditions import Condition
from connector.rules.decay import Decay, HalfLife, Linear, Steady, Step, half
from connector.rules.score_model import (
    AXIS_NAMES,
    MILLI,
    Answer,
    AnswerRule,
    Axis,
    Case,
    CaseRule,
    Grade,
    Hysteresis,
    KindCap,
    Persona,
    Phase,
    Rule,
    ScoreModel,
    SignalRule,
    Weights,
)
from connector.rules.toml import Table, nearest

__all__ = ["ScoreModel", "parse"]

RULES_MAX = 400
"""PostgreSQL returns at most 1,664 columns and names of 63 characters; one numbered column per rule stays far below."""
POINTS_MAX = 1_000
WEIGHT_MAX = 10
DECAYS = ("none", "step", "linear", "half_life")
RULE_HEADS = ("field", "when", "signal", "answer")
AFTER_SCORING = Vocabulary(scores=True, buying_phase=True, rungs=tuple(stage.value for stage in Stage)[1:])


def parse(table: Table) -> ScoreModel:
    """The model of a whole file; ``BadConfiguration`` names the table and key of a mistake."""
    model = ScoreModel(
        axes=tuple(_axis(table.table(name, required=True), name) for name in AXIS_NAMES),
        grades=_grades(table),
        phases=tuple(_phase(part) for part in table.tables("phases")),
        hysteresis=_hysteresis(table.table("hysteresis")),
        publish_points=_publish_points(table.table("publishing")),
        weights=_weights(table.table("weights")),
    )
    table.finish()
    _check_ids(model, table)
    return model


def _axis(table: Table, name: str) -> Axis:
    caps = table.table("kind_caps")
    axis = Axis(
        name=name,
        max_milli=_milli(table, "max"),
        rules=tuple(_rule(part) for part in table.tables("rules")),
        kind_caps=tuple(_kind_cap(caps, kind) for kind in caps.values),
    )
    table.finish()
    if axis.max_milli <= 0:
        raise table.error("max", "expected more than 0 points")
    kinds = {rule.kind for rule in axis.rules}
    for cap in axis.kind_caps:
        if cap.kind not in kinds:
            raise caps.error(cap.kind, "no rule has this kind", nearest(cap.kind, kinds - {""}))
    return axis


def _kind_cap(caps: Table, kind: str) -> KindCap:
    if not isinstance(caps.raw(kind), dict):
        return KindCap(kind, most_milli=_milli(caps, kind))
    limits = caps.table(kind)
    cap = KindCap(
        kind,
        most_milli=_milli(limits, "max") if limits.has("max") else None,
        least_milli=_milli(limits, "min") if limits.has("min") else None,
    )
    limits.finish()
    if cap.most_milli is None and cap.least_milli is None:
        raise caps.error(kind, "no limit here", "write a number of points, or { min = -10, max = 12 }")
    if cap.most_milli is not None and cap.least_milli is not None and cap.least_milli > cap.most_milli:
        raise caps.error(kind, "min is above max")
    return cap


def _rule(table: Table) -> Rule:
    heads = [key for key in RULE_HEADS if key in table.values]
    rule: Rule
    if "signal" in heads:
        rule = _signal_rule(table)
    elif "answer" in heads:
        rule = _answer_rule(table)
    elif "when" in heads:
        rule = _condition_rule(table)
    elif "field" in heads:
        rule = _case_rule(table)
    else:
        raise table.error("", "a rule needs one of " + ", ".join(RULE_HEADS))
    table.finish()
    return rule


def _case_rule(table: Table) -> CaseRule:
    field = field_name(table, "field")
    return CaseRule(
        id=table.text("id"),
        cases=tuple(_case(part, field) for part in table.tables("cases")),
        otherwise_milli=_milli(table, "otherwise", 0),
        field=field,
        unknown_milli=_milli(table, "unknown", 0),
        text=table.text("text", ""),
        kind=table.text("kind", ""),
    )


def _case(table: Table, field: str) -> Case:
    case = Case(read_comparison(table, field), _milli(table, "points"))
    table.finish()
    return case


def _condition_rule(table: Table) -> CaseRule:
    return CaseRule(
        id=table.text("id"),
        cases=(Case(parse_condition(table.table("when")), _milli(table, "points")),),
        text=table.text("text", ""),
        kind=table.text("kind", ""),
    )


def _signal_rule(table: Table) -> SignalRule:
    milli, by_phase = _points_by_phase(table)
    rule = SignalRule(
        id=table.text("id"),
        events=read_events(table, "signal"),
        milli=milli,
        decay=_decay(table.table("decay")),
        cap_milli=_milli(table, "cap") if table.has("cap") else None,
        by_phase=by_phase,
        kind=table.text("kind", ""),
        when=optional_condition(table, "when"),
        text=table.text("text", ""),
        once_per_day=table.flag("once_per_day", False),
        max_events=_max_events(table),
    )
    _check_signs(table, rule)
    return rule


def _max_events(table: Table) -> int | None:
    if not table.has("max_events"):
        return None
    most = table.integer("max_events")
    if most < 1:
        raise table.error("max_events", "expected 1 or more")
    return most


def _points_by_phase(table: Table) -> tuple[int, tuple[tuple[str, int], ...]]:
    if not isinstance(table.raw("points"), dict):
        return _milli(table, "points"), ()
    points = table.table("points")
    otherwise = _milli(points, "unknown", 0)
    by_phase = tuple((phase, _milli(points, phase)) for phase in PHASES if points.has(phase))
    points.finish()
    return otherwise, by_phase


def _check_signs(table: Table, rule: SignalRule) -> None:
    points = [rule.milli, *(milli for _phase, milli in rule.by_phase)]
    if min(points) < 0 < max(points):
        raise table.error("points", "one rule cannot both give and take points", "write two rules")
    negative = min(points) < 0
    if rule.cap_milli is not None and rule.cap_milli and (rule.cap_milli < 0) != negative:
        raise table.error("cap", "the cap has another sign than the points")


def _decay(table: Table) -> Decay:
    kind = table.text("kind", "none", among=DECAYS)
    decay: Decay
    if kind == "step":
        decay = Step(days(table, "full_days"), days(table, "half_days"))
        if decay.half_days <= decay.full_days:
            raise table.error("half_days", "must be more than full_days")
    elif kind == "linear":
        decay = Linear(days(table, "days"))
    elif kind == "half_life":
        decay = HalfLife(days(table, "half_life_days"), days(table, "until_days"))
    else:
        decay = Steady(days(table, "within_days") if table.has("within_days") else None)
    table.finish()
    return decay


def _answer_rule(table: Table) -> AnswerRule:
    field = table.text("answer")
    answers = [name for name in PERSON.columns if PERSON.columns.get(f"{name}_at") is FactType.INSTANT]
    answers += table.questions
    if field not in answers:
        raise table.error("answer", f'"{field}" is not an answer', nearest(field, answers))
    given = _answers_by_steps(table) if table.has("steps") else _answers_by_points(table)
    return AnswerRule(
        id=table.text("id"), field=field, answers=given, text=table.text("text", ""), kind=table.text("kind", "")
    )


def _answers_by_points(table: Table) -> tuple[Answer, ...]:
    points, full_days, half_days = (
        table.table("points", required=True),
        days(table, "full_days"),
        days(table, "half_days"),
    )
    if half_days <= full_days:
        raise table.error("half_days", "must be more than full_days")
    full = {answer: _milli(points, answer) for answer in points.values}
    return tuple(
        Answer(ascii_lower(answer), ((full_days, milli), (half_days, half(milli)))) for answer, milli in full.items()
    )


def _answers_by_steps(table: Table) -> tuple[Answer, ...]:
    steps = table.table("steps")
    return tuple(Answer(ascii_lower(answer), _steps(steps, answer)) for answer in steps.values)


def _steps(table: Table, answer: str) -> tuple[tuple[int, int], ...]:
    steps: list[tuple[int, int]] = []
    for part in table.tables(answer):
        steps.append((days(part, "until_days"), _milli(part, "points")))
        part.finish()
    if any(later[0] <= earlier[0] for earlier, later in pairwise(steps)):
        raise table.error(answer, "until_days must rise from step to step")
    return tuple(steps)


def _grades(table: Table) -> tuple[Grade, ...]:
    grades = tuple(_grade(part) for part in table.tables("grades"))
    if not grades:
        raise table.error("grades", "missing", "write at least one [[grades]] table")
    names = [grade.name for grade in grades]
    for name in names:
        if names.count(name) > 1:
            raise table.error("grades", f'two grades are called "{name}"', "give each grade its own name")
    if any(lower.at_least >= upper.at_least for upper, lower in pairwise(grades)):
        raise table.error("grades", "at_least must fall from grade to grade")
    if grades[-1].at_least != 0:
        raise table.error("grades", "the last grade must begin at 0", "write at_least = 0")
    return grades


def _grade(table: Table) -> Grade:
    grade = Grade(
        name=table.text("name"),
        at_least=table.integer("at_least"),
        floor=optional_condition(table, "floor", AFTER_SCORING),
        ceiling=optional_condition(table, "ceiling", AFTER_SCORING),
    )
    table.finish()
    return grade


def _phase(table: Table) -> Phase:
    phase = Phase(table.text("name", among=PHASES), parse_condition(table.table("when", required=True)))
    table.finish()
    return phase


def _weights(table: Table) -> Weights:
    phases = table.table("phases")
    weights = Weights(
        axes=table.texts("axes", (), among=AXIS_NAMES),
        phases=tuple((phase, _weight(phases, phase)) for phase in PHASES if phases.has(phase)),
        personas=tuple(_persona(part) for part in table.tables("personas")),
    )
    phases.finish()
    table.finish()
    ids = [persona.id for persona in weights.personas]
    for name in ids:
        if ids.count(name) > 1:
            raise table.error("personas", f'two personas are called "{name}"', "give each its own id")
    return weights


def _persona(table: Table) -> Persona:
    persona = Persona(table.text("id"), parse_condition(table.table("when", required=True)), _weight(table, "weight"))
    table.finish()
    return persona


def _weight(table: Table, key: str) -> int:
    milli = _milli(table, key)
    if not 0 <= milli <= WEIGHT_MAX * MILLI:
        raise table.error(key, f"expected a weight between 0 and {WEIGHT_MAX}", "1.0 changes nothing")
    return milli


def _hysteresis(table: Table) -> Hysteresis:
    hysteresis = Hysteresis(_not_negative(table, "points_below", 5), _not_negative(table, "days", 3))
    table.finish()
    return hysteresis


def _publish_points(table: Table) -> int:
    points = _not_negative(table, "points_moved", 5)
    table.finish()
    return points


def _not_negative(table: Table, key: str, default: int) -> int:
    value = table.integer(key, default)
    if value < 0:
        raise table.error(key, "expected 0 or more")
    return value


def optional_condition(table: Table, key: str, vocabulary: Vocabulary = FACTS_ONLY) -> Condition | None:
    """The condition at ``key``, or ``None`` when the key is absent."""
    return parse_condition(table.table(key), vocabulary) if table.has(key) else None


def _milli(table: Table, key: str, default: int | None = None) -> int:
    table.number(key, default)
    value: Any = table.raw(key, default)
    milli = Decimal(str(value)) * MILLI
    if milli != milli.to_integral_value() or abs(value) > POINTS_MAX:
        raise table.error(key, f"expected points between -{POINTS_MAX} and {POINTS_MAX}, at most three decimals")
    return int(milli)


def _check_ids(model: ScoreModel, table: Table) -> None:
    seen: set[str] = set()
    rules = list(model.rules())
    for axis, rule in rules:
        if rule.id in seen:
            raise table.error(axis.name, f'two rules are called "{rule.id}"', "give each rule its own id")
        seen.add(rule.id)
    if len(rules) > RULES_MAX:
        raise BadConfiguration(f"more than {RULES_MAX} rules", where=table.place())
