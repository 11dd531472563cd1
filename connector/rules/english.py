"""Conditions and rules in words, for explanations and for reading a playbook back. Decides wording only."""

from __future__ import annotations

from decimal import Decimal

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
    Operator,
    Rung,
    Score,
    Some,
    StageIs,
)
from connector.rules.decay import Decay, HalfLife, Linear, Steady, Step
from connector.rules.score_model import MILLI, AnswerRule, Axis, CaseRule, KindCap, Rule, SignalRule, Weights

_OPERATORS = {
    Operator.IS: "is",
    Operator.IN: "is one of",
    Operator.NOT_IN: "is known and none of",
    Operator.AT_LEAST: "is at least",
    Operator.AT_MOST: "is at most",
    Operator.MORE_THAN: "is more than",
    Operator.LESS_THAN: "is less than",
    Operator.BETWEEN: "is between",
}
FLAGS = {
    "has_email": ("has a valid e-mail address", "has no valid e-mail address"),
    "has_phone": ("has a phone number", "has no phone number"),
    "free_mail": ("writes from a free-mail address", "does not write from a free-mail address"),
    "disposable": ("uses a throw-away e-mail address", "does not use a throw-away e-mail address"),
    "gibberish": ("has names that were not meant", "has real names"),
    "email_opt_out": ("has opted out of e-mail", "has not opted out of e-mail"),
    "phone_opt_out": ("does not want calls", "has not refused calls"),
    "processing_restricted": ("has restricted the use of their data", "has not restricted the use of their data"),
}
"""A yes-or-no fact -> how it is said, and how its opposite."""


def to_english(condition: Condition) -> str:
    """The condition as a phrase."""
    match condition:
        case All(parts=parts):
            return _joined(parts, " and ") or "always"
        case Some(parts=parts):
            return _joined(parts, " or ") or "never"
        case NoneOf(parts=parts):
            return _none_of(parts)
        case Happened():
            return _happened(condition)
        case FieldAge():
            return _field_age(condition)
        case Score(axis=axis):
            limit = f"at least {condition.at_least}" if condition.at_most is None else f"at most {condition.at_most}"
            return f"{axis} is {limit} points"
        case _:
            return _plain(condition)


def _plain(condition: Condition) -> str:
    match condition:
        case Compare():
            return _compare(condition)
        case Known(field=name):
            return f"{_words(name)} is known"
        case Missing(field=name):
            return f"{_words(name)} is not known"
        case Rung(stage=stage):
            return f"the entry rule of {_words(stage)} holds"
        case StageIs(stages=stages):
            return f"the stage is {_listed(stages)}"
        case BuyingPhase(phases=phases):
            return f"the buying phase is {_listed(phases)}"
    raise AssertionError(condition)  # pragma: no cover


def rule_to_english(rule: Rule) -> str:
    """The rule's own text, or one made of its parts."""
    return rule.text or rule_in_words(rule)


def outline(condition: Condition, width: int = 90) -> list[str]:
    """The condition as indented lines, one for each part of a group that is too long for one line."""
    whole = to_english(condition)
    if len(whole) <= width or not isinstance(condition, All | Some | NoneOf) or not condition.parts:
        return [whole]
    if len(condition.parts) == 1 and not isinstance(condition, NoneOf):
        return outline(condition.parts[0], width)
    head = {All: "all of these:", Some: "one of these:", NoneOf: "none of these:"}[type(condition)]
    lines = [head]
    for part in condition.parts:
        first, *others = outline(part, width - 2)
        lines += [f"- {first}", *(f"  {line}" for line in others)]
    return lines


def rule_in_words(rule: Rule) -> str:
    """Exactly what the rule gives, made of its parts."""
    match rule:
        case CaseRule():
            return _case_rule(rule)
        case SignalRule():
            return _signal_rule(rule)
        case AnswerRule():
            given = ", ".join(
                f"{answer.answer} {'; '.join(f'{points(milli)} before day {day}' for day, milli in answer.steps)}"
                for answer in rule.answers
            )
            return f"answer to {_words(rule.field.removeprefix('q_'))}: {given}"


def weights_to_english(weights: Weights) -> str:
    """By what the points of which axes are multiplied."""
    factors = [f"{points(milli)} in the buying phase {_words(phase)}" for phase, milli in weights.phases]
    factors += [f"{points(persona.milli)} for {_words(persona.id)}" for persona in weights.personas]
    return f"{_listed(weights.axes)} times {', '.join(factors)}"


def kind_caps_to_english(axis: Axis) -> str:
    """The common caps of an axis."""
    return "together " + ", ".join(_kind_cap(cap) for cap in axis.kind_caps)


def _kind_cap(cap: KindCap) -> str:
    limits = [("at least", cap.least_milli), ("at most", cap.most_milli)]
    said = " and ".join(f"{word} {points(milli)}" for word, milli in limits if milli is not None)
    return f"{_words(cap.kind)} {said}"


def points(milli: int) -> str:
    """Thousandths as points: ``2500`` is ``2.5``."""
    return f"{(Decimal(milli) / MILLI).normalize():f}"


