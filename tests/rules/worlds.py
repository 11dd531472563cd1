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
from connector.facts import DERIVED, PERSON, SIGNALS
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
    "annual_revenue": (0, -1, 9_000_000),
    "account_people": (1, 2, 30),
    "open_opportunities": (0, 1, 2),
    "won_opportunities": (0, 1, 3),
    "open_amount": (0, 1, 999),
    "won_amount": (0, 50),
    "cycle_number": (1, 2, 3),
}
FLAGS = ("has_email", "has_phone", "email_opt_out", "disposable", "owner_known", "suspected_bot")
MOMENTS = ("q_need_at", "q_timing_at", "q_color_at", "stage_since", "recycle_until")
TO_COME = ("q_need_at", "recycle_until")
"""Dates that may also lie ahead: a file told them so, or somebody is to wait until then."""
OWN = ("q_color",)
"""A question that only this company asks."""
REQUIRED = ("stage", "open_opportunities", "won_opportunities", "open_amount", "won_amount", "owner_known")
OWNERS = {"user": 1, "queue": 2, "inactive": 3}
USED_SIGNALS = SIGNALS[:8]
KINDS = ("demo", "pricing", "größe")
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
    ahead = name in TO_COME and chance.random() < 0.3
    return AS_OF + chance.choice((0, 1, DAY - 1, DAY, 30 * DAY)) if ahead else _moment(chance)


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


def moved(case: PersonCase, number: int) -> PersonCase:
    """The same person under another number, with activities of its own numbers."""
    events = tuple(replace(event, activity_id=event.activity_id + number * 1_000) for event in case.events)
    return PersonCase(number, case.facts, events)


def at(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)
