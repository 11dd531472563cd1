"""Why a person goes to whom: one routing as it would be now, with every path in plain words; nothing is changed.

Knows the application; who gets whom is decided where it always is. The rules' order and words are those of
``connector.decide.routing``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from connector.app import App
from connector.clock import end_of_day, to_micros
from connector.decide.business_hours import parse_hours
from connector.decide.cycles import Decision, HandOffWish
from connector.decide.lifecycle import decide
from connector.decide.routing import RULES, PathStep, Route
from connector.errors import BadConfiguration
from connector.model import Motion, Stage
from connector.ports.decisions import PersonFacts
from connector.ports.evaluation import Evaluation
from connector.report.story import find
from connector.sync.evidence import evidence_of
from connector.sync.hand_off import Desk, open_desk, sales_people
from connector.sync.person_state import person_state
from connector.sync.surroundings import Surroundings


class Step(Struct, frozen=True):
    """One rule. ``asked``: it was looked at; ``taken``: it found somebody."""

    rule: str
    asked: bool
    taken: bool
    why: str


class RouteTest(Struct, frozen=True):
    """Who would get a person handed off now, and why nobody else. ``situation``: where the person stands today.

    ``kind`` and ``promise``: of the hand-off; ``at_once``: it would be made in the next run. ``reassigns``: the owner
    in the CRM would be written; ``clock``: a promise would start.
    """

    company: str
    person: str
    situation: str
    at_once: bool
    kind: str
    promise: str
    to: str
    rule: str
    reassigns: bool
    clock: bool
    steps: tuple[Step, ...]

    def as_json(self) -> dict[str, Any]:
        """The document of ``leadloop route-test --json``."""
        told = {name: getattr(self, name) for name in ("company", "person", "situation", "at_once", "kind", "promise")}
        told |= {name: getattr(self, name) for name in ("to", "rule", "reassigns", "clock")}
        path = [{"rule": each.rule, "asked": each.asked, "taken": each.taken, "why": each.why} for each in self.steps]
        return {"schema": 1, **told, "path": path}

    def as_text(self) -> str:
        """The same for a terminal."""
        width = max(len(each.rule) for each in self.steps)
        lines = [f"{self.person}: {self.situation}", f"{_would(self)} {self.to}, by the rule {_words(self.rule)}"]
        if not self.reassigns:
            lines.append("the owner in the CRM stays as it is")
        if not self.clock:
            lines.append("no follow-up promise starts")
        marks = {True: "->", False: "  "}
        lines += [f"{marks[each.taken]} {_words(each.rule):<{width}}  {each.why}" for each in self.steps]
        return "\n".join(lines)


def route_test(app: App, company: str, named: str) -> RouteTest:
    """How the person named (an e-mail, a record id, a person key) would be routed now. Reads only."""
    app.prepare()
    company_id = app.state(company).company_id
    person_id = find(app.reporting, company_id, company, named)
    facts = next(iter(app.stores.decisions.facts(company_id, [person_id])))
    desk, around = _surroundings(app, company)
    if not desk.can_route:
        raise BadConfiguration(
            "nobody can be handed to",
            where=f"{company}: team.toml",
            remedy=f"write the roster; leadloop team {company} --write begins it, and a run reads the CRMs' users",
        )
    evaluation, decision = _decided(app, company, facts, around)
    wish = decision.hand_off or _supposed(facts, evaluation, around)
    found = desk.find(wish, facts, around)
    return RouteTest(
        company=company,
        person=facts.row["person_key"],
        situation=_situation(facts, evaluation, decision, desk, around),
        at_once=decision.hand_off is not None,
        kind=wish.kind,
        promise=wish.promise,
        to=_called(found.owner_id, desk, around),
        rule=found.rule,
        reassigns=found.reassigns,
        clock=found.clock,
        steps=tuple(_steps(found)),
    )


def _surroundings(app: App, company: str) -> tuple[Desk, Surroundings]:
    settings, loaded, state = app.settings.company(company), app.loaded(company), app.state(company)
    store, now = app.stores.decisions, app.world.clock.now()
    users = {user.user_id: user for user in store.users(state.company_id)}
    pool = store.pool(state.company_id, now.astimezone(settings.zone).date().isoformat())
    desk = open_desk(loaded.playbook, users, pool, settings.zone, now, settings.systems)
    sales = sales_people(loaded.playbook, desk)
    hours = parse_hours("09:00-17:00", settings.zone)
    return desk, Surroundings(loaded.playbook, loaded.mapping, users, sales, now, state.live_since, hours)


def _decided(
    app: App, company: str, facts: PersonFacts, around: Surroundings
) -> tuple[Evaluation | None, Decision]:  # fmt: skip
    """What a run would decide about the person now."""
    as_of = to_micros(end_of_day(around.now, app.settings.company(company).zone))
    company_id = app.state(company).company_id
    found = app.evaluations.evaluate(company_id, around.playbook.definitions, as_of, people=[facts.person_id])
    state = person_state(facts)
    if not found:
        return None, Decision(state)
    evidence = evidence_of(facts, found[0], around, around.hours)
    return found[0], decide(state, evidence, around.playbook.rules, around.now, around.live_since)


def _supposed(facts: PersonFacts, evaluation: Evaluation | None, around: Surroundings) -> HandOffWish:
    """The hand-off that would be made if the person were to go to sales now."""
    raised_at = evaluation.last_hand_raise_at if evaluation is not None else None
    motion = Motion(facts.row["motion"]) if facts.row["motion"] else Motion.NEW_BUSINESS
    if facts.row["stage"] == Stage.CUSTOMER.value:
        return HandOffWish("growth", "growth", around.now, motion)
    if facts.cycle is not None and facts.cycle["recycles"]:
        return HandOffWish("returned", "returned", around.now, motion)
    days = (around.now - raised_at).days if raised_at is not None else None
    kind = "hand_raise" if days is not None and days < around.playbook.rules.hand_raise_fresh_days else "by_score"
    return HandOffWish(kind, kind, around.now, motion)


def _situation(
    facts: PersonFacts, evaluation: Evaluation | None, decision: Decision, desk: Desk, around: Surroundings
) -> str:
    row, cycle = facts.row, facts.cycle
    if decision.hand_off is not None:
        return f"would be handed off in the next run ({_words(decision.hand_off.kind)})"
    if row["provisional"]:
        return "is not handed off while it is not clear who this is"
    if evaluation is not None and not evaluation.in_scope:
        return "takes no part: out of scope"
    if row["junk_rule"]:
        return f"is disqualified by the rule {_words(row['junk_rule'])}"
    if cycle is not None and cycle["closed_at"] is None and decision.state.cycle and decision.state.cycle.with_sales:
        return f"is with sales: {_called(row['owner_id'], desk, around)} ({_words(cycle['disposition'])})"
    standing = f"stage {_words(row['stage'])}" + (f", grade {row['grade']}" if row["grade"] else "")
    keeper = _called(row["owner_id"], desk, around) if row["owner_id"] is not None else "marketing"
    return f"is not handed off now: {standing}; {keeper} answers for the person"


def _steps(found: Route) -> list[Step]:
    """Every rule in order; those behind the one that decided were not asked."""
    asked: Mapping[str, PathStep] = {step.rule: step for step in found.path}
    decided = next(step.rule for step in found.path if step.taken)
    steps = []
    for rule in RULES:
        step = asked.get(rule)
        why = step.why if step is not None else f"not asked: {_words(decided)} decides before"
        steps.append(Step(rule, step is not None, step is not None and step.taken, why))
    return steps


def _called(user_id: int | None, desk: Desk, around: Surroundings) -> str:
    member = desk.members.get(user_id or 0)
    user = around.users.get(user_id or 0)
    return member.name if member is not None else (user.name if user is not None and user.name else "nobody")


def _would(found: RouteTest) -> str:
    return "goes to" if found.at_once else "if sales were to have the person now, they would go to"


def _words(code: str) -> str:
    return str(code).replace("_", " ")
