"""Conditions to SQL: every result is true or false, never NULL, so that NOT is safe.

Decides only the form. Which relation the names stand in is ``statement``'s business: a condition refers to
columns of one relation that already holds the person's facts, the measures of activities and the scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field
from sqlalchemy import false, not_, true
from sqlalchemy.sql import ColumnElement, FromClause

from connector.facts import FactType, fact_type
from connector.rules.conditions import (
    All,
    BuyingPhase,
    Compare,
    Condition,
    Constant,
    FieldAge,
    Happened,
    Known,
    Missing,
    NoneOf,
    Operator,
    Rung,
    Score,
    Some,
    StageIs,
)
from connector.rules.measures import Measure, measures_of
from connector.rules.score_model import MILLI
from connector.rules.terms import Truth, Whole, age_days, every, some, sure, text, whole

BOOLEANS: dict[bool, ColumnElement[bool]] = {True: true(), False: false()}


class Names(Struct, frozen=True):
    """Where the words of a condition stand: one relation, and the rungs below as conditions of it."""

    relation: FromClause
    measures: Mapping[Measure, str]
    as_of: Whole
    rungs: Mapping[str, Truth] = field(default_factory=dict)

    def fact(self, name: str) -> ColumnElement[Any]:
        """The column of a person fact."""
        return self.relation.c[fact_column(name)]

    def measure(self, measure: Measure) -> Whole:
        """The column of a measure."""
        return self.relation.c[self.measures[measure]]


def fact_column(name: str) -> str:
    """The name of a fact inside the statement: apart from our own columns."""
    return f"f_{name}"


def compile_condition(condition: Condition, names: Names) -> Truth:
    """The condition over the relation of ``names``, never NULL."""
    match condition:
        case All(parts=parts):
            return every(compile_condition(part, names) for part in parts)
        case Some(parts=parts):
            return some(compile_condition(part, names) for part in parts)
        case NoneOf(parts=parts):
            return not_(some(compile_condition(part, names) for part in parts))
        case Happened():
            return every(names.measure(measure) >= whole(least) for measure, least in measures_of(condition))
        case Rung(stage=stage):
            return names.rungs[stage]
        case _:
            return _leaf(condition, names)


def _leaf(condition: Condition, names: Names) -> Truth:
    match condition:
        case Compare():
            return sure(_compare(condition, names.fact(condition.field)))
        case Known(field=name):
            return names.fact(name).is_not(None)
        case Missing(field=name):
            return names.fact(name).is_(None)
        case FieldAge():
            return _field_age(condition, names)
        case Score():
            return _score(condition, names.relation.c[f"{condition.axis}_milli"])
        case StageIs(stages=stages):
            return sure(names.fact("stage").in_([text(stage) for stage in stages]))
        case BuyingPhase(phases=phases):
            return sure(names.relation.c["phase"].in_([text(phase) for phase in phases]))
    raise AssertionError(condition)  # pragma: no cover


def _compare(condition: Compare, column: ColumnElement[Any]) -> ColumnElement[bool]:
    constants = [_constant(condition.field, value) for value in condition.values]
    match condition.operator:
        case Operator.IS:
            return column == constants[0]
        case Operator.IN:
            return column.in_(constants) if constants else false()
        case Operator.NOT_IN:
            # NOT IN of an empty list is true even for NULL, and an unknown fact fails every comparison.
            return column.not_in(constants) if constants else column.is_not(None)
        case Operator.AT_LEAST:
            return column >= constants[0]
        case Operator.AT_MOST:
            return column <= constants[0]
        case Operator.MORE_THAN:
            return column > constants[0]
        case Operator.LESS_THAN:
            return column < constants[0]
        case Operator.BETWEEN:
            return column.between(constants[0], constants[1])


def _constant(name: str, value: Constant) -> ColumnElement[Any]:
    if fact_type(name) is FactType.BOOLEAN:
        return BOOLEANS[bool(value)]
    return text(value) if isinstance(value, str) else whole(value)


def _field_age(condition: FieldAge, names: Names) -> Truth:
    column = names.fact(condition.field)
    past, age = column < names.as_of, age_days(names.as_of, column)
    limits = [past]
    if condition.within_days is not None:
        limits.append(age < whole(condition.within_days))
    if condition.at_least_days is not None:
        limits.append(age >= whole(condition.at_least_days))
    return sure(every(limits))


def _score(condition: Score, milli: Whole) -> Truth:
    limits = []
    if condition.at_least is not None:
        limits.append(milli >= whole(condition.at_least * MILLI))
    if condition.at_most is not None:
        limits.append(milli <= whole(condition.at_most * MILLI))
    return every(limits)
