"""Who of a chunk of people comes close to something, and what their track's owner is told of it.

Set by set: one read of what was known, one of how active the accounts are, and one past evaluation for the few whose
engagement is high enough to have risen so far. Nothing is looked at before the company is live.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from connector.clock import from_micros, to_micros
from connector.decide.messages import MOVEMENT
from connector.decide.movement import (
    ACCOUNT,
    POINT,
    Close,
    Moved,
    MovementRules,
    Nearness,
    close_to,
    moved,
    of_account,
    of_person,
)
from connector.decide.nurture import NOBODY
from connector.model import Disposition, Stage
from connector.ports.decisions import DecisionStore, Edge, PersonDecision, PersonFacts
from connector.ports.evaluation import Evaluation, EvaluationStore
from connector.ports.messages import PlannedMessage
from connector.rules.definitions import Definitions
from connector.rules.explanation import next_grade
from connector.rules.questions import Questions
from connector.sync.outcome import Outcome
from connector.sync.run import Run
from connector.sync.telling import may_tell

DAY = timedelta(days=1)


@dataclass
class Watch:
    """What is known before a chunk of people is looked at. ``edges`` moves with every person of the chunk."""

    run: Run
    questions: Questions
    edges: dict[tuple[str, str], Edge] = field(default_factory=dict)
    active: Mapping[int, int] = field(default_factory=dict)
    before: Mapping[int, int] = field(default_factory=dict)
    """Person id -> engagement as long ago as the rules say."""

    def look_at(self, outcome: Outcome, settled: PersonDecision) -> PersonDecision:
        """The decision with what moved, and who is to hear of it."""
        facts, evaluation, answers = outcome.facts, outcome.evaluation, outcome.answers
        if self.run.live_since is None:
            return settled
        row = {**facts.row, **settled.columns}
        # What ends a cool-down is said by its reason; until then the signals that went before are no news.
        cooling = row["disposition"] == Disposition.RECYCLED.value
        held = bool(row["track"]) and row["accountable"] != NOBODY and not cooling
        near = self._nearness(facts, evaluation, answers, row)
        rules = self.run.playbook.movement
        holding = close_to(of_person(facts.person_id), near, rules) if held else []
        found = moved(holding, self._known(facts), rules, self.run.now)
        self.edges |= found.edges
        new = evaluation.last_signal_at is not None and evaluation.last_signal_at >= self.run.live_since
        told = self._messages(found, row) if new and may_tell(self.run) else []
        return replace(settled, movements=_rows(found, holding), messages=[*settled.messages, *told])

    def _known(self, facts: PersonFacts) -> dict[tuple[str, str], Edge]:
        subjects = {of_person(facts.person_id)}
        if facts.account is not None:
            subjects.add(of_account(facts.account.account_id))
        return {key: edge for key, edge in self.edges.items() if key[0] in subjects}

    def _nearness(
        self, facts: PersonFacts, evaluation: Evaluation, answers: frozenset[str], row: Mapping[str, Any]
    ) -> Nearness:
        grade, distance = (None, None)
        if row["grade"] is not None:
            grade, distance = next_grade(self.run.playbook.definitions, evaluation)
        stage = _next_stage(self.questions, Stage(row["stage"]))
        account = facts.account
        return Nearness(
            next_grade=grade if grade != row["grade"] else None,
            to_grade_milli=distance,
            next_stage=stage,
            ways=[_missing(way.parts, way.english, answers) for way in self.questions.ways if way.stage == stage],
            engagement_milli=evaluation.engagement_milli,
            engagement_before_milli=self.before.get(facts.person_id),
            account_id=None if account is None else account.account_id,
            account_active=0 if account is None else self.active.get(account.account_id, 0),
        )

    def _messages(self, found: Moved, row: Mapping[str, Any]) -> list[PlannedMessage]:
        told = []
        for close in found.told:
            at = to_micros(found.edges[close.subject, close.kind].since)
            facts = {"what": close.what, "missing": close.missing, "track": row["track"]}
            for recipient, channel in self.run.addressing.of(MOVEMENT):
                identity = f"{close.subject}.{close.kind}.t{at}"
                told.append(PlannedMessage(MOVEMENT, recipient, channel, identity, None, row["owner_id"], facts))
        return told


def watch(
    run: Run,
    store: DecisionStore,
    evaluations: EvaluationStore[Definitions],
    questions: Questions,
    people: Sequence[Outcome],
) -> Watch:
    """What a chunk of people is compared with; nothing is read before the company is live."""
    found = Watch(run, questions)
    if run.live_since is None or not people:
        return found
    rules = run.playbook.movement
    accounts = sorted({each.facts.account.account_id for each in people if each.facts.account is not None})
    subjects = [*(of_person(each.facts.person_id) for each in people), *map(of_account, accounts)]
    found.edges = store.edges(run.company_id, subjects)
    if accounts and rules.account_people:
        since = run.now - timedelta(days=rules.account_days)
        signals = run.playbook.definitions.stages.interest
        found.active = store.active_people(run.company_id, accounts, since, signals)
    found.before = _engagement_before(run, evaluations, rules, [each.evaluation for each in people])
    return found


def _engagement_before(
    run: Run, evaluations: EvaluationStore[Definitions], rules: MovementRules, now: Sequence[Evaluation]
) -> dict[int, int]:
    """Only for people who have enough engagement to have risen so far."""
    least = rules.engagement_points * POINT
    able = [each.person_id for each in now if least and each.engagement_milli >= least]
    if not able:
        return {}
    as_of = to_micros(from_micros(run.as_of) - rules.engagement_days * DAY)
    past = evaluations.evaluate_then(run.company_id, run.playbook.definitions, as_of, people=able)
    known = {each.person_id: each.engagement_milli for each in past}
    return {person_id: known.get(person_id, 0) for person_id in able}


def _next_stage(questions: Questions, stage: Stage) -> str | None:
    above = [rule.stage for rule in questions.definitions.stages.stages if Stage(rule.stage).rank > stage.rank]
    return above[0] if above else None


def _missing(parts: Sequence[str], english: Sequence[str], answers: frozenset[str]) -> list[str]:
    return [words for name, words in zip(parts, english, strict=True) if name not in answers]


def _rows(found: Moved, holding: Sequence[Close]) -> list[dict[str, Any]]:
    words = {(close.subject, close.kind): close for close in holding}
    rows = []
    for (subject, kind), edge in sorted(found.edges.items()):
        close = words.get((subject, kind))
        said = {"what": close.what, "missing": close.missing} if close is not None else {}
        rows.append({"subject": subject, "kind": kind, **_edge(edge), **said})
    return rows


def _edge(edge: Edge) -> dict[str, Any]:
    return {"target": edge.target, "since": edge.since, "seen_at": edge.seen_at, "holds": edge.holds}


__all__ = ["ACCOUNT", "Watch", "watch"]
