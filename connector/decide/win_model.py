"""The chance of winning by a company's own logistic model: plain coefficients over what was known at one moment.

Pure. How a person becomes features stands here once, for training and for scoring alike; nothing here can train.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from connector.facts import PROFILE, FactType, fact_type, is_own
from connector.model import Value
from connector.ports.history import Known

WEEKDAY = "weekday"
OTHER, MISSING = "(other)", "(unknown)"
WORD_PEOPLE_MIN = 30
WORDS_MAX = 40
SPREADS_MAX = 5.0
RATED_FROM = 8
"""A field with more words than this (a landing page, a campaign) counts by how often each of its words won."""
RATED_PEOPLE_MIN, RATED_MAX = 5, 400
PRIOR_PEOPLE = 50
"""Each word's share won is drawn to everybody's as if so many average people had that word too."""
IDENTITY = frozenset(
    {"email", "email_domain", "first_name", "last_name", "title", "account_name", "account_domain", "gibberish"}
)
"""Who somebody is, not what they are like; their title counts by seniority and function."""
SIGNALS = (
    *("hand_raise", "meeting_booked", "meeting_held", "meeting_no_show", "reply", "connected_call", "event_attended"),
    *("event_registered", "content_download", "subscribed", "email_click", "key_page", "site_return", "careers_page"),
    "campaign_responded",
)
"""What people did themselves; a colleague's touch is sales' work and would look like foresight."""


@dataclass(frozen=True)
class Scale:
    """How a number is brought to size: minus the mean, over the spread; outliers end at a few spreads."""

    mean: float
    spread: float

    def of(self, number: float) -> float:
        """The number as a feature."""
        return max(-SPREADS_MAX, min(SPREADS_MAX, (number - self.mean) / self.spread))


@dataclass(frozen=True)
class NumberScale:
    """A number as it is and by its size (the logarithm): what grows evenly, and what matters most at the start."""

    plain: Scale
    size: Scale

    def features(self, name: str, number: float) -> dict[str, float]:
        """The number as features; none at all is one of its own."""
        found = {name: self.plain.of(number), f"size of {name}": self.size.of(logarithm(number))}
        return found if number else found | {f"{name}=0": 1.0}


@dataclass(frozen=True)
class Encoding:
    """Which values and signals become which features. ``words``: field -> values with a feature of their own.

    ``rates``: field of many words -> by how much the log odds of winning with a word differ from everybody's, of the
    people the encoding was made of; 0 for any other word.
    """

    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rates: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    numbers: Mapping[str, NumberScale] = field(default_factory=dict)
    signals: Mapping[str, Scale] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are read."""
        return tuple(sorted({*self.words, *self.rates, *self.numbers} - {WEEKDAY}))

    def features(self, known: Known, weekday: str | None) -> dict[str, float]:
        """Feature -> value; features that are not there are 0."""
        found: dict[str, float] = {}
        for name, words in self.words.items():
            word = weekday if name == WEEKDAY else as_word(known.values.get(name))
            found[f"{name}={MISSING if word is None else word if word in words else OTHER}"] = 1.0
        for name, rates in self.rates.items():
            word = as_word(known.values.get(name))
            found[f"rate of {name}"] = 0.0 if word is None else rates.get(word, 0.0)
            if word is None:
                found[f"{name}={MISSING}"] = 1.0
        for name, scale in self.numbers.items():
            number = known.values.get(name)
            if isinstance(number, int | float):
                found |= scale.features(name, float(number))
            else:
                found[f"{name}={MISSING}"] = 1.0
        for name, each in self.signals.items():
            found[f"did {name}"] = each.of(logarithm(known.signals.get(name, 0)))
        return found


