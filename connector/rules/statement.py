"""The one statement that evaluates people: scope, junk, points, axes, phase, rungs and grade, one row per person.

Decides the shape: ``aged -> facts -> base -> points -> axes -> scored`` and a last select. Every stage is its own
common table expression, so that a cap or a clamp refers to a column; repeating the expression would triple the
text at each level. MATERIALIZED keeps both databases from folding the stages back into one another.
"""

from __future__ import annotations

from functools import cached_property, reduce
from typing import Any

from msgspec import Struct
from sqlalchemy import BigInteger, Select, and_, case, cast, func, not_, null, select
from sqlalchemy.sql import ColumnElement, FromClause
from sqlalchemy.sql.selectable import CTE

from connector.rules.activity_facts import ActivityFacts
from connector.rules.compiler import Names, compile_condition, fact_column
from connector.rules.conditions import Condition, FieldAge, fields_used, happenings, walk
from connector.rules.definitions import Definitions, grade_conditions, stage_conditions
from connector.rules.environment import DAY_MICROS, Environment
from connector.rules.measures import numbered
from connector.rules.moves import BY_RULE, STAGES, below
from connector.rules.score_model import MILLI, AnswerRule, Axis, CaseRule, Rule, SignalRule
from connector.rules.terms import (
    NEVER_DAYS,
    Truth,
    Whole,
    age_days,
    clamp,
    first_of,
    least,
    some,
    text,
    whole,
)

SET_ASIDE = ("scope_rule", "junk_rule", "hold_rule")
"""Of whom one of these holds has no score, and enters nothing."""


def evaluation(definitions: Definitions, environment: Environment, *, explain: bool = False) -> Select[Any]:
    """One row per person of the environment.

    Columns: person_id, scope_rule, junk_rule and hold_rule (text or NULL), in_scope, fit_milli, engagement_milli,
    readiness_milli, total_milli, phase, ``rung_<stage>`` and ``path_<stage>`` for every stage with an entry rule,
    ``kept_<stage>`` for those that ``[moves]`` bind (its entry holds, and no allowed move leads there),
    grade_open (the grade if the person were an open qualified lead), last_signal_at, last_hand_raise_at
    (microseconds), next_change_days. With ``explain`` also ``r_<n>``, the points of rule n, and
    ``way_<stage>_<n>``, whether the stage may be entered by its n-th path, ``sum_<axis>``, the points of an axis with
    its common caps and before any other limit, and ``weight_<axis>``, what weights add.
    """
    return _Statement(definitions, environment, explain=explain).select


def scores(definitions: Definitions, environment: Environment) -> Select[Any]:
    """What is stored of everybody: person_id, junk_rule and the ``_milli`` columns of ``evaluation``, nothing else.

    Definitions ``for_scores`` give the same numbers for less: nothing is counted that only a stage asks for.
    """
    return _Statement(definitions, environment, scores_only=True).stored


def evidence(definitions: Definitions, environment: Environment) -> Select[Any]:
    """One row per activity that can matter, with ``s_<n>``: what it gives to the n-th rule over activities.

    From the same expressions as the points, so that the two cannot disagree.
    """
    facts = ActivityFacts(definitions, environment)
    aged = facts.seen
    points = [facts.points(rule).label(name) for rule, name in facts.sums.items()]
    query = select(aged.c.activity_id, aged.c.person_id, aged.c.signal, aged.c.occurred_at, aged.c.age_days, *points)
    return query.select_from(facts.source).order_by(aged.c.occurred_at.desc(), aged.c.activity_id)