def _case_rule(rule: CaseRule) -> str:
    parts = [f"{points(case.milli)} when {to_english(case.when)}" for case in rule.cases]
    if rule.field:
        parts += [f"{points(rule.otherwise_milli)} otherwise", f"{points(rule.unknown_milli)} when not known"]
    return "; ".join(parts)


def _signal_rule(rule: SignalRule) -> str:
    given = points(rule.milli)
    if rule.by_phase:
        given = ", ".join(f"{points(milli)} ({phase})" for phase, milli in rule.by_phase)
    cap = "" if rule.cap_milli is None else f", {_limit(rule.cap_milli)} {points(rule.cap_milli)}"
    only = "" if rule.when is None else f", only when {to_english(rule.when)}"
    counted = ", at most once a day" if rule.once_per_day else ""
    counted += "" if rule.max_events is None else f", the newest {rule.max_events} only"
    return f"{given} for each {_events(rule.events)}{counted}, {_decay(rule.decay)}{cap}{only}"


def _limit(cap_milli: int) -> str:
    return "not below" if cap_milli < 0 else "at most"


def _decay(decay: Decay) -> str:
    match decay:
        case Steady(within_days=None):
            return "for ever"
        case Steady(within_days=end):
            return f"for {end} days"
        case Step(full_days=full_days, half_days=half_days):
            return f"full for {full_days} days and half until day {half_days}"
        case Linear(days=end):
            return f"falling evenly to nothing at day {end}"
        case HalfLife(half_life_days=half_life, until_days=end):
            return f"halved every {half_life} days until day {end}"


def _happened(condition: Happened) -> str:
    parts = [f"{_events(condition.events)}{',' if len(condition.events.signals) > 1 else ''}"]
    if condition.at_least > 1:
        parts.append(f"at least {condition.at_least} times")
    if condition.signals_at_least > 1:
        parts.append(f"at least {condition.signals_at_least} different signals")
    if condition.days_at_least > 1:
        parts.append(f"on at least {condition.days_at_least} days")
    if condition.within_minutes is not None:
        parts.append(f"within {condition.within_minutes} minutes")
    if condition.within_days is not None:
        parts.append(f"in the last {condition.within_days} days")
    if condition.not_within_days is not None:
        parts.append(f"at least {condition.not_within_days} days ago")
    return " ".join(parts).removesuffix(",")


def _events(events: EventFilter) -> str:
    lists = [
        (events.kinds, "of kind"),
        (events.phases, "of phase"),
        (events.directions, "by"),
        (events.assets, "named"),
        (events.sources, "from"),
    ]
    details = [f"{word} {_listed(values)}" for values, word in lists if values]
    return " ".join([_listed(events.signals), *details, *(["with a question"] if events.asked else [])])


def _field_age(condition: FieldAge) -> str:
    if condition.field == "stage_since":
        return f"in the stage for at least {condition.at_least_days} days"
    if condition.field.startswith("q_"):
        said = f"the answer on {_words(condition.field.removesuffix('_at'))}"
        if condition.within_days is not None:
            return f"{said} is less than {condition.within_days} days old"
        return f"{said} is at least {condition.at_least_days} days old"
    if condition.within_days is not None:
        return f"{_words(condition.field)} is less than {condition.within_days} days ago"
    return f"{_words(condition.field)} is at least {condition.at_least_days} days ago"


def _compare(condition: Compare) -> str:
    if condition.values in ((True,), (False,)) and condition.field in FLAGS:
        return _flag(condition, holds=True)
    values = ["yes" if value is True else "no" if value is False else str(value) for value in condition.values]
    joined = " and ".join(values) if condition.operator is Operator.BETWEEN else _listed(values)
    if condition.operator is Operator.IN and len(values) < 2:
        return f"{_words(condition.field)} is {joined or 'in a list that is still empty'}"
    return f"{_words(condition.field)} {_OPERATORS[condition.operator]} {joined or 'nothing'}"


def _none_of(parts: tuple[Condition, ...]) -> str:
    if not parts:
        return "always"
    if len(parts) == 1 and isinstance(parts[0], Compare) and parts[0].values in ((True,), (False,)):
        return _flag(parts[0], holds=False)
    return f"not ({_joined(parts, ' or ')})"


def _flag(condition: Compare, *, holds: bool) -> str:
    """A yes-or-no fact in words. Where it does not hold it may also be unknown."""
    yes = condition.values[0] is True
    asked = FLAGS.get(condition.field)
    if asked is None:
        plain = f"{_words(condition.field)} is {'yes' if yes else 'no'}"
        return plain if holds else f"not ({plain})"
    return asked[0] if yes is holds else asked[1]


def _joined(parts: tuple[Condition, ...], word: str) -> str:
    texts = [to_english(part) for part in parts]
    return texts[0] if len(texts) == 1 else word.join(f"({text})" if " or " in text else text for text in texts)


def _listed(words: tuple[str, ...] | list[str]) -> str:
    told = [_words(word) for word in words]
    return " or ".join(part for part in (", ".join(told[:-1]), *told[-1:]) if part)


def _words(name: str) -> str:
    return name.removeprefix("q_").replace("_", " ") if name.startswith("q_") else name.replace("_", " ")
