"""What the evaluation of people gives: one verdict per person, and the explanation of one.

``Definitions`` is whatever the rules are (``connector.rules.definitions``); this module does not need to know it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from msgspec import Struct, field


class Evaluation(Struct, frozen=True):
    """One person at the end of one local day. Points in thousandths.

    ``scope_rule``: the exclusion that holds, if any; ``junk_rule``: the first junk rule that holds, if any;
    ``hold_rule``: the first rule that holds somebody until a person looked at them; each leaves the scores 0, ``rungs``
    empty and ``grade_open`` ``None``. ``rungs``: the stages whose entry rule holds,
    lowest first; ``paths``: the first way that holds, for each of them. ``grade_open``: the grade if the person
    were an open qualified lead. ``last_signal_at``: the newest signal of interest, ``None`` when there is none
    within the widest window of the rules. ``kept``: stages whose entry holds and to which no allowed moves lead.
    ``next_change_days``: in how many days something may change without any
    new event; ``None`` for never.
    """

    person_id: int
    fit_milli: int
    engagement_milli: int
    readiness_milli: int
    total_milli: int
    grade_open: str | None = None
    rungs: tuple[str, ...] = ()
    paths: Mapping[str, str] = field(default_factory=dict)
    phase: str = "awareness"
    scope_rule: str | None = None
    junk_rule: str | None = None
    last_signal_at: datetime | None = None
    last_hand_raise_at: datetime | None = None
    next_change_days: int | None = None
    hold_rule: str | None = None
    kept: tuple[str, ...] = ()

    @property
    def in_scope(self) -> bool:
        """Whether the person takes part at all."""
        return self.scope_rule is None


class Graded(Struct, frozen=True):
    """Whom is asked for: everybody in scope with this grade whom the entry rule of ``stage`` lets in."""

    grade: str
    stage: str


class PointsLine(Struct, frozen=True):
    """What one rule gave, and the rule in words."""

    rule: str
    axis: str
    milli: int
    english: str


class EvidenceLine(Struct, frozen=True):
    """What one activity gave to one rule, before the rule's cap."""

    activity_id: int
    rule: str
    signal: str
    occurred_at: datetime
    age_days: int
    milli: int


class EntryLine(Struct, frozen=True):
    """One way into a stage (or the verdict of a scope or junk rule) in words, and whether it holds."""

    subject: str
    rule: str
    holds: bool
    english: str


class Explanation(Struct, frozen=True):
    """One evaluation with its reasons. ``to_next_grade_milli``: points to the next better range; ``None`` at the best.

    ``points`` add up to each axis: behind the rules stand weights, common caps (``kind_caps``) and the axis' limits
    (``limit``). They are the rules' own points also for people out of scope or junk, whose axes are 0.
    """

    evaluation: Evaluation
    points: tuple[PointsLine, ...]
    evidence: tuple[EvidenceLine, ...]
    entries: tuple[EntryLine, ...]
    next_grade: str | None = None
    to_next_grade_milli: int | None = None


Definitions = TypeVar("Definitions", contravariant=True)


class EvaluationStore(Protocol[Definitions]):
    """Evaluates people by one statement. ``as_of``: the end of the company's local day in microseconds, exclusive."""

    def evaluate(
        self, company: int, definitions: Definitions, as_of: int, *, people: Sequence[int] | None = None
    ) -> list[Evaluation]:
        """The named people, or all, ordered by person_id; from the values as they are now. One read."""

    def evaluate_in_chunks(
        self, company: int, definitions: Definitions, as_of: int, *, chunk_size: int = 5_000
    ) -> Iterator[list[Evaluation]]:
        """Everybody, in chunks of at most ``chunk_size`` people; one read per chunk, nothing is open between them."""

    def graded(
        self, company: int, definitions: Definitions, as_of: int, wanted: Graded, *, people: Sequence[int] | None = None
    ) -> dict[int, int]:
        """Person id -> points in thousandths of those with this grade, of the named people or of all, by id.

        What ``evaluate_in_chunks`` would say, without a row for everybody else.
        """

    def evaluate_then(
        self,
        company: int,
        definitions: Definitions,
        as_of: int,
        *,
        people: Sequence[int] | None = None,
        hidden: frozenset[str] = frozenset(),
    ) -> list[Evaluation]:
        """As they were on a past day: recorded values, and activities that had happened and were known by then.

        ``hidden`` fields are unknown of everybody.
        """

    def explain(
        self, company: int, definitions: Definitions, as_of: int, person_id: int, *, then: bool = False
    ) -> Explanation | None:
        """One person by the same statement, with the points of every rule; ``None`` when there is no such person.

        ``then``: as they were at the end of the day before ``as_of``, instead of by their values now.
        """

    def points(
        self, company: int, definitions: Definitions, as_of: int, people: Sequence[int]
    ) -> dict[int, tuple[PointsLine, ...]]:
        """Person id -> what every rule gave, for these people; one read for all of them."""

    def rescore(self, company: int, definitions: Definitions, as_of: int) -> tuple[int, ...]:
        """Write the scores and junk rule of everybody for whom they changed, as one set; their ids. One transaction."""
