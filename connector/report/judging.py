"""Judging past people by two playbooks, each once, on a day when nothing later was known.

A person is judged on the first of the days on which either playbook calls them a qualified lead. Who never qualifies is
judged on the first day they were there with nothing won or under way. What was bought later decides no day, so the rule
cannot favour whoever won.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.clock import to_micros
from connector.playbook import Playbook
from connector.ports.evaluation import Evaluation, EvaluationStore
from connector.ports.history import PastPerson, PastReader
from connector.rules.definitions import Definitions

CHUNK = 2_000
QUALIFIED = "qualified_lead"
NO_GRADE = "-"
"""Not an open qualified lead: no grade at all."""


@dataclass(frozen=True)
class Verdict:
    """One playbook's word on a person. ``handed_on``: number of the first day on which it would have handed over."""

    total_milli: int
    grade: str
    handed_on: int | None


@dataclass(frozen=True)
class Judged:
    """One person. ``day``: number of the day; ``won``: within the horizon, ``None`` while that cannot be known yet."""

    person_id: int
    day: int
    live: Verdict
    tried: Verdict
    won: bool | None


@dataclass(frozen=True)
class Window:
    """The days of judgement (local midnights, each the exclusive end of a day), the horizon and the end of history."""

    days: tuple[datetime, ...]
    horizon: timedelta
    end: datetime


@dataclass
class _Course:
    """A person while the days go by."""

    past: PastPerson
    day: int | None = None
    settled: bool = False
    live: tuple[int, str] = (0, NO_GRADE)
    tried: tuple[int, str] = (0, NO_GRADE)
    live_handed: int | None = None
    tried_handed: int | None = None

    def is_open(self, as_of: datetime) -> bool:
        """There, and nothing under way or won; people with only an order are always judged, at the end."""
        if self.past.undated:
            return True
        ends = (at for at in (self.past.opened_at, self.past.won_at) if at is not None)
        return self.past.created_at < as_of and not any(at < as_of for at in ends)


@dataclass(frozen=True)
class Trial:
    """What is compared: the live playbook and the one that is tried, and the fields too little is known of."""

    live: Playbook
    tried: Playbook
    hidden: frozenset[str] = frozenset()

    @property
    def is_same(self) -> bool:
        """Whether nothing else is tried."""
        return (
            self.live.definitions.digest == self.tried.definitions.digest
            and self.live.rules.hand_off_grade == self.tried.rules.hand_off_grade
        )


def judge(
    reader: PastReader, evaluations: EvaluationStore[Definitions], company: int, trial: Trial, window: Window
) -> Iterator[Judged]:
    """Everybody who was open on one of the days, by id; a chunk of people at a time over all days."""
    after = 0
    while people := reader.people(company, after, CHUNK):
        after = people[-1].person_id
        courses = {past.person_id: _Course(past) for past in people}
        for number, as_of in enumerate(window.days):
            last = number == len(window.days) - 1
            asked = [
                each
                for each in courses.values()
                if each.is_open(as_of) and (last or not each.past.undated) and not _is_done(each, trial)
            ]
            _ask(evaluations, company, trial, asked, number, as_of)
        yield from (_judged(course, window) for course in courses.values() if course.day is not None)


def _is_done(course: _Course, trial: Trial) -> bool:
    """Nothing that a later day shows would be used."""
    return course.settled and course.live_handed is not None and course.tried_handed is not None


def _ask(
    evaluations: EvaluationStore[Definitions],
    company: int,
    trial: Trial,
    courses: Sequence[_Course],
    number: int,
    as_of: datetime,
) -> None:
    if not courses:
        return
    ids, at = [course.past.person_id for course in courses], to_micros(as_of)
    live = evaluations.evaluate_then(company, trial.live.definitions, at, people=ids, hidden=trial.hidden)
    tried = live
    if not trial.is_same:
        tried = evaluations.evaluate_then(company, trial.tried.definitions, at, people=ids, hidden=trial.hidden)
    by_person = {first.person_id: (first, second) for first, second in zip(live, tried, strict=True)}
    for course in courses:
        if course.past.person_id in by_person:
            _fold(course, trial, *by_person[course.past.person_id], number)


def _fold(course: _Course, trial: Trial, live: Evaluation, tried: Evaluation, number: int) -> None:
    grades = grade_of(live), grade_of(tried)
    qualified = grades != (NO_GRADE, NO_GRADE)
    if course.day is None or (qualified and not course.settled):
        course.day, course.settled = number, qualified
        course.live, course.tried = (live.total_milli, grades[0]), (tried.total_milli, grades[1])
    if course.live_handed is None and grades[0] == trial.live.rules.hand_off_grade:
        course.live_handed = number
    if course.tried_handed is None and grades[1] == trial.tried.rules.hand_off_grade:
        course.tried_handed = number


def grade_of(evaluation: Evaluation) -> str:
    """The grade of an open qualified lead, else ``NO_GRADE``."""
    if evaluation.grade_open is None or QUALIFIED not in evaluation.rungs or not evaluation.in_scope:
        return NO_GRADE
    return evaluation.grade_open


def _judged(course: _Course, window: Window) -> Judged:
    assert course.day is not None
    live = Verdict(*course.live, course.live_handed)
    tried = Verdict(*course.tried, course.tried_handed)
    return Judged(course.past.person_id, course.day, live, tried, _outcome(course, window))


def _outcome(course: _Course, window: Window) -> bool | None:
    assert course.day is not None
    if course.past.undated:
        return course.past.wins > 0
    until = window.days[course.day] + window.horizon
    if until > window.end:
        return None
    return course.past.won_at is not None and course.past.won_at < until
