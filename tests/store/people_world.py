"""Records landed by hand and resolved by the default mapping: what becomes of people, links and activities."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from adapters.memory import MemoryCrm, connect
from connector.clock import MovedClock
from connector.executor import SerialExecutor
from connector.ids import SeededIds
from connector.model import Level, RawRecord, RecordRef, Wire
from connector.playbook import load
from connector.ports.connection import Connection
from connector.ports.landing import LandedPage
from connector.store.database import Database
from connector.store.decisions import SqlDecisionStore
from connector.store.evaluate import Evaluations
from connector.store.invariants import check
from connector.store.landing import SqlLandingStore
from connector.store.merging import SqlMergeStore
from connector.store.past import SqlPastReader
from connector.store.resolve import SqlResolveStore
from connector.store.sql import table
from connector.store.tables import Activity, Link, Person
from connector.store.value import SqlValueStore
from connector.sync.decide import make_decider
from connector.sync.merge import merge_people
from connector.sync.resolve import Resolved, choose_primary, resolve
from connector.sync.run import Run
from connector.sync.value import ValueSources
from tests.store.fuse import COMPANY

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
LIVE = NOW - timedelta(days=30)
SYSTEMS = ("hubspot", "salesforce")


class PeopleWorld:
    """A database, a run at ``NOW``, and two CRMs nobody calls."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = MovedClock(NOW)
        self.ids = SeededIds("people")
        self.landing, self.resolving = SqlLandingStore(database), SqlResolveStore(database)
        self.merging, self.decisions = SqlMergeStore(database), SqlDecisionStore(database)
        self.values = ValueSources(SqlValueStore(database), SqlPastReader(database))
        self.loaded = load(None, systems=SYSTEMS)
        self.adapters = {system: self._adapter(system) for system in SYSTEMS}
        self._minutes = 0
        self._created: dict[RecordRef, datetime] = {}

    def _adapter(self, system: str) -> Any:
        connection = Connection(
            company="acme",
            system=system,
            url="memory:",
            api_version="1",
            auth="none",
            secret=lambda key: "",
            clock=self.clock,
            executor=SerialExecutor(),
            key_fields={},
            options={},
            transport=MemoryCrm(self.clock),
        )
        return connect(connection)

    def run(self, run_id: int = 1) -> Run:
        return Run(
            company_id=COMPANY,
            company="acme",
            run_id=run_id,
            now=self.clock.now(),
            zone=ZoneInfo("America/New_York"),
            clock=self.clock,
            ids=self.ids,
            executor=SerialExecutor(),
            adapters=self.adapters,
            mapping=self.loaded.mapping,
            playbook=self.loaded.playbook,
            levels=dict.fromkeys(SYSTEMS, Level.FULL),
            live_since=LIVE,
            note=lambda line: None,
        )

    def land(self, kind: str, record_id: str, fields: Mapping[str, Wire], **facts: Any) -> RecordRef:
        """Land a record of ``system.object``; every record is stamped a minute after the one before."""
        system, name = kind.split(".")
        self._minutes += 1
        at = NOW - timedelta(days=2) + timedelta(minutes=self._minutes)
        ref = RecordRef(system, name, record_id)
        created_at = facts.pop("created_at", self._created.setdefault(ref, at))
        record = RawRecord(ref, at, dict(fields), created_at=created_at, **facts)
        self.landing.land(COMPANY, LandedPage(system, name, name, [record], (), {}, None, NOW))
        return ref

    def resolve(self) -> Resolved:
        """Who is who; primary records are chosen as in a run."""
        return resolve(self.run(), self.resolving)

    def decide(self) -> None:
        """Resolve, merge and decide everybody who was touched."""
        run = self.run()
        resolve(run, self.resolving)
        decider = make_decider(run, self.decisions, Evaluations(self.database), self.values)
        for people in merge_people(run, self.merging):
            choose_primary(run, self.resolving, people)
            decider.chunk(people)

    def rows(self, model: Any, **where: Any) -> list[Any]:
        target = table(model)
        query = select(target).where(*(target.c[name] == value for name, value in where.items()))
        with self.database.read() as connection:
            return list(connection.execute(query.order_by(*target.primary_key)))

    def link(self, ref: RecordRef) -> Any:
        return self.rows(Link, system=ref.system, object=ref.object, record_id=ref.record_id)[0]

    def person_of(self, ref: RecordRef) -> Any:
        return self.rows(Person, person_id=self.link(ref).person_id)[0]

    def living(self) -> list[int]:
        """The people who were not merged away."""
        return [row.person_id for row in self.rows(Person) if row.merged_into is None]

    def same_person(self, *refs: RecordRef) -> bool:
        return len({self.link(ref).person_id for ref in refs}) == 1

    def signals_of(self, ref: RecordRef) -> list[str]:
        """The activities that count for a record's person."""
        rows = self.rows(Activity, person_id=self.link(ref).person_id)
        return sorted(row.signal for row in rows if row.deleted_seq is None)

    def broken(self) -> list[str]:
        """Broken invariants by name."""
        return [each.name for each in check(self.database, COMPANY)]


def contact(email: str, **more: Wire) -> dict[str, Wire]:
    """A HubSpot contact's fields."""
    return {"email": email, "firstname": "Ann", "lastname": "Bell", **more}


def lead(email: str, **more: Wire) -> dict[str, Wire]:
    """A Lead's fields; a Contact's too."""
    return {"Email": email, "FirstName": "Ann", "LastName": "Bell", **more}
