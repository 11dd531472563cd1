"""How far a stream was read: every record is seen, whatever stops the process and whatever happens to the schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

import adapters.memory.adapter as memory_adapter
import connector.sync.pull as pulling
from adapters.memory import MemoryCrm, connect
from connector.clock import MovedClock
from connector.errors import SchemaDrift
from connector.executor import SerialExecutor
from connector.ids import SeededIds
from connector.model import Level
from connector.playbook import load
from connector.ports.adapter import FieldSchema, ObjectSchema
from connector.ports.connection import Connection
from connector.rules import mapping_file
from connector.rules.toml import Table, parse
from connector.store.companies import SqlCompanyStore, SqlFindingStore
from connector.store.database import Database
from connector.store.landing import SqlLandingStore
from connector.store.migrate import upgrade
from connector.store.sql import table
from connector.store.tables import Landing
from connector.sync.pull import backfill, pull
from connector.sync.run import Run

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
MAPPING = """
[canonical]
email = { type = "email", policy = "dont_sync" }
title = { type = "text", policy = "dont_sync" }

[blue.contacts]
kind = "person"

[blue.contacts.fields]
email = "email"
title = "title"
"""


class PowerCut(BaseException):
    """The process dies."""


class Drifting:
    """The reference adapter whose schema can lose a field, as a CRM does when an admin hides it."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.hidden: set[str] = set()
        self.object_is_gone = False
        self.schema_calls = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def schema(self, object_name: str) -> ObjectSchema:
        self.schema_calls += 1
        if self.object_is_gone:
            raise SchemaDrift("there is no object contacts", where="blue")
        visible = {"email", "title"} - self.hidden
        return ObjectSchema(object_name, {name: FieldSchema(name, "text", writable=True) for name in visible})

    def pull(self, request: Any) -> Any:
        self._refuse(request)
        return self._inner.pull(request)

    def backfill(self, request: Any) -> Any:
        self._refuse(request)
        return self._inner.backfill(request)

    def _refuse(self, request: Any) -> None:
        if self.object_is_gone or self.hidden & set(request.fields):
            raise SchemaDrift("a field is not visible", fields=tuple(self.hidden), where="blue contacts")


class Stream:
    """One CRM in memory, one store, and the pull between them."""

    def __init__(self, url: str) -> None:
        self.fuse: int | None = None
        self.database = Database(url, checkpoint=self._checkpoint)
        event.listen(self.database.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))
        upgrade(self.database)
        self.company = SqlCompanyStore(self.database).company("acme").company_id
        self.clock = MovedClock(START)
        self.crm = MemoryCrm(self.clock)
        self.adapter = Drifting(connect(self._connection()))
        self.landing, self.findings = SqlLandingStore(self.database), SqlFindingStore(self.database)
        self.mapping = mapping_file.parse(Table(parse(MAPPING, "fields.toml"), "fields.toml"), systems=("blue",))
        self.playbook = load(None, systems=("hubspot", "salesforce")).playbook

    def _connection(self) -> Connection:
        return Connection(
            company="acme",
            system="blue",
            url="memory:",
            api_version="1",
            auth="none",
            secret=lambda key: "",
            clock=self.clock,
            executor=SerialExecutor(),
            key_fields={},
            options={"objects": ("contacts",), "lag_s": 60, "overlap_s": 600},
            transport=self.crm,
        )

    def _checkpoint(self, moment: str) -> None:
        if self.fuse is None or moment != "before commit":
            return
        self.fuse -= 1
        if self.fuse < 0:
            self.fuse = None
            raise PowerCut

    def run(self) -> Run:
        return Run(
            company_id=self.company,
            company="acme",
            run_id=1,
            now=self.clock.now(),
            zone=ZoneInfo("UTC"),
            clock=self.clock,
            ids=SeededIds("pull"),
            executor=SerialExecutor(),
            adapters={"blue": self.adapter},
            mapping=self.mapping,
            playbook=self.playbook,
            levels={"blue": Level.OBSERVE},
            live_since=None,
            note=lambda line: None,
        )

    def pull(self) -> int:
        return pull(self.run(), self.landing, self.findings)["blue"]["contacts"]

    def backfill(self) -> int:
        wanted = [("blue", "contacts")]
        found = backfill(self.run(), self.landing, self.findings, wanted=wanted)
        return found["blue"]["contacts"]

    def landed(self) -> dict[str, dict[str, Any]]:
        with self.database.read() as connection:
            return {row.record_id: row.fields for row in connection.execute(select(table(Landing)))}

    def truth(self) -> dict[str, dict[str, Any]]:
        return {each.record_id: dict(each.versions[-1].fields) for each in self.crm.of("contacts")}

    def covered_until(self) -> datetime | None:
        mark = self.landing.watermark(self.company, "blue", "contacts")
        return None if mark is None else mark.covered_until

    def open_findings(self) -> list[str]:
        return [each.name for each in self.findings.open_findings(self.company)]

    def create(self, email: str, **options: Any) -> str:
        return self.crm.create("contacts", {"email": email, "title": "CEO"}, **options)


