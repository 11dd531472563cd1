"""One small language for every CRM the contract suite runs against: what a person does, what the wire does.

Each world owns its CRM and connects adapters to it. Nothing here asserts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from adapters import hubspot, memory, salesforce
from adapters.simulator.http_server import SimulatorServer
from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.in_process import InProcessAdapter, InProcessPool
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from adapters.simulator.wire import Request, SimulatorClock
from connector.clock import Clock, MovedClock
from connector.executor import SerialExecutor
from connector.ports.adapter import Adapter
from connector.ports.connection import Connection

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
SECRETS = {
    "client_id": "simulator",
    "client_secret": "simulator-secret",
    "access_token": "simulator-token",
    "refresh_token": "simulator-refresh",
}
WIRE_WORLDS = ("salesforce-http", "salesforce", "hubspot-http", "hubspot")
WORLDS = ("memory", *WIRE_WORLDS)


class SharedClock:
    """The product's clock where the simulator's is the only time: waiting moves the server on."""

    def __init__(self, clock: SimulatorClock) -> None:
        self._clock = clock
        self.slept_s: list[float] = []

    def now(self) -> datetime:
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self.slept_s.append(seconds)
            self._clock.advance(seconds)


def connection(system: str, url: str, clock: Clock, **overrides: Any) -> Connection:
    options = {
        "api_version": "67.0" if system == "salesforce" else "2026-09",
        "auth": "client_credentials" if system == "salesforce" else "token",
        "secret": SECRETS.__getitem__,
        "executor": SerialExecutor(),
        **overrides,
    }
    return Connection(company="acme", system=system, url=url, clock=clock, **options)


@dataclass(frozen=True)
class TaskShape:
    """How a task looks in a CRM: its object and fields, what ties it to a person, and a field that may hold our key."""

    object: str
    subject: str
    due: str
    person: str
    key: str


class World(Protocol):
    """A CRM with one object of people. Fields: name, email, choice (A to D), key."""

    @property
    def clock(self) -> Clock: ...
    @property
    def object_name(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def choice(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def required(self) -> Mapping[str, str]: ...

    @property
    def task(self) -> TaskShape: ...

    def adapter(self, keys: Mapping[str, str] | None = None, **options: object) -> Adapter: ...
    def create(self, count: int) -> list[str]: ...
    def edit(self, record_id: str, fields: Mapping[str, object], *, late_s: float = 0) -> None: ...
    def delete(self, record_id: str) -> None: ...
    def merge(self, winner_id: str, loser_id: str) -> str: ...
    def keys(self) -> list[str]: ...
    def lose_next_reply(self) -> None: ...
    def advance(self, seconds: float) -> None: ...


class MemoryWorld:
    """The reference."""

    object_name, name, email, choice, key = "contacts", "lastname", "email", "grade", "leadloop_id"
    required: Mapping[str, str] = {"lastname": "New"}
    task = TaskShape("tasks", "subject", "due", "association:contacts", "leadloop_id")

    def __init__(self) -> None:
        self.clock = MovedClock(NOW)
        self.crm = memory.MemoryCrm(self.clock, {"grade": ("A", "B", "C", "D")})

    def adapter(self, keys: Mapping[str, str] | None = None, **options: object) -> Adapter:
        keys = {"contacts": "leadloop_id", "tasks": "leadloop_id", **(keys or {})}
        options = {"objects": ("contacts", "tasks"), **options}
        return memory.connect(
            connection(
                "memory", "", self.clock, api_version="", auth="", transport=self.crm, key_fields=keys, options=options
            )
        )

    def create(self, count: int) -> list[str]:
        rows = ({"lastname": f"L{i}", "email": f"p{i}@x.example", "grade": None} for i in range(count))
        return [self.crm.create("contacts", row) for row in rows]

    def edit(self, record_id: str, fields: Mapping[str, Any], *, late_s: float = 0) -> None:
        self.crm.edit("contacts", record_id, fields, late_s=late_s)

    def delete(self, record_id: str) -> None:
        self.crm.delete("contacts", record_id)

    def merge(self, winner_id: str, loser_id: str) -> str:
        self.crm.merge("contacts", winner_id, loser_id)
        return winner_id

    def keys(self) -> list[str]:
        held = (item.versions[-1].fields.get("leadloop_id") for item in self.crm.of("contacts"))
        return [str(key) for key in held if key]

    def lose_next_reply(self) -> None:
        self.crm.lost_replies = 1

    def advance(self, seconds: float) -> None:
        self.clock.sleep(seconds)


class _Simulated:
    """What both vendors' worlds share: the control plane, the clock, the way in."""

    simulator: Any
    object_name: str
    key: str

    def __init__(self, *, url: str | None) -> None:
        self.url = url
        self.clock = SharedClock(self.simulator.clock)

    def control(self, name: str, document: object = None, method: str = "POST", query: str = "") -> Any:
        body = json.dumps(document or {}).encode()
        answer = self.simulator.handle(Request(method, f"/_simulator/{name}", query, body=body))
        assert answer.status < 300, answer.body
        return json.loads(answer.body)

    def faults(self, *faults: Mapping[str, object]) -> None:
        self.control("faults", {"faults": list(faults)})

    def requests(self, part: str = "") -> list[dict[str, Any]]:
        logged = self.control("requests", method="GET")
        entries = logged if isinstance(logged, list) else logged["requests"]
        return [entry for entry in entries if part in entry["path"]]

    def records(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.control("dump", method="GET")["records"].get(self.object_name, {})
        return found

    def keys(self) -> list[str]:
        return [str(fields[self.key]) for fields in self.records().values() if fields.get(self.key)]

    def advance(self, seconds: float) -> None:
        self.simulator.clock.advance(seconds)


class SalesforceWorld(_Simulated):
    """Leads of a simulated org."""

    object_name, name, email, choice, key = "Lead", "LastName", "Email", "Leadloop_Grade__c", "Leadloop_Id__c"
    required: Mapping[str, str] = {"LastName": "New", "Company": "Acme"}
    task = TaskShape("Task", "Subject", "ActivityDate", "WhoId", "Leadloop_Id__c")

    def __init__(self, *, url: str | None = None, simulator: SalesforceSimulator | None = None) -> None:
        self.simulator = simulator or SalesforceSimulator(seed=1, now=NOW)
        super().__init__(url=url)
        user = {"LastName": "Ruiz", "Username": "ruiz@x.example", "Email": "ruiz@x.example", "Alias": "ruiz"}
        self.control("seed", {"leadloop_fields": True, "records": {"User": [{"Id": "005000000000042AAA", **user}]}})
        self.person = "005000000000042AAA"

    def adapter(self, keys: Mapping[str, str] | None = None, **options: object) -> Adapter:
        transport = None if self.url else InProcessAdapter(self.simulator)
        keys = {"Lead": "Leadloop_Id__c", **(keys or {})}
        return salesforce.connect(self.connection(transport=transport, key_fields=keys, options=options))

    def connection(self, **overrides: Any) -> Connection:
        return connection("salesforce", self.url or "http://127.0.0.1:1", self.clock, **overrides)

    def create(self, count: int) -> list[str]:
        rows = [{"LastName": f"L{i}", "Company": "Acme", "Email": f"p{i}@x.example"} for i in range(count)]
        before = set(self.records())
        self.control("seed", {"records": {"Lead": rows}})
        return sorted(set(self.records()) - before)

    def edit(self, record_id: str, fields: Mapping[str, object], *, late_s: float = 0) -> None:
        document = {"object": "Lead", "id": record_id, "fields": fields, "by": self.person}
        self.control("edit", {**document, "visible_after_s": late_s})

    def delete(self, record_id: str) -> None:
        self.control("delete", {"object": "Lead", "id": record_id, "by": self.person})

    def merge(self, winner_id: str, loser_id: str) -> str:
        document = {"object": "Lead", "master": winner_id, "losers": [loser_id], "by": self.person}
        self.control("merge", document)
        return winner_id

    def lose_next_reply(self) -> None:
        self.faults({"kind": "drop_after", "path": "/composite"})


class HubSpotWorld(_Simulated):
    """Contacts of a simulated portal. A late commit is the search index that lags."""

    object_name, name, email, choice, key = "contacts", "lastname", "email", "leadloop_grade", "leadloop_id"
    required: Mapping[str, str] = {"lastname": "New"}
    task = TaskShape("tasks", "hs_task_subject", "hs_timestamp", "association:contacts", "leadloop_id")

    def __init__(self, *, url: str | None = None, simulator: HubSpotSimulator | None = None) -> None:
        self.simulator = simulator or HubSpotSimulator(seed=1, now=NOW)
        super().__init__(url=url)
        self.control("settings", {"search_lag_s": 0})
        key = {"name": "leadloop_id", "type": "string", "hasUniqueValue": True}
        self.control("seed", {"leadloop_fields": True, "properties": {"tasks": [key]}})

    def adapter(self, keys: Mapping[str, str] | None = None, **options: object) -> Adapter:
        transport = None if self.url else InProcessPool(self.simulator)
        keys = {"contacts": "leadloop_id", **(keys or {})}
        return hubspot.connect(self.connection(transport=transport, key_fields=keys, options=options))

    def connection(self, **overrides: Any) -> Connection:
        return connection("hubspot", self.url or "http://127.0.0.1:1", self.clock, **overrides)

    def create(self, count: int) -> list[str]:
        rows = [{"properties": {"lastname": f"L{i}", "email": f"p{i}@x.example"}} for i in range(count)]
        before = set(self.records())
        self.control("seed", {"records": {"contacts": rows}})
        return sorted(set(self.records()) - before)

    def edit(self, record_id: str, fields: Mapping[str, object], *, late_s: float = 0) -> None:
        self.control("settings", {"search_lag_s": int(late_s)})
        self.control("edit", {"object": "contacts", "id": record_id, "properties": fields, "by": 61204455})

    def delete(self, record_id: str) -> None:
        self.control("archive", {"object": "contacts", "id": record_id})

    def merge(self, winner_id: str, loser_id: str) -> str:
        document = {"object": "contacts", "primary": winner_id, "other": loser_id, "by": 61204455}
        return str(self.control("merge", document)["id"])

    def lose_next_reply(self) -> None:
        self.faults({"kind": "drop_after", "path": "/batch/"})


@contextmanager
def open_world(name: str) -> Iterator[World]:
    """A fresh world by name; the ones with ``-http`` speak over a real socket."""
    if name == "memory":
        yield MemoryWorld()
        return
    vendor, _, over = name.partition("-")
    make: Any = SalesforceWorld if vendor == "salesforce" else HubSpotWorld
    if not over:
        yield make()
        return
    simulator: Any = SalesforceSimulator if vendor == "salesforce" else HubSpotSimulator
    server = SimulatorServer(simulator(seed=1, now=NOW))
    with server:
        yield make(url=server.url, simulator=server.simulator)
    assert server.failures == []
