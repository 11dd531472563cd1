"""Scoring and stages together: what one evaluation statement is built from.

Decides which facts, signals and days the statement must read. No SQL.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from connector.rules.conditions import Condition, EventFilter, Happened, fields_used, happenings
from connector.rules.decay import ends_after_days
from connector.rules.score_model import AnswerRule, CaseRule, ScoreModel
from connector.rules.stages import StageModel

HAND_RAISE = "hand_raise"


class Definitions(Struct, frozen=True, dict=True):
    """The two models; equal models have the same digest."""

    scoring: ScoreModel
    stages: StageModel

    @cached_property
    def digest(self) -> str:
        """Names the content: the key under which statements are kept."""
        return hashlib.sha256(repr((self.scoring, self.stages)).encode()).hexdigest()[:16]

    def conditions(self) -> Iterator[Condition]:
        """Every condition of both models."""
        yield from _scoring_conditions(self.scoring)
        yield from (rule.when for rule in self.stages.exclusions)
        yield from (rule.when for rule in self.stages.junk)
        yield from (rule.when for rule in self.stages.holds)
        yield from stage_conditions(self.stages)

    @cached_property
    def happenings(self) -> tuple[Happened, ...]:
        """Every distinct question about activities, in file order."""
        return tuple(dict.fromkeys(part for condition in self.conditions() for part in happenings(condition)))

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The person facts that the statement reads; the history of just these is recorded for as-of questions."""
        used = {name for condition in self.conditions() for name in fields_used(condition)}
        for _axis, rule in self.scoring.rules():
            if isinstance(rule, AnswerRule):
                used |= {rule.field, rule.answered_at}
            elif isinstance(rule, CaseRule) and rule.field:
                used.add(rule.field)
        if self.stages.stages and self.stages.moves.bound:
            used.add("stage")
        return tuple(sorted(used))

    @cached_property
    def signals(self) -> tuple[str, ...]:
        """The signals that the statement reads."""
        filters: list[EventFilter] = [part.events for part in self.happenings]
        filters += [rule.events for rule in self.scoring.signal_rules()]
        listed = {signal for events in filters for signal in events.signals}
        return tuple(sorted(listed | set(self.stages.interest) | {HAND_RAISE}))

    @cached_property
    def widest_days(self) -> int | None:
        """No activity this old, in whole days, can matter; ``None`` when some rule has no end."""
        ends = [part.within_days for part in self.happenings]
        ends += [ends_after_days(rule.decay) for rule in self.scoring.signal_rules()]
        ends += [stage.cold_days for stage in self.stages.stages if stage.cold_days]
        known = [end for end in ends if end is not None]
        return max(known, default=1) if len(known) == len(ends) else None


def for_scores(definitions: Definitions) -> Definitions:
    """What the scores, scope and junk need, and nothing else: no stages, no phases, no floors and ceilings.

    Fewer signals over fewer days are then read, and nothing is counted that only a stage asks for.
    """
    grades = tuple(replace(grade, floor=None, ceiling=None) for grade in definitions.scoring.grades)
    model = definitions.scoring
    scoring = replace(model, phases=model.phases if model.weights.by_phase else (), grades=grades)
    return Definitions(scoring, replace(definitions.stages, stages=(), interest=(HAND_RAISE,)))


def _scoring_conditions(model: ScoreModel) -> Iterator[Condition]:
    for _axis, rule in model.rules():
        if isinstance(rule, CaseRule):
            yield from (case.when for case in rule.cases)
        elif not isinstance(rule, AnswerRule) and rule.when:
            yield rule.when
    yield from grade_conditions(model)
    yield from (phase.when for phase in model.phases)
    yield from (persona.when for persona in model.weights.personas)


def grade_conditions(model: ScoreModel) -> Iterator[Condition]:
    """Every floor and ceiling."""
    for grade in model.grades:
        yield from (condition for condition in (grade.floor, grade.ceiling) if condition)


def stage_conditions(model: StageModel) -> Iterator[Condition]:
    """Every entry rule."""
    for stage in model.stages:
        if stage.requires:
            yield stage.requires
        yield from (path.when for path in stage.paths)
