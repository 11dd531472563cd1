"""The same promises with the real adapters against the simulated vendors, in process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from connector.decide.diff import Desired
from connector.ids import SeededIds
from connector.model import Lane, Level, RowOutcome, RowWrite
from connector.ports.adapter import PullRequest
from connector.ports.landing import LandedPage
from connector.store.landing import SqlLandingStore
from connector.store.outbox import SqlOutbox
from connector.store.sql import table
from connector.store.tables import BaselineRow, Company, ConflictRow, Link, OutboxRow, Person, Reject, WriteRequest
from connector.sync.plan import PlanningRules, make_plan
from connector.sync.push import push_plan, release_plan
from connector.sync.settle import settle_unknown
from connector.sync.writing import PushReport, Writing
from tests.contract.worlds import open_world
from tests.templates import migrated
from tests.writes.writes_world import COMPANY, START, open_quickly, owned, shared

GRADES = {"salesforce": "Leadloop_Grade__c", "hubspot": "leadloop_grade"}
SCORES = {"salesforce": "Leadloop_Score__c", "hubspot": "leadloop_score"}
CODECS = {
    "salesforce": {"Lead.LastName": "trim", "Lead.Email": "lower"},
    "hubspot": {"contacts.lastname": "trim", "contacts.email": "lower"},
}


class Beforehand:
    """An adapter in front of whose first write something happens."""

    def __init__(self, inner: Any, happens: Callable[[], None]) -> None:
        self._inner = inner
        self._due = [happens]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def write(self, lane: Lane, rows: Sequence[RowWrite]) -> list[RowOutcome]:
        while self._due:
            self._due.pop()()
        return self._inner.write(lane, rows)


class VendorWorld:
    """One company with one record in one simulated vendor."""

    def __init__(self, vendor: str, crm: Any, url: str) -> None:
        self.vendor, self.crm = vendor, crm
        self.adapter = crm.adapter(search_lag_s=0)
        self.database = open_quickly(url)
        self.outbox = SqlOutbox(self.database)
        self.ids = SeededIds("vendor")
        self.wanted: dict[str, Desired] = {}
        self.runs = 0
        self.record = crm.create(1)[0]
        self._link()

    def _link(self) -> None:
        link = {"company": COMPANY, "link_id": 1, "person_id": 1, "system": self.vendor, "family": "people"}
        link |= {"object": self.crm.object_name, "record_id": self.record, "external_key": "k1", "mapped": {}}
        person = {"company": COMPANY, "person_id": 1, "person_key": "p1", "created_at": START}
        with self.database.begin() as connection:
            connection.execute(table(Company).insert().values(id=COMPANY, name="acme"))
            connection.execute(table(Person).insert().values(**person))
            connection.execute(table(Link).insert().values(**link, is_primary=True, first_seen_at=START))

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.crm.name, self.crm.email, GRADES[self.vendor], SCORES[self.vendor])

    def pull(self) -> int:
        self.crm.advance(5)
        changed = 0
        name = self.crm.object_name
        for page in self.adapter.pull(PullRequest(name, self.fields)):
            landed = LandedPage(self.vendor, name, name, page.records, self.fields, {}, None, self.crm.clock.now())
            changed += SqlLandingStore(self.database).land(COMPANY, landed)
        with self.database.begin() as connection:
            connection.execute(table(Person).update().values(unsettled=True))
        return changed

    def sync(self) -> PushReport:
        self.runs += 1
        writing = Writing(
            company_id=COMPANY,
            run_id=self.runs,
            outbox=self.outbox,
            adapters={self.vendor: self.adapter},
            levels={self.vendor: Level.FULL},
            clock=self.crm.clock,
            ids=self.ids,
        )
        settle_unknown(writing)
        self.pull()
        plan = make_plan(writing, lambda person, link: self.wanted, lambda person: (), PlanningRules(approval="never"))
        if plan is not None:
            release_plan(writing, plan, by=None)
        return push_plan(writing, plan)

    def rows(self, model: Any) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(table(model).select()))

    def base(self) -> dict[str, Any]:
        rows = self.rows(BaselineRow)
        return dict(rows[0].fields) if rows else {}


@pytest.fixture(params=["salesforce", "hubspot"])
def vendor(request, tmp_path) -> Iterator[VendorWorld]:
    with open_world(request.param) as crm:
        world = VendorWorld(request.param, crm, f"sqlite:///{migrated(tmp_path / 'vendor.db')}")
        yield world
        world.database.close()


def test_fields_are_written_and_then_there_is_silence(vendor):
    vendor.wanted = {
        GRADES[vendor.vendor]: owned("B", "choice"),
        SCORES[vendor.vendor]: owned(42, "integer"),
        vendor.crm.name: shared("Lovelace", policy="always_other"),
    }
    assert vendor.sync().written == {vendor.vendor: 1}
    stored = vendor.crm.records()[vendor.record]
    assert stored[GRADES[vendor.vendor]] == "B"
    assert float(stored[SCORES[vendor.vendor]]) == 42
    assert stored[vendor.crm.name] == "Lovelace"
    assert vendor.sync().written == {}
    assert vendor.pull() == 0


def test_a_vendor_that_trims_and_lower_cases_is_met_with_silence(vendor):
    vendor.crm.control("settings", {"normalise": CODECS[vendor.vendor]})
    vendor.wanted = {
        vendor.crm.name: shared("  Lovelace ", policy="always_other"),
        vendor.crm.email: shared("Ada@X.Example", "email", policy="always_other"),
    }
    vendor.sync()
    assert vendor.base()[vendor.crm.name][1] == "Lovelace"
    assert vendor.base()[vendor.crm.email][1] == "ada@x.example"
    assert vendor.sync().written == {}


def test_a_vendor_that_says_yes_and_stores_nothing_is_not_believed(vendor):
    vendor.wanted = {SCORES[vendor.vendor]: owned(42, "integer")}
    vendor.sync()
    base = vendor.base()
    vendor.crm.faults({"kind": "lie", "path": "/composite" if vendor.vendor == "salesforce" else "/batch/update"})
    vendor.wanted = {SCORES[vendor.vendor]: owned(60, "integer")}
    vendor.sync()
    assert vendor.base() == base
    assert [row.code for row in vendor.rows(Reject)] == ["not_stored"]


def test_a_lost_answer_is_read_back_and_not_sent_again(vendor):
    vendor.wanted = {SCORES[vendor.vendor]: owned(42, "integer")}
    lost = Beforehand(vendor.adapter, vendor.crm.lose_next_reply)
    vendor.adapter = lost
    vendor.sync()
    vendor.sync()
    assert float(vendor.crm.records()[vendor.record][SCORES[vendor.vendor]]) == 42
    assert [row.state for row in vendor.rows(OutboxRow)] == ["confirmed"]
    assert [row.status for row in vendor.rows(WriteRequest)] == ["unknown"]
    assert vendor.sync().written == {}


def test_a_value_outside_a_restricted_list_is_refused_by_field_or_row(vendor):
    vendor.wanted = {GRADES[vendor.vendor]: owned("Z", "choice")}
    vendor.sync()
    assert len(vendor.rows(Reject)) == 1
    vendor.wanted = {GRADES[vendor.vendor]: replace(owned("C", "choice"))}
    vendor.crm.advance(3601)
    vendor.sync()
    assert vendor.crm.records()[vendor.record][GRADES[vendor.vendor]] == "C"


def test_a_person_who_edits_between_our_look_and_our_write_keeps_the_last_word(vendor):
    name = vendor.crm.name
    wish = Desired("Ours", "text", "moment", Level.ASSIGN, moment="owner", moment_seq=1)
    vendor.wanted = {name: replace(wish, moment_at=vendor.crm.clock.now() + timedelta(hours=1))}

    def edit() -> None:
        vendor.crm.advance(2 * 3600)
        vendor.crm.edit(vendor.record, {name: "Theirs"})

    vendor.adapter = Beforehand(vendor.adapter, edit)
    vendor.sync()
    vendor.sync()
    assert vendor.crm.records()[vendor.record][name] == "Theirs"
    assert vendor.base()[name][:2] == ["Ours", "Theirs"]
    assert vendor.sync().written == {}
    found = [(row.theirs, row.settled_by) for row in vendor.rows(ConflictRow)]
    assert found == ([] if vendor.vendor == "salesforce" else [("Theirs", "restored")])
