"""Conditions from TOML: data, no expressions. Decides what a file may say; knows no SQL and no store.

Forms: ``{ field = "seniority", in = ["vp", "head"] }``, ``{ field = "q_need", known = true }``,
``{ happened = "hand_raise", within_days = 30 }`` (with ``kinds``, ``phases``, ``directions``, ``assets``, ``sources``,
``asked``, ``at_least``, ``days_at_least``, ``signals_at_least``, ``not_within_days``, ``within_minutes``),
``{ score = "fit", at_least = 20 }``, ``{ rung = "lead" }``, ``{ stage = "lead" }``, ``{ stage_at_least = "lead" }``,
``{ in_stage_days = 30 }``, ``{ buying_phase = "decision" }``, ``{ any = [ ... ] }``, ``{ all = [ ... ] }``,
``{ none = [ ... ] }``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from connector.facts import ANSWERED_AT, PERSON, SIGNALS, WORDS, FactType, fact_type
from connector.model import Stage
from connector.rules.conditions import (
    All,
    BuyingPhase,
    Compare,
    Condition,
    Constant,
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
from connector.rules.toml import Table, nearest

AXES = ("fit", "engagement", "readiness", "total")
PHASES = ("awareness", "consideration", "decision")
DIRECTIONS = ("human", "us", "bot")
HEADS = (
    "field",
    "happened",
    "score",
    "rung",
    "stage",
    "stage_at_least",
    "in_stage_days",
    "buying_phase",
    "any",
    "all",
    "none",
)
COMPARISONS: dict[FactType, tuple[str, ...]] = {
    FactType.TEXT: ("is", "in", "not_in", "known", "missing"),
    FactType.INTEGER: (
        *("is", "in", "not_in", "at_least", "at_most", "more_than", "less_than", "between"),
        *("known", "missing"),
    ),
    FactType.BOOLEAN: ("is", "known", "missing"),
    FactType.INSTANT: ("within_days", "at_least_days", "known", "missing"),
}
DAYS_MAX = 36_500
GROUPS = ("any", "all", "none")
DEPTH_MAX = 20
"""Deeper than anybody reads, and far from what a database still takes."""
PARTS_MAX = 200
"""SQLite takes a thousand in a row."""
MINUTES_MAX = 1_440


class Vocabulary(Struct, frozen=True):
    """What a condition may speak of where it stands: scores and the buying phase only after they are computed."""

    scores: bool = False
    buying_phase: bool = False
    rungs: tuple[str, ...] = ()


FACTS_ONLY = Vocabulary()


def parse(table: Table, vocabulary: Vocabulary = FACTS_ONLY) -> Condition:
    """The condition of a table; ``BadConfiguration`` names the file, table and key of a mistake."""
    heads = [key for key in table.values if key in HEADS]
    if not heads:
        key = next(iter(table.values), "")
        raise table.error(key, "no condition here" if not key else "unknown key", nearest(key, HEADS))
    if len(heads) > 1:
        raise table.error(heads[1], f'stands beside "{heads[0]}"', "write one condition per table")
    condition = _READERS[heads[0]](table, vocabulary)
    table.finish()
    return condition


def read_comparison(table: Table, field: str) -> Condition:
    """The comparison keys of a table (``in``, ``between``, ``known`` ...) applied to ``field``; other keys are left."""
    allowed = COMPARISONS[fact_type(field)]
    present = [key for key in table.values if key in allowed]
    for key in table.values:
        if key in _ALL_COMPARISONS and key not in allowed:
            raise table.error(key, f"{field} is {fact_type(field).value} and cannot be compared so", _list(allowed))
    if len(present) != 1:
        raise table.error(field, "expected exactly one comparison", _list(allowed))
    return _comparison(table, field, present[0])


def field_name(table: Table, key: str) -> str:
    """The name of a person fact at ``key``."""
    own = [name for question in table.questions for name in (question, f"{question}{ANSWERED_AT}")]
    return _word(table, key, [*PERSON.columns, *own], "a fact of a person")


def read_events(table: Table, key: str) -> EventFilter:
    """An event filter: the signals at ``key`` (a text or a list), and the optional lists of their details."""
    return EventFilter(
        signals=_words(table, key, SIGNALS, "a signal"),
        kinds=tuple(ascii_lower(kind) for kind in table.texts("kinds", ())),
        phases=table.texts("phases", (), among=PHASES),
        directions=table.texts("directions", (), among=DIRECTIONS),
        assets=tuple(ascii_lower(asset) for asset in table.texts("assets", ())),
        sources=tuple(ascii_lower(source) for source in table.texts("sources", ())),
        asked=_asked(table),
    )


def _asked(table: Table) -> bool:
    asked = table.flag("asked", False)
    if not asked and table.has("asked"):
        raise table.error("asked", "is true or left out", "write none = [ ... ] for forms in which nothing was asked")
    return asked


def days(table: Table, key: str) -> int:
    """A number of whole days, at least 1."""
    value = table.integer(key)
    if not 1 <= value <= DAYS_MAX:
        raise table.error(key, f"expected 1 to {DAYS_MAX} days")
    return value


def ascii_lower(text: str) -> str:
    """A to Z in lower case and nothing else: the one folding that SQLite and PostgreSQL do alike."""
    return "".join(character.lower() if "A" <= character <= "Z" else character for character in text)


def _comparison(table: Table, field: str, key: str) -> Condition:
    if key in ("known", "missing"):
        return Known(field) if table.flag(key) is (key == "known") else Missing(field)
    if key == "within_days":
        return FieldAge(field, within_days=days(table, key))
    if key == "at_least_days":
        return FieldAge(field, at_least_days=days(table, key))
    operator = Operator(key)
    listed = operator in (Operator.IN, Operator.NOT_IN, Operator.BETWEEN)
    raw = table.raw(key)
    if listed != isinstance(raw, list):
        raise table.error(key, "expected a list" if listed else "expected one value, not a list")
    values = tuple(_constant(table, key, field, value) for value in (raw if listed else [raw]))
    if operator is Operator.BETWEEN and (len(values) != 2 or values[0] > values[1]):  # type: ignore[operator]
        raise table.error(key, "expected two numbers, the lower one first")
    return Compare(field, operator, values)


def _constant(table: Table, key: str, field: str, value: object) -> Constant:
    kind = fact_type(field)
    if kind is FactType.TEXT and isinstance(value, str):
        return _text(table, key, field, ascii_lower(value))
    if kind is FactType.BOOLEAN and isinstance(value, bool):
        return value
    if kind is FactType.INTEGER and isinstance(value, int) and not isinstance(value, bool):
        return value
    raise table.error(key, f"{field} is {kind.value}", f"write {_WRITTEN[kind]}")


def _text(table: Table, key: str, field: str, value: str) -> str:
    words = WORDS.get(field)
    if words is not None and value not in words:
        raise table.error(key, f'"{value}" is not one of {", ".join(words)}', nearest(value, words))
    if not value.strip():
        raise table.error(key, "an empty text is not known at all", "write missing = true")
    if "\0" in value:
        raise table.error(key, "a text with a NUL is stored nowhere", "take it out")
    return value


def _field(table: Table, _vocabulary: Vocabulary) -> Condition:
    return read_comparison(table, field_name(table, "field"))


def _happened(table: Table, _vocabulary: Vocabulary) -> Condition:
    condition = Happened(
        events=read_events(table, "happened"),
        within_days=days(table, "within_days") if table.has("within_days") else None,
        at_least=table.integer("at_least", 1),
        signals_at_least=table.integer("signals_at_least", 1),
        days_at_least=table.integer("days_at_least", 1),
        not_within_days=days(table, "not_within_days") if table.has("not_within_days") else None,
        within_minutes=table.integer("within_minutes") if table.has("within_minutes") else None,
    )
    for key in ("at_least", "signals_at_least", "days_at_least"):
        if getattr(condition, key) < 1:
            raise table.error(key, "expected 1 or more", "write none = [ ... ] for something that did not happen")
    _check_window(table, condition)
    return condition


def _check_window(table: Table, condition: Happened) -> None:
    within, not_within, minutes = condition.within_days, condition.not_within_days, condition.within_minutes
    if within is not None and not_within is not None and not_within >= within:
        raise table.error("not_within_days", "must be less than within_days, or nothing ever counts")
    if minutes is not None and not 1 <= minutes <= MINUTES_MAX:
        raise table.error("within_minutes", f"expected 1 to {MINUTES_MAX} minutes", "write within_days for longer")
    if minutes is not None and condition.at_least < 2:
        raise table.error("within_minutes", "says nothing of a single activity", "write at_least = 2 or more")


def _score(table: Table, vocabulary: Vocabulary) -> Condition:
    if not vocabulary.scores:
        raise table.error("score", "scores are not computed yet where this condition stands")
    axis = table.text("score", among=AXES)
    limits = [key for key in ("at_least", "at_most") if table.has(key)]
    if len(limits) != 1:
        raise table.error("score", "expected exactly one of at_least, at_most")
    return Score(axis, **{limits[0]: table.integer(limits[0])})


def _rung(table: Table, vocabulary: Vocabulary) -> Condition:
    stage = table.text("rung")
    if stage not in vocabulary.rungs:
        raise table.error(
            "rung", f'"{stage}" is not a lower stage with an entry rule', nearest(stage, vocabulary.rungs)
        )
    return Rung(stage)


def _stage(table: Table, _vocabulary: Vocabulary) -> Condition:
    return StageIs(_words(table, "stage", [stage.value for stage in Stage], "a stage"))


def _stage_at_least(table: Table, _vocabulary: Vocabulary) -> Condition:
    lowest = Stage(_word(table, "stage_at_least", [stage.value for stage in Stage], "a stage"))
    return StageIs(tuple(stage.value for stage in Stage if stage.rank >= lowest.rank))


def _in_stage_days(table: Table, _vocabulary: Vocabulary) -> Condition:
    return FieldAge("stage_since", at_least_days=days(table, "in_stage_days"))


def _buying_phase(table: Table, vocabulary: Vocabulary) -> Condition:
    if not vocabulary.buying_phase:
        raise table.error("buying_phase", "the buying phase is not computed yet where this condition stands")
    return BuyingPhase(_words(table, "buying_phase", PHASES, "a buying phase"))


def _group(key: str, build: Callable[[tuple[Condition, ...]], Condition]) -> Callable[[Table, Vocabulary], Condition]:
    def read(table: Table, vocabulary: Vocabulary) -> Condition:
        if sum(table.path.count(f".{group}[") for group in GROUPS) >= DEPTH_MAX:
            raise table.error(key, f"stands in more than {DEPTH_MAX} other groups", "write it flatter")
        parts = table.tables(key)
        if len(parts) > PARTS_MAX:
            raise table.error(key, f"more than {PARTS_MAX} conditions", "several words of one field stand in one list")
        return build(tuple(parse(part, vocabulary) for part in parts))

    return read


def _words(table: Table, key: str, choices: Iterable[str], kind: str) -> tuple[str, ...]:
    raw = table.raw(key)
    values = raw if isinstance(raw, list) else [raw]
    if not values:
        raise table.error(key, "the list is empty")
    return tuple(_checked(table, key, value, choices, kind) for value in values)


def _word(table: Table, key: str, choices: Iterable[str], kind: str) -> str:
    return _checked(table, key, table.raw(key), choices, kind)


def _checked(table: Table, key: str, value: object, choices: Iterable[str], kind: str) -> str:
    if not isinstance(value, str):
        raise table.error(key, f"expected {kind}")
    if value not in choices:
        raise table.error(key, f'"{value}" is not {kind}', nearest(value, choices))
    return value


def _list(words: Iterable[str]) -> str:
    return f"valid: {', '.join(words)}"


_ALL_COMPARISONS = frozenset(key for keys in COMPARISONS.values() for key in keys)
_WRITTEN = {
    FactType.TEXT: "a text",
    FactType.INTEGER: "a whole number",
    FactType.BOOLEAN: "true or false",
    FactType.INSTANT: "a number of days",
}
_READERS: dict[str, Callable[[Table, Vocabulary], Condition]] = {
    "field": _field,
    "happened": _happened,
    "score": _score,
    "rung": _rung,
    "stage": _stage,
    "stage_at_least": _stage_at_least,
    "in_stage_days": _in_stage_days,
    "buying_phase": _buying_phase,
    "any": _group("any", Some),
    "all": _group("all", All),
    "none": _group("none", NoneOf),
}
