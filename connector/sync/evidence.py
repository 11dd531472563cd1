"""The evidence about one person, gathered from what is stored: evaluation, records, opportunities, sales' answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from connector.clock import from_micros
from connector.decide.business_hours import Hours, add_business
from connector.decide.cycles import Evidence, OpportunityFact, StageSet
from connector.model import Disposition, Stage
from connector.playbook import Playbook
from connector.ports.decisions import PersonFacts
from connector.ports.evaluation import Evaluation
from connector.sync.authors import LADDER_FIELD, PERSON, author_of
from connector.sync.sales_signs import response_of, signs_of, unreached
from connector.sync.surroundings import FORMER_CUSTOMER, PARTNER, Surroundings, new_business, owner_of

HAND_RAISE_WINDOW = timedelta(days=30)
BY_PERSON = "person"


def evidence_of(facts: PersonFacts, evaluation: Evaluation, around: Surroundings, hours: Hours) -> Evidence:
    """Everything that may move the person. ``hours``: of whoever the person was handed to."""
    since = facts.row["handed_off_at"] if facts.row["handed_off_at"] else None
    return Evidence(
        in_scope=evaluation.in_scope,
        provisional=facts.row["provisional"],
        junk_rule=evaluation.junk_rule,
        hold_rule=evaluation.hold_rule,
        junk_reason=_junk_reason(around.playbook, evaluation.junk_rule),
        rungs=frozenset(Stage(rung) for rung in evaluation.rungs),
        rung_at=_rung_times(evaluation, around.now),
        total_milli=evaluation.total_milli,
        engagement_milli=evaluation.engagement_milli,
        grade=evaluation.grade_open,
        last_hand_raise_at=evaluation.last_hand_raise_at,
        last_signal_at=evaluation.last_signal_at,
        last_evidence_at=_last_evidence_at(facts, evaluation, around),
        engagement_rise_milli=_rise(facts, evaluation),
        opportunities=tuple(_opportunity(row, around.now) for row in new_business(facts, around.playbook)),
        crm_stage=_crm_stage(facts, around.playbook),
        response=response_of(facts, around),
        signs=signs_of(facts, around, since),
        owner=owner_of(facts, around),
        former_customer=facts.row["account_status"] == FORMER_CUSTOMER,
        partner=facts.row["account_status"] == PARTNER,
        decide_by=_decide_by(facts, around),
        unreached=unreached(facts, around, hours),
        changed_at=_changed_at(facts),
        colleague_at=facts.colleague_at,
    )


def _junk_reason(playbook: Playbook, rule: str | None) -> str | None:
    return next((each.reason for each in playbook.definitions.stages.junk if each.id == rule), None)


def _rung_times(evaluation: Evaluation, now: datetime) -> dict[Stage, datetime]:
    raised = evaluation.last_hand_raise_at
    if raised is None or now - raised > HAND_RAISE_WINDOW:
        return {}
    return {Stage.QUALIFIED_LEAD: raised, Stage.LEAD: raised}


def _last_evidence_at(facts: PersonFacts, evaluation: Evaluation, around: Surroundings) -> datetime | None:
    """At first sight a record's stamp says only when it was last touched by anybody, so just signals count then."""
    times = [evaluation.last_signal_at]
    if facts.row["stage_since"] is None:
        times += [link.created_at for link in facts.links if evaluation.last_signal_at is None]
    else:
        provenance = facts.row["provenance"] or {}
        used = around.playbook.fields_used & provenance.keys()
        times += [from_micros(provenance[name][1]) for name in used]
    known = [at for at in times if at is not None and at <= around.now]
    return max(known, default=None)


def _rise(facts: PersonFacts, evaluation: Evaluation) -> int:
    at_recycle = facts.cycle["recycle_engagement_milli"] if facts.cycle else None
    return 0 if at_recycle is None else max(0, evaluation.engagement_milli - int(at_recycle))


def _opportunity(row: Mapping[str, object], now: datetime) -> OpportunityFact:
    created_at, closed_at = row["created_at"], row["closed_at"]
    amount = row["amount_cents"] or 0
    assert isinstance(amount, int)
    closed = closed_at if isinstance(closed_at, datetime) else None
    return OpportunityFact(
        key=f"{row['system']}:{row['record_id']}",
        created_at=created_at if isinstance(created_at, datetime) else (closed or now),
        is_open=not row["is_closed"],
        won=bool(row["is_won"]) and amount > 0,
        closed_at=min(closed, now) if closed and row["is_closed"] else None,
    )


def _crm_stage(facts: PersonFacts, playbook: Playbook) -> StageSet | None:
    """The highest stage a CRM's ladder shows on a primary record."""
    found: list[StageSet] = []
    stages = {word: stage for stage, word in playbook.ladder.items()}
    for link in facts.links:
        word = str(link.mapped.get("hs_lifecycle") or "")
        named = stages.get(word)
        stage = Stage.QUALIFIED_LEAD if named == "sales_qualified" else (Stage(named) if named else None)
        if not link.is_primary or stage is None:
            continue
        author = author_of(link, LADDER_FIELD)
        by_person = author is not None and author[0] == PERSON
        at = from_micros(author[1] if author is not None and by_person else link.stamps[LADDER_FIELD])
        found.append(StageSet(stage, at, by_person, who=link.ref.system))
    return max(found, key=lambda each: (each.stage.rank, each.at), default=None)


def _decide_by(facts: PersonFacts, around: Surroundings) -> datetime | None:
    """Until when a rejection without a reason may wait for one."""
    cycle = facts.cycle
    if cycle is None or cycle["disposition"] != Disposition.REJECTED.value:
        return None
    return add_business(cycle["disposition_at"], around.playbook.silence.reason_minutes, around.hours)


def _changed_at(facts: PersonFacts) -> dict[str, datetime]:
    return {name: from_micros(told[1]) for name, told in (facts.row["provenance"] or {}).items()}
