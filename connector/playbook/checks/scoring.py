"""Contradictions in ``scoring.toml``: rules and cases that never fire, caps that do nothing, grades nobody gets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from connector.playbook.checks.findings import File, Finding
from connector.playbook.checks.possible import Limits, covers, why_never
from connector.playbook.playbook import Question
from connector.rules.conditions import All, Compare, Condition, Happened, NoneOf, Operator, walk
from connector.rules.decay import HalfLife, Linear, ends_after_days
from connector.rules.english import points, to_english
from connector.rules.score_model import MILLI, AnswerRule, Axis, CaseRule, Rule, ScoreModel, SignalRule


def reachable(axis: Axis) -> int | None:
    """The most milli-points an axis can have by its rules; ``None``: as many as its max allows."""
    capped = {cap.kind: cap.most_milli for cap in axis.kind_caps if cap.most_milli is not None}
    total = 0
    by_kind: dict[str, int] = {}
    for rule in axis.rules:
        most = _most(rule)
        if most is None:
            return None
        if rule.kind in capped:
            by_kind[rule.kind] = by_kind.get(rule.kind, 0) + most
        else:
            total += most
    return total + sum(min(most, capped[kind]) for kind, most in by_kind.items())


def _heaviest(model: ScoreModel, axis: Axis) -> int:
    """The largest weight of an axis, in millionths."""
    weights = model.weights
    if axis.name not in weights.axes:
        return MILLI * MILLI
    phase = max((MILLI, *(milli for _phase, milli in weights.phases)))
    return phase * max((MILLI, *(persona.milli for persona in weights.personas)))


def axis_limits(model: ScoreModel) -> dict[str, int]:
    """Axis, and ``total``, -> the whole points that it can reach at most."""
    limits: dict[str, int] = {}
    for axis in model.axes:
        most = reachable(axis)
        weighed = axis.max_milli if most is None else most * _heaviest(model, axis) // (MILLI * MILLI)
        limits[axis.name] = min(axis.max_milli, weighed)
    limits["total"] = sum(limits.values())
    return {name: milli // MILLI for name, milli in limits.items()}


def _most(rule: Rule) -> int | None:
    match rule:
        case CaseRule():
            field = (rule.otherwise_milli, rule.unknown_milli) if rule.field else (0,)
            return max(*(case.milli for case in rule.cases), *field, 0)
        case SignalRule():
            best = max(rule.milli, *(milli for _phase, milli in rule.by_phase), 0)
            if best == 0:
                return 0
            return rule.cap_milli
        case AnswerRule():
            return max((milli for answer in rule.answers for _until, milli in answer.steps), default=0)


def check_scoring(
    model: ScoreModel, questions: Mapping[str, Question], limits: Limits, file: File
) -> Iterator[Finding]:  # fmt: skip
    """Every finding of the file."""
    for axis in model.axes:
        yield from _axis(axis, file)
        for number, rule in enumerate(axis.rules, 1):
            place = f"{axis.name}.rules[{number}]"
            match rule:
                case CaseRule():
                    yield from _case_rule(rule, place, limits, file)
                case SignalRule():
                    yield from _signal_rule(rule, axis, place, limits, file)
                case AnswerRule():
                    yield from _answer_rule(rule, place, questions, file)
    yield from _grades(model, limits, file)
    yield from _phases(model, limits, file)
    yield from _weights(model, limits, file)


def _axis(axis: Axis, file: File) -> Iterator[Finding]:
    if not axis.rules:
        yield file.warning(axis.name, "rules", f"{axis.name} has no rule, so it is always 0")
        return
    most = reachable(axis)
    if most is not None and most < axis.max_milli:
        said = f"its rules give at most {points(most)} of the {points(axis.max_milli)} points of {axis.name}"
        yield file.note(axis.name, "max", said)
    for cap in axis.kind_caps:
        if cap.most_milli is not None and cap.most_milli > axis.max_milli:
            said = (
                f"{points(cap.most_milli)} is above the {points(axis.max_milli)} points of {axis.name}: it never caps"
            )
            yield file.warning(f"{axis.name}.kind_caps", cap.kind, said)


def _case_rule(rule: CaseRule, place: str, limits: Limits, file: File) -> Iterator[Finding]:
    earlier: list[Condition] = []
    for number, case in enumerate(rule.cases, 1):
        table, key = (f"{place}.cases[{number}]", "") if rule.field else (place, "when")
        reason = why_never(case.when, limits)
        if reason is not None:
            yield file.error(table, key, f'rule "{rule.id}" can never fire: {reason}')
        elif covers(earlier, case.when, limits):
            yield file.error(table, key, f'rule "{rule.id}": an earlier case takes all of {to_english(case.when)}')
        else:
            yield from _repeated(rule, case.when, earlier, table, file)
        earlier.append(case.when)
    given = [case.milli for case in rule.cases]
    if not any((*given, rule.otherwise_milli, rule.unknown_milli)):
        yield file.warning(place, "points", f'rule "{rule.id}" gives no points to anybody')
    yield from _crossing(rule, place, file)


def _repeated(
    rule: CaseRule, condition: Condition, earlier: list[Condition], table: str, file: File
) -> Iterator[Finding]:  # fmt: skip
    if not isinstance(condition, Compare) or condition.operator not in (Operator.IS, Operator.IN):
        return
    for value in dict.fromkeys(condition.values):
        if condition.values.count(value) > 1:
            yield file.warning(table, "in", f'rule "{rule.id}": "{value}" stands there twice')
        elif covers(earlier, Compare(condition.field, Operator.IS, (value,))):
            yield file.warning(table, "in", f'rule "{rule.id}": an earlier case has "{value}", so it never counts here')


def _crossing(rule: CaseRule, place: str, file: File) -> Iterator[Finding]:
    spans = [
        (number, int(case.when.values[0]), int(case.when.values[1]))
        for number, case in enumerate(rule.cases, 1)
        if isinstance(case.when, Compare) and case.when.operator is Operator.BETWEEN
    ]
    for (_one, low, high), (other, from_, to) in combinations(spans, 2):
        crosses = low <= to and from_ <= high
        inside = from_ <= low and high <= to
        if crosses and not inside and not (low <= from_ and to <= high):
            said = f'rule "{rule.id}": {max(low, from_)} to {min(high, to)} is in an earlier case too, which wins'
            yield file.warning(f"{place}.cases[{other}]", "between", said)


def _signal_rule(rule: SignalRule, axis: Axis, place: str, limits: Limits, file: File) -> Iterator[Finding]:
    wanted = frozenset(rule.events.signals)
    if limits.signals is not None and not wanted & limits.signals:
        names = " or ".join(sorted(wanted))
        yield file.warning(place, "signal", f'rule "{rule.id}" is off: no mapping in fields.toml gives {names}')
    given = [rule.milli, *(milli for _phase, milli in rule.by_phase)]
    if not any(given):
        yield file.warning(place, "points", f'rule "{rule.id}" gives no points')
    if rule.cap_milli is not None:
        yield from _cap(rule, rule.cap_milli, given, axis, place, file)
    yield from _cliff(rule, place, file)
    if rule.when is not None:
        yield from _only_while(rule, rule.when, place, limits, file)


def _cap(
    rule: SignalRule, cap: int, given: list[int], axis: Axis, place: str, file: File
) -> Iterator[Finding]:  # fmt: skip
    if abs(cap) > axis.max_milli:
        said = f'rule "{rule.id}": {points(cap)} is above the {points(axis.max_milli)} points of {axis.name}'
        yield file.warning(place, "cap", said)
    size = max(map(abs, given))
    if cap == 0 or abs(cap) < size:
        said = f'rule "{rule.id}": the cap {points(cap)} cuts a single activity, which gives {points(size)}'
        yield file.warning(place, "cap", said)


def _cliff(rule: SignalRule, place: str, file: File) -> Iterator[Finding]:
    """Points that do not fade, as the decay says they should, but go all at once."""
    match rule.decay:
        case Linear(days=1):
            said = "all its points are gone after the day itself: nothing fades"
            yield file.warning(place, "decay", f'rule "{rule.id}": {said}')
        case HalfLife(half_life_days=half, until_days=end) if end <= half:
            said = f"its points end on day {end}, before they are halved on day {half}: most of them go at once"
            yield file.warning(place, "decay", f'rule "{rule.id}": {said}')


def _only_while(rule: SignalRule, when: Condition, place: str, limits: Limits, file: File) -> Iterator[Finding]:
    reason = why_never(when, limits)
    if reason is not None:
        yield file.error(place, "when", f'rule "{rule.id}" can never fire: {reason}')
        return
    happened = All((Happened(rule.events, ends_after_days(rule.decay)), when))
    if (reason := why_never(happened, limits)) is not None and why_never(Happened(rule.events), limits) is None:
        yield file.error(place, "when", f'rule "{rule.id}" can never fire: {reason}')
    end = ends_after_days(rule.decay)
    for part in walk(when):
        if isinstance(part, Happened) and end is not None and (part.within_days or end + 1) > end:
            shared = set(part.events.signals) & set(rule.events.signals)
            window = "for ever" if part.within_days is None else f"{part.within_days} days"
            if shared or part.within_days is not None:
                said = f'rule "{rule.id}": it looks back {window}, but its points are gone after {end} days'
                yield file.warning(place, "when", said)


def _answer_rule(rule: AnswerRule, place: str, questions: Mapping[str, Question], file: File) -> Iterator[Finding]:
    question = questions.get(rule.field)
    if question is None:
        yield file.warning(place, "answer", f'rule "{rule.id}": {rule.field} is no question of qualifying.toml')
        return
    for answer in rule.answers:
        if question.answers and answer.answer not in question.answers:
            said = (
                f'rule "{rule.id}": "{answer.answer}" is no answer of {rule.field} in qualifying.toml, it never counts'
            )
            yield file.error(place, answer.answer, said)


def _grades(model: ScoreModel, limits: Limits, file: File) -> Iterator[Finding]:
    most = limits.axis_max.get("total", 0)
    above: list[Condition] = []
    for number, grade in enumerate(model.grades, 1):
        place = f"grades[{number}]"
        for key, condition in (("floor", grade.floor), ("ceiling", grade.ceiling)):
            reason = None if condition is None else why_never(condition, limits)
            if reason is not None:
                yield file.error(place, key, f"the {key} of grade {grade.name} can never hold: {reason}")
        if grade.at_least > most and (grade.floor is None or why_never(grade.floor, limits) is not None):
            said = f"grade {grade.name} begins at {grade.at_least}, and {most} points are the most that can be reached"
            yield file.error(place, "at_least", said)
        if grade.floor is not None and covers(above, grade.floor, limits):
            said = f"the floor of grade {grade.name} never matters: whoever it holds for has a better grade's floor"
            yield file.warning(place, "floor", said)
        if number == 1 and grade.ceiling is not None:
            yield file.note(place, "ceiling", f"a ceiling at the best grade {grade.name} holds nobody down")
        elif grade.ceiling is not None and why_never(NoneOf((grade.ceiling,)), limits) is not None:
            said = f"the ceiling of grade {grade.name} always holds: nobody ever gets a better grade"
            yield file.error(place, "ceiling", said)
        above += [grade.floor] if grade.floor is not None else []
    yield from _hysteresis(model, file)


def _hysteresis(model: ScoreModel, file: File) -> Iterator[Finding]:
    margin = model.hysteresis.points_below
    for upper, lower in zip(model.grades, model.grades[1:], strict=False):
        if upper.at_least - lower.at_least <= margin:
            said = f"grade {lower.name} is skipped on the way down: it is {upper.at_least - lower.at_least} points wide"
            yield file.warning("hysteresis", "points_below", said)
        if upper.at_least < margin:
            said = (
                f"nobody ever falls below grade {upper.name}: it begins at {upper.at_least}, {margin} below is nothing"
            )
            yield file.warning("hysteresis", "points_below", said)


def _weights(model: ScoreModel, limits: Limits, file: File) -> Iterator[Finding]:
    weights = model.weights
    if not weights.axes and (weights.personas or any(milli != MILLI for _phase, milli in weights.phases)):
        yield file.warning("weights", "axes", "no axis is multiplied, so no weight makes a difference: name the axes")
    earlier: list[Condition] = []
    for number, persona in enumerate(weights.personas, 1):
        place, reason = f"weights.personas[{number}]", why_never(persona.when, limits)
        if reason is not None:
            yield file.error(place, "when", f'nobody is ever the persona "{persona.id}": {reason}')
        elif covers(earlier, persona.when, limits):
            yield file.error(place, "when", f'nobody is ever the persona "{persona.id}": an earlier one covers it')
        earlier.append(persona.when)


def _phases(model: ScoreModel, limits: Limits, file: File) -> Iterator[Finding]:
    earlier: list[Condition] = []
    for number, phase in enumerate(model.phases, 1):
        reason = why_never(phase.when, limits)
        if reason is not None:
            yield file.error(f"phases[{number}]", "when", f'the phase "{phase.name}" can never be: {reason}')
        elif covers(earlier, phase.when, limits):
            yield file.error(
                f"phases[{number}]", "when", f'the phase "{phase.name}" can never be: an earlier covers it'
            )
        earlier.append(phase.when)
