"""The one pass over the activities: points per rule, measures for conditions, last times, and the next change.

Decides how each activity counts at its age in whole days. One filtered aggregate per distinct question, grouped by
person, so that every rule and condition shares one scan; an activity costs arithmetic only where a filter lets it
through. All points are whole thousandths (see ``decay``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import BigInteger, and_, case, cast, column, distinct, func, null, select, values
from sqlalchemy.sql import ColumnElement, FromClause
from sqlalchemy.sql.selectable import CTE

from connector.rules.conditions import EventFilter
from connector.rules.decay import Decay, HalfLife, Linear, Steady, Step, ends_after_days, half, half_life_table
from connector.rules.definitions import HAND_RAISE, Definitions
from connector.rules.environment import DAY_MICROS, Environment
from connector.rules.measures import Counted, Measure, numbered
from connector.rules.score_model import SignalRule
from connector.rules.terms import Truth, Whole, age_days, text, total, whole

FADING_EVERY_DAY = 1


@dataclass(frozen=True)
class ActivityFacts:
    """Builds the relations ``aged`` (one row per activity) and ``facts`` (one row per person with activities).

    ``points_only``: leave out the last times and the next change, which no score depends on.
    """

    definitions: Definitions
    environment: Environment
    points_only: bool = False

    @cached_property
    def measures(self) -> dict[Measure, str]:
        """The measures and their columns."""
        return numbered(self.definitions.happenings)

    @cached_property
    def sums(self) -> dict[SignalRule, str]:
        """The rules over activities and the columns of their points before any cap."""
        return {rule: f"s_{position}" for position, rule in enumerate(self.definitions.scoring.signal_rules())}

    @cached_property
    def aged(self) -> CTE:
        """The activities that can matter, with their age in whole days.

        Left to be folded into the aggregates: the store's index then hands the activities over person by person, and
        nothing is sorted or written in between. What asks for "younger than" compares the moment, which costs no
        division (``_younger``).
        """
        activity, as_of = self.environment.activity, self.environment.as_of
        wanted: Truth = activity.c.signal.in_([text(signal) for signal in self.definitions.signals])
        widest = self.definitions.widest_days
        if widest is not None:
            wanted = and_(wanted, activity.c.occurred_at >= as_of - whole(widest * DAY_MICROS))
        names = ("activity_id", "person_id", "signal", "kind", "phase", "direction", "occurred_at")
        age = age_days(as_of, activity.c.occurred_at).label("age_days")
        return select(*(activity.c[name] for name in names), age).where(wanted).cte("aged")

    @cached_property
    def half_lives(self) -> CTE | None:
        """What is left per whole day, one column for each distinct half-life and number of points."""
        if not self._fading:
            return None
        tables = [half_life_table(milli, decay) for milli, decay in self._fading]
        rows = [
            (day, *(table[day] if day < len(table) else 0 for table in tables))
            for day in range(max(len(table) for table in tables))
        ]
        columns = [column("age_days", BigInteger), *(column(name, BigInteger) for name in self._fading.values())]
        return values(*columns, name="half_life_values", literal_binds=True).data(rows).cte("half_lives")

    @cached_property
    def _fading(self) -> dict[tuple[int, HalfLife], str]:
        pairs = [
            (milli, rule.decay)
            for rule in self.definitions.scoring.signal_rules()
            if isinstance(rule.decay, HalfLife)
            for milli in (rule.milli, *(milli for _phase, milli in rule.by_phase))
        ]
        return {pair: f"h_{position}" for position, pair in enumerate(dict.fromkeys(pairs))}

    @cached_property
    def facts(self) -> CTE:
        """One row per person who did anything; NULL where nothing of what they did was asked for."""
        columns = [self._sum(rule).label(name) for rule, name in self.sums.items()]
        columns += [self._measure(measure).label(name) for measure, name in self.measures.items()]
        if not self.points_only:
            columns += [
                self._last(self.definitions.stages.interest).label("last_signal_at"),
                self._last((HAND_RAISE,)).label("last_hand_raise_at"),
                func.min(self._days_to_change()).label("event_days"),
            ]
        query = select(self.aged.c.person_id, *columns).select_from(self.source).group_by(self.aged.c.person_id)
        return query.cte("facts").prefix_with("MATERIALIZED")

    @property
    def source(self) -> FromClause:
        """The activities, beside what a half-life leaves at their age where a rule asks for it."""
        aged = self.aged
        return (
            aged
            if self.half_lives is None
            else aged.outerjoin(self.half_lives, self.half_lives.c.age_days == aged.c.age_days)
        )

    def points(self, rule: SignalRule) -> Whole:
        """What one activity gives to a rule, in thousandths; 0 when it does not match."""
        return case((self._counts(rule), self._given(rule)), else_=whole(0))

    def matches(self, events: EventFilter, within_days: int | None) -> Truth:
        """Whether an activity passes the filter and is young enough (NULL counts as no inside CASE and FILTER)."""
        aged = self.aged.c
        listed = [
            (aged.signal, events.signals),
            (aged.kind, events.kinds),
            (aged.phase, events.phases),
            (aged.direction, events.directions),
        ]
        parts = [_is_one_of(where, words) for where, words in listed if words]
        if within_days is not None:
            parts.append(self._younger(within_days))
        return and_(*parts)

    def _sum(self, rule: SignalRule) -> Whole:
        return total(self._given(rule), self._counts(rule))

    def _counts(self, rule: SignalRule) -> Truth:
        return self.matches(rule.events, ends_after_days(rule.decay))

    def _given(self, rule: SignalRule) -> Whole:
        given: Whole = self._left(rule.milli, rule.decay)
        if not rule.by_phase:
            return given
        phase = self.aged.c.phase
        return case(
            *((phase == text(name), self._left(milli, rule.decay)) for name, milli in rule.by_phase), else_=given
        )

    def _younger(self, days: int) -> Truth:
        """The age is below so many whole days: the same as ``age_days < days``, without dividing."""
        return self.aged.c.occurred_at >= self.environment.as_of - whole(days * DAY_MICROS)

    def _left(self, milli: int, decay: Decay) -> Whole:
        age = self.aged.c.age_days
        match decay:
            case Steady():
                return whole(milli)
            case Step(full_days=full_days):
                return case((self._younger(full_days), whole(milli)), else_=whole(half(milli)))
            case Linear(days=days):
                return _linear(milli, days, age)
            case HalfLife() if self.half_lives is not None:
                return self.half_lives.c[self._fading[milli, decay]]
        raise AssertionError(decay)  # pragma: no cover

    def _measure(self, measure: Measure) -> Whole:
        matches, aged = self.matches(measure.events, measure.within_days), self.aged.c
        match measure.counted:
            case Counted.EVENTS:
                return func.count().filter(matches)
            case Counted.SIGNALS:
                return func.count(distinct(aged.signal)).filter(matches)
            case Counted.DAYS:
                return func.count(distinct(aged.age_days)).filter(matches)

    def _last(self, signals: tuple[str, ...]) -> ColumnElement[Any]:
        return func.max(self.aged.c.occurred_at).filter(_is_one_of(self.aged.c.signal, signals))

    def _days_to_change(self) -> ColumnElement[int]:
        """Days until this activity may count differently; NULL when it will not.

        Filters finer than the signal are not looked at: a person evaluated a day too often is no harm, one
        evaluated too late is.
        """
        alike: dict[tuple[int, ...], list[str]] = {}
        for signal in self.definitions.signals:
            alike.setdefault(self._edges(signal), []).append(signal)
        pairs = [
            (_is_one_of(self.aged.c.signal, tuple(signals)), self._change(*edges))
            for edges, signals in alike.items()
            if any(edges)
        ]
        return case(*pairs, else_=null()) if pairs else cast(null(), BigInteger)

    def _change(self, fading_days: int, *edges: int) -> Whole:
        branches = [(self._younger(fading_days), whole(FADING_EVERY_DAY))] if fading_days else []
        branches += [(self._younger(edge), whole(edge) - self.aged.c.age_days) for edge in edges]
        return case(*branches, else_=null())

    def _edges(self, signal: str) -> tuple[int, ...]:
        """Until which age points of the signal fade from day to day, and the later ages at which something ends."""
        fading_days, edges = 0, set[int]()
        for rule in self.sums:
            if signal in rule.events.signals:
                match rule.decay:
                    case Linear(days=end) | HalfLife(until_days=end):
                        fading_days = max(fading_days, end)
                    case Step(full_days=full_days, half_days=half_days):
                        edges |= {full_days, half_days}
                    case Steady(within_days=end) if end:
                        edges.add(end)
        windows = [part for part in self.definitions.happenings if signal in part.events.signals]
        edges |= {part.within_days for part in windows if part.within_days}
        if signal in self.definitions.stages.interest:
            edges |= {stage.cold_days for stage in self.definitions.stages.stages if stage.cold_days}
        return (fading_days, *sorted(edge for edge in edges if edge > fading_days))


def _is_one_of(where: ColumnElement[str], words: tuple[str, ...]) -> Truth:
    if len(words) == 1:
        return where == text(words[0])
    return where.in_([text(word) for word in words])


def _linear(milli: int, days: int, age: Whole) -> Whole:
    """``floor(milli * (days - age) / days + 0.5)`` in whole numbers.

    For negative points by the mirrored formula, because integer division cuts towards zero and not downwards.
    """
    left = whole(2 * abs(milli)) * (whole(days) - age)
    if milli >= 0:
        return (left + whole(days)) // whole(2 * days)
    return whole(0) - (left + whole(days - 1)) // whole(2 * days)
