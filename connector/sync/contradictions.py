"""Answers of a person that differ between the CRMs: read from the records, and told as conflicts when they last."""

from __future__ import annotations

from connector.clock import from_micros
from connector.decide.contradictions import REASON, Answer, Contradiction, contradictions
from connector.ports.decisions import DecisionStore, PersonFacts
from connector.ports.findings import Finding, FindingStore
from connector.ports.outbox import ConflictNote
from connector.sync.run import Run

ANSWERS_DIFFER = "answers_differ"


def differing(run: Run, facts: PersonFacts) -> list[Contradiction]:
    """Every question that two CRMs answer differently, however long."""
    answers = [
        Answer(question.field, link.link_id, link.ref.system, str(value), from_micros(link.stamps[question.field]))
        for question in run.playbook.questions
        for link in facts.links
        if (value := link.mapped.get(question.field)) not in (None, "") and question.field in link.stamps
    ]
    return contradictions(answers)


def conflicts_of(run: Run, facts: PersonFacts, found: list[Contradiction]) -> list[ConflictNote]:
    """Those that have lasted, as conflicts: ours is the answer that counts."""
    return [
        ConflictNote(facts.person_id, each.link_id, each.field, None, each.ours, each.theirs, REASON, each.system)
        for each in found
        if each.told_at <= run.now
    ]


def report_differing(run: Run, store: DecisionStore, findings: FindingStore) -> None:
    """How many answers differ, for everybody who looks at the findings."""
    count = store.answers_in_conflict(run.company_id, REASON)
    if count:
        remedy = "correct the wrong record, or decide with leadloop conflicts; until then the newer answer counts"
        findings.report(run.company_id, Finding(ANSWERS_DIFFER, "warning", ANSWERS_DIFFER, remedy, count), run.now)
    else:
        findings.settle(run.company_id, ANSWERS_DIFFER, run.now)
