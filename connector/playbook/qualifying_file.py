"""``qualifying.toml``: the questions of both teams as data. Decides what the file may say, and what follows from it.

Two things follow: a junk rule for the answers that knock out, and that a stale answer enters no stage any more. Both
are made from the questions so that nobody writes them twice. What an answer is worth stands in ``scoring.toml``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from msgspec.structs import replace

from connector.facts import ANSWERED_AT, PERSON, PROFILE, is_own
from connector.playbook.playbook import Question
from connector.rules.condition_parser import ascii_lower, days
from connector.rules.conditions import (
    All,
    Compare,
    Condition,
    FieldAge,
    Known,
    Missing,
    NoneOf,
    Operator,
    Some,
)
from connector.rules.mapping import CanonicalField
from connector.rules.stages import JunkRule, StageModel, StageRule
from connector.rules.toml import Table, nearest

PREFIX = "q_"
ASKED_BY = ("form", "call")
KNOCKED_OUT = "knocked_out"


def parse(table: Table, *, fields: Mapping[str, CanonicalField], disqualify: Collection[str]) -> tuple[Question, ...]:
    """The questions, in the order in which they are asked; those that are never asked stand last.

    ``fields``: the canonical fields; ``disqualify``: the reasons a knock-out may name.
    """
    part = table.table("questions", required=True)
    found = {name: _question(name, each, part, fields, disqualify) for name, each in part.each()}
    order = table.texts("ask_next", among=found)
    table.finish()
    for name in order:
        if order.count(name) > 1:
            raise table.error("ask_next", f'"{name}" stands there twice', "ask it once")
    asked = [found[name] for name in order]
    return (*asked, *(replace(each, asked=False) for name, each in found.items() if name not in order))


def _question(
    name: str,
    table: Table,
    parent: Table,
    fields: Mapping[str, CanonicalField],
    disqualify: Collection[str],
) -> Question:
    answerable = [field for field in fields if field.startswith(PREFIX)]
    if name not in answerable:
        raise parent.error(name, "is no field of [canonical] in fields.toml", nearest(name, answerable))
    answers = tuple(ascii_lower(answer) for answer in table.texts("answers", ()))
    question = Question(
        field=name,
        text=table.text("text"),
        stale_days=days(table, "stale_days") if table.has("stale_days") else None,
        answers=answers,
        knock_outs=_knock_outs((name, fields), table.table("knock_outs"), answers, disqualify),
        asked_by=table.texts("asked_by", ASKED_BY, among=ASKED_BY),
        until=_until(table, fields),
    )
    table.finish()
    if (question.stale_days is None) == (question.until is None):
        raise table.error("stale_days", "write exactly one of stale_days, until", "say how long an answer holds")
    return question


def _until(table: Table, fields: Mapping[str, CanonicalField]) -> str | None:
    if not table.has("until"):
        return None
    dated = [name for name, field in fields.items() if field.type == "date"]
    return table.text("until", among=dated)


def usable(name: str, fields: Mapping[str, CanonicalField]) -> bool:
    """Whether rules may speak of a question: one of the standard ones, or a company's own that holds a text."""
    return name in PROFILE or (is_own(name) and name in fields and fields[name].type in ("choice", "text"))


def own_questions(fields: Mapping[str, CanonicalField]) -> tuple[str, ...]:
    """The company's own questions that rules may speak of."""
    return tuple(name for name in fields if is_own(name) and usable(name, fields) and not name.endswith(ANSWERED_AT))


def _knock_outs(
    question: tuple[str, Mapping[str, CanonicalField]],
    table: Table,
    answers: tuple[str, ...],
    disqualify: Collection[str],
) -> dict[str, str]:
    name, fields = question
    if table.values and not usable(name, fields):
        raise table.error("", f"{name} cannot knock out", "only a question whose field is of type choice or text can")
    found: dict[str, str] = {}
    for answer in table.values:
        if answers and ascii_lower(answer) not in answers:
            raise table.error(answer, "is not one of the answers", nearest(answer, answers))
        found[ascii_lower(answer)] = table.text(answer, among=sorted(disqualify))
    return found


def with_questions(model: StageModel, questions: Iterable[Question]) -> StageModel:
    """The stages with the junk rules of the knock-outs behind the others, and with entries that need fresh answers."""
    asked = tuple(questions)
    stale = {each.field: each.stale_days for each in asked if each.stale_days is not None}
    fading = {field: limit for field, limit in stale.items() if is_own(field) or f"{field}_at" in PERSON.columns}
    return replace(
        model,
        junk=(*model.junk, *_junk_rules(asked)),
        stages=tuple(_fresh_stage(rule, fading) for rule in model.stages),
    )


def _junk_rules(questions: Iterable[Question]) -> tuple[JunkRule, ...]:
    """One rule for each reason, since a rule disqualifies with one: ``knocked_out``, then ``knocked_out_<reason>``."""
    parts: dict[str, list[Condition]] = {}
    texts: dict[str, list[str]] = {}
    for question in questions:
        for reason in dict.fromkeys(question.knock_outs.values()):
            answers = tuple(answer for answer, other in question.knock_outs.items() if other == reason)
            parts.setdefault(reason, []).append(Compare(question.field, Operator.IN, answers))
            texts.setdefault(reason, []).append(f"answered {' or '.join(answers)} to: {question.text}")
    ids = [KNOCKED_OUT, *(f"{KNOCKED_OUT}_{reason}" for reason in list(parts)[1:])]
    return tuple(
        JunkRule(name, Some(tuple(conditions)), reason, "; ".join(texts[reason]))
        for name, (reason, conditions) in zip(ids, parts.items(), strict=False)
    )


def _fresh_stage(rule: StageRule, stale: Mapping[str, int]) -> StageRule:
    paths = tuple(replace(path, when=fresh(path.when, stale)) for path in rule.paths)
    return replace(rule, paths=paths, requires=rule.requires and fresh(rule.requires, stale))


def fresh(condition: Condition, stale: Mapping[str, int]) -> Condition:
    """The condition, in which an answer only counts for so many days; ``stale``: field -> days."""
    match condition:
        case All(parts=parts) | Some(parts=parts) | NoneOf(parts=parts):
            return replace(condition, parts=tuple(fresh(part, stale) for part in parts))
        case Compare(field=field) | Known(field=field) if field in stale:
            return All((condition, FieldAge(f"{field}_at", within_days=stale[field])))
        case Missing(field=field) if field in stale:
            return Some((condition, FieldAge(f"{field}_at", at_least_days=stale[field])))
    return condition
