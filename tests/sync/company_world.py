"""One company with a few colleagues, both simulated CRMs, and the product beside them.

In process by default; ``serving`` puts real HTTP servers in between. People act through the control planes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from sqlalchemy import event, select

from adapters.hubspot import connect as connect_hubspot
from adapters.salesforce import connect as connect_salesforce
from adapters.simulator.http_server import SimulatorServer
from adapters.simulator.hubspot import HubSpotSimulator
from adapters.simulator.in_process import InProcessAdapter, InProcessPool
from adapters.simulator.salesforce import SalesforceSimulator
from adapters.simulator.wire import Request
from connector.app import App, World
from connector.clock import MovedClock
from connector.config import parse_settings
from connector.ids import SeededIds
from connector.rules.toml import Table
from connector.store.sql import table
from connector.store.tables import Company, Person
from connector.summary import Summary
from tests.simulation.company import ADA, BEN, ROUTING_TOML, TEAM_TOML, owners, salesforce_moment
from tests.simulation.company import _users as users  # the same three colleagues
from tests.templates import migrated

START = datetime(2026, 11, 17, 15, tzinfo=UTC)  # a Tuesday, ten in the morning in New York
LIVE = START - timedelta(days=30)
COMPANY = "acme"
SECRETS = {"SYNC_CLIENT": "simulator", "SYNC_SECRET": "simulator-secret", "SYNC_TOKEN": "simulator-token"}
CONNECTORS: Any = {"salesforce": connect_salesforce, "hubspot": connect_hubspot}
BUYER: Mapping[str, str] = {
    "firstname": "Vera",
    "lastname": "Bell",
    "email": "vera.bell@customer.example",
    "phone": "+15550001",
    "jobtitle": "VP Marketing",
    "company": "Customer Inc",
    "country": "United States",
    "numemployees": "100-500",
    "industry": "COMPUTER_SOFTWARE",
}
FORM = "recent_conversion_event_name"
FORM_AT = "recent_conversion_date"


class SharedClock(MovedClock):
    """Moves the simulators along."""

    def __init__(self, start: datetime, simulators: list[Any]) -> None:
        super().__init__(start)
        self._simulators = simulators

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self._follow()

    def move_to(self, moment: datetime) -> None:
        super().move_to(moment)
        self._follow()

    def _follow(self) -> None:
        for simulator in self._simulators:
            simulator.clock.set(self.now())


class CompanyWorld:
    """The CRMs, the clock and the application. Keyword arguments of ``opened`` are keys of the company's table."""

    def __init__(self, folder: Path, urls: Mapping[str, str] | None, company: Mapping[str, Any]) -> None:
        self.salesforce = SalesforceSimulator(seed=1, now=START)
        self.hubspot = HubSpotSimulator(seed=1, now=START)
        self.clock = SharedClock(START, [self.salesforce, self.hubspot])
        self.folder = folder
        self.company = {"live_since": LIVE, "level": "full", "approval": "never", **company}
        self._urls = urls
        self._seed()
        self.app: App = None  # type: ignore[assignment]  # opened once the addresses are known

    def _seed(self) -> None:
        self.act("salesforce", "seed", {"leadloop_fields": True, "records": {"User": users()}})
        self.act("hubspot", "seed", {"leadloop_fields": True, "owners": owners()})

    def open(self, urls: Mapping[str, str], transports: Mapping[str, object]) -> None:
        mapping = self.folder / "mapping"
        mapping.mkdir(exist_ok=True)
        (mapping / "team.toml").write_text(TEAM_TOML, encoding="utf-8")
        (mapping / "routing.toml").write_text(ROUTING_TOML, encoding="utf-8")
        company = {"mappings": "mapping", "timezone": "America/New_York", **self.company}
        company = {name: value for name, value in company.items() if value is not None}
        company["salesforce"] = {
            "url": urls["salesforce"],
            "api_version": "67.0",
            "auth": "client_credentials",
            "client_id": "env:SYNC_CLIENT",
            "client_secret": "env:SYNC_SECRET",
        }
        company["hubspot"] = {
            "url": urls["hubspot"],
            "api_version": "2026-09",
            "auth": "token",
            "access_token": "env:SYNC_TOKEN",
        }
        migrated(self.folder / "leadloop.db")
        document = {"store": {"url": "sqlite:///leadloop.db"}, "companies": {COMPANY: company}}
        settings = parse_settings(
            Table(document, "config.toml"), self.folder / "config.toml", ("salesforce", "hubspot")
        )
        self.app = App(settings, CONNECTORS, World(clock=self.clock, ids=SeededIds("sync"), transports=transports))
        event.listen(self.app.database.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))

    # -------------------------------------------------------------- what people and the world do
    def act(self, system: str, route: str, document: Mapping[str, Any]) -> Any:
        """Something happens in a CRM (its control plane)."""
        simulator: Any = getattr(self, system)
        answer = simulator.handle(Request("POST", f"/_simulator/{route}", "", {}, json.dumps(document).encode()))
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def contact(self, **properties: str) -> str:
        """Somebody appears in HubSpot; gives the contact's id."""
        found = self.act("hubspot", "create", {"object": "contacts", "properties": {**BUYER, **properties}})
        return str(found["id"])

    def raise_hand(self, contact_id: str, form: str = "Demo request") -> None:
        """The contact submits a form, now."""
        moment = self.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
        answers = {FORM: form, FORM_AT: moment}
        document = {"object": "contacts", "id": contact_id, "properties": answers, "source": "FORM"}
        self.act("hubspot", "edit", document)

    def edit_contact(self, contact_id: str, **properties: str) -> None:
        """A colleague changes a contact."""
        self.act("hubspot", "edit", {"object": "contacts", "id": contact_id, "properties": properties, "by": 7_001})

    def lead(self, **fields: Any) -> str:
        """Somebody makes a Lead; gives its id."""
        document = {"LastName": "Bell", "Company": "Customer Inc", "OwnerId": ADA, **fields}
        return str(self.act("salesforce", "create", {"object": "Lead", "fields": document, "user_id": ADA})["id"])

    def edit_lead(self, lead_id: str, **fields: Any) -> None:
        """A colleague changes a Lead."""
        self.act("salesforce", "edit", {"object": "Lead", "id": lead_id, "fields": fields, "user_id": BEN})

    # -------------------------------------------------------------- what there is
    def sync(self, times: int = 1, *, minutes: float = 5) -> Summary:
        """So many runs, each a while after the one before; gives the last one's summary."""
        for _ in range(times):
            self.clock.sleep(minutes * 60)
            summary = self.app.sync(COMPANY)
        return summary

    def records(self, system: str, name: str) -> dict[str, Any]:
        """The CRM's records of an object, by id."""
        simulator: Any = getattr(self, system)
        document = json.loads(simulator.handle(Request("GET", "/_simulator/dump", "", {}, b"")).body)
        return dict(document["records"].get(name, {}))

    def leads(self) -> list[dict[str, Any]]:
        return list(self.records("salesforce", "Lead").values())

    def tasks(self) -> list[dict[str, Any]]:
        return list(self.records("salesforce", "Task").values())

    def properties(self, contact_id: str) -> dict[str, Any]:
        """A contact's properties."""
        return dict(self.records("hubspot", "contacts")[contact_id])

    def states(self) -> tuple[str, str]:
        """Everything both CRMs hold, as digests."""
        digests = []
        for simulator in (self.salesforce, self.hubspot):
            digests.append(
                json.loads(simulator.handle(Request("GET", "/_simulator/digest", "", {}, b"")).body)["digest"]
            )
        return digests[0], digests[1]

    def person(self, email: str = BUYER["email"]) -> Any:
        target = table(Person)
        query = select(target).where(target.c.email == email, target.c.merged_into.is_(None))
        return self.rows(query)[0]

    def rows(self, query: Any) -> list[Any]:
        with self.app.database.read() as connection:
            return list(connection.execute(query))

    def stored(self, model: Any) -> list[Any]:
        return self.rows(select(table(model)))

    def company_row(self) -> Any:
        return self.stored(Company)[0]

    def broken(self) -> list[str]:
        return [each.name for each in self.app.violations(COMPANY)[COMPANY]]


@contextmanager
def opened(folder: Path, *, over_http: bool = False, **company: Any) -> Iterator[CompanyWorld]:
    """A company to live in; ``None`` leaves a key of its table out."""
    world = CompanyWorld(folder, None, company)
    servers: list[SimulatorServer] = []
    with mock.patch.dict(os.environ, SECRETS):
        try:
            if over_http:
                servers = [SimulatorServer(world.salesforce), SimulatorServer(world.hubspot)]
                for server in servers:
                    server.start()
                world.open({"salesforce": servers[0].url, "hubspot": servers[1].url}, {})
            else:
                address = "http://127.0.0.1:1"
                transports = {"salesforce": InProcessAdapter(world.salesforce), "hubspot": InProcessPool(world.hubspot)}
                world.open({"salesforce": address, "hubspot": address}, transports)
            yield world
        finally:
            if world.app is not None:
                world.app.close()
            for server in servers:
                server.stop()


__all__ = ["ADA", "BEN", "BUYER", "COMPANY", "CompanyWorld", "opened", "salesforce_moment"]
