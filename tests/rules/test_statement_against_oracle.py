"""Random playbooks over random people: the statement and the oracle agree to the digit on both databases."""

from __future__ import annotations

import pytest
from msgspec.structs import asdict

from connector.ports.evaluation import Evaluation, Explanation, Graded
from connector.rules.definitions import Definitions
from connector.store.database import Database
from connector.store.evaluate import Evaluations
from tests.oracle import DAY, Oracle, Verdict
from tests.rules.inventor import Inventor
from tests.rules.pasts import known_then, record_past
from tests.rules.worlds import AS_OF, COMPANY, PersonCase, at, people, store

PEOPLE = people(seed=11, count=250)
PLAYBOOKS = 10
BESIDE_RULES = ("weight", "kind_caps", "limit")


@pytest.fixture(scope="module")
def populated(shared_database: Database) -> Evaluations:
    store(shared_database, PEOPLE)
    store(shared_database, people(seed=12, count=20), company=COMPANY + 1)
    return Evaluations(shared_database)


@pytest.fixture(scope="module")
def recorded(populated: Evaluations, shared_database: Database) -> None:
    """What is so now was so on the day, with another value before and after it."""
    record_past(shared_database, PEOPLE)


def expected(definitions: Definitions, case: PersonCase, as_of: int) -> Evaluation:
    return as_evaluation(case.person_id, Oracle(definitions, case.facts, case.events, as_of).run())


def as_evaluation(person_id: int, verdict: Verdict) -> Evaluation:
    return Evaluation(
        person_id=person_id,
        fit_milli=verdict.axes["fit"],
        engagement_milli=verdict.axes["engagement"],
        readiness_milli=verdict.axes["readiness"],
        total_milli=verdict.total_milli,
        grade_open=verdict.grade_open,
        rungs=verdict.rungs,
        paths=verdict.paths,
        phase=verdict.phase,
        scope_rule=verdict.scope_rule,
        junk_rule=verdict.junk_rule,
        hold_rule=verdict.hold_rule,
        kept=verdict.kept,
        last_signal_at=at(verdict.last_signal_at),
        last_hand_raise_at=at(verdict.last_hand_raise_at),
    )


def without_next_change(evaluation: Evaluation) -> dict[str, object]:
    return {name: value for name, value in asdict(evaluation).items() if name != "next_change_days"}


@pytest.mark.parametrize("seed", range(PLAYBOOKS))
def test_statement_and_oracle_agree_exactly(populated: Evaluations, seed: int) -> None:
    definitions = Inventor(seed).playbook()
    for day in (0, 13):
        found = populated.evaluate(COMPANY, definitions, AS_OF + day * DAY)
        assert [one.person_id for one in found] == [case.person_id for case in PEOPLE]
        for case, evaluation in zip(PEOPLE, found, strict=True):
            wanted = expected(definitions, case, AS_OF + day * DAY)
            assert without_next_change(evaluation) == without_next_change(wanted)


@pytest.mark.parametrize("seed", range(PLAYBOOKS))
def test_the_past_and_the_oracle_agree_exactly(populated: Evaluations, recorded: None, seed: int) -> None:
    definitions = Inventor(seed).playbook()
    found = populated.evaluate_then(COMPANY, definitions, AS_OF)
    assert [one.person_id for one in found] == [case.person_id for case in PEOPLE]
    for case, evaluation in zip(PEOPLE, found, strict=True):
        wanted = as_evaluation(case.person_id, Oracle(definitions, known_then(case), case.events, AS_OF).run())
        assert without_next_change(evaluation) == without_next_change(wanted)


@pytest.mark.parametrize("seed", range(PLAYBOOKS))
def test_nothing_changes_before_the_announced_day(populated: Evaluations, seed: int) -> None:
    definitions = Inventor(seed).playbook()
    settled = [case for case in PEOPLE if all(event.occurred_at < AS_OF for event in case.events)]
    names = [case.person_id for case in settled]
    today = populated.evaluate(COMPANY, definitions, AS_OF, people=names)
    for later in (1, 2, 6, 20, 60, 400):
        then = populated.evaluate(COMPANY, definitions, AS_OF + later * DAY, people=names)
        for before, after in zip(today, then, strict=True):
            if before.next_change_days is None or before.next_change_days > later:
                assert _substance(before) == _substance(after)


