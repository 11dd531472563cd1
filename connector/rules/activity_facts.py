"""The one pass over the activities: points per rule, measures for conditions, last times, and the next change.

Decides how each activity counts at its age in whole days. One filtered aggregate per distinct question, grouped by
person, so that every rule and condition shares one scan; an activity costs arithmetic only where a filter lets it
through. All points are whole thousandths (see ``decay``).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from msgspec import Struct
from sqlalchemy import BigInteger, and_, case, cast, column, distinct, func, not_, null, or_, select, true, values
from sqlalchemy.sql import ColumnElement, FromClause
from sqlalchemy.sql.selectable import CTE

from connector.facts import ACTIVITY
from connector.rules.conditions import EventFilter
from connector.rules.decay import Decay, HalfLife, Linear, Steady, Step, ends_after_days, half, half_life_table
from connector.rules.definitions import HAND_RAISE, Definitions
from connector.rules.environment import DAY_MICROS, Environment
from connector.rules.measures import Counted, Measure, numbered
from connector.rules.score_model import SignalRule
from connector.rules.terms import Truth, Whole, age_days, text, total, whole

FADING_EVERY_DAY = 1
MINUTE_MICROS = 60_000_000


class ActivityFacts(Struct, frozen=True, dict=True):
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
        names = ("activity_id", "person_id", *ACTIVITY.columns)
        age = age_days(as_of, activity.c.occurred_at).label("age_days")
        return select(*(activity.c[name] for name in names), age).where(wanted).cte("aged")

    @cached_property
    def seen(self) -> CTE:
        """``aged``, with the places of activities among their like where a rule or condition asks for them.

        Those that ask for none are read without: to number activities costs a sorting of them.
        """
        columns = [column.label(name) for name, column in self._places().items()]
        return select(self.aged, *columns).cte("seen") if columns else self.aged

    def _places(self) -> dict[str, ColumnElement[int]]:
        places: dict[str, ColumnElement[int]] = {}
        for rule, name in self.sums.items():
            places |= _places_of(
                rule, name, self.aged, self._matches(self.aged, rule.events, ends_after_days(rule.decay))
            )
        for measure, name in self.measures.items():
            if measure.burst is not None:
                same = self._matches(self.aged, measure.events, None)
                places[f"span_{name}"] = _span(measure.burst[0], self.aged, same)
        return places

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
        query = select(self.seen.c.person_id, *columns).select_from(self.source).group_by(self.seen.c.person_id)
        return query.cte("facts").prefix_with("MATERIALIZED")

    @property
    def source(self) -> FromClause:
        """The activities, beside what a half-life leaves at their age where a rule asks for it."""
        seen, left = self.seen, self.half_lives
        return seen if left is None else seen.outerjoin(left, left.c.age_days == seen.c.age_days)

    def points(self, rule: SignalRule) -> Whole:
        """What one activity gives to a rule, in thousandths; 0 when it does not match."""
        return case((self._counts(rule), self._given(rule)), else_=whole(0))

    def _matches(self, among: CTE, events: EventFilter, within_days: int | None) -> Truth:
        """Whether an activity passes the filter and is young enough (NULL counts as no inside CASE and FILTER)."""
        listed = [
            (among.c.signal, events.signals),
            (among.c.kind, events.kinds),
            (among.c.phase, events.phases),
            (among.c.direction, events.directions),
            (among.c.asset, events.assets),
        ]
        parts = [_is_one_of(where, words) for where, words in listed if words]
        if events.sources:
            parts.append(or_(*(_comes_from(among.c.source, source) for source in events.sources)))
        if events.asked:
            parts.append(among.c.asked.is_(true()))
        if within_days is not None:
            parts.append(self._younger(within_days, among))
        return and_(*parts)

    def _sum(self, rule: SignalRule) -> Whole:
        return total(self._given(rule), self._counts(rule))

    def _counts(self, rule: SignalRule) -> Truth:
        name, parts = self.sums[rule], [self._matches(self.seen, rule.events, ends_after_days(rule.decay))]
        if rule.once_per_day:
            parts.append(self.seen.c[f"of_day_{name}"] == whole(1))
        if rule.max_events is not None:
            parts.append(self.seen.c[f"newest_{name}"] <= whole(rule.max_events))
        return and_(*parts)

    def _given(self, rule: SignalRule) -> Whole:
        given: Whole = self._left(rule.milli, rule.decay)
        if not rule.by_phase:
            return given
        phase = self.seen.c.phase
        return case(
            *((phase == text(name), self._left(milli, rule.decay)) for name, milli in rule.by_phase), else_=given
        )

    def _younger(self, days: int, among: CTE | None = None) -> Truth:
        """The age is below so many whole days: the same as ``age_days < days``, without dividing."""
        moment = (self.seen if among is None else among).c.occurred_at
        return moment >= self.environment.as_of - whole(days * DAY_MICROS)

    def _left(self, milli: int, decay: Decay) -> Whole:
        age = self.seen.c.age_days
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
        seen = self.seen.c
        matches = self._matches(self.seen, measure.events, measure.within_days)
        if measure.not_within_days is not None:
            matches = and_(matches, not_(self._younger(measure.not_within_days)))
        if measure.burst is not None:
            span = seen[f"span_{self.measures[measure]}"]
            matches = and_(matches, span < whole(measure.burst[1] * MINUTE_MICROS))
        match measure.counted:
            case Counted.EVENTS:
                return func.count().filter(matches)
            case Counted.SIGNALS:
                return func.count(distinct(seen.signal)).filter(matches)
            case Counted.DAYS:
                return func.count(distinct(seen.age_days)).filter(matches)

    def _last(self, signals: tuple[str, ...]) -> ColumnElement[Any]:
        return func.max(self.seen.c.occurred_at).filter(_is_one_of(self.seen.c.signal, signals))

    def _days_to_change(self) -> ColumnElement[int]:
        """Days until this activity may count differently; NULL when it will not.

        Filters finer than the signal are not looked at: a person evaluated a day too often is no harm, one
        evaluated too late is.
        """
        alike: dict[tuple[int, ...], list[str]] = {}
        for signal in self.definitions.signals:
            alike.setdefault(self._edges(signal), []).append(signal)
        pairs = [
            (_is_one_of(self.seen.c.signal, tuple(signals)), self._change(*edges))
            for edges, signals in alike.items()
            if any(edges)
        ]
        return case(*pairs, else_=null()) if pairs else cast(null(), BigInteger)

    def _change(self, fading_days: int, *edges: int) -> Whole:
        branches = [(self._younger(fading_days), whole(FADING_EVERY_DAY))] if fading_days else []
        branches += [(self._younger(edge), whole(edge) - self.seen.c.age_days) for edge in edges]
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
        edges |= {end for part in windows for end in (part.within_days, part.not_within_days) if end}
        if signal in self.definitions.stages.interest:
            edges |= {stage.cold_days for stage in self.definitions.stages.stages if stage.cold_days}
        return (fading_days, *sorted(edge for edge in edges if edge > fading_days))


def _places_of(rule: SignalRule, name: str, among: CTE, same: Truth) -> dict[str, ColumnElement[int]]:
    """Which of the day's and which of all an activity is for a rule, the newest first.

    Once per day and so many of all: so many days, of each the newest.
    """
    alike, newest = case((same, whole(1)), else_=whole(0)), [among.c.occurred_at.desc(), among.c.activity_id.desc()]
    places: dict[str, ColumnElement[int]] = {}
    if rule.once_per_day:
        of_day = [among.c.person_id, alike, among.c.age_days]
        places[f"of_day_{name}"] = func.row_number().over(partition_by=of_day, order_by=newest)
    if rule.max_events is not None:
        counted = func.dense_rank() if rule.once_per_day else func.row_number()
        order = [among.c.age_days] if rule.once_per_day else newest
        places[f"newest_{name}"] = counted.over(partition_by=[among.c.person_id, alike], order_by=order)
    return places


def _span(count: int, among: CTE, same: Truth) -> ColumnElement[int]:
    """Microseconds from the activity so many places before, among its like; NULL when there are fewer."""
    alike = case((same, whole(1)), else_=whole(0))
    first = func.lag(among.c.occurred_at, whole(count - 1))
    return among.c.occurred_at - first.over(
        partition_by=[among.c.person_id, alike], order_by=[among.c.occurred_at, among.c.activity_id]
    )


def _comes_from(where: ColumnElement[str], source: str) -> Truth:
    """The source is this object (``system.object``), or any object of this system."""
    if "." in source:
        return where == text(source)
    return or_(where == text(source), func.substr(where, 1, len(source) + 1) == text(f"{source}."))


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
