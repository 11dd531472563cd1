"""The figures of a backtest: what would have been handed over, who of them bought, and which playbook knew better.

Pure: folds judged people. Every figure stands beside its definition, the same in terminal, JSON and HTML.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from connector.ports.history import FieldPast
from connector.report.judging import NO_GRADE, Judged, Verdict
from connector.report.shares import percent, share
from connector.report.statistics import (
    Interval,
    Part,
    Reliability,
    auc,
    auc_difference,
    brier,
    lift,
    wilson,
)

WINS_MIN = 20
"""With fewer wins (or fewer who did not buy) nothing is said about which playbook is better."""
DIGITS = 4

DEFINITIONS: Mapping[str, str] = {
    "people": "judged once: on the first day either playbook called them a qualified lead, else on their first day",
    "won": "a deal of theirs was won within the horizon after that day",
    "grade": "the grade on that day; - : not a qualified lead then",
    "auc": "the chance that somebody who bought stood above somebody who did not (0.5 is blind)",
    "lift": "how often a tenth of the ranking bought, over how often everybody did; best tenth first",
    "precision": "of those who would have been handed over, the share who bought",
    "recall": "of those who bought, the share who would have been handed over before",
    "hand_overs": "people who first had the hand-off grade in that week",
    "brier": "of graded people: mean squared distance of the grade's configured chance and what came true (0: perfect)",
}


@dataclass(frozen=True)
class GradeOutcome:
    """The people of one grade: what was said of their chance, and what came true."""

    grade: str
    people: int
    won: int
    said: float
    interval: Interval


@dataclass(frozen=True)
class Side:
    """One playbook's figures. ``weekly``: hand-overs by week; ``per_rep``: of the mean week, ``None`` without reps."""

    name: str
    auc: float | None
    lift: tuple[Part, ...]
    handed: int
    handed_won: int
    won: int
    precision: float | None
    precision_interval: Interval | None
    recall: float | None
    recall_interval: Interval | None
    weekly: tuple[int, ...]
    per_week: float | None
    per_rep: float | None
    grades: tuple[GradeOutcome, ...]
    brier: float | None


@dataclass(frozen=True)
class Changes:
    """Decided people whom only one of both playbooks would have handed over, and how many of them bought."""

    more: int = 0
    more_won: int = 0
    fewer: int = 0
    fewer_won: int = 0


@dataclass(frozen=True)
class Backtest:
    """Everything a backtest says. ``moves``: (live grade, tried grade) -> people."""

    company: str
    history: str
    since: datetime
    as_of: datetime
    end: datetime
    horizon_days: int
    reps: int
    people: int
    decided: int
    won: int
    undated: int
    live: Side
    tried: Side | None
    moves: Mapping[tuple[str, str], int]
    difference: tuple[float, Interval] | None
    changes: Changes | None
    fields: tuple[FieldPast, ...]
    hidden: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def days(self) -> tuple[str, str]:
        """The first and the last day of judgement: ``since`` and ``as_of`` are the midnights behind them."""
        first, last = (f"{midnight - timedelta(microseconds=1):%Y-%m-%d}" for midnight in (self.since, self.as_of))
        return first, last

    @property
    def is_better(self) -> bool | None:
        """Whether the tried playbook ranks better; ``None`` when that cannot be told."""
        if self.difference is None or not self.difference[1].excludes_zero:
            return None
        return self.difference[0] > 0

    @property
    def sentence(self) -> str:
        """Which playbook is better, in one sentence."""
        counted = f"{self.decided} people with {self.won} wins"
        if self.tried is None:
            known = "" if self.live.auc is None else f": its AUC is {self.live.auc:.2f} on {counted}"
            return f"Nothing else was tried beside the live playbook{known}."
        if self.difference is None or self.live.auc is None or self.tried.auc is None:
            return f"Too little is decided to say which playbook is better: {counted}."
        change, interval = self.difference
        figures = (
            f"AUC {self.tried.auc:.3f} against {self.live.auc:.3f} ({change:+.3f}, 95 % interval "
            f"{interval.low:+.3f} to {interval.high:+.3f}) on {counted}"
        )
        if (change, interval.low, interval.high) == (0, 0, 0):
            return f"Both playbooks rank people alike: {figures}."
        if self.is_better is None:
            return f"The playbooks are not distinguishable on this history: {figures}."
        word = "better" if self.is_better else "worse"
        return f"The tried playbook is {word} at telling who buys: {figures}."

    @property
    def hand_overs(self) -> str | None:
        """What the tried playbook would hand over otherwise, in one sentence: a cut changes no ranking."""
        changed = self.changes
        if self.tried is None or changed is None:
            return None
        if not changed.more and not changed.fewer:
            return f"Both hand over the same {self.live.handed} people."
        parts = [("more", changed.more, changed.more_won), ("fewer", changed.fewer, changed.fewer_won)]
        told = [f"{n} {word}, of whom {percent(share(won, n))} bought" for word, n, won in parts if n]
        base = percent(share(self.won, self.decided))
        head = f"It would hand over {self.tried.handed} people instead of {self.live.handed}"
        return f"{head}: {', and '.join(told)} ({base} of everybody did)."

    def as_json(self) -> dict[str, Any]:
        """The document of ``leadloop backtest --json``."""
        plain = ("company", "history", "since", "as_of", "end", "horizon_days", "reps", "people", "decided", "won")
        moves = [{"live": live, "tried": tried, "people": n} for (live, tried), n in sorted(self.moves.items())]
        difference = None if self.difference is None else {"auc": self.difference[0], **asdict(self.difference[1])}
        return {
            **{name: getattr(self, name) for name in (*plain, "undated")},
            "sentence": self.sentence,
            "better": self.is_better,
            "difference": difference,
            "hand_overs": self.hand_overs,
            "hand_over_changes": None if self.changes is None else asdict(self.changes),
            "live": _side_json(self.live),
            "tried": None if self.tried is None else _side_json(self.tried),
            "moves": moves,
            "fields": [
                {"field": each.name, "known": each.known, "history_share": share(each.dated, each.known)}
                for each in self.fields
            ],
            "excluded_fields": list(self.hidden),
            "notes": list(self.notes),
            "definitions": dict(DEFINITIONS),
        }


