"""Deciding about people: evaluate as one statement, then fold each one's stage, hand-off, clock, track and published
values. Routing is sequential, in the order of expected urgency; nothing is sent here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from connector.decide.business_hours import parse_hours
from connector.decide.cycles import Decision, Evidence
from connector.decide.expected_value import ExpectedValue
from connector.decide.lifecycle import decide as decide_lifecycle
from connector.model import Stage
from connector.ports.decisions import DecisionStamp, DecisionStore, PersonDecision, PersonFacts
from connector.ports.evaluation import Evaluation, EvaluationStore
from connector.rules.definitions import Definitions
from connector.rules.questions import Questions
from connector.sync.authors import with_authors
from connector.sync.background import Background
from connector.sync.carry_out import carry_out
from connector.sync.colleagues import with_colleagues
from connector.sync.evidence import evidence_of
from connector.sync.hand_off import Desk, open_desk, sales_people
from connector.sync.movement import watch
from connector.sync.outcome import Outcome
from connector.sync.person_state import person_state
from connector.sync.run import Run
from connector.sync.surroundings import Surroundings
from connector.sync.value import Graded, Valuation, ValueSources, make_valuation

HANDED_KINDS = ("hand_off", "return")
"""Assignments by which sales gets a person; a reassignment goes from one rep to another."""


@dataclass
class Decided:
    """What a run decided, for its summary."""

    stage_moves: int = 0
    handed_off: int = 0
    recycled: int = 0
    changed: set[int] = field(default_factory=set)
    unpublished: int = 0
    """Scores that moved without being published."""


@dataclass
class Decider:
    """The decide step of one run: what stays the same for every chunk."""

    run: Run
    store: DecisionStore
    evaluations: EvaluationStore[Definitions]
    around: Surroundings
    desk: Desk
    valuation: Valuation
    questions: Questions
    decided: Decided = field(default_factory=Decided)

    def chunk(self, person_ids: Sequence[int]) -> None:
        """Decide about these people and save what came of it."""
        run = self.run
        asked = self.evaluations.evaluate(run.company_id, self.questions.asking, run.as_of, people=person_ids)
        by_person = {each.person_id: self.questions.answered(each) for each in asked}
        people = with_authors(run, self.store, self.store.facts(run.company_id, person_ids))
        facts = {each.person_id: each for each in with_colleagues(run, self.store, people)}
        folded = {
            person_id: self._outcome(person, *by_person[person_id])
            for person_id, person in facts.items()
            if person_id in by_person
        }
        leads = [person_id for person_id in folded if _is_lead(folded[person_id].decision)]
        handed = [person_id for person_id in folded if folded[person_id].decision.hand_off is not None]
        background = Background(run, self.store, self.evaluations, leads, handed)
        values = self.valuation.of(dict(_graded(folded)))
        watching = watch(run, self.store, self.evaluations, self.questions, list(folded.values()))
        saved = [
            watching.look_at(
                folded[each], self._valued(folded[each], values.get(each), self._settle(folded[each], background))
            )
            for each in _order(folded, values)
        ]
        saved += [PersonDecision(person_id, {}) for person_id in person_ids if person_id not in folded]
        pool = sorted(self.desk.given.values(), key=lambda each: (each.pool, each.user_id))
        self.store.save(run.company_id, saved, pool, DecisionStamp(run.run_id, run.now, run.playbook.digest))

    def _fold(self, facts: PersonFacts, evaluation: Evaluation) -> tuple[Evidence, Decision]:
        hours = self.desk.hours(facts.assignment["owner_id"], self.run.zone) if facts.assignment else self.around.hours
        evidence = evidence_of(facts, evaluation, self.around, hours)
        rules, run = self.run.playbook.rules, self.run
        return evidence, decide_lifecycle(person_state(facts), evidence, rules, run.now, run.live_since)

    def _outcome(self, facts: PersonFacts, evaluation: Evaluation, answers: frozenset[str]) -> Outcome:
        evidence, decision = self._fold(facts, evaluation)
        return Outcome(self.run, facts, evaluation, evidence, decision, self.around, self.desk, answers)

    def _valued(self, outcome: Outcome, value: ExpectedValue | None, settled: PersonDecision) -> PersonDecision:
        row = outcome.facts.row
        column = self.valuation.column(row, outcome.decision.state, value)
        if column == row["expected_value"]:
            return settled
        self.decided.changed.add(outcome.facts.person_id)
        return replace(settled, columns={**settled.columns, "expected_value": column})

    def _settle(self, outcome: Outcome, background: Background) -> PersonDecision:
        decision = outcome.decision
        settled = carry_out(outcome, background)
        self.decided.stage_moves += len(decision.stage_moves)
        self.decided.handed_off += settled.assignment is not None and settled.assignment["kind"] in HANDED_KINDS
        self.decided.recycled += decision.recycle is not None
        if settled.columns:
            self.decided.changed.add(outcome.facts.person_id)
        if "score_milli" in settled.columns and settled.score is None:
            self.decided.unpublished += 1
        return settled


def make_decider(
    run: Run, store: DecisionStore, evaluations: EvaluationStore[Definitions], values: ValueSources
) -> Decider:
    """The decide step with its surroundings read once."""
    users = {user.user_id: user for user in store.users(run.company_id)}
    day = run.now.astimezone(run.zone).date().isoformat()
    desk = open_desk(run.playbook, users, store.pool(run.company_id, day), run.zone, run.now, run.levels)
    around = Surroundings(
        playbook=run.playbook,
        mapping=run.mapping,
        users=users,
        sales=sales_people(run.playbook, desk),
        now=run.now,
        live_since=run.live_since,
        hours=parse_hours("09:00-17:00", run.zone),
    )
    playbook, live = run.playbook, run.live_since is not None
    ways = live and playbook.movement.one_condition
    questions = Questions(playbook.definitions, playbook.track_conditions, with_ways=ways)
    return Decider(run, store, evaluations, around, desk, make_valuation(run, values), questions)


def _is_lead(decision: Decision) -> bool:
    """Whether reasons may be published or noted for the person."""
    return decision.state.stage.rank >= Stage.LEAD.rank or decision.state.grade is not None


def _graded(folded: Mapping[int, Outcome]) -> Iterator[tuple[int, Graded]]:
    for person_id, outcome in folded.items():
        grade, cycle = outcome.decision.state.grade, outcome.decision.state.cycle
        if grade is not None:
            yield person_id, Graded(outcome.facts.row, grade, cycle.qualified_at if cycle is not None else None)


def _order(folded: Mapping[int, Outcome], values: Mapping[int, ExpectedValue]) -> list[int]:
    """Hand-offs first: the better grade, in it what is worth more, then the oldest evidence. Colleagues are given
    people in this order.
    """

    def urgency(person_id: int) -> tuple[bool, str, int, str, int]:
        decision, value = folded[person_id].decision, values.get(person_id)
        if decision.hand_off is None:
            return True, "", 0, "", person_id
        worth = value.cents if value is not None else 0
        return False, decision.state.grade or "", -worth, decision.hand_off.evidence_at.isoformat(), person_id

    return sorted(folded, key=urgency)
