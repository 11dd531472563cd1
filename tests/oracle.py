"""What the rules mean, in plain Python, one person at a time: written from the definitions and not from the SQL.

Takes the parsed rules and a person as plain values, and never touches a database. Fractions instead of integer
formulas, lists instead of aggregates, so that a shared mistake is unlikely.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

from msgspec.structs import replace

from connector.rules import conditions as c
from connector.rules.decay import Decay, HalfLife, Linear, Steady, Step, ends_after_days
from connector.rules.definitions import Definitions
from connector.rules.score_model import AnswerRule, Axis, CaseRule, Grade, Rule, ScoreModel, SignalRule

DAY = 86_400_000_000


@dataclass(frozen=True)
class Event:
    """One activity; times in microseconds."""

    activity_id: int
    signal: str
    occurred_at: int
    kind: str | None = None
    phase: str | None = None
    direction: str = "human"
    known_at: int | None = None
    counts: bool = True
    asset: str | None = None
    source: str = "test"
    asked: bool = False


@dataclass
class Verdict:
    """What the oracle says; the fields are those of ``Evaluation`` (times in microseconds)."""

    scope_rule: str | None = None
    junk_rule: str | None = None
    hold_rule: str | None = None
    axes: dict[str, int] = field(default_factory=dict)
    total_milli: int = 0
    phase: str = "awareness"
    rungs: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    paths: dict[str, str] = field(default_factory=dict)
    grade_open: str | None = None
    last_signal_at: int | None = None
    last_hand_raise_at: int | None = None
    rule_points: dict[str, int] = field(default_factory=dict)


def fold(value: Any) -> Any:
    """A to Z in lower case, the rest untouched."""
    if not isinstance(value, str):
        return value
    return "".join(chr(ord(one) + 32) if 65 <= ord(one) <= 90 else one for one in value)


class Oracle:
    """One person on one day."""

    def __init__(
        self, definitions: Definitions, person: Mapping[str, Any], events: Sequence[Event], as_of: int
    ) -> None:
        self.definitions = definitions
        self.person = {name: fold(value) for name, value in person.items()}
        self.events = [one for one in events if one.counts and one.direction != "bot" and one.occurred_at < as_of]
        self.as_of = as_of
        self.verdict = Verdict()
        self.valid = False

    def run(self) -> Verdict:
        model, verdict = self.definitions.scoring, self.verdict
        stages = self.definitions.stages
        verdict.scope_rule = next((one.id for one in stages.exclusions if self.holds(one.when)), None)
        verdict.junk_rule = next((one.id for one in stages.junk if self.holds(one.when)), None)
        verdict.hold_rule = next((one.id for one in stages.holds if self.holds(one.when)), None)
        self.valid = verdict.scope_rule is None and verdict.junk_rule is None and verdict.hold_rule is None
        verdict.phase = next((one.name for one in model.phases if self.holds(one.when)), "awareness")
        verdict.rule_points = {rule.id: self.rule_points(rule) for _axis, rule in model.rules()}
        verdict.axes = {axis.name: self.axis_points(axis) if self.valid else 0 for axis in model.axes}
        verdict.total_milli = sum(verdict.axes.values())
        self.stages()
        verdict.grade_open = self.grade(model) if self.valid else None
        verdict.last_signal_at = self.last(stages.interest)
        verdict.last_hand_raise_at = self.last(("hand_raise",))
        return verdict

    def age(self, moment: int) -> int:
        return math.floor(Fraction(self.as_of - 1 - moment, DAY))

    def holds(self, condition: c.Condition) -> bool:
        match condition:
            case c.All(parts=parts):
                return all(self.holds(part) for part in parts)
            case c.Some(parts=parts):
                return any(self.holds(part) for part in parts)
            case c.NoneOf(parts=parts):
                return not any(self.holds(part) for part in parts)
            case c.Compare():
                return self.compare(condition)
            case c.Known(field=name):
                return self.person[name] is not None
            case c.Missing(field=name):
                return self.person[name] is None
            case c.FieldAge():
                return self.field_age(condition)
            case c.Happened():
                return self.happened(condition)
            case c.Score():
                points = {**self.verdict.axes, "total": self.verdict.total_milli}[condition.axis]
                if condition.at_least is not None:
                    return points >= condition.at_least * 1000
                return points <= (condition.at_most or 0) * 1000
            case c.Rung(stage=stage):
                return stage in self.held
            case c.StageIs(stages=stages):
                return self.person["stage"] in stages
            case c.BuyingPhase(phases=phases):
                return self.verdict.phase in phases

    def compare(self, condition: c.Compare) -> bool:
        value, wanted = self.person[condition.field], condition.values
        if value is None:
            return False
        return {
            "is": lambda: value == wanted[0],
            "in": lambda: value in wanted,
            "not_in": lambda: value not in wanted,
            "at_least": lambda: value >= wanted[0],
            "at_most": lambda: value <= wanted[0],
            "more_than": lambda: value > wanted[0],
            "less_than": lambda: value < wanted[0],
            "between": lambda: wanted[0] <= value <= wanted[1],
        }[condition.operator.value]()

    def field_age(self, condition: c.FieldAge) -> bool:
        moment = self.person[condition.field]
        if moment is None or moment >= self.as_of:
            return False
        if condition.within_days is not None:
            return self.age(moment) < condition.within_days
        return self.age(moment) >= (condition.at_least_days or 0)

    def matching(self, events: c.EventFilter, within_days: int | None) -> list[Event]:
        return [
            one
            for one in self.events
            if one.signal in events.signals
            and (not events.kinds or one.kind in events.kinds)
            and (not events.phases or one.phase in events.phases)
            and (not events.directions or one.direction in events.directions)
            and (not events.assets or fold(one.asset) in events.assets)
            and (not events.sources or any(_from(fold(one.source), each) for each in events.sources))
            and (one.asked or not events.asked)
            and (within_days is None or self.age(one.occurred_at) < within_days)
        ]

    def happened(self, condition: c.Happened) -> bool:
        found = self.matching(condition.events, condition.within_days)
        if condition.not_within_days is not None:
            found = [one for one in found if self.age(one.occurred_at) >= condition.not_within_days]
        if condition.within_minutes is not None:
            return self.burst(condition, found) and self.enough(replace(condition, at_least=1), found)
        return self.enough(condition, found)

    def burst(self, condition: c.Happened, found: list[Event]) -> bool:
        """Whether one of the found ends so many, of any age, in less than so many minutes."""
        times = sorted(one.occurred_at for one in self.matching(condition.events, None))
        span, places = (condition.within_minutes or 0) * 60_000_000, condition.at_least - 1
        ends = {last for first, last in zip(times, times[places:], strict=False) if last - first < span}
        return any(one.occurred_at in ends for one in found)

    def enough(self, condition: c.Happened, found: list[Event]) -> bool:
        return (
            len(found) >= condition.at_least
            and len({one.signal for one in found}) >= condition.signals_at_least
            and len({self.age(one.occurred_at) for one in found}) >= condition.days_at_least
        )

    def rule_points(self, rule: Rule) -> int:
        match rule:
            case CaseRule():
                for case in rule.cases:
                    if self.holds(case.when):
                        return case.milli
                unknown = rule.field is not None and self.person[rule.field] is None
                return rule.unknown_milli if unknown else rule.otherwise_milli
            case SignalRule():
                return self.signal_points(rule)
            case AnswerRule():
                return self.answer_points(rule)

    def signal_points(self, rule: SignalRule) -> int:
        if rule.when is not None and not self.holds(rule.when):
            return 0
        full = dict(rule.by_phase)
        events = counted(self, rule, self.matching(rule.events, ends_after_days(rule.decay)))
        points = sum(
            left(full.get(one.phase or "", rule.milli), rule.decay, self.age(one.occurred_at)) for one in events
        )
        if rule.cap_milli is None:
            return points
        takes = any(milli < 0 for milli in (rule.milli, *full.values()))
        return max(points, rule.cap_milli) if takes else min(points, rule.cap_milli)

    def answer_points(self, rule: AnswerRule) -> int:
        answer, at = self.person[rule.field], self.person[f"{rule.field}_at"]
        if answer is None or at is None or at >= self.as_of:
            return 0
        steps = next((one.steps for one in rule.answers if one.answer == answer), ())
        return next((milli for until, milli in steps if self.age(at) < until), 0)

    def axis_points(self, axis: Axis) -> int:
        capped = {cap.kind for cap in axis.kind_caps}
        own = [(rule.kind, self.verdict.rule_points[rule.id]) for rule in axis.rules]
        points = sum(milli for kind, milli in own if kind not in capped)
        for cap in axis.kind_caps:
            together = sum(milli for kind, milli in own if kind == cap.kind)
            if cap.most_milli is not None:
                together = min(together, cap.most_milli)
            if cap.least_milli is not None:
                together = max(together, cap.least_milli)
            points += together
        points = max(points, 0)
        weights = self.definitions.scoring.weights
        if axis.name in weights.axes:
            factor = Fraction(dict(weights.phases).get(self.verdict.phase, 1000), 1000)
            factor *= Fraction(next((one.milli for one in weights.personas if self.holds(one.when)), 1000), 1000)
            points = rounded(points * factor)
        return min(points, axis.max_milli)

    def stages(self) -> None:
        self.held: set[str] = set()
        for stage in self.definitions.stages.stages:
            ways = [one.id for one in stage.paths if self.holds(one.when)]
            if ways and (stage.requires is None or self.holds(stage.requires)):
                self.held.add(stage.stage)
                if self.valid:
                    self.verdict.paths[stage.stage] = ways[0]
        self.verdict.rungs = tuple(self.verdict.paths)
        self.verdict.kept = self.kept()

    def kept(self) -> tuple[str, ...]:
        """Entries that hold above the present stage and are not found by walking along the allowed moves."""
        ladder = ("name", "suspect", "lead", "qualified_lead")
        start, may = self.person["stage"] or "name", dict(self.definitions.stages.moves.allowed)
        found, new = {start}, [start]
        while new:
            low = new.pop()
            up = [one for one in self.verdict.rungs if one in ladder and low in ladder[: ladder.index(one)]]
            new += [one for one in up if one not in found and one in may.get(low, ladder)]
            found |= set(new)
        above = [one for one in self.verdict.rungs if one in ladder and start in ladder[: ladder.index(one)]]
        return tuple(one for one in above if one not in found)

    def grade(self, model: ScoreModel) -> str:
        order = list(model.grades)
        place = next(
            n for n, one in enumerate(order) if self.verdict.total_milli >= one.at_least * 1000 or one is order[-1]
        )
        place = min([place, *(n for n, one in enumerate(order) if self._says(one, "floor"))])
        place = max([place, *(n for n, one in enumerate(order) if self._says(one, "ceiling"))])
        return order[place].name

    def _says(self, grade: Grade, side: str) -> bool:
        condition = getattr(grade, side)
        return condition is not None and self.holds(condition)

    def last(self, signals: Sequence[str]) -> int | None:
        widest = self.definitions.widest_days
        times = [
            one.occurred_at
            for one in self.events
            if one.signal in signals and (widest is None or self.age(one.occurred_at) < widest)
        ]
        return max(times, default=None)


def counted(oracle: Oracle, rule: SignalRule, events: list[Event]) -> list[Event]:
    """Of the matching activities those that the rule's limits leave, the newest first."""
    newest = sorted(events, key=lambda one: (one.occurred_at, one.activity_id), reverse=True)
    if rule.once_per_day:
        seen: dict[int, Event] = {}
        for one in newest:
            seen.setdefault(oracle.age(one.occurred_at), one)
        newest = list(seen.values())
    return newest if rule.max_events is None else newest[: rule.max_events]


def _from(source: str, wanted: str) -> bool:
    return source == wanted or ("." not in wanted and source.split(".")[0] == wanted)


def left(milli: int, decay: Decay, age: int) -> int:
    """The thousandths that an event gives at an age in whole days."""
    match decay:
        case Steady(within_days=end):
            return milli if end is None or age < end else 0
        case Step(full_days=full, half_days=end):
            return milli if age < full else rounded(Fraction(milli, 2)) if age < end else 0
        case Linear(days=end):
            return rounded(Fraction(milli * (end - age), end)) if age < end else 0
        case HalfLife(half_life_days=half, until_days=end) if age % half == 0:
            return rounded(Fraction(milli, 2 ** (age // half))) if age < end else 0
        case HalfLife(half_life_days=half, until_days=end):
            with localcontext() as context:
                context.prec = 60
                share = (-(Decimal(2).ln() * age) / half).exp()
                return math.floor(milli * share + Decimal("0.5")) if age < end else 0


def rounded(value: Fraction) -> int:
    """To the nearest whole number, halves upwards, also below zero."""
    return math.floor(value + Fraction(1, 2))
