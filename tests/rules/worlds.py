"""Random people, activities and playbooks, from a seed; and how they get into a database."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy import Table as DatabaseTable
from sqlmodel import SQLModel

from connector.clock import from_micros, to_micros
from connector.facts import DERIVED, PERSON, SIGNALS, FactType, fact_type
from connector.rules import scoring, stages
from connector.rules.definitions import Definitions
from connector.rules.toml import Table
from connector.store.database import Database
from connector.store.tables import Activity, CrmUser, Opportunity, OpportunityPerson, Person
from tests.oracle import DAY, Event

DEFAULT = Path(__file__).parents[2] / "mappings" / "default"
COMPANY = 7
AS_OF = to_micros(datetime(2026, 3, 30, 22, tzinfo=UTC))  # local midnight in Berlin, the day after a clock change

WORDS: dict[str, tuple[str, ...]] = {
    "seniority": ("vp", "VP", "head", "other", "Ökonom"),
    "job_function": ("marketing", "Sales", "it"),
    "industry": ("software", "SOFTWARE", "tobacco"),
    "country": ("de", "US", "Österreich", "österreich"),
    "account_status": ("customer", "competitor", "none"),
    "q_need": ("specific", "general", "never"),
    "q_timing": ("0-3", "3-6"),
    "q_color": ("Red", "blue", "Weiß"),
    "stage": ("name", "suspect", "lead", "qualified_lead"),
    "owner_kind": ("user", "queue", "inactive"),
    "disposition": ("open", "assigned", "recycled", "won"),
    "motion": ("new_business", "growth", "winback"),
}
NUMBERS = {
    "employees": (0, 1, 49, 50, 51, 500, 10_000_000_000),
    "open_opportunities": (0, 1, 2),
    "open_amount": (0, 1, 999),
    "won_amount": (0, 50),
    "cycle_number": (1, 2, 3),
}
FLAGS = ("has_email", "has_phone", "email_opt_out", "disposable", "owner_known", "suspected_bot")
MOMENTS = ("q_need_at", "q_timing_at", "q_color_at", "stage_since")
OWN = ("q_color",)
"""A question that only this company asks."""
REQUIRED = ("stage", "open_opportunities", "open_amount", "won_amount", "owner_known")
OWNERS = {"user": 1, "queue": 2, "inactive": 3}
USED_SIGNALS = SIGNALS[:8]
KINDS = ("demo", "pricing", "Trial")
ASSETS = ("Spring webinar", "White paper", "Größen")
SOURCES = ("salesforce.CampaignMember", "salesforce.Task", "hubspot.contacts", "hubspot")
LADDER = ("name", "suspect", "lead", "qualified_lead", "prospect")
PHASES = ("awareness", "consideration", "decision")
EDGES = (0, 1, 6, 7, 13, 14, 29, 30, 44, 45, 59, 60, 89, 90, 180, 364, 365, 500)


@dataclass(frozen=True)
class PersonCase:
    """A person with everything that happened to them."""

    person_id: int
    facts: Mapping[str, Any]
    events: tuple[Event, ...]


def people(seed: int, count: int) -> list[PersonCase]:
    chance = random.Random(seed)
    numbers = iter(range(1, count * 1_000))
    return [
        PersonCase(person_id, _facts(chance), tuple(_event(chance, next(numbers)) for _ in range(chance.randrange(16))))
        for person_id in range(1, count + 1)
    ]


def blank(**facts: Any) -> dict[str, Any]:
    """A person of whom only ``facts`` are known."""
    start = {"stage": "name", "open_opportunities": 0, "won_opportunities": 0}
    start |= {"open_amount": 0, "won_amount": 0, "owner_known": facts.get("owner_kind") is not None}
    own = dict.fromkeys(name for question in OWN for name in (question, f"{question}_at"))
    return {**dict.fromkeys(PERSON.columns), **own, **start, **facts}


def days_ago(days: int, *, within_day: int = 1) -> int:
    """A moment so many whole days before the end of the day; ``within_day`` microseconds before midnight."""
    return AS_OF - days * DAY - within_day


def _facts(chance: random.Random) -> dict[str, Any]:
    facts = blank()
    for name in (*WORDS, *NUMBERS, *FLAGS, *MOMENTS):
        if name in REQUIRED or chance.random() < 0.75:
            facts[name] = _value(chance, name)
    if facts["motion"] is None or facts["cycle_number"] is None:
        facts |= {"motion": None, "cycle_number": None}  # both are of the same cycle
    if facts["q_color"] is None or facts["q_color_at"] is None:
        facts |= {"q_color": None, "q_color_at": None}  # an answer of a record has its time
    return facts | {"owner_known": facts["owner_kind"] is not None}


def _value(chance: random.Random, name: str) -> Any:
    if name in WORDS:
        return chance.choice(WORDS[name])
    if name in NUMBERS:
        return chance.choice(NUMBERS[name])
    if name in FLAGS:
        return chance.random() < 0.4
    return _moment(chance)


def _moment(chance: random.Random) -> int:
    return days_ago(chance.choice(EDGES), within_day=chance.choice((1, 2, DAY // 2, DAY)))


def _event(chance: random.Random, number: int) -> Event:
    return Event(
        activity_id=number,
        signal=chance.choice(USED_SIGNALS),
        occurred_at=_moment(chance) if chance.random() < 0.95 else AS_OF + chance.choice((0, DAY)),
        kind=chance.choice((*KINDS, None)),
        phase=chance.choice((*PHASES, None)),
        direction=chance.choice(("human", "human", "us", "bot")),
        counts=chance.random() < 0.95,
        asset=chance.choice((*ASSETS, None)),
        source=chance.choice(SOURCES),
        asked=chance.random() < 0.3,
    )


def table(model: type[SQLModel]) -> DatabaseTable:
    return SQLModel.metadata.tables[str(model.__tablename__)]


def store(database: Database, cases: Iterable[PersonCase], *, company: int = COMPANY) -> None:
    """People and activities as rows; an event that does not count is a duplicate or deleted."""
    cases = list(cases)
    with database.begin() as connection:
        connection.execute(insert(table(Person)), [_person_row(case, company) for case in cases])
        rows = [_activity_row(case, event, company) for case in cases for event in case.events]
        if rows:
            connection.execute(insert(table(Activity)), rows)
        _store_crm(connection, cases, company)


def _store_crm(connection: Connection, cases: list[PersonCase], company: int) -> None:
    """Owners, and one open and one won opportunity for each amount that is not 0."""
    users = [
        {"company": company, "system": "blue", "owner_id": str(user), "user_id": user, "kind": kind, "active": active}
        for user, kind, active in ((1, "user", True), (2, "queue", True), (3, "user", False))
    ]
    if not connection.execute(select(table(CrmUser)).where(table(CrmUser).c.company == company)).first():
        connection.execute(insert(table(CrmUser)), users)
    for case in cases:
        for kind in ("open", "won"):
            if case.facts[f"{kind}_amount"]:
                deal = {"company": company, "system": "blue", "record_id": f"{kind}-{case.person_id}"}
                state = {"amount_cents": case.facts[f"{kind}_amount"] * 100 + 99, "is_closed": kind == "won"}
                connection.execute(insert(table(Opportunity)).values(**deal, **state, is_won=kind == "won"))
                role = {"role_id": deal["record_id"], "link_object": "Contact", "link_record_id": "1"}
                connection.execute(insert(table(OpportunityPerson)).values(**deal, **role, person_id=case.person_id))


def _person_row(case: PersonCase, company: int) -> dict[str, Any]:
    key = f"{company}-{case.person_id}"
    return {
        "company": company,
        "person_id": case.person_id,
        "person_key": key,
        "created_at": 0,
        **DEFAULTS,
        **{name: value for name, value in case.facts.items() if name in PERSON.columns and name not in DERIVED},
        "extra": {name: case.facts[name] for name in OWN if case.facts[name] is not None},
        "provenance": {name: [1, case.facts[f"{name}_at"]] for name in OWN if case.facts[name] is not None},
        "owner_id": OWNERS.get(case.facts["owner_kind"] or ""),
    }


def _activity_row(case: PersonCase, event: Event, company: int) -> dict[str, Any]:
    known_at = event.occurred_at if event.known_at is None else event.known_at
    return {
        "company": company,
        "activity_id": event.activity_id,
        "person_id": case.person_id,
        "signal": event.signal,
        "occurred_at": event.occurred_at,
        "known_at": known_at,
        "known_seq": event.activity_id,
        "source_key": str(event.activity_id),
        "source": event.source,
        "asset": event.asset,
        "kind": event.kind,
        "phase": event.phase,
        "direction": event.direction,
        "asked": event.asked or None,
        "duplicate_of": None if event.counts or event.activity_id % 2 else 1,
        "deleted_seq": None if event.counts or not event.activity_id % 2 else 1,
    }


DEFAULTS = {"provisional": False, "seq": 0, "unsettled": True, "score_milli": 0} | dict.fromkeys(
    ("fit_milli", "engagement_milli", "readiness_milli"), 0
)


def definitions(scoring_document: Mapping[str, Any], stages_document: Mapping[str, Any]) -> Definitions:
    """Parsed as the files would be."""
    return Definitions(
        scoring.parse(Table(scoring_document, "scoring.toml", questions=OWN)),
        stages.parse(Table(stages_document, "stages.toml", questions=OWN)),
    )


# ------------------------------------------------------------------------------------------ random playbooks


class Inventor:
    """Writes random documents that the parsers accept."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.count = 0

    def playbook(self) -> Definitions:
        return definitions(self.scoring(), self.stages())

    def scoring(self) -> dict[str, Any]:
        axes = {name: self.axis() for name in ("fit", "engagement", "readiness")}
        letters = [{"name": name, "at_least": least} for name, least in (("A", 40), ("B", 20), ("C", 5), ("D", 0))]
        for grade in letters:
            for side in ("floor", "ceiling"):
                if self.chance.random() < 0.3:
                    grade[side] = self.condition(2, scores=True, rungs=("suspect", "lead"))
        phases = [{"name": name, "when": self.condition(1)} for name in ("decision", "consideration")]
        document = {**axes, "grades": letters, "phases": phases}
        return document | ({"weights": self.weights()} if self.chance.random() < 0.5 else {})

    def weights(self) -> dict[str, Any]:
        factors = (0, 0.5, 0.333, 1, 1.25, 3)
        return {
            "axes": self.chance.sample(("fit", "engagement", "readiness"), 2),
            "phases": {phase: self.chance.choice(factors) for phase in self.chance.sample(PHASES, 2)},
            "personas": [
                {"id": f"persona_{n}", "when": self.condition(1), "weight": self.chance.choice(factors)}
                for n in range(self.chance.randrange(3))
            ],
        }

    def axis(self) -> dict[str, Any]:
        makers = (self.case_rule, self.condition_rule, self.signal_rule, self.signal_rule, self.answer_rule)
        rules = [self.chance.choice(makers)() for _ in range(self.chance.randrange(1, 6))]
        axis: dict[str, Any] = {"max": self.chance.choice((5, 30, 100)), "rules": rules}
        if any(rule.get("kind") == "web" for rule in rules):
            axis["kind_caps"] = {"web": self.chance.choice((1, 6.5, {"min": -2, "max": 4}, {"min": -0.5}))}
        return axis

    def case_rule(self) -> dict[str, Any]:
        name = self.chance.choice(("seniority", "employees"))
        cases = [{**self.comparison(name), "points": self.points()} for _ in range(2)]
        return {"id": self.id(), "field": name, "cases": cases, "otherwise": self.points(), "unknown": self.points()}

    def condition_rule(self) -> dict[str, Any]:
        rule = {"id": self.id(), "when": self.condition(2), "points": self.points()}
        return rule | ({"kind": "web"} if self.chance.random() < 0.3 else {})

    def signal_rule(self) -> dict[str, Any]:
        sign = self.chance.choice((1, 1, -1))
        rule: dict[str, Any] = {"id": self.id(), "signal": self.signals(), "decay": self.decay(), **self.filters()}
        sizes = [sign * abs(self.points()) for _ in range(3)]
        rule["points"] = sizes[0] if self.chance.random() < 0.6 else {"decision": sizes[0], "awareness": sizes[1]}
        if self.chance.random() < 0.6:
            takes = sign < 0 and any(sizes[: 2 if isinstance(rule["points"], dict) else 1])
            rule["cap"] = (-1 if takes else 1) * self.chance.choice((2, 7.5, 40))
        if self.chance.random() < 0.3:
            rule["kind"] = "web"
        if self.chance.random() < 0.3:
            rule["when"] = self.condition(1)
        if self.chance.random() < 0.3:
            rule["once_per_day"] = True
        if self.chance.random() < 0.3:
            rule["max_events"] = self.chance.choice((1, 2, 3))
        return rule

    def answer_rule(self) -> dict[str, Any]:
        if self.chance.random() < 0.5:
            points = {"specific": self.points(), "General": self.points()}
            if self.chance.random() < 0.4:
                points = {"red": self.points(), "weiß": self.points()}
                return {"id": self.id(), "answer": "q_color", "points": points, "full_days": 14, "half_days": 60}
            return {"id": self.id(), "answer": "q_need", "points": points, "full_days": 14, "half_days": 60}
        steps = {"0-3": [{"until_days": 7, "points": 3}, {"until_days": 90, "points": self.points()}]}
        return {"id": self.id(), "answer": "q_timing", "steps": steps}

    def decay(self) -> dict[str, Any]:
        return self.chance.choice(
            (
                {"kind": "none"},
                {"kind": "none", "within_days": 30},
                {"kind": "step", "full_days": 14, "half_days": 45},
                {"kind": "linear", "days": self.chance.choice((7, 60, 90))},
                {"kind": "half_life", "half_life_days": self.chance.choice((7, 30)), "until_days": 90},
            )
        )

    def points(self) -> float:
        return self.chance.choice((0, 1, 2.5, 0.001, 7, 7.333, 20, -3, -0.5))

    def stages(self) -> dict[str, Any]:
        junk = [{"id": f"junk_{n}", "reason": "bad_data", "when": self.rare()} for n in range(2)]
        ladder: dict[str, Any] = {}
        for stage in ("suspect", "lead", "qualified_lead", "prospect"):
            rungs = tuple(ladder)
            paths = [{"id": f"P{n}", "when": self.condition(2, scores=True, rungs=rungs)} for n in range(2)]
            ladder[stage] = {"paths": paths}
            if self.chance.random() < 0.4:
                ladder[stage]["requires"] = self.condition(1, scores=True, rungs=rungs)
        ladder["suspect"] |= {"cold_days": 365, "cold_to": "name"}
        signals = {"interest": list(self.chance.sample(USED_SIGNALS, 3))}
        outside = [{"id": "outside", "when": self.rare()}]
        holds = [{"id": f"hold_{n}", "when": self.rare()} for n in range(2)]
        whole = {"junk": junk, "exclusions": outside, "holds": holds, "stages": ladder, "signals": signals}
        return whole | ({"moves": self.moves()} if self.chance.random() < 0.7 else {})

    def moves(self) -> dict[str, Any]:
        named = self.chance.sample(LADDER, 3)
        return {low: [high for high in LADDER if high != low and self.chance.random() < 0.5] for low in named}

    def rare(self) -> dict[str, Any]:
        return {"all": [self.condition(1), {"field": "employees", "is": 51}, {"field": "disposable", "is": True}]}

    def condition(self, depth: int, *, scores: bool = False, rungs: tuple[str, ...] = ()) -> dict[str, Any]:
        if depth and self.chance.random() < 0.5:
            group = self.chance.choice(("all", "any", "none"))
            parts = [self.condition(depth - 1, scores=scores, rungs=rungs) for _ in range(self.chance.randrange(4))]
            return {group: parts}
        leaves = [self.fact, self.fact, self.happened, self.stage]
        if scores:
            leaves += [self.score, self.phase]
        if rungs and self.chance.random() < 0.3:
            return {"rung": self.chance.choice(rungs)}
        return self.chance.choice(leaves)()

    def fact(self) -> dict[str, Any]:
        name = self.chance.choice((*WORDS, *NUMBERS, *FLAGS, *MOMENTS))
        return {"field": name, **self.comparison(name)}

    def comparison(self, name: str) -> dict[str, Any]:
        if self.chance.random() < 0.2:
            return {self.chance.choice(("known", "missing")): self.chance.random() < 0.7}
        if name in WORDS:
            words = self.chance.sample(WORDS[name], self.chance.randrange(3))
            return self.chance.choice(({"in": words}, {"not_in": words}, {"is": WORDS[name][0].upper()}))
        if name in FLAGS:
            return {"is": self.chance.random() < 0.5}
        if fact_type(name) is FactType.INSTANT:
            return {self.chance.choice(("within_days", "at_least_days")): self.chance.choice((1, 14, 30, 365))}
        low, high = sorted(self.chance.choices(NUMBERS[name], k=2))
        word = self.chance.choice(("is", "at_least", "at_most", "more_than", "less_than"))
        return self.chance.choice(({"between": [low, high]}, {word: low}, {"in": [low, high]}))

    def happened(self) -> dict[str, Any]:
        condition: dict[str, Any] = {"happened": self.signals(), **self.filters()}
        if self.chance.random() < 0.8:
            condition["within_days"] = self.chance.choice((1, 7, 14, 30, 60, 365))
        for key in ("at_least", "signals_at_least", "days_at_least"):
            if self.chance.random() < 0.3:
                condition[key] = self.chance.choice((1, 2, 3))
        if self.chance.random() < 0.2 and condition.get("within_days", 9) > 5:
            condition["not_within_days"] = self.chance.choice((1, 5))
        if self.chance.random() < 0.2:
            condition |= {"at_least": 2, "within_minutes": self.chance.choice((1, 720, 1440))}
        return condition

    def stage(self) -> dict[str, Any]:
        return self.chance.choice(({"stage": ["lead", "name"]}, {"stage_at_least": "lead"}, {"in_stage_days": 30}))

    def score(self) -> dict[str, Any]:
        axis = self.chance.choice(("fit", "engagement", "readiness", "total"))
        return {"score": axis, self.chance.choice(("at_least", "at_most")): self.chance.choice((0, 3, 10, 20))}

    def phase(self) -> dict[str, Any]:
        return {"buying_phase": self.chance.choice((["decision"], ["consideration", "awareness"]))}

    def signals(self) -> list[str] | str:
        return self.chance.choice((self.chance.choice(USED_SIGNALS), self.chance.sample(USED_SIGNALS, 3)))

    def filters(self) -> dict[str, Any]:
        filters: dict[str, Any] = {}
        if self.chance.random() < 0.2:
            filters["phases"] = self.chance.sample(PHASES, 2)
        if self.chance.random() < 0.2:
            filters["directions"] = ["human"]
        if self.chance.random() < 0.15:
            filters["asked"] = True
        if self.chance.random() < 0.15:
            filters["assets"] = [self.chance.choice(ASSETS).upper(), "nothing"]
        if self.chance.random() < 0.15:
            filters["sources"] = [self.chance.choice(("hubspot", "salesforce", "salesforce.Task", "SALESFORCE.task"))]
        return filters

    def id(self) -> str:
        self.count += 1
        return f"rule_{self.count}"


def moved(case: PersonCase, number: int) -> PersonCase:
    """The same person under another number, with activities of its own numbers."""
    events = tuple(replace(event, activity_id=event.activity_id + number * 1_000) for event in case.events)
    return PersonCase(number, case.facts, events)


def at(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)
