"""The evidence about one person, gathered from what is stored: evaluation, records, opportunities, sales' answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.clock import from_micros
from connector.decide.cycles import Evidence, OpportunityFact, Owner, Response, StageSet, WorkSigns
from connector.model import Stage
from connector.playbook import Playbook
from connector.ports.decisions import SALES_STATUS, LinkState, PersonFacts, Row, TouchFacts, UserFacts
from connector.ports.evaluation import Evaluation
from connector.rules.mapping import Mapping as FieldsMapping
from connector.sync.authors import LADDER_FIELD, MACHINE, OWNER_FIELD, PERSON, author_of

HAND_RAISE_WINDOW = timedelta(days=30)
BY_PERSON = "person"
FORMER_CUSTOMER, PARTNER = "former_customer", "partner"
NO_TOUCH = ("reply", SALES_STATUS)
"""What is read with the touches and is none: what the person did, and what a status says."""


@dataclass(frozen=True)
class Surroundings:
    """What is the same for every person of a run."""

    playbook: Playbook
    mapping: FieldsMapping
    users: Mapping[int, UserFacts]
    sales: frozenset[int]
    now: datetime
    live_since: datetime | None


def evidence_of(facts: PersonFacts, evaluation: Evaluation, around: Surroundings) -> Evidence:
    """Everything that may move the person."""
    since = facts.row["handed_off_at"] if facts.row["handed_off_at"] else None
    return Evidence(
        in_scope=evaluation.in_scope,
        provisional=facts.row["provisional"],
        junk_rule=evaluation.junk_rule,
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
        response=_response(facts),
        signs=_signs(facts, around, since),
        owner=owner_of(facts, around),
        former_customer=facts.row["account_status"] == FORMER_CUSTOMER,
        partner=facts.row["account_status"] == PARTNER,
    )


def new_business(facts: PersonFacts, playbook: Playbook) -> list[Row]:
    """The person's opportunities that move them: a renewal makes nobody a prospect again, only a customer (won)."""
    renewals = playbook.accounts.renewal_kinds
    return [row for row in facts.opportunities if row["is_won"] or (row["kind"] or "").casefold() not in renewals]


def sales_touches(facts: PersonFacts, around: Surroundings) -> list[TouchFacts]:
    """Touches by colleagues with a sales role, oldest first; a reply of the person is none."""
    return [
        touch
        for touch in facts.touches
        if touch.owner_id in around.sales and touch.signal not in NO_TOUCH and touch.at <= around.now
    ]


def sales_link(facts: PersonFacts, around: Surroundings) -> LinkState | None:
    """The primary record in the system where sales works: the one we would create records in."""
    systems = {entry.system for entry in around.mapping.of_kind("person") if entry.create != "never"}
    primary = [link for link in facts.links if link.is_primary]
    return next((link for link in primary if link.ref.system in systems), next(iter(primary), None))


def owner_of(facts: PersonFacts, around: Surroundings) -> Owner | None:
    """Who owns the record that sales works with."""
    link = sales_link(facts, around)
    if link is None or link.owner_id is None:
        return None
    user = around.users.get(link.owner_id)
    assignment = facts.assignment
    by_us = assignment is not None and assignment["kind"] != "adopt" and assignment["owner_id"] == link.owner_id
    active = user is not None and user.active and user.kind == "user" and link.owner_id in around.sales
    return Owner(link.owner_id, active, by_us)


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


def _response(facts: PersonFacts) -> Response | None:
    extra, provenance = facts.row["extra"] or {}, facts.row["provenance"] or {}
    answer = extra.get("sales_response")
    if answer not in ("accepted", "rejected") or "sales_response" not in provenance:
        return None
    at = from_micros(provenance["sales_response"][1])
    reason = extra.get("reject_reason")
    return Response(answer == "accepted", at, str(reason) if reason and answer == "rejected" else None)


def _signs(facts: PersonFacts, around: Surroundings, since: datetime | None) -> WorkSigns:
    touches = [touch for touch in sales_touches(facts, around) if since is None or touch.at >= since]
    held = [touch.at for touch in touches if touch.signal == "meeting_held"]
    said = [*_statuses(facts, around, since), *_taken(facts, around, since)]
    return WorkSigns(
        accepted_at=_first(at for sign, at in said if sign == "accepted"),
        working_at=_first(at for sign, at in said if sign == "working"),
        sales_qualified_at=_first([*held[:1], *(at for sign, at in said if sign == "sales_qualified")]),
        rejected_at=_first(at for sign, at in said if sign == "rejected"),
        first_touch_at=touches[0].at if touches else None,
        second_touch_at=touches[1].at if len(touches) > 1 else None,
        attempts=len(touches),
    )


def _statuses(facts: PersonFacts, around: Surroundings, since: datetime | None) -> Iterable[tuple[str, datetime]]:
    """Signs that the primary records' statuses give, and since when; those from before ``since`` say nothing new."""
    playbook = around.playbook
    for touch in facts.touches:
        if touch.signal == SALES_STATUS and touch.at <= around.now and (since is None or touch.at > since):
            sign = playbook.signs.shown_by(touch.kind or "", touch.asset)
            if sign is not None:
                yield sign, touch.at
    for link in facts.links:
        for name in ("sf_status", "hs_lead_status"):
            word = link.mapped.get(name)
            if not link.is_primary or not word or name not in link.stamps:
                continue
            author = author_of(link, name)
            if author is not None and author[0] == MACHINE:
                continue
            by_person = author is not None and author[0] == PERSON
            at = from_micros(author[1] if author is not None and by_person else link.stamps[name])
            sign = playbook.signs.shown_by(name, word)
            if sign is not None and (since is None or at > since):
                yield sign, at


def _taken(
    facts: PersonFacts, around: Surroundings, since: datetime | None
) -> Iterable[tuple[str, datetime]]:  # fmt: skip
    """Somebody in sales made the person theirs by hand: that is an acceptance (PLAYBOOK 9.1)."""
    assigned = facts.assignment["owner_id"] if facts.assignment else None
    for link in facts.links:
        author = author_of(link, OWNER_FIELD)
        if not link.is_primary or author is None or author[0] != PERSON or link.owner_id in (None, assigned):
            continue
        at = from_micros(author[1])
        if link.owner_id in around.sales and (since is None or at > since):
            yield "accepted", at


def _first(times: Iterable[datetime]) -> datetime | None:
    return min(times, default=None)
