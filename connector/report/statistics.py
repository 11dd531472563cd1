"""The figures of a judgement: intervals, ranking (AUC, lift), probabilities (Brier, reliability).

Pure and exact where it can be; the bootstrap has a fixed seed, so the same rows give the same interval on every
machine. Knows neither people nor playbooks. Percentiles are in ``connector.report.shares``.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

Z_95 = 1.959964
TELLING_FROM = 10
"""From so many cases on each side on something is claimed: of 3 against 3 the interval misses the truth in every fifth
case instead of every twentieth, of 10 against 10 in one of fifteen."""
SEED = 20_240_229
RESAMPLES = 1_000
MANY = 30
"""From so many equal rows on, their number in a resample is drawn from the normal instead of the Poisson law."""


@dataclass(frozen=True)
class Interval:
    """A 95 % confidence interval."""

    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether a difference with this interval can be told from none."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Part:
    """One part of a ranking, best first: ``share_won`` among its people, ``lift`` over everybody's share.

    ``won`` may be a fraction: people with equal scores at an edge are shared out evenly.
    """

    people: int
    won: float
    share_won: float
    lift: float | None


@dataclass(frozen=True)
class Reliability:
    """People with similar probabilities: what was said on average, and what came true, with its interval."""

    people: int
    said: float
    came_true: float
    interval: Interval


Rows = Sequence[tuple[float, float, bool]]
"""(score by the first ranking, score by the second, won) per person."""


def wilson(successes: float, trials: int) -> Interval | None:
    """The Wilson interval of a share; ``None`` without trials."""
    if trials <= 0:
        return None
    share, z2 = successes / trials, Z_95**2
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = Z_95 * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2)) / (1 + z2 / trials)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def difference_of_shares(first: tuple[int, int], second: tuple[int, int]) -> Interval | None:
    """Newcombe's interval of the second share minus the first, each as (successes, trials)."""
    before, after = wilson(*first), wilson(*second)
    if before is None or after is None:
        return None
    p1, p2 = first[0] / first[1], second[0] / second[1]
    low = p2 - p1 - math.hypot(p2 - after.low, before.high - p1)
    return Interval(low, p2 - p1 + math.hypot(after.high - p2, p1 - before.low))


def bootstrap_interval(values: Sequence[float], statistic: Callable[[Sequence[float]], float]) -> Interval | None:
    """The percentile bootstrap of any statistic of a few thousand values; ``None`` for fewer than two."""
    if len(values) < 2:
        return None
    chance, ordered = random.Random(SEED), sorted(values)
    found = sorted(statistic(sorted(chance.choices(ordered, k=len(ordered)))) for _ in range(RESAMPLES))
    return _middle_95(found)


def auc(scores: Sequence[float], won: Sequence[bool]) -> float | None:
    """The chance that a winner stands above a loser (ties count half); ``None`` when one of them is missing."""
    cells = Counter(zip(scores, won, strict=True))
    return _auc(_ranked(list(cells)), list(cells.values()))


def auc_difference(rows: Rows) -> tuple[float, Interval] | None:
    """AUC of the second ranking minus that of the first, on the same people, with its bootstrap interval.

    Equal rows are drawn together by their number (a Poisson bootstrap), so that a million people cost what
    their distinct rows cost. ``None`` without both winners and losers.
    """
    cells = Counter(rows)
    keys, counts = sorted(cells), [cells[key] for key in sorted(cells)]
    first = _ranked([(key[0], key[2]) for key in keys])
    second = _ranked([(key[1], key[2]) for key in keys])
    measured = _difference(first, second, counts)
    if measured is None:
        return None
    chance = random.Random(SEED)
    drawn = ([_poisson(chance, count) for count in counts] for _ in range(RESAMPLES))
    found = sorted(each for counts in drawn if (each := _difference(first, second, counts)) is not None)
    return measured, _middle_95(found)


def lift(scores: Sequence[float], won: Sequence[bool], parts: int = 10) -> tuple[Part, ...]:
    """The ranking cut into ``parts`` of nearly equal size, best first; empty when there are fewer people than parts."""
    total = len(scores)
    if total < parts:
        return ()
    reached = _winners_by_depth(scores, won)
    overall = reached[-1] / total
    edges = [total * part // parts for part in range(parts + 1)]
    return tuple(_part(end - start, reached[end] - reached[start], overall) for start, end in pairwise(edges))


def brier(probabilities: Sequence[float], won: Sequence[bool]) -> float | None:
    """The mean squared distance between what was said and what came true: 0 is perfect."""
    if not probabilities:
        return None
    return math.fsum((p - y) ** 2 for p, y in zip(probabilities, won, strict=True)) / len(probabilities)


def reliability(probabilities: Sequence[float], won: Sequence[bool], bins: int = 10) -> tuple[Reliability, ...]:
    """Said against came true in ``bins`` of nearly equal size, lowest first; equal probabilities stay together."""
    groups: list[list[tuple[float, bool]]] = []
    size = max(1, -(-len(probabilities) // bins))
    for _said, same in groupby(sorted(zip(probabilities, won, strict=True)), key=lambda pair: pair[0]):
        if not groups or len(groups[-1]) >= size:
            groups.append([])
        groups[-1] += same
    return tuple(_reliability(group) for group in groups)


def _reliability(group: list[tuple[float, bool]]) -> Reliability:
    people, wins = len(group), sum(y for _p, y in group)
    interval = wilson(wins, people)
    assert interval is not None
    return Reliability(people, math.fsum(p for p, _y in group) / people, wins / people, interval)


def _part(people: int, won: float, overall: float) -> Part:
    share = won / people
    return Part(people, won, share, share / overall if overall else None)


def _winners_by_depth(scores: Sequence[float], won: Sequence[bool]) -> list[float]:
    """How many winners are among the first n of the ranking, for every n from 0."""
    reached = [0.0]
    ranked = sorted(zip(scores, won, strict=True), key=lambda pair: -pair[0])
    for _score, same in groupby(ranked, key=lambda pair: pair[0]):
        outcomes = [outcome for _s, outcome in same]
        start, step = reached[-1], sum(outcomes) / len(outcomes)
        reached += [start + step * place for place in range(1, len(outcomes) + 1)]
    return reached


_Ranking = list[list[tuple[int, bool]]]


def _ranked(cells: Sequence[tuple[float, bool]]) -> _Ranking:
    """Indexes of the cells with their outcome, in groups of equal scores, lowest first."""
    places = sorted(range(len(cells)), key=lambda place: cells[place][0])
    return [
        [(place, cells[place][1]) for place in same] for _s, same in groupby(places, key=lambda place: cells[place][0])
    ]


def _auc(ranking: _Ranking, counts: Sequence[int]) -> float | None:
    below = winners = twice = 0
    for group in ranking:
        won = lost = 0
        for place, outcome in group:
            if outcome:
                won += counts[place]
            else:
                lost += counts[place]
        twice += won * (2 * below + lost)
        below += lost
        winners += won
    return twice / (2 * winners * below) if winners and below else None


def _difference(first: _Ranking, second: _Ranking, counts: Sequence[int]) -> float | None:
    before, after = _auc(first, counts), _auc(second, counts)
    return None if before is None or after is None else after - before


def _poisson(chance: random.Random, mean: int) -> int:
    if mean >= MANY:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, product, drawn = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        drawn += 1
    return drawn


def _middle_95(ordered: Sequence[float]) -> Interval:
    cut = len(ordered) // 40
    return Interval(ordered[cut], ordered[-1 - cut])