@dataclass(frozen=True)
class WinModel:
    """A trained model. ``history``: what it was trained on; ``figures``: how it did on newer people it had not seen."""

    intercept: float
    weights: Mapping[str, float]
    encoding: Encoding
    history: str
    trained_at: str
    window: tuple[str, str]
    figures: Mapping[str, Any] = field(default_factory=dict)

    def chance(self, known: Known, weekday: str | None) -> float:
        """The chance of winning, 0 to 1."""
        features = self.encoding.features(known, weekday)
        return sigmoid(self.intercept + math.fsum(self.weights.get(name, 0.0) * v for name, v in features.items()))

    @property
    def digest(self) -> str:
        """Names the coefficients and what they are of."""
        body = self.as_body()
        text = json.dumps({name: body[name] for name in ("intercept", "weights", "encoding")}, sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    @property
    def reads_own_fields(self) -> tuple[str, ...]:
        """Features of imported files that no CRM delivers: with any of these the model is not used on live people."""
        return tuple(name for name in self.encoding.fields if name not in PROFILE and not is_own(name))

    def as_body(self) -> dict[str, Any]:
        """The model as JSON."""
        return json.loads(json.dumps(asdict(self)))  # type: ignore[no-any-return]


def from_body(body: Mapping[str, Any]) -> WinModel:
    """A stored model."""
    encoding = body["encoding"]
    return WinModel(
        intercept=body["intercept"],
        weights=body["weights"],
        encoding=Encoding(
            words={name: tuple(words) for name, words in encoding["words"].items()},
            rates=encoding.get("rates", {}),
            numbers={
                name: NumberScale(Scale(**scale["plain"]), Scale(**scale["size"]))
                for name, scale in encoding["numbers"].items()
            },
            signals={name: Scale(**scale) for name, scale in encoding["signals"].items()},
        ),
        history=body["history"],
        trained_at=body["trained_at"],
        window=(body["window"][0], body["window"][1]),
        figures=body["figures"],
    )


def make_encoding(
    people: Sequence[Known], won: Sequence[bool], *, left_out: frozenset[str], dated: bool
) -> Encoding:  # fmt: skip
    """The features that these people's values allow; rare words share one, fields without any common word have none.

    ``won``: what came of each. Nobody else's outcome is looked at, so that whoever is judged later stays unseen.
    """
    counts: dict[str, dict[str, int]] = {}
    wins: dict[str, dict[str, int]] = {}
    numbers: dict[str, list[float]] = {}
    for known, bought in zip(people, won, strict=True):
        for name, value in known.values.items():
            if name in left_out or name in IDENTITY or _is_moment(name) or value is None:
                continue
            if isinstance(value, int | float) and not isinstance(value, bool):
                numbers.setdefault(name, []).append(float(value))
            elif (word := as_word(value)) is not None:
                own = counts.setdefault(name, {})
                own[word] = own.get(word, 0) + 1
                mine = wins.setdefault(name, {})
                mine[word] = mine.get(word, 0) + bought
    rated = sorted(name for name, own in counts.items() if len(own) > RATED_FROM)
    base = (sum(won) + 1) / (len(won) + 2)
    words = {name: _common(own) for name, own in sorted(counts.items()) if name not in rated}
    signals = {name: [logarithm(known.signals.get(name, 0)) for known in people] for name in SIGNALS}
    return Encoding(
        words={name: own for name, own in words.items() if own} | ({WEEKDAY: WEEKDAYS} if dated else {}),
        rates={name: _rates(counts[name], wins[name], base) for name in rated},
        numbers={
            name: NumberScale(_scale(own), _scale(map(logarithm, own)))
            for name, own in sorted(numbers.items())
            if len(own) >= WORD_PEOPLE_MIN
        },
        signals={name: _scale(own) for name, own in signals.items() if sum(n > 0 for n in own) >= WORD_PEOPLE_MIN},
    )


def _is_moment(name: str) -> bool:
    return (name in PROFILE or is_own(name)) and fact_type(name) is FactType.INSTANT


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def weekday_of(at: datetime) -> str:
    """The day of the week of a local time."""
    return WEEKDAYS[at.weekday()]


def as_word(value: Value) -> str | None:
    """A value as one word of a feature: lower case, yes or no for a flag; ``None`` for unknown."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip().lower() or None


def logarithm(number: float) -> float:
    """The size of a number: log(1 + number), 0 for anything below."""
    return math.log1p(max(0.0, number))


def sigmoid(score: float) -> float:
    """The logistic function, without overflow."""
    if score >= 0:
        return 1.0 / (1.0 + math.exp(-score))
    return math.exp(score) / (1.0 + math.exp(score))


def _rates(counts: Mapping[str, int], wins: Mapping[str, int], base: float) -> dict[str, float]:
    """Word -> log odds beyond everybody's, drawn to them the more the fewer had it."""
    often = [word for word, count in counts.items() if count >= RATED_PEOPLE_MIN]
    chosen = sorted(sorted(often, key=lambda word: (-counts[word], word))[:RATED_MAX])
    shares = {word: (wins[word] + PRIOR_PEOPLE * base) / (counts[word] + PRIOR_PEOPLE) for word in chosen}
    return {word: round(_log_odds(share) - _log_odds(base), 6) for word, share in shares.items()}


def _log_odds(share: float) -> float:
    return math.log(share / (1 - share))


def _common(counts: Mapping[str, int]) -> tuple[str, ...]:
    often = [word for word, count in counts.items() if count >= WORD_PEOPLE_MIN]
    return tuple(sorted(sorted(often, key=lambda word: (-counts[word], word))[:WORDS_MAX]))


def _scale(values: Iterable[float]) -> Scale:
    numbers = list(values)
    mean = math.fsum(numbers) / len(numbers)
    spread = math.sqrt(math.fsum((number - mean) ** 2 for number in numbers) / len(numbers))
    return Scale(round(mean, 6), round(spread, 6) or 1.0)
