"""A small world for the tests of writing: one company, people with one record each in a CRM, and what we want there.

The CRM is the reference adapter in memory; ``Meddler`` stands around it and does to its writes what real CRMs do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import structs
from msgspec.structs import replace
from sqlalchemy import event, select, update

from adapters.memory import MemoryCrm, connect
from connector.clock import MovedClock
from connector.decide.diff import Desired
from connector.decide.membership import Collections, MembershipWish, memberships
from connector.decide.plan import CreateWish
from connector.executor import SerialExecutor
from connector.ids import SeededIds
from connector.model import Lane, Level, Outcome, RowOutcome, RowWrite
from connector.ports.adapter import PullRequest
from connector.ports.connection import Connection
from connector.ports.landing import LandedPage
from connector.ports.outbox import PersonView, StoredPlan
from connector.store.database import Checkpoint, Database, no_checkpoint
from connector.store.landing import SqlLandingStore
from connector.store.outbox import SqlOutbox
from connector.store.sql import table
from connector.store.tables import BaselineRow, Company, Journal, Landing, Link, OutboxRow, Person, Reject
from connector.sync.plan import PlanningRules, make_plan
from connector.sync.push import push_plan, release_plan
from connector.sync.settle import settle_unknown
from connector.sync.writing import PushReport, Writing

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
COMPANY = 1
SYSTEM = "blue"
OBJECT = "contacts"
LISTS = Collections({"welcome": "7"})
FIELDS = ("email", "name", "score", "owner", "key")


class Meddler:
    """The reference adapter with one thing changed: how a write goes."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.write_as: Callable[[Any, Lane, Sequence[RowWrite]], list[RowOutcome]] | None = None
        self.conditional = True
        self.requests: list[list[str]] = []
        self.writes: list[RowWrite] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    @property
    def capability(self) -> Any:
        return replace(self._inner.capability, conditional_writes=self.conditional)

    def version(self, record: Any) -> str | None:
        return self._inner.version(record) if self.conditional else None

    def write(self, lane: Lane, rows: Sequence[RowWrite]) -> list[RowOutcome]:
        self.requests.append([row.action_id for row in rows])
        self.writes.extend(rows)
        if self.write_as is None:
            return self._inner.write(lane, rows)
        return self.write_as(self._inner, lane, rows)


