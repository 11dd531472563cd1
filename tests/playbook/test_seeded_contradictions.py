"""Generated contradictions, hidden among other questions and in groups: each is found."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connector.facts import SIGNALS
from connector.playbook.checks.possible import Limits, why_never
from connector.rules.condition_parser import Vocabulary, parse
from connector.rules.toml import Table
from tests.rules.inventor import Inventor
from tests.rules.worlds import FLAGS, MOMENTS, NUMBERS, OWN, WORDS

Document = dict[str, Any]
VOCABULARY = Vocabulary(scores=True, buying_phase=True, rungs=("suspect", "lead"))
LIMITS = Limits({"fit": 40, "engagement": 30, "readiness": 30, "total": 100}, frozenset(SIGNALS) - {"spam_report"})


def two_words(chance: random.Random) -> list[Document]:
    name = chance.choice(sorted(WORDS))
    one, other = chance.sample(sorted({word.casefold() for word in WORDS[name] if word.isascii()}), 2)
    return [{"field": name, "is": one}, chance.choice(({"field": name, "is": other}, {"field": name, "not_in": [one]}))]


def two_ranges(chance: random.Random) -> list[Document]:
    name, edge = chance.choice(sorted(NUMBERS)), chance.randrange(1, 500)
    low: list[Document] = [{"at_most": edge}, {"less_than": edge + 1}, {"between": [0, edge]}, {"in": [0, edge]}]
    high: list[Document] = [{"at_least": edge + 1}, {"more_than": edge}, {"between": [edge + 1, edge + 9]}]
    return [{"field": name, **chance.choice(low)}, {"field": name, **chance.choice(high)}]


def yes_and_no(chance: random.Random) -> list[Document]:
    name = chance.choice(FLAGS)
    return [
        {"field": name, "is": True},
        chance.choice(({"field": name, "is": False}, {"field": name, "missing": True})),
    ]


def young_and_old(chance: random.Random) -> list[Document]:
    name, days = chance.choice(MOMENTS), chance.randrange(1, 400)
    return [{"field": name, "within_days": days}, {"field": name, "at_least_days": days + chance.randrange(9)}]


def happened_and_not(chance: random.Random) -> list[Document]:
    signal, days = chance.choice(SIGNALS), chance.randrange(1, 90)
    wide = {"happened": [signal, *chance.sample(SIGNALS, 2)], "within_days": days + chance.randrange(9)}
    return [{"happened": signal, "within_days": days, "kinds": ["demo"]}, {"none": [wide]}]


def too_many_points(chance: random.Random) -> list[Document]:
    axis, least = chance.choice((("fit", 41), ("engagement", 31), ("total", 101)))
    return [{"score": axis, "at_least": least + chance.randrange(50)}]


def points_between_nothing(chance: random.Random) -> list[Document]:
    edge = chance.randrange(1, 30)
    return [{"score": "fit", "at_least": edge}, {"none": [{"score": "fit", "at_least": edge}]}]


def no_such_signal(_chance: random.Random) -> list[Document]:
    return [{"happened": "spam_report"}]


def too_many_kinds(chance: random.Random) -> list[Document]:
    signals = chance.sample(SIGNALS[:10], 2)
    return [{"happened": signals, "signals_at_least": 3}]


def two_stages(_chance: random.Random) -> list[Document]:
    return [{"stage": ["name", "suspect"]}, {"stage_at_least": "lead"}]


SEEDS: tuple[Callable[[random.Random], list[Document]], ...] = (
    *(two_words, two_ranges, yes_and_no, young_and_old, happened_and_not, too_many_points, points_between_nothing),
    *(no_such_signal, too_many_kinds, two_stages),
)


def hidden(chance: random.Random, parts: list[Document]) -> Document:
    """All parts must hold, somewhere among other questions."""
    inventor = Inventor(chance.randrange(10**6))
    others = [inventor.fact() for _ in range(chance.randrange(3))]
    mixed = [*parts, *others]
    chance.shuffle(mixed)
    if len(mixed) > 1 and chance.random() < 0.4:
        mixed = [{"all": mixed[:-1]}, {"any": [mixed[-1]]}]
    whole: Document = {"all": mixed}
    return {"none": [{"none": [whole]}]} if chance.random() < 0.3 else whole


@given(number=st.integers(0, len(SEEDS) - 1), seed=st.integers(0, 10**6))
def test_a_generated_contradiction_is_found(number: int, seed: int) -> None:
    chance = random.Random(seed)
    document = hidden(chance, SEEDS[number](chance))
    assert why_never(parse(Table(document, "f.toml", questions=OWN), VOCABULARY), LIMITS) is not None, document


@given(number=st.integers(0, len(SEEDS) - 1), seed=st.integers(0, 10**6))
def test_a_way_out_is_seen(number: int, seed: int) -> None:
    """Beside a contradiction, an alternative that can hold keeps the whole possible."""
    chance = random.Random(seed)
    document = {"any": [hidden(chance, SEEDS[number](chance)), {"field": "title", "known": True}]}
    assert why_never(parse(Table(document, "f.toml", questions=OWN), VOCABULARY), LIMITS) is None