def use_small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three records on a page and in a transaction: a few records are many pages."""
    monkeypatch.setattr(memory_adapter, "PAGE_SIZE_MAX", 3)
    monkeypatch.setattr(pulling, "PORTION_SIZE", 3)


@pytest.fixture
def stream(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stream]:
    use_small_pages(monkeypatch)
    opened = Stream(sqlite_url)
    yield opened
    opened.database.close()


@pytest.mark.parametrize("commits", range(5))
def test_a_load_that_died_goes_on_at_the_page_where_it_was(stream: Stream, commits: int) -> None:
    for number in range(8):
        stream.create(f"{number}@example.com")
        stream.clock.sleep(1)
    stream.fuse = commits
    with pytest.raises(PowerCut):
        stream.backfill()
    before = len(stream.landed())
    assert stream.covered_until() is None, "nothing is covered before everything was read"
    calls = stream.pull()
    assert calls == 8 - before, "what was stored is not read again"
    assert stream.landed() == stream.truth()
    assert stream.covered_until() is not None
    stream.clock.sleep(300)
    assert stream.pull() == 0


def test_a_pull_that_died_goes_on_from_its_last_commit(stream: Stream) -> None:
    stream.pull()
    stream.clock.sleep(3600)
    for number in range(8):
        stream.create(f"{number}@example.com")
    stream.fuse = 2
    with pytest.raises(PowerCut):
        stream.pull()
    mark = stream.covered_until()
    assert mark is not None
    assert mark < stream.clock.now() - timedelta(minutes=30), "the last page alone moves the watermark"
    stream.pull()
    assert stream.landed() == stream.truth()


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("create"), st.integers(0, 50)),
        st.tuples(st.just("edit"), st.integers(0, 9)),
        st.tuples(st.just("pass"), st.integers(1, 900)),
        st.tuples(st.just("pull"), st.just(0)),
        st.tuples(st.just("die"), st.integers(0, 2)),
    ),
    max_size=15,
)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS)
def test_the_watermark_never_passes_a_record_that_was_not_stored(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, actions: list[tuple[str, int]]
) -> None:
    use_small_pages(monkeypatch)
    stream = Stream(f"sqlite:///{tmp_path_factory.mktemp('stream') / 'leadloop.db'}")
    for number, (what, amount) in enumerate(actions):
        match what:
            case "create":
                stream.create(f"{number}@example.com", late_s=amount)  # it becomes visible up to 50 s after its stamp
            case "edit":
                ids = sorted(stream.truth())
                if ids:
                    stream.crm.edit("contacts", ids[amount % len(ids)], {"email": f"new{number}@example.com"})
            case "pass":
                stream.clock.sleep(amount)
            case "pull":
                stream.pull()
            case _:
                stream.fuse = amount
                with suppress(PowerCut):
                    stream.pull()
                stream.fuse = None
        mark, landed = stream.covered_until(), stream.landed()
        for record in stream.crm.of("contacts"):
            seen = [each for each in record.versions if mark is not None and each.modified_at <= mark]
            assert not seen or record.record_id in landed
    stream.clock.sleep(120)
    stream.pull()
    assert stream.landed() == stream.truth()
    stream.database.close()


def test_a_field_that_vanishes_is_one_finding_and_its_values_are_absent_not_null(stream: Stream) -> None:
    record_id = stream.create("a@example.com")
    stream.pull()
    assert stream.landed()[record_id] == {"email": "a@example.com", "title": "CEO"}
    stream.adapter.hidden = {"title"}
    stream.clock.sleep(300)
    stream.crm.edit("contacts", record_id, {"email": "b@example.com"})
    stream.pull()
    assert stream.landed()[record_id] == {"email": "b@example.com"}
    assert stream.open_findings() == ["missing_fields:blue.contacts"]
    assert "title" in stream.findings.open_findings(stream.company)[0].remedy
    # It comes back: known a day later at the latest, and the finding is settled.
    stream.adapter.hidden = set()
    stream.clock.sleep(86_400)
    stream.crm.edit("contacts", record_id, {"title": "CFO"})
    stream.pull()
    assert stream.landed()[record_id] == {"email": "b@example.com", "title": "CFO"}
    assert stream.open_findings() == []


def test_the_schema_is_asked_once_a_day(stream: Stream) -> None:
    stream.create("a@example.com")
    for _ in range(3):
        stream.pull()
        stream.clock.sleep(3600)
    assert stream.adapter.schema_calls == 1
    stream.clock.sleep(86_400)
    stream.pull()
    assert stream.adapter.schema_calls == 2


def test_an_object_that_may_not_be_seen_stops_nobody_else_and_is_told_until_it_can(stream: Stream) -> None:
    stream.create("a@example.com")
    stream.adapter.object_is_gone = True
    assert stream.pull() == 0
    assert stream.backfill() == 0
    assert stream.open_findings() == ["missing_object:blue.contacts"]
    stream.adapter.object_is_gone = False
    stream.clock.sleep(60)
    assert stream.pull() == 1
    assert stream.open_findings() == []


def test_a_second_load_starts_afresh(stream: Stream) -> None:
    stream.create("a@example.com")
    assert stream.backfill() == 1
    stream.clock.sleep(60)
    stream.create("b@example.com")
    assert stream.backfill() == 1
    assert stream.landed() == stream.truth()
