"""Whether a condition holds for one person's facts, in plain Python: for decisions about one person at a time.

Only conditions on profile facts (``any``, ``all``, ``none`` and comparisons); what needs activities, points or days is
the compiled statement's business. Agrees with it: unknown fails every comparison, text is folded from A to Z.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.rules.condition_parser import ascii_lower
from connector.rules.conditions import All, Compare, Condition, Known, Missing, NoneOf, Operator, Some, walk


def by_facts_alone(condition: Condition) -> bool:
    """Whether ``holds`` can answer it."""
    return all(isinstance(part, All | Some | NoneOf | Compare | Known | Missing) for part in walk(condition))


def holds(condition: Condition, facts: Mapping[str, Any]) -> bool:
    """Whether it is so. Raises ``ValueError`` for a condition that is not by facts alone."""
    match condition:
        case All(parts=parts):
            return all(holds(part, facts) for part in parts)
        case Some(parts=parts):
            return any(holds(part, facts) for part in parts)
        case NoneOf(parts=parts):
            return not any(holds(part, facts) for part in parts)
        case Known(field=name):
            return facts.get(name) is not None
        case Missing(field=name):
            return facts.get(name) is None
        case Compare(field=name, operator=operator, values=values):
            value = facts.get(name)
            folded = ascii_lower(value) if isinstance(value, str) else value
            return folded is not None and _compared(folded, operator, values)
    raise ValueError(f"not by facts alone: {condition}")


def _compared(value: Any, operator: Operator, values: tuple[Any, ...]) -> bool:
    match operator:
        case Operator.IS:
            return bool(value == values[0])
        case Operator.IN:
            return value in values
        case Operator.NOT_IN:
            return value not in values
        case Operator.AT_LEAST:
            return bool(value >= values[0])
        case Operator.AT_MOST:
            return bool(value <= values[0])
        case Operator.MORE_THAN:
            return bool(value > values[0])
        case Operator.LESS_THAN:
            return bool(value < values[0])
        case Operator.BETWEEN:
            return bool(values[0] <= value <= values[1])