class _Statement(Struct, frozen=True, dict=True):
    definitions: Definitions
    environment: Environment
    explain: bool = False
    scores_only: bool = False

    @cached_property
    def activities(self) -> ActivityFacts:
        return ActivityFacts(self.definitions, self.environment, self.scores_only)

    @cached_property
    def base(self) -> CTE:
        """Every person with their facts and what they did; nothing done is 0, not NULL."""
        person, facts = self.environment.person, self.activities.facts
        numbers = [*self.activities.sums.values(), *self.activities.measures.values()]
        query = select(
            person.c.person_id,
            *(person.c[name].label(fact_column(name)) for name in self.definitions.fields),
            *(func.coalesce(facts.c[name], whole(0)).label(name) for name in numbers),
            *(facts.c[name] for name in self.times),
        ).select_from(person.outerjoin(facts, facts.c.person_id == person.c.person_id))
        return query.cte("base").prefix_with("MATERIALIZED")

    @cached_property
    def points(self) -> CTE:
        """The points of every rule, and the verdicts that need no score."""
        base = self.base
        stages = self.definitions.stages
        rules = [self._rule(rule).label(f"r_{n}") for n, (_axis, rule) in enumerate(self.definitions.scoring.rules())]
        query = select(
            *(base.c[name] for name in self.carried),
            *rules,
            first_of((self._holds(rule.when, base), rule.id) for rule in stages.exclusions).label("scope_rule"),
            first_of((self._holds(rule.when, base), rule.id) for rule in stages.junk).label("junk_rule"),
            first_of((self._holds(rule.when, base), rule.id) for rule in stages.holds).label("hold_rule"),
            *self._beside_points(),
        )
        return query.cte("points").prefix_with("MATERIALIZED")

    @cached_property
    def carried(self) -> tuple[str, ...]:
        """The columns of ``base`` that are still asked for once the points are known: each one left out saves time."""
        late = [*stage_conditions(self.definitions.stages), *grade_conditions(self.definitions.scoring)]
        facts = {fact_column(name) for condition in late for name in fields_used(condition)}
        facts |= {fact_column("stage")} if self._bound else set()
        asked = numbered(part for condition in late for part in happenings(condition))
        measures = {self.activities.measures[measure] for measure in asked}
        return ("person_id", *sorted(facts), *sorted(measures), *self.times[:2])

    @property
    def times(self) -> tuple[str, ...]:
        """What is known of a person's activities beside points and counts."""
        return () if self.scores_only else ("last_signal_at", "last_hand_raise_at", "event_days")

    @cached_property
    def axes(self) -> CTE:
        """The sums of the axes, before their limits; kinds are capped one level below when there are any."""
        source = self._kinds() if any(axis.kind_caps for axis in self.definitions.scoring.axes) else self.points
        sums = [self._axis_sum(axis, source).label(f"sum_{axis.name}") for axis in self.definitions.scoring.axes]
        weight = [source.c.weight] if self.weighted else []
        points = [source.c[f"r_{n}"] for n, _rule in self._numbered()] if self.explain else []
        later = () if self.scores_only else ("phase", "next_days")
        verdicts = [source.c[name] for name in (*SET_ASIDE, *later)]
        return select(*(source.c[name] for name in self.carried), *verdicts, *weight, *points, *sums).cte("axes")

    @cached_property
    def scored(self) -> CTE:
        """The limited axes; people out of scope, junk and held have no score."""
        axes = self.axes
        counts = and_(*(axes.c[name].is_(None) for name in SET_ASIDE))
        limited = {
            axis.name: case((counts, clamp(self._weighed(axis, axes), low=0, high=axis.max_milli)), else_=whole(0))
            for axis in self.definitions.scoring.axes
        }
        query = select(*axes.c, counts.label("counts"), *(v.label(f"{name}_milli") for name, v in limited.items()))
        return query.cte("scored").prefix_with("MATERIALIZED")

    @property
    def weighted(self) -> bool:
        """Whether weights make a difference at all; without any nothing is multiplied."""
        weights = self.definitions.scoring.weights
        return weights.by_phase or weights.by_persona

    def _weighed(self, axis: Axis, among: CTE) -> Whole:
        """The sum of an axis times its weight; below 0 it is 0 before it is weighed."""
        points: Whole = among.c[f"sum_{axis.name}"]
        if not self.weighted or axis.name not in self.definitions.scoring.weights.axes:
            return points
        return (clamp(points, low=0) * among.c.weight + whole(MILLI * MILLI // 2)) // whole(MILLI * MILLI)

    def _weight(self) -> Whole:
        """The weight of a person in millionths: by the buying phase times by the first persona that holds."""
        weights = self.definitions.scoring.weights
        phases = [(self._phase() == text(phase), whole(milli)) for phase, milli in weights.phases]
        personas = [(self._holds(persona.when, self.base), whole(persona.milli)) for persona in weights.personas]
        factors: list[Whole] = [
            case(*pairs, else_=whole(MILLI)) if pairs else whole(MILLI) for pairs in (phases, personas)
        ]
        # As wide as points times millionths: PostgreSQL multiplies two small numbers in 32 bits.
        return cast(factors[0] * factors[1], BigInteger)

    @cached_property
    def totals(self) -> CTE:
        """The total beside the axes; two additions may be repeated, so this stage is left to be folded in."""
        scored = self.scored
        parts = [scored.c[f"{axis.name}_milli"] for axis in self.definitions.scoring.axes]
        summed: Whole = reduce(lambda left, right: left + right, parts)
        return select(*scored.c, summed.label("total_milli")).cte("totals")

    @property
    def stored(self) -> Select[Any]:
        totals = self.totals
        names = ("person_id", "junk_rule", "fit_milli", "engagement_milli", "readiness_milli", "total_milli")
        return select(*(totals.c[name] for name in names))

    @cached_property
    def select(self) -> Select[Any]:
        totals = self.totals
        rungs, ways = self._rungs()
        paths = {stage: first_of((condition, name) for name, condition in own) for stage, own in ways.items()}
        columns: list[ColumnElement[Any]] = [totals.c[name] for name in ("person_id", *SET_ASIDE)]
        columns.append(totals.c.scope_rule.is_(None).label("in_scope"))
        columns += [totals.c[f"{name}_milli"] for name in ("fit", "engagement", "readiness", "total")]
        columns += [totals.c.phase]
        columns += [and_(totals.c.counts, rung).label(f"rung_{stage}") for stage, rung in rungs.items()]
        columns += [path.label(f"path_{stage}") for stage, path in paths.items()]
        columns += [and_(totals.c.counts, kept).label(f"kept_{stage}") for stage, kept in self._kept(rungs).items()]
        columns += [self._grade(rungs).label("grade_open"), totals.c.last_signal_at, totals.c.last_hand_raise_at]
        columns.append(func.nullif(totals.c.next_days, whole(NEVER_DAYS)).label("next_change_days"))
        if self.explain:
            columns += [totals.c[f"r_{n}"] for n, _rule in self._numbered()]
            columns += [totals.c[f"sum_{axis.name}"] for axis in self.definitions.scoring.axes]
            columns += [
                (clamp(self._weighed(axis, totals), low=0) - clamp(totals.c[f"sum_{axis.name}"], low=0)).label(
                    f"weight_{axis.name}"
                )
                for axis in self.definitions.scoring.axes
            ]
            for stage, own in ways.items():
                columns += [condition.label(f"way_{stage}_{n}") for n, (_name, condition) in enumerate(own)]
        return select(*columns)

    def _holds(self, condition: Condition, relation: FromClause, rungs: dict[str, Truth] | None = None) -> Truth:
        names = Names(relation, self.activities.measures, self.environment.as_of, rungs or {})
        return compile_condition(condition, names)

    def _rule(self, rule: Rule) -> Whole:
        match rule:
            case CaseRule():
                return self._case_rule(rule)
            case SignalRule():
                return self._signal_rule(rule)
            case AnswerRule():
                return self._answer_rule(rule)

    def _case_rule(self, rule: CaseRule) -> Whole:
        branches = [(self._holds(one.when, self.base), whole(one.milli)) for one in rule.cases]
        if rule.field:
            branches.append((self.base.c[fact_column(rule.field)].is_(None), whole(rule.unknown_milli)))
        return case(*branches, else_=whole(rule.otherwise_milli))

    def _signal_rule(self, rule: SignalRule) -> Whole:
        given: Whole = self.base.c[self.activities.sums[rule]]
        if rule.cap_milli is not None:
            negative = min(rule.milli, *(milli for _phase, milli in rule.by_phase), 0) < 0
            given = clamp(given, low=rule.cap_milli) if negative else clamp(given, high=rule.cap_milli)
        return given if rule.when is None else case((self._holds(rule.when, self.base), given), else_=whole(0))

    def _answer_rule(self, rule: AnswerRule) -> Whole:
        answer, answered = self.base.c[fact_column(rule.field)], self.base.c[fact_column(rule.answered_at)]
        age = age_days(self.environment.as_of, answered)
        branches = [
            (and_(answer == text(one.answer), answered < self.environment.as_of, age < whole(until)), whole(milli))
            for one in rule.answers
            for until, milli in one.steps
        ]
        return case(*branches, else_=whole(0)) if branches else whole(0)

    def _beside_points(self) -> list[ColumnElement[Any]]:
        columns: list[ColumnElement[Any]] = [self._weight().label("weight")] if self.weighted else []
        if not self.scores_only:
            columns += [self._phase().label("phase"), self._next_change().label("next_days")]
        return columns

    def _phase(self) -> ColumnElement[str]:
        phases = self.definitions.scoring.phases
        return func.coalesce(
            first_of((self._holds(one.when, self.base), one.name) for one in phases), text("awareness")
        )

    def _kinds(self) -> CTE:
        columns = [
            _plus(
                self.points.c[f"r_{n}"] for n, (own, rule) in self._numbered() if own is axis and rule.kind == cap.kind
            ).label(f"k_{axis.name}_{position}")
            for axis in self.definitions.scoring.axes
            for position, cap in enumerate(axis.kind_caps)
        ]
        return select(*self.points.c, *columns).cte("kinds").prefix_with("MATERIALIZED")

    def _axis_sum(self, axis: Axis, source: CTE) -> Whole:
        capped = {cap.kind for cap in axis.kind_caps}
        single = [source.c[f"r_{n}"] for n, (own, rule) in self._numbered() if own is axis and rule.kind not in capped]
        joined = [
            clamp(source.c[f"k_{axis.name}_{position}"], low=cap.least_milli, high=cap.most_milli)
            for position, cap in enumerate(axis.kind_caps)
        ]
        return _plus([*single, *joined])

    def _numbered(self) -> list[tuple[int, tuple[Axis, Rule]]]:
        return list(enumerate(self.definitions.scoring.rules()))

    def _rungs(self) -> tuple[dict[str, Truth], dict[str, list[tuple[str, Truth]]]]:
        """The rung of each stage, and its ways as (path, whether it may be gone)."""
        rungs: dict[str, Truth] = {}
        allowed_ways: dict[str, list[tuple[str, Truth]]] = {}
        for stage in self.definitions.stages.stages:
            required = [] if stage.requires is None else [self._holds(stage.requires, self.totals, rungs)]
            ways = [(path.id, self._holds(path.when, self.totals, rungs)) for path in stage.paths]
            allowed = and_(self.totals.c.counts, *required)
            allowed_ways[stage.stage] = [(name, and_(allowed, condition)) for name, condition in ways]
            rungs[stage.stage] = and_(*required, some(condition for _name, condition in ways))
        return rungs, allowed_ways

    @property
    def _bound(self) -> tuple[str, ...]:
        model = self.definitions.stages
        entered = {stage.stage for stage in model.stages}
        return tuple(stage for stage in model.moves.bound if stage in entered)

    def _kept(self, rungs: dict[str, Truth]) -> dict[str, Truth]:
        """Of each bound stage whether its entry holds and no moves lead there, over stages whose entry holds."""
        if not self._bound:
            return {}
        moves, reached = self.definitions.stages.moves, dict[str, Truth]()
        stands = func.coalesce(self.totals.c[fact_column("stage")], text(STAGES[0]))
        kept: dict[str, Truth] = {}
        for end in (stage for stage in BY_RULE if stage in rungs):
            lower = below(end)
            at_once = stands.in_([text(low) for low in lower if moves.allows(low, end)])
            over = [and_(rungs[low], way) for low, way in reached.items() if moves.allows(low, end)]
            reached[end] = some([at_once, *over])
            kept[end] = and_(rungs[end], stands.in_([text(low) for low in lower]), not_(reached[end]))
        return {end: kept[end] for end in self._bound}

    def _grade(self, rungs: dict[str, Truth]) -> ColumnElement[str | None]:
        """The best grade whose range or floor holds, but not above the lowest ceiling that holds."""
        grades = self.definitions.scoring.grades
        totals = self.totals
        branches = []
        for place, grade in enumerate(grades):
            reached = [totals.c.total_milli >= whole(grade.at_least * MILLI)]
            reached += [self._holds(one.floor, totals, rungs) for one in grades[: place + 1] if one.floor]
            lower_ceilings = [self._holds(one.ceiling, totals, rungs) for one in grades[place + 1 :] if one.ceiling]
            branches.append((and_(some(reached), *(not_(ceiling) for ceiling in lower_ceilings)), text(grade.name)))
        graded = case(*branches, else_=text(grades[-1].name))
        return case((totals.c.counts, graded), else_=null())

    def _next_change(self) -> Whole:
        """The soonest change by an activity, an answer or a dated fact."""
        changes = [self._step_change(at, edges) for at, edges in self._dated_edges().items()]
        return least([func.coalesce(self.base.c.event_days, whole(NEVER_DAYS)), *changes])

    def _dated_edges(self) -> dict[str, set[int]]:
        edges: dict[str, set[int]] = {}
        for _axis, rule in self.definitions.scoring.rules():
            if isinstance(rule, AnswerRule):
                steps = {until for answer in rule.answers for until, _milli in answer.steps}
                edges.setdefault(rule.answered_at, set()).update(steps)
        for part in (part for condition in self.definitions.conditions() for part in walk(condition)):
            if isinstance(part, FieldAge):
                limits = {limit for limit in (part.within_days, part.at_least_days) if limit is not None}
                edges.setdefault(part.field, set()).update(limits)
        return edges

    def _step_change(self, name: str, edges: set[int]) -> Whole:
        """Days from today to the next edge of a dated fact; for one in the future, to the day it begins to count."""
        moment = self.base.c[fact_column(name)]
        age = age_days(self.environment.as_of, moment)
        begins = (moment >= self.environment.as_of, (moment - self.environment.as_of) // whole(DAY_MICROS) + whole(1))
        branches = [
            (and_(moment < self.environment.as_of, age < whole(edge)), whole(edge) - age) for edge in sorted(edges)
        ]
        return case(begins, *branches, else_=whole(NEVER_DAYS))


def _plus(columns: object) -> Whole:
    return reduce(lambda left, right: left + right, columns, whole(0))  # type: ignore[call-overload, no-any-return]