@dataclass
class WritesWorld:
    database: Database
    clock: MovedClock = field(default_factory=lambda: MovedClock(START))
    wanted: dict[str, dict[str, Desired]] = field(default_factory=dict)
    wishes: dict[int, list[CreateWish]] = field(default_factory=dict)
    tracks: dict[int, str] = field(default_factory=dict)
    level: Level = Level.FULL
    approval: str = "never"
    run_id: int = 0
    ids: SeededIds = field(default_factory=lambda: SeededIds("writes"))

    def __post_init__(self) -> None:
        self.crm = MemoryCrm(self.clock)
        self.adapter = Meddler(self.connected())
        self.outbox = SqlOutbox(self.database)
        with self.database.begin() as connection:
            connection.execute(table(Company).insert().values(id=COMPANY, name="acme"))

    def connected(self) -> Any:
        connection = Connection(
            company="acme",
            system=SYSTEM,
            url="memory:",
            api_version="1",
            auth="none",
            secret=lambda key: "",
            clock=self.clock,
            executor=SerialExecutor(),
            key_fields={OBJECT: "key", "tasks": "key"},
            options={"objects": (OBJECT, "tasks")},
            transport=self.crm,
        )
        return connect(connection)

    def _wishes(self, person: PersonView) -> list[CreateWish | MembershipWish]:
        track = self.tracks.get(person.person_id)
        members = [wish for link in person.links for wish in memberships(link, track, LISTS, may_join=True)]
        return [*self.wishes.get(person.person_id, []), *members]

    def reopen(self, database: Database) -> None:
        """The process starts again on the same store and CRM."""
        self.database = database
        self.outbox = SqlOutbox(database)

    def add_person(self, fields: Mapping[str, Any] | None, *, person_id: int) -> str:
        """A person, with a record in the CRM unless ``fields`` is ``None``; gives its record id."""
        with self.database.begin() as connection:
            values = {"company": COMPANY, "person_id": person_id, "person_key": f"p{person_id}"}
            connection.execute(table(Person).insert().values(**values, created_at=START))
            if fields is None:
                return ""
            record_id = self.crm.create(OBJECT, dict(fields))
            link = {"company": COMPANY, "link_id": 1000 + person_id, "person_id": person_id, "system": SYSTEM}
            link |= {"object": OBJECT, "family": "people", "record_id": record_id, "external_key": f"k{person_id}"}
            connection.execute(
                table(Link).insert().values(**link, is_primary=True, first_seen_at=START, mapped={}, stamped=False)
            )
        return record_id

    def pull(self) -> int:
        """Land everything that changed; how many records really did."""
        changed = 0
        for page in self.adapter.pull(PullRequest(OBJECT, FIELDS)):
            landed = LandedPage(SYSTEM, OBJECT, OBJECT, page.records, FIELDS, {}, None, self.clock.now())
            changed += SqlLandingStore(self.database).land(COMPANY, landed)
        self.unsettle()
        return changed

    def unsettle(self) -> None:
        with self.database.begin() as connection:
            connection.execute(update(table(Person)).values(unsettled=True))

    def writing(self, **options: Any) -> Writing:
        self.run_id += 1
        return Writing(
            company_id=COMPANY,
            run_id=self.run_id,
            outbox=self.outbox,
            adapters={SYSTEM: self.adapter},
            levels={SYSTEM: self.level},
            clock=self.clock,
            ids=self.ids,
            families={(SYSTEM, OBJECT): "people"},
            find_fields={(SYSTEM, OBJECT): ((OBJECT, "email"),)},
            **options,
        )

    def plan(self, rules: PlanningRules | None = None) -> StoredPlan | None:
        return make_plan(
            self.writing(),
            lambda person, link: self.wanted.get(link.record_id, {}),
            self._wishes,
            rules or PlanningRules(approval=self.approval),
        )

    def push(self, plan: StoredPlan | None, **options: Any) -> PushReport:
        writing = self.writing(**options)
        if plan is not None:
            release_plan(writing, plan, by=None)
        return push_plan(writing, plan)

    def sync(self) -> PushReport:
        """A whole writing cycle, as a run does it."""
        settle_unknown(self.writing())
        self.pull()
        report = self.push(self.plan())
        self.clock.sleep(1)
        return report

    def rows(self, model: Any, **where: Any) -> list[Any]:
        target = table(model)
        query = select(target).where(*(target.c[name] == value for name, value in where.items()))
        with self.database.read() as connection:
            return list(connection.execute(query))

    def states(self) -> dict[str, int]:
        return self.outbox.counts(COMPANY)

    def base(self, person_id: int) -> dict[str, Any]:
        rows = self.rows(BaselineRow, link_id=1000 + person_id)
        return dict(rows[0].fields) if rows else {}

    def wire(self, record_id: str) -> dict[str, Any]:
        record = self.crm.record(OBJECT, record_id)
        assert record is not None
        return dict(record.versions[-1].fields)

    def journal(self) -> list[Any]:
        return self.rows(Journal)

    def rejects(self) -> list[Any]:
        return self.rows(Reject)

    def outbox_rows(self) -> list[Any]:
        return self.rows(OutboxRow)

    def landed(self, record_id: str) -> Any:
        return self.rows(Landing, record_id=record_id)[0]

    def history(self, record_id: str, name: str) -> list[tuple[Any, str]]:
        """What was set in a field and by whom, oldest first."""
        record = self.crm.record(OBJECT, record_id)
        assert record is not None
        return [(entry.value, entry.actor) for entry in reversed(record.history) if entry.field == name]


def owned(value: Any, type_name: str = "text") -> Desired:
    return Desired(value, type_name, "leadloop", Level.ANNOTATE, rule="score", reason="published")


def shared(value: Any, type_name: str = "text", policy: str = "prefer_red_unless_blank") -> Desired:
    return Desired(value, type_name, policy, Level.FULL, rule=policy)


def owner(value: str, seq: int, at: datetime) -> Desired:
    return Desired(
        value,
        "reference",
        "moment",
        Level.ASSIGN,
        rule="handoff",
        name="owner",
        moment="owner",
        moment_seq=seq,
        moment_at=at,
    )


def new_contact(person_id: int, email: str) -> CreateWish:
    fields = {"email": structs.replace(shared(email, "email"), level=Level.ASSIGN), "score": owned(42, "integer")}
    return CreateWish(person_id, SYSTEM, OBJECT, "create", f"{SYSTEM}:{OBJECT}:new:{person_id}", fields)


def hand_off_task(person_id: int, assignment: int) -> CreateWish:
    fields = {"subject": Desired("Call now", "text", "leadloop", Level.ASSIGN, rule="handoff")}
    return CreateWish(person_id, SYSTEM, "tasks", "task", f"{SYSTEM}:tasks:assignment:{assignment}", fields)


HOUR = timedelta(hours=1)


def open_quickly(url: str, checkpoint: Checkpoint = no_checkpoint) -> Database:
    """A database whose commits do not wait for the disk: these tests kill a process, never the machine."""
    database = Database(url, checkpoint=checkpoint)
    if database.is_sqlite:
        event.listen(database.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))
    return database


def lying(inner, lane, rows):
    """200, and nothing is stored."""
    return [RowOutcome(row.action_id, Outcome.SENT, row.ref.record_id if row.ref else None) for row in rows]