def _side_json(side: Side) -> dict[str, Any]:
    document = asdict(side)
    document["lift"] = [asdict(part) for part in side.lift]
    return document


@dataclass(frozen=True)
class Grading:
    """What the figures need to know of the rules: grades best first, the configured chances, reps and hand-off."""

    grades: tuple[str, ...]
    chances: Mapping[str, float]
    weeks: int
    reps: int


def side(name: str, judged: Sequence[Judged], grading: Grading, *, tried: bool) -> Side:
    """One playbook's figures over the judged people."""
    decided = [each for each in judged if each.won is not None]
    verdicts = [_verdict(each, tried) for each in decided]
    won = [bool(each.won) for each in decided]
    scores = [float(verdict.total_milli) for verdict in verdicts]
    handed = [outcome for verdict, outcome in zip(verdicts, won, strict=True) if verdict.handed_on is not None]
    weekly = _weekly([_verdict(each, tried) for each in judged], grading.weeks)
    mean = sum(weekly) / len(weekly) if weekly else None
    graded = [(grading.chances[v.grade], y) for v, y in zip(verdicts, won, strict=True) if v.grade in grading.chances]
    return Side(
        name=name,
        auc=_rounded(auc(scores, won)),
        lift=lift(scores, won),
        handed=len(handed),
        handed_won=sum(handed),
        won=sum(won),
        precision=share(sum(handed), len(handed)),
        precision_interval=wilson(sum(handed), len(handed)),
        recall=share(sum(handed), sum(won)),
        recall_interval=wilson(sum(handed), sum(won)),
        weekly=weekly,
        per_week=_rounded(mean),
        per_rep=_rounded(mean / grading.reps) if mean is not None and grading.reps else None,
        grades=_grade_outcomes(verdicts, won, grading),
        brier=_rounded(brier([said for said, _won in graded], [y for _said, y in graded])),
    )


def moves(judged: Sequence[Judged]) -> dict[tuple[str, str], int]:
    """(live grade, tried grade) -> people."""
    return dict(Counter((each.live.grade, each.tried.grade) for each in judged))


def changes(judged: Sequence[Judged]) -> Changes:
    """Whom only one of both playbooks would have handed over."""
    found = Counter(
        (each.tried.handed_on is not None, bool(each.won))
        for each in judged
        if each.won is not None and (each.live.handed_on is None) != (each.tried.handed_on is None)
    )
    more, fewer = found[True, True] + found[True, False], found[False, True] + found[False, False]
    return Changes(more, found[True, True], fewer, found[False, True])


def difference(judged: Sequence[Judged]) -> tuple[float, Interval] | None:
    """The tried AUC minus the live one with its interval; ``None`` when too little is decided."""
    rows = [
        (float(each.live.total_milli), float(each.tried.total_milli), each.won)
        for each in judged
        if each.won is not None
    ]
    wins = sum(won for _live, _tried, won in rows)
    return auc_difference(rows) if min(wins, len(rows) - wins) >= WINS_MIN else None


def grade_reliability(outcomes: Sequence[GradeOutcome]) -> tuple[Reliability, ...]:
    """The grades as points of a reliability curve, lowest chance first."""
    known = [each for each in outcomes if each.people]
    ordered = sorted(known, key=lambda each: each.said)
    return tuple(Reliability(each.people, each.said, each.won / each.people, each.interval) for each in ordered)


def excluded(fields: Sequence[FieldPast], used: frozenset[str], share_min: float) -> tuple[str, ...]:
    """Used fields of which too little past is known."""
    return tuple(each.name for each in fields if each.name in used and each.dated < share_min * each.known)


def field_sentence(field: FieldPast) -> str:
    """How much of a field's past is known."""
    return f"{field.name}: past known of {percent(share(field.dated, field.known))} of {field.known} people"


def _verdict(judged: Judged, tried: bool) -> Verdict:
    return judged.tried if tried else judged.live


def _weekly(verdicts: Sequence[Verdict], weeks: int) -> tuple[int, ...]:
    """Hand-overs by week; the first day shows everybody who had the grade already, so it is no week."""
    counts = Counter(verdict.handed_on for verdict in verdicts if verdict.handed_on is not None)
    return tuple(counts[number] for number in range(1, weeks))


def _grade_outcomes(verdicts: Sequence[Verdict], won: Sequence[bool], grading: Grading) -> tuple[GradeOutcome, ...]:
    people = Counter(verdict.grade for verdict in verdicts)
    wins = Counter(verdict.grade for verdict, outcome in zip(verdicts, won, strict=True) if outcome)
    return tuple(
        GradeOutcome(grade, people[grade], wins[grade], grading.chances.get(grade, 0.0), interval)
        for grade in (*grading.grades, NO_GRADE)
        if (interval := wilson(wins[grade], people[grade])) is not None
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)