def _substance(evaluation: Evaluation) -> dict[str, object]:
    # The newest signal leaves the widest window without any consequence of its own.
    left_out = ("next_change_days", "last_signal_at", "last_hand_raise_at")
    return {name: value for name, value in asdict(evaluation).items() if name not in left_out}


@pytest.mark.parametrize("seed", range(3))
def test_values_change_only_at_midnight(populated: Evaluations, seed: int) -> None:
    # Whatever the hour of an event within its day, the verdict is the same: only whole days count.
    definitions = Inventor(seed).playbook()
    for case in PEOPLE[:60]:
        early = [_moved_within_day(event, DAY) for event in case.events]
        late = [_moved_within_day(event, 1) for event in case.events]
        facts = case.facts
        first, second = (Oracle(definitions, facts, events, AS_OF).run() for events in (early, late))
        assert (first.axes, first.rungs, first.grade_open) == (second.axes, second.rungs, second.grade_open)


def _moved_within_day(event, before_midnight: int):
    from dataclasses import replace

    age = (AS_OF - 1 - event.occurred_at) // DAY
    return replace(event, occurred_at=AS_OF - age * DAY - before_midnight)


@pytest.mark.parametrize("seed", range(4))
def test_explained_points_and_evidence_are_those_of_the_oracle(populated: Evaluations, seed: int) -> None:
    definitions = Inventor(seed).playbook()
    for case in PEOPLE[:15]:
        explanation = populated.explain(COMPANY, definitions, AS_OF, case.person_id)
        assert explanation is not None
        verdict = Oracle(definitions, case.facts, case.events, AS_OF).run()
        own = {line.rule: line.milli for line in explanation.points if line.rule not in BESIDE_RULES}
        assert own == verdict.rule_points
        _check_axes(definitions, explanation, verdict)
        assert without_next_change(explanation.evaluation) == without_next_change(
            as_evaluation(case.person_id, verdict)
        )
        for rule in definitions.scoring.signal_rules():
            given = sum(line.milli for line in explanation.evidence if line.rule == rule.id)
            if rule.cap_milli is None and rule.when is None:
                assert given == verdict.rule_points[rule.id]


def _check_axes(definitions: Definitions, explanation: Explanation, verdict: Verdict) -> None:
    """The lines of an axis add up to what it shows, to the digit."""
    if verdict.scope_rule or verdict.junk_rule or verdict.hold_rule:
        assert not any(line.rule in ("kind_caps", "limit") for line in explanation.points)
        return
    for axis in definitions.scoring.axes:
        lines = {line.rule: line.milli for line in explanation.points if line.axis == axis.name}
        assert sum(lines.values()) == verdict.axes[axis.name]
        assert ("kind_caps" in lines) <= bool(axis.kind_caps)
        assert lines.get("limit", 0) >= 0 or verdict.axes[axis.name] == axis.max_milli


def test_one_some_and_all_give_the_same(populated: Evaluations) -> None:
    definitions = Inventor(3).playbook()
    everybody = populated.evaluate(COMPANY, definitions, AS_OF)
    named = [7, 3, 200]
    assert populated.evaluate(COMPANY, definitions, AS_OF, people=named) == [everybody[n - 1] for n in sorted(named)]
    assert populated.evaluate(COMPANY, definitions, AS_OF, people=[]) == []
    chunks = list(populated.evaluate_in_chunks(COMPANY, definitions, AS_OF, chunk_size=100))
    assert [len(chunk) for chunk in chunks] == [100, 100, 50]
    assert [one for chunk in chunks for one in chunk] == everybody


@pytest.mark.parametrize("seed", range(4))
def test_those_of_a_grade_are_those_of_everybody(populated: Evaluations, seed: int) -> None:
    definitions = Inventor(seed).playbook()
    wanted: dict[Graded, dict[int, int]] = {}
    for each in populated.evaluate(COMPANY, definitions, AS_OF):
        for stage in each.rungs:
            wanted.setdefault(Graded(str(each.grade_open), stage), {})[each.person_id] = each.total_milli
    asked, most = max(wanted.items(), key=lambda item: len(item[1]))
    assert populated.graded(COMPANY, definitions, AS_OF, asked) == most
    some = {person: milli for person, milli in most.items() if person % 3}
    assert populated.graded(COMPANY, definitions, AS_OF, asked, people=list(some)) == some


def test_a_person_who_is_not_there_has_no_explanation(populated: Evaluations) -> None:
    assert populated.explain(COMPANY, Inventor(3).playbook(), AS_OF, 99_999) is None
