"""Whether a condition can ever hold. Sound and incomplete: ``None`` may be wrong, a reason never is.

A condition is spread into branches of plain questions (each asked positively or negatively); it can hold if some
branch has no contradiction. Questions it does not know it takes for possible.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import asdict

from connector.facts import PERSON, FactType
from connector.model import Stage
from connector.playbook.checks.domains import FLAG, HIGHEST, Domain
from connector.rules.conditions import (
    All,
    BuyingPhase,
    Compare,
    Condition,
    EventFilter,
    FieldAge,
    Happened,
    Known,
    Missing,
    NoneOf,
    Rung,
    Score,
    Some,
    StageIs,
)
from connector.rules.english import to_english
from connector.rules.score_model import AXIS_NAMES

BRANCHES_MAX = 512
TOTAL = "total"
Literal = tuple[Condition, bool]
Branch = tuple[Literal, ...]


class Limits(Struct, frozen=True):
    """What can be at all. ``axis_max``: points that an axis can reach; ``signals``: those that some mapping gives.

    ``rungs``: stages whose entry can never hold. Empty mappings and ``None`` limit nothing.
    """

    axis_max: Mapping[str, int] = field(default_factory=dict)
    signals: frozenset[str] | None = None
    phases: frozenset[str] | None = None
    dead_rungs: frozenset[str] = frozenset()


NO_LIMITS = Limits()


def why_never(condition: Condition, limits: Limits = NO_LIMITS) -> str | None:
    """Why a condition never holds; ``None``: it may."""
    branches = _branches(condition, True)
    if branches is None:
        return None
    reason = "nothing is asked for that could hold"
    for branch in branches:
        found = _contradiction(branch, limits)
        if found is None:
            return None
        reason = found
    return reason


def covers(earlier: Iterable[Condition], later: Condition, limits: Limits = NO_LIMITS) -> bool:
    """Whether one of ``earlier`` holds whenever ``later`` does."""
    before = tuple(earlier)
    return bool(before) and why_never(All((later, NoneOf(before))), limits) is not None


def weaker(one: EventFilter, other: EventFilter) -> bool:
    """Whether every activity that fits ``one`` fits ``other`` too."""
    lists = ((one.kinds, other.kinds), (one.phases, other.phases), (one.directions, other.directions))
    same = {name: value for name, value in asdict(one).items() if name not in _FILTERS} == {
        name: value for name, value in asdict(other).items() if name not in _FILTERS
    }
    narrow = all(not outer or (inner and set(inner) <= set(outer)) for inner, outer in lists)
    return same and narrow and set(one.signals) <= set(other.signals)


_FILTERS = ("signals", "kinds", "phases", "directions")


def _branches(condition: Condition, positive: bool) -> list[Branch] | None:
    """Every way in which the condition holds (or, negated, does not); ``None``: too many to look at."""
    match condition:
        case All(parts=parts):
            return _every(parts, positive) if positive else _some(parts, positive)
        case Some(parts=parts):
            return _some(parts, positive) if positive else _every(parts, positive)
        case NoneOf(parts=parts):
            return _every(parts, not positive) if positive else _some(parts, not positive)
    return [((condition, positive),)]


def _some(parts: tuple[Condition, ...], positive: bool) -> list[Branch] | None:
    found: list[Branch] = []
    for part in parts:
        branches = _branches(part, positive)
        if branches is None or len(found) + len(branches) > BRANCHES_MAX:
            return None
        found += branches
    return found


def _every(parts: tuple[Condition, ...], positive: bool) -> list[Branch] | None:
    found: list[Branch] = [()]
    for part in parts:
        branches = _branches(part, positive)
        if branches is None or len(found) * len(branches) > BRANCHES_MAX:
            return None
        found = [(*before, *behind) for before in found for behind in branches]
    return found


def _contradiction(branch: Branch, limits: Limits) -> str | None:
    checks = (_facts, _happenings, _scores, _stages, _ages)
    return next((reason for check in checks if (reason := check(branch, limits)) is not None), None)


def _facts(branch: Branch, _limits: Limits) -> str | None:
    domains: dict[str, Domain] = {}
    for condition, positive in branch:
        name = getattr(condition, "field", None)
        if isinstance(condition, Compare | Known | Missing | FieldAge) and name is not None:
            start = FLAG if PERSON.columns.get(name) is FactType.BOOLEAN else Domain()
            domains[name] = _narrow(domains.get(name, start), condition, positive)
    empty = sorted(name for name, domain in domains.items() if domain.is_empty)
    if not empty:
        return None
    asked = [each for each in branch if getattr(each[0], "field", None) == empty[0]]
    if len(asked) == 1 and isinstance(asked[0][0], Compare) and not asked[0][0].values:
        return f"the list for {empty[0]} is still empty"
    return f"no value of {empty[0]} fits: {' and '.join(map(_said, asked))}"


def _narrow(domain: Domain, condition: Condition, positive: bool) -> Domain:
    match condition:
        case Compare():
            return domain.holding(condition) if positive else domain.refusing(condition)
        case Known() | Missing():
            known = isinstance(condition, Known) is positive
            return _with(domain, known=known or domain.known, missing=not known or domain.missing)
        case FieldAge() if positive:
            return _with(domain, known=True, missing=domain.missing)
    return domain


def _with(domain: Domain, *, known: bool, missing: bool) -> Domain:
    return Domain(known, missing, domain.allowed, domain.excluded, domain.spans, domain.refused)


def _happenings(branch: Branch, limits: Limits) -> str | None:
    asked = [(part, positive) for part, positive in branch if isinstance(part, Happened)]
    for part, positive in asked:
        if not positive:
            continue
        reason = _impossible(part, limits)
        if reason is not None:
            return reason
        for other, asked_for in asked:
            if not asked_for and _implies(part, other):
                return f"{to_english(part)} and, at once, not {to_english(other)}"
    return None


def _impossible(part: Happened, limits: Limits) -> str | None:
    signals = frozenset(part.events.signals)
    if limits.signals is not None and not signals & limits.signals:
        return f"no mapping in fields.toml gives the signal {' or '.join(sorted(signals))}"
    if part.signals_at_least > len(signals):
        return f"{part.signals_at_least} different signals are wanted of {len(signals)}"
    if part.within_days is not None and part.days_at_least > part.within_days:
        return f"{part.days_at_least} different days are wanted within {part.within_days}"
    return None


def _implies(one: Happened, other: Happened) -> bool:
    inside = other.within_days is None or (one.within_days is not None and one.within_days <= other.within_days)
    past = other.not_within_days is None or (one.not_within_days or 0) >= other.not_within_days
    # Of a burst only the last activity surely lies in the window; that a burst follows is not looked into.
    seen = 1 if one.within_minutes is not None else one.at_least
    often = max(seen, one.signals_at_least, one.days_at_least) >= other.at_least and other.within_minutes is None
    varied = one.signals_at_least >= other.signals_at_least and one.days_at_least >= other.days_at_least
    return inside and past and often and varied and weaker(one.events, other.events)


def _scores(branch: Branch, limits: Limits) -> str | None:
    lowest: dict[str, int] = defaultdict(int)
    highest: dict[str, int] = {}
    for part, positive in branch:
        if not isinstance(part, Score):
            continue
        if part.at_least is not None and positive:
            lowest[part.axis] = max(lowest[part.axis], part.at_least)
        elif part.at_least is not None:
            highest[part.axis] = min(highest.get(part.axis, part.at_least - 1), part.at_least - 1)
        elif part.at_most is not None and positive:
            highest[part.axis] = min(highest.get(part.axis, part.at_most), part.at_most)
        elif part.at_most is not None:
            lowest[part.axis] = max(lowest[part.axis], part.at_most)
    for axis, least in sorted(lowest.items()):
        most = limits.axis_max.get(axis)
        if most is not None and least > most:
            return f"{axis} of at least {least} is wanted, and {most} is the most that can be reached"
    for axis, most in sorted(highest.items()):
        if most < lowest[axis]:
            return f"{axis} is to be at least {lowest[axis]} and below {most + 1}"
    return _sums(lowest, highest, limits)


def _sums(lowest: Mapping[str, int], highest: Mapping[str, int], limits: Limits) -> str | None:
    """The total is the sum of the axes, none of which is below 0."""
    least = sum(lowest.get(axis, 0) for axis in AXIS_NAMES)
    if highest.get(TOTAL, least) < least:
        return f"the total is to be below {highest[TOTAL] + 1}, and its parts alone at least {least}"
    # An axis may end a fraction of a point above the whole one: below 20 is 19.999 at most.
    tops = [1 + min(highest.get(axis, HIGHEST), limits.axis_max.get(axis, HIGHEST)) for axis in AXIS_NAMES]
    if sum(tops) <= lowest.get(TOTAL, 0):
        return f"the total is to be at least {lowest[TOTAL]}, which its parts cannot reach together"
    return None


def _stages(branch: Branch, limits: Limits) -> str | None:
    stages = {stage.value for stage in Stage}
    phases = set(limits.phases) if limits.phases is not None else None
    for part, positive in branch:
        match part:
            case StageIs(stages=named):
                stages = stages & set(named) if positive else stages - set(named)
            case BuyingPhase(phases=named) if phases is not None:
                phases = phases & set(named) if positive else phases - set(named)
            case Rung(stage=stage) if positive and stage in limits.dead_rungs:
                return f"nobody can ever enter {stage}"
    if not stages:
        return "no stage fits"
    return "no buying phase fits" if phases is not None and not phases else None


def _ages(branch: Branch, _limits: Limits) -> str | None:
    youngest: dict[str, int] = {}
    oldest: dict[str, int] = {}
    for part, positive in branch:
        if isinstance(part, FieldAge) and positive:
            if part.within_days is not None:
                oldest[part.field] = min(oldest.get(part.field, part.within_days), part.within_days)
            if part.at_least_days is not None:
                youngest[part.field] = max(youngest.get(part.field, 0), part.at_least_days)
    for part, positive in branch:
        if isinstance(part, FieldAge) and not positive and _within(part, oldest, youngest):
            return f"{to_english(part)}, and not so at once"
    for name in sorted(oldest.keys() & youngest.keys()):
        if youngest[name] >= oldest[name]:
            return f"{name} is to be at least {youngest[name]} and less than {oldest[name]} days ago"
    return None


def _within(refused: FieldAge, oldest: Mapping[str, int], youngest: Mapping[str, int]) -> bool:
    """Whether every age that is left is one that is refused."""
    young = refused.within_days is None or oldest.get(refused.field, refused.within_days + 1) <= refused.within_days
    old = refused.at_least_days is None or youngest.get(refused.field, -1) >= refused.at_least_days
    return young and old


def _said(literal: Literal) -> str:
    condition, positive = literal
    return to_english(condition) if positive else f"not {to_english(condition)}"


def walk_negated(condition: Condition) -> Iterator[Condition]:
    """Every question under a ``none``."""
    match condition:
        case All(parts=parts) | Some(parts=parts):
            for part in parts:
                yield from walk_negated(part)
        case NoneOf(parts=parts):
            for part in parts:
                yield from _leaves(part)


def _leaves(condition: Condition) -> Iterator[Condition]:
    match condition:
        case All(parts=parts) | Some(parts=parts) | NoneOf(parts=parts):
            for part in parts:
                yield from _leaves(part)
        case _:
            yield condition
