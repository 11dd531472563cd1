"""A second playbook beside the live one over the same store: who would stand elsewhere, and which rules make it so.

Nothing is decided, stored or pushed. Both judge the same facts: what a title or a domain means stays the live one's.
People are compared by the rungs and the grade of today; latched stages and hand-off grades are the live company's.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from connector.playbook import Playbook
from connector.ports.evaluation import Evaluation, EvaluationStore, Graded, PointsLine
from connector.report.past_weeks import PastWeeks
from connector.rules.definitions import Definitions
from connector.rules.score_model import MILLI

WEEKS = 4
MOVERS = 10
QUALIFIED = "qualified_lead"
OUTSIDE, JUNK, NO_RUNG, NO_GRADE = "outside", "junk", "name", "-"


@dataclass(frozen=True)
class Place:
    """Where one playbook puts a person today: the highest rung (or outside, or junk), the grade, whole points."""

    rung: str
    grade: str
    points: int

    def as_json(self) -> dict[str, Any]:
        """The place for scripts."""
        return {"rung": self.rung, "grade": None if self.grade == NO_GRADE else self.grade, "points": self.points}


@dataclass(frozen=True)
class RuleChange:
    """What a rule gives in each playbook, in thousandths of a point; ``None``: it has no such rule."""

    rule: str
    live_milli: int | None
    shadow_milli: int | None

    @property
    def difference_milli(self) -> int:
        """How much more the shadow gives."""
        return (self.shadow_milli or 0) - (self.live_milli or 0)


@dataclass(frozen=True)
class Mover:
    """Somebody who stands elsewhere, and the rules that make the difference, the largest first."""

    person_id: int
    live: Place
    shadow: Place
    rules: tuple[RuleChange, ...] = ()


@dataclass(frozen=True)
class Difference:
    """Everything that differs. ``rungs`` and ``grades``: (live, shadow) -> people. ``hand_offs_*``: by week."""

    live_digest: str
    shadow_digest: str
    people: int
    rungs: Mapping[tuple[str, str], int]
    grades: Mapping[tuple[str, str], int]
    hand_offs_live: tuple[int, ...]
    hand_offs_shadow: tuple[int, ...]
    movers: tuple[Mover, ...]

    @property
    def moved(self) -> int:
        """People whose rung differs."""
        return sum(self.rungs.values())

    @property
    def regraded(self) -> int:
        """People whose grade differs."""
        return sum(self.grades.values())

    @property
    def differs(self) -> bool:
        """Whether anybody would stand elsewhere, or be handed off in another week."""
        return bool(self.moved or self.regraded or self.hand_offs_live != self.hand_offs_shadow)

    @property
    def sentence(self) -> str:
        """The difference in one sentence, about nobody."""
        weekly = (f"{sum(each) / WEEKS:g}" for each in (self.hand_offs_shadow, self.hand_offs_live))
        shadow, live = weekly
        return (
            f"of {self.people} people the second playbook would put {self.moved} on another rung and give "
            f"{self.regraded} another grade; hand-offs a week: {shadow} instead of {live}"
        )

    def as_json(self, keys: Mapping[int, str]) -> dict[str, Any]:
        """The difference for scripts; ``keys``: person id -> the key that leaves the house."""
        return {
            "live": self.live_digest,
            "shadow": self.shadow_digest,
            "people": self.people,
            "rungs": _moves(self.rungs),
            "grades": _moves(self.grades),
            "hand_offs": {"live": list(self.hand_offs_live), "shadow": list(self.hand_offs_shadow)},
            "movers": [
                {
                    "person": keys.get(each.person_id),
                    "live": each.live.as_json(),
                    "shadow": each.shadow.as_json(),
                    "rules": [
                        {"rule": one.rule, "live": _points(one.live_milli), "shadow": _points(one.shadow_milli)}
                        for one in each.rules
                    ],
                }
                for each in self.movers
            ],
        }


@dataclass(frozen=True)
class Pair:
    """The two playbooks over one company, on a day of its calendar."""

    live: Playbook
    shadow: Playbook
    weeks: PastWeeks


def compare(evaluations: EvaluationStore[Definitions], company: int, pair: Pair) -> Difference:
    """Judge everybody by both, today and at the end of each of the last weeks; a chunk of people at a time."""
    rungs: Counter[tuple[str, str]] = Counter()
    grades: Counter[tuple[str, str]] = Counter()
    people = 0
    moved: list[tuple[int, int, Mover]] = []
    for live, shadow in _together(evaluations, company, pair):
        people += 1
        here, there = _place(live), _place(shadow)
        if here.rung != there.rung:
            rungs[here.rung, there.rung] += 1
        if here.grade != there.grade:
            grades[here.grade, there.grade] += 1
        weight = _weight(here, there)
        if weight:
            entry = (weight, -live.person_id, Mover(live.person_id, here, there))
            (heapq.heappush if len(moved) < MOVERS else heapq.heappushpop)(moved, entry)
    movers = [mover for *_, mover in sorted(moved, reverse=True)]
    return Difference(
        live_digest=pair.live.digest,
        shadow_digest=pair.shadow.digest,
        people=people,
        rungs=dict(sorted(rungs.items())),
        grades=dict(sorted(grades.items())),
        hand_offs_live=_hand_offs(evaluations, company, pair.live, pair),
        hand_offs_shadow=_hand_offs(evaluations, company, pair.shadow, pair),
        movers=_explained(evaluations, company, pair, movers),
    )


def _together(
    evaluations: EvaluationStore[Definitions], company: int, pair: Pair
) -> Iterator[tuple[Evaluation, Evaluation]]:
    """Everybody by both; somebody who came in between the two reads is left for the next time."""
    for chunk in evaluations.evaluate_in_chunks(company, pair.live.definitions, pair.weeks.today):
        named = [each.person_id for each in chunk]
        others = evaluations.evaluate(company, pair.shadow.definitions, pair.weeks.today, people=named)
        by_id = {each.person_id: each for each in others}
        yield from ((each, by_id[each.person_id]) for each in chunk if each.person_id in by_id)


def _place(evaluation: Evaluation) -> Place:
    if not evaluation.in_scope:
        return Place(OUTSIDE, NO_GRADE, 0)
    if evaluation.junk_rule is not None:
        return Place(JUNK, NO_GRADE, 0)
    graded = QUALIFIED in evaluation.rungs
    rung = evaluation.rungs[-1] if evaluation.rungs else NO_RUNG
    return Place(rung, (evaluation.grade_open or NO_GRADE) if graded else NO_GRADE, evaluation.total_milli // MILLI)


def _weight(here: Place, there: Place) -> int:
    """What matters most first: another grade, then another rung, then points."""
    return (here.grade != there.grade) * 10_000 + (here.rung != there.rung) * 1_000 + abs(here.points - there.points)


def _hand_offs(
    evaluations: EvaluationStore[Definitions], company: int, playbook: Playbook, pair: Pair
) -> tuple[int, ...]:
    """People who newly had the hand-off grade at the end of each week."""
    wanted = Graded(playbook.rules.hand_off_grade, QUALIFIED)
    weekly: list[int] = []
    before: Set[int] | None = None
    for as_of in pair.weeks.ends(WEEKS):
        graded = evaluations.graded(company, playbook.definitions, as_of, wanted).keys()
        if before is not None:
            weekly.append(len(graded - before))
        before = graded
    return tuple(weekly)


def _explained(
    evaluations: EvaluationStore[Definitions], company: int, pair: Pair, movers: Sequence[Mover]
) -> tuple[Mover, ...]:
    named = [each.person_id for each in movers]
    if not named:
        return ()
    live, shadow = (
        evaluations.points(company, playbook.definitions, pair.weeks.today, named)
        for playbook in (pair.live, pair.shadow)
    )
    return tuple(
        Mover(each.person_id, each.live, each.shadow, _changes(live[each.person_id], shadow[each.person_id]))
        for each in movers
    )


def _changes(live: Sequence[PointsLine], shadow: Sequence[PointsLine]) -> tuple[RuleChange, ...]:
    before, after = ({f"{line.axis}.{line.rule}": line.milli for line in lines} for lines in (live, shadow))
    changes = [RuleChange(rule, before.get(rule), after.get(rule)) for rule in sorted(before.keys() | after.keys())]
    return tuple(
        sorted((each for each in changes if each.difference_milli), key=lambda each: -abs(each.difference_milli))
    )


def _moves(moves: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    return [{"live": live, "shadow": shadow, "people": count} for (live, shadow), count in moves.items()]


def _points(milli: int | None) -> float | None:
    return None if milli is None else milli / MILLI
