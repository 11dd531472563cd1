"""Training the model of winning on the older people, and judging it on the newer ones, as each was known when decided.

The only module that needs scikit-learn (the extra ``leadloop[model]``), and only while it trains: what comes out are
plain coefficients. Refuses with too few people or wins; calibrates only if that helps on people not seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from connector.decide.expected_value import ValueRules
from connector.decide.win_model import Encoding, WinModel, make_encoding, sigmoid
from connector.errors import BadConfiguration, GuardTripped
from connector.ports.history import Known
from connector.report.statistics import auc, auc_difference, brier, lift, reliability

FITTED, CHECKED, TESTED = 0.6, 0.7, 0.8
"""Shares of the order: fitted up to the first, calibrated to the second, that checked to the third, then tested."""
STRENGTHS = (0.03, 0.1, 0.3, 1.0)
"""How much the weights may grow (the inverse of the penalty); the next newer people choose, before the test."""
LOOSE = 1e6
DIGITS = 6


@dataclass(frozen=True)
class Example:
    """One decided person: when, what was known then, the local day of the week, and whether they bought."""

    decided_at: datetime
    known: Known
    weekday: str | None
    won: bool


@dataclass(frozen=True)
class Origin:
    """Where examples are from. ``left_out``: fields that no model may read."""

    company: str
    history: str
    trained_at: datetime
    left_out: frozenset[str]
    dated: bool


class Line(Struct, frozen=True):
    """A fitted line: the score of features, before the logistic function."""

    encoding: Encoding
    weights: dict[str, float]
    intercept: float

    def score(self, example: Example) -> float:
        """The score of one person."""
        features = self.encoding.features(example.known, example.weekday)
        return self.intercept + math.fsum(self.weights.get(name, 0.0) * value for name, value in features.items())

    def bent(self, slope: float, shift: float) -> Line:
        """The same ranking with other chances: a sigmoid calibration is a change of the coefficients."""
        weights = {name: weight * slope for name, weight in self.weights.items()}
        return replace(self, weights=weights, intercept=self.intercept * slope + shift)


def require_enough(company: str, people: int, wins: int, rules: ValueRules) -> None:
    """``GuardTripped`` below the floor, with the reason."""
    if people < rules.people_min or wins < rules.wins_min:
        raise GuardTripped(
            f"{people} decided people with {wins} wins are too few for a model "
            f"(floor: {rules.people_min} people and {rules.wins_min} wins)",
            where=company,
            remedy="the observed rates of the grades are used instead, else the configured ones",
        )


def train(examples: Sequence[Example], origin: Origin) -> WinModel:
    """A model of all examples, with the figures of one that saw only the older ones."""
    ordered = sorted(examples, key=lambda each: each.decided_at)
    edges = [round(len(ordered) * part) for part in (FITTED, CHECKED, TESTED)]
    older, tested = ordered[: edges[2]], ordered[edges[2] :]
    for part, name in ((ordered[: edges[0]], "older"), (tested, "newer")):
        if len({each.won for each in part}) < 2:
            raise GuardTripped(
                f"the {name} part of the history has only one outcome", where=origin.company, remedy="import more of it"
            )
    fits = [(strength, _fit(ordered[: edges[0]], origin, strength)) for strength in STRENGTHS]
    strength, first = min(fits, key=lambda pair: _brier(pair[1], ordered[edges[0] : edges[2]]))
    helps = _calibration_helps(first, ordered[edges[0] : edges[1]], ordered[edges[1] : edges[2]])
    judged = _fit(older, origin, strength)
    if helps:
        judged = judged.bent(*_sigmoid_of(first, ordered[edges[0] : edges[2]]))
    figures = _figures(judged, older, tested, calibrated=helps)
    final = _fit(ordered, origin, strength)
    if helps:
        final = final.bent(*_sigmoid_of(_fit(older, origin, strength), tested))
    return WinModel(
        intercept=round(final.intercept, DIGITS),
        weights={name: round(weight, DIGITS) for name, weight in sorted(final.weights.items())},
        encoding=final.encoding,
        history=origin.history,
        trained_at=origin.trained_at.isoformat(),
        window=(ordered[0].decided_at.isoformat(), ordered[-1].decided_at.isoformat()),
        figures={"people": len(ordered), "wins": sum(each.won for each in ordered), "strength": strength, **figures},
    )


def _fit(examples: Sequence[Example], origin: Origin, strength: float) -> Line:
    encoding = make_encoding(
        [each.known for each in examples], [each.won for each in examples], left_out=origin.left_out, dated=origin.dated
    )
    learned = _logistic([encoding.features(each.known, each.weekday) for each in examples], examples, strength)
    return Line(encoding, *learned)


def _logistic(
    rows: Sequence[dict[str, float]], examples: Sequence[Example], strength: float
) -> tuple[dict[str, float], float]:  # fmt: skip
    try:
        from sklearn.feature_extraction import DictVectorizer
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise BadConfiguration(
            "scikit-learn is not installed",
            where="leadloop model train",
            remedy="install leadloop[model]; scoring and an already trained model need nothing of it",
        ) from error
    vectors = DictVectorizer(sparse=True)
    model = LogisticRegression(C=strength, max_iter=5_000)
    model.fit(vectors.fit_transform(rows), [each.won for each in examples])
    names = [str(name) for name in vectors.get_feature_names_out()]
    return dict(zip(names, (float(weight) for weight in model.coef_[0]), strict=True)), float(model.intercept_[0])


def _sigmoid_of(line: Line, examples: Sequence[Example]) -> tuple[float, float]:
    """Slope and shift that bring a line's scores to what came true of people it has not seen."""
    rows = [{"score": line.score(each)} for each in examples]
    weights, shift = _logistic(rows, examples, LOOSE)
    return weights.get("score", 1.0), shift


def _calibration_helps(line: Line, learn: Sequence[Example], check: Sequence[Example]) -> bool:
    """Whether chances bent on one part are nearer to the truth on the next one."""
    if len({each.won for each in learn}) < 2 or not check:
        return False
    before, after = _brier(line, check), _brier(line.bent(*_sigmoid_of(line, learn)), check)
    return after < before


def _brier(line: Line, examples: Sequence[Example]) -> float:
    found = brier([sigmoid(line.score(each)) for each in examples], [each.won for each in examples])
    assert found is not None
    return found


def _figures(line: Line, older: Sequence[Example], tested: Sequence[Example], *, calibrated: bool) -> dict[str, Any]:
    """How the model of the older people did on the newer ones."""
    chances = [round(sigmoid(line.score(each)), DIGITS) for each in tested]
    won = [each.won for each in tested]
    base = sum(each.won for each in older) / len(older)
    against_chance = auc_difference([(0.0, chance, outcome) for chance, outcome in zip(chances, won, strict=True)])
    assert against_chance is not None
    interval = against_chance[1]
    return {
        "tested_people": len(tested),
        "tested_wins": sum(won),
        "tested_since": tested[0].decided_at.isoformat(),
        "auc": round(auc(chances, won) or 0.0, 4),
        "auc_low": round(0.5 + interval.low, 4),
        "auc_high": round(0.5 + interval.high, 4),
        "brier": round(brier(chances, won) or 0.0, 4),
        "brier_of_the_base_rate": round(brier([base] * len(won), won) or 0.0, 4),
        "top_fifth_lift": round((lift(chances, won, 5)[0].lift or 0.0), 2),
        "calibrated": calibrated,
        "reliability": [asdict(each) for each in reliability(chances, won)],
    }
