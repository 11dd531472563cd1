"""Hand-made rows: a small healthy company in which every table that reports read has something to say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlmodel import SQLModel

from connector.ports.reporting import OpenCycle
from connector.store.database import Database
from connector.store.leak_candidates import read_cycles
from connector.store.sql import table
from connector.store.tables import (
    Activity,
    Assignment,
    BaselineRow,
    Company,
    ConflictRow,
    Counter,
    CrmUser,
    Cycle,
    DispositionHistory,
    FollowUp,
    FollowUpEvent,
    Hold,
    Journal,
    Landing,
    Link,
    LinkEvent,
    MatchKey,
    OutboxRow,
    Person,
    PersonFieldHistory,
    PlanRow,
    Run,
    ScoreHistory,
    StageHistory,
    TrackHistory,
    WatermarkRow,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LIVE = NOW - timedelta(days=10)
ANN, REP, LEFT, QUEUE = 1, 70, 71, 72
LEAD_ID = "00Q5g00000AbCdEEAV"


def ago(**parts: float) -> datetime:
    return NOW - timedelta(**parts)


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()


def all_open_cycles(database: Database, company: int = 1) -> list[OpenCycle]:
    """Every open cycle, not only those that may leak."""
    cycle = table(Cycle)
    everybody = select(cycle.c.cycle_id).where(cycle.c.company == company, cycle.c.closed_at.is_(None))
    with database.read() as connection:
        return read_cycles(connection, company, connection.execute(everybody).scalars().all())


class Rows:
    """Adds, changes and removes rows of one company."""

    def __init__(self, database: Database, company: int = 1) -> None:
        self.database = database
        self.company = company

    def add(self, model: type[SQLModel], **values: Any) -> None:
        with self.database.begin() as connection:
            connection.execute(table(model).insert().values(company=self.company, **values))

    def change(self, model: type[SQLModel], **values: Any) -> None:
        """Set columns of every row of the company; keys of the form ``of_<column>`` choose rows."""
        target = table(model)
        chosen = [target.c[name[3:]] == value for name, value in values.items() if name.startswith("of_")]
        wanted = {name: value for name, value in values.items() if not name.startswith("of_")}
        with self.database.begin() as connection:
            connection.execute(update(target).where(target.c.company == self.company, *chosen).values(**wanted))

    def remove(self, model: type[SQLModel]) -> None:
        target = table(model)
        with self.database.begin() as connection:
            connection.execute(delete(target).where(target.c.company == self.company))

    def company_row(self, **values: Any) -> None:
        row = {"id": self.company, "name": f"company {self.company}", "live_since": LIVE} | values
        with self.database.begin() as connection:
            connection.execute(table(Company).insert().values(**row))
        self.add(Counter, name="seq", value=1000)
        self.add(Run, run_id=1, kind="sync", status="ok", started_at=ago(hours=2))

    def person(self, person_id: int, **values: Any) -> None:
        """A person with one active HubSpot contact, and the stage move that led to their stage."""
        row: dict[str, Any] = {
            "person_id": person_id,
            "person_key": f"key-{self.company}-{person_id}",
            "created_at": ago(days=40),
        }
        row |= {"stage": "name", "seq": 1, "unsettled": False, "open_opportunities": 0, "won_opportunities": 0}
        row |= {"score_milli": 0, "fit_milli": 0, "engagement_milli": 0, "readiness_milli": 0}
        row |= {"provisional": False} | values
        self.add(Person, **row)
        self.link(person_id * 10, person_id, record_id=f"{person_id}01")
        if row["stage"] != "name":
            self.stage(person_id, row["stage"], 5)

    def link(self, link_id: int, person_id: int, **values: Any) -> None:
        row = {"link_id": link_id, "person_id": person_id, "system": "hubspot", "object": "contacts"}
        row |= {"family": "person", "external_key": f"x-{self.company}-{link_id}", "stamped": True, "is_primary": True}
        row |= {"state": "active", "first_seen_at": ago(days=40), "mapped": {}, "seq": 2}
        self.add(Link, **(row | values))

    def stage(self, person_id: int, stage_to: str, seq: int, **values: Any) -> None:
        row = {"stage_from": "name", "at": ago(days=3), "by": "rule", "reason": "q1", "reconstructed": False}
        self.add(StageHistory, person_id=person_id, stage_to=stage_to, seq=seq, **(row | values))

    def cycle(self, cycle_id: int, person_id: int, **values: Any) -> None:
        row = {"cycle_id": cycle_id, "person_id": person_id, "motion": "new_business", "number": 1}
        row |= {"origin": "marketing", "opened_at": ago(days=5), "disposition": "open", "disposition_at": ago(days=3)}
        row |= {"recycles": 0, "reconstructed": False}
        self.add(Cycle, **(row | values))

    def assignment(self, assignment_id: int, person_id: int, **values: Any) -> None:
        row = {"assignment_id": assignment_id, "person_id": person_id, "owner_id": REP, "kind": "hand_off"}
        row |= {"at": ago(days=3), "promise": "a_hand_raise", "seq": 7}
        self.add(Assignment, **(row | values))

    def clock(self, assignment_id: int, person_id: int, state: str, **values: Any) -> None:
        row = {"promise": "a_hand_raise", "started_at": ago(days=3), "due_at": ago(days=3) + timedelta(hours=1)}
        self.add(FollowUp, assignment_id=assignment_id, person_id=person_id, state=state, **(row | values))

    def users(self) -> None:
        for user_id, name, active, kind in (
            (REP, "Rita Rep", True, "user"),
            (LEFT, "Lee Left", False, "user"),
            (QUEUE, "Inbound", True, "queue"),
        ):
            row = {"owner_id": f"o{user_id}", "user_id": user_id, "name": name, "active": active, "kind": kind}
            self.add(CrmUser, system="hubspot", **row)


def healthy(database: Database, company: int = 1) -> Rows:
    """A company with Ann: an A with a Lead record and a contact, handed to Rita, everything written and confirmed."""
    rows = Rows(database, company)
    rows.company_row()
    rows.users()
    rows.person(
        ANN,
        email="Ann@Acme.example",
        first_name="Ann",
        last_name="[bold]Ames",
        title="VP Sales",
        stage="qualified_lead",
        stage_since=ago(days=3),
        disposition="accepted",
        grade="A",
        score_milli=76_000,
        fit_milli=40_000,
        engagement_milli=20_000,
        readiness_milli=16_000,
        published_score=76,
        owner_id=REP,
        next_step="call",
        next_step_due=NOW + timedelta(days=1),
    )
    rows.link(11, ANN, system="salesforce", object="Lead", family="lead", record_id=LEAD_ID)
    _decided(rows)
    _landed(rows)
    _written(rows)
    return rows


def _decided(rows: Rows) -> None:
    rows.cycle(
        1,
        ANN,
        disposition="accepted",
        grade_at_handoff="A",
        qualified_at=ago(days=3),
        handed_off_at=ago(days=3),
        accepted_at=ago(days=2),
    )
    path = [["account_owner", "no account"], ["pool", "taken"]]
    rows.assignment(1, ANN, cycle_id=1, grade="A", confirmed_at=ago(days=3), path=path, reasons={"kind": "hand_raise"})
    rows.clock(1, ANN, "kept", touched_at=ago(days=3) + timedelta(minutes=42))
    event = {"seq": 9, "event": "kept", "at": ago(days=3) + timedelta(minutes=42), "evidence": {"touch": "call"}}
    rows.add(FollowUpEvent, assignment_id=1, **event)
    rows.add(TrackHistory, person_id=ANN, seq=4, track="welcome", at=ago(days=20), until=ago(days=3), reason="suspect")
    move = {"disposition_from": "open", "disposition_to": "assigned", "at": ago(days=3), "by": "rule"}
    rows.add(DispositionHistory, person_id=ANN, seq=8, cycle_id=1, **move)
    score = {"fit_milli": 40_000, "engagement_milli": 20_000, "readiness_milli": 16_000, "score_milli": 76_000}
    moments = {"evaluated_at": ago(days=3), "as_of": ago(days=3)}
    rows.add(ScoreHistory, person_id=ANN, seq=6, grade="A", stage="qualified_lead", **score, **moments)


def _landed(rows: Rows) -> None:
    record = {"system": "hubspot", "object": "contacts", "record_id": "101", "modified_at": ago(days=4)}
    rows.add(Landing, **record, content_hash="h", generation=0, fields={}, landed_at=ago(days=4), seq=3)
    cursor = {"stream": "resolve:contacts", "generation": 0, "token": {"seq": 3}, "updated_at": ago(days=4)}
    rows.add(WatermarkRow, system="hubspot", **cursor)
    for kind, value in (("email", "ann@acme.example"), ("email_secondary", "ann@home.example")):
        rows.add(MatchKey, kind=kind, value=value, link_id=10)
    evidence = {"key": "email", "other": None}
    event = {"link_id": 11, "person_from": None, "person_to": ANN, "verdict": "linked", "evidence": evidence}
    rows.add(LinkEvent, seq=2, actor="leadloop", at=ago(days=39), **event)
    rows.add(PersonFieldHistory, seq=2, person_id=ANN, field="title", valid_from=ago(days=40), value_text="VP Sales")
    rows.add(PersonFieldHistory, seq=2, person_id=ANN, field="free_mail", valid_from=ago(days=40), value_number=0)
    signal = {"signal": "hand_raise", "occurred_at": ago(days=3, minutes=5), "known_at": ago(days=3), "known_seq": 3}
    origin = {"source_key": f"form-{rows.company}", "source": "hubspot", "kind": "demo", "direction": "human"}
    rows.add(Activity, activity_id=1, link_id=10, person_id=ANN, **signal, **origin)


def _written(rows: Rows) -> None:
    rows.add(PlanRow, plan_id=1, run_id=1, digest="d", state="applied", created_at=ago(days=3))
    change = {"before": None, "after": "A", "ours": "A", "rule": "grade", "reason": "76 points", "moment_seq": None}
    target = {"system": "salesforce", "object": "Lead", "record_id": LEAD_ID, "target": f"salesforce:Lead:{LEAD_ID}"}
    state = {"kind": "update", "lane": "owned", "level": "annotate", "state": "confirmed", "attempts": 1}
    ids = {"action_id": "act-1", "plan_id": 1, "person_id": ANN, "link_id": 11, "steps_done": 0}
    rows.add(OutboxRow, **ids, **target, **state, changes={"Grade__c": change}, created_at=ago(days=3))
    place = {"system": "salesforce", "object": "Lead", "record_id": LEAD_ID, "field": "Grade__c"}
    why = {"before": None, "after": "A", "rule": "grade", "reason": "76 points", "actor": "leadloop"}
    row = {"seq": 20, "action_id": "act-1", "person_id": ANN, "link_id": 11, "at": ago(days=3)}
    rows.add(Journal, **row, **place, **why)
    rows.add(BaselineRow, link_id=11, fields={"Grade__c": ["A", "A", 19]})
    sides = {"base": None, "ours": "call", "theirs": "mail", "reason": "both changed", "state": "open"}
    rows.add(ConflictRow, conflict_id=1, person_id=ANN, link_id=11, field="Step__c", at=ago(days=1), **sides)
    rows.add(Hold, person_id=ANN, field="Rating", why="a person said so", by="ops", at=ago(days=1))
