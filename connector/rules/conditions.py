"""What may be asked of a person: conditions as values.

Decides nothing; it only names the questions. Every condition is true or false, never unknown: a comparison with
a fact that is unknown is false, and only ``Missing`` is true for it. So ``NoneOf`` is true for an unknown fact:
"not known to be so". Reading them from TOML is ``condition_parser``, their SQL is ``compiler``, their words are
``english``.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct


class Operator(StrEnum):
    """How a known fact is compared with a constant."""

    IS = "is"
    IN = "in"
    NOT_IN = "not_in"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    BETWEEN = "between"


Constant = str | int | bool


class All(Struct, frozen=True):
    """Every part holds (also when there is none)."""

    parts: tuple[Condition, ...]


class Some(Struct, frozen=True):
    """At least one part holds (``any`` in TOML)."""

    parts: tuple[Condition, ...]


class NoneOf(Struct, frozen=True):
    """No part holds (``none`` in TOML)."""

    parts: tuple[Condition, ...]


class Compare(Struct, frozen=True):
    """A fact is known and compares so with ``values`` (one; two for ``between``; any number for ``in``)."""

    field: str
    operator: Operator
    values: tuple[Constant, ...]


class Known(Struct, frozen=True):
    """A fact is known."""

    field: str


class Missing(Struct, frozen=True):
    """A fact is unknown."""

    field: str


class FieldAge(Struct, frozen=True):
    """A dated fact lies in the past, fewer than ``within_days`` or at least ``at_least_days`` whole days ago."""

    field: str
    within_days: int | None = None
    at_least_days: int | None = None


class EventFilter(Struct, frozen=True):
    """Which activities count: the signal is listed, and each list that is not empty holds the activity's own word.

    ``assets``: forms, pages, mails, events and campaigns by name. ``sources``: a system, or one object of it
    (``salesforce.campaignmember``). ``asked``: only forms in which something was asked.
    """

    signals: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    asked: bool = False


class Happened(Struct, frozen=True):
    """Activities of a filter, fewer than ``within_days`` and at least ``not_within_days`` whole days old.

    At least so many of them, of so many different signals, on so many different days. With ``within_minutes`` at least
    so many of them followed one another in less than that.
    """

    events: EventFilter
    within_days: int | None = None
    at_least: int = 1
    signals_at_least: int = 1
    days_at_least: int = 1
    not_within_days: int | None = None
    within_minutes: int | None = None


class Score(Struct, frozen=True):
    """An axis (or the total) has at least, or at most, so many points."""

    axis: str
    at_least: int | None = None
    at_most: int | None = None


class Rung(Struct, frozen=True):
    """The entry rule of a lower stage holds today."""

    stage: str


class StageIs(Struct, frozen=True):
    """The person's latched stage is one of these."""

    stages: tuple[str, ...]


class BuyingPhase(Struct, frozen=True):
    """The buying phase that the recent activities show is one of these."""

    phases: tuple[str, ...]


Condition = All | Some | NoneOf | Compare | Known | Missing | FieldAge | Happened | Score | Rung | StageIs | BuyingPhase


def walk(condition: Condition) -> Iterator[Condition]:
    """The condition and all its parts, outermost first."""
    yield condition
    if isinstance(condition, All | Some | NoneOf):
        for part in condition.parts:
            yield from walk(part)


def fields_used(condition: Condition) -> frozenset[str]:
    """The person facts that a condition needs."""
    return frozenset(name for part in walk(condition) for name in _own_fields(part))


def _own_fields(condition: Condition) -> tuple[str, ...]:
    match condition:
        case Compare(field=field) | Known(field=field) | Missing(field=field) | FieldAge(field=field):
            return (field,)
        case StageIs():
            return ("stage",)
        case _:
            return ()


def happenings(condition: Condition) -> Iterator[Happened]:
    """Every question about activities in a condition."""
    return (part for part in walk(condition) if isinstance(part, Happened))
