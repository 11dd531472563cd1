"""Scoring, buying phases and grades in plain English: every rule with its points, cap and decay."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from connector.playbook.playbook import Playbook
from connector.playbook.shown.item import Item
from connector.playbook.shown.words import counted
from connector.rules.english import outline, points, rule_in_words, to_english, weights_to_english
from connector.rules.score_model import AnswerRule, Axis, CaseRule, Rule


def axis(name: str) -> Callable[[Playbook], Iterator[Item]]:
    """The maker of an axis' section."""

    def make(playbook: Playbook) -> Iterator[Item]:
        found = playbook.definitions.scoring.axis(name)
        yield Item("max", f"never below 0, never above {points(found.max_milli)}")
        for cap in found.kind_caps:
            limits = [f"at most {points(cap.most_milli)}"] if cap.most_milli is not None else []
            limits += [f"not below {points(cap.least_milli)}"] if cap.least_milli is not None else []
            yield Item(f"kind {cap.kind}", f"{_kinds(found, cap.kind)} together {' and '.join(limits)}")
        for rule in found.rules:
            yield _rule(rule)
        weights = playbook.definitions.scoring.weights
        if name in weights.axes and (weights.by_phase or weights.by_persona):
            people = tuple(f"{persona.id}: {to_english(persona.when)}" for persona in weights.personas)
            yield Item("weights", weights_to_english(weights), people)

    return make


def _kinds(found: Axis, kind: str) -> str:
    return " and ".join(rule.id for rule in found.rules if rule.kind == kind)


def _rule(rule: Rule) -> Item:
    match rule:
        case CaseRule(field=None):
            (only,) = rule.cases
            lines = tuple(outline(only.when))
            return Item(rule.id, rule.text or f"{_signed(only.milli)} while this holds", lines)
        case CaseRule():
            lines = tuple(f"{points(case.milli):>5}  {to_english(case.when)}" for case in rule.cases)
            rest = (f"{points(rule.otherwise_milli):>5}  otherwise", f"{points(rule.unknown_milli):>5}  not known")
            return Item(rule.id, rule.text or "the first that fits", (*lines, *rest))
        case AnswerRule():
            return Item(rule.id, rule.text or f"by the answer to {rule.field}", tuple(_answers(rule)))
    return Item(rule.id, rule.text or rule_in_words(rule), (rule_in_words(rule),) if rule.text else ())


def _answers(rule: AnswerRule) -> Iterator[str]:
    for answer in rule.answers:
        steps = ", ".join(f"{points(milli)} before day {day}" for day, milli in answer.steps)
        yield f"{answer.answer}: {steps}, then nothing" if steps else f"{answer.answer}: nothing"


def _signed(milli: int) -> str:
    return points(milli) if milli < 0 else f"+{points(milli)}"


def phases(playbook: Playbook) -> Iterator[Item]:
    """The buying phases."""
    for phase in playbook.definitions.scoring.phases:
        yield Item(phase.name, "when", tuple(outline(phase.when)))


def grades(playbook: Playbook) -> Iterator[Item]:
    """Ranges, floors and ceilings."""
    model = playbook.definitions.scoring
    hand_off = playbook.rules.hand_off_grade
    above: int | None = None
    for grade in model.grades:
        span = f"{grade.at_least} points or more" if above is None else f"{grade.at_least} to below {above} points"
        goes = "goes to sales at once" if grade.name == hand_off else "stays with marketing"
        lines: list[str] = []
        if grade.floor is not None:
            lines += ["at least this grade when:", *(f"    {line}" for line in outline(grade.floor))]
        if grade.ceiling is not None:
            lines += ["at most this grade when:", *(f"    {line}" for line in outline(grade.ceiling))]
        yield Item(grade.name, f"{span}; {goes}", tuple(lines))
        above = grade.at_least
    held = model.hysteresis
    slow = f"a grade falls only when {held.points_below} points below its edge for {counted(held.days, 'day')}"
    yield Item("hysteresis", slow)
    yield Item(
        "publishing", f"a score is written with a new grade or stage, or when it moved by {model.publish_points}"
    )
