"""One company on both simulators in process, with the default mapping, and the product beside it. Nothing asserts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

from sqlalchemy import event, select

from adapters.hubspot import connect as connect_hubspot
from adapters.salesforce import connect as connect_salesforce
from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.in_process import InProcessAdapter, InProcessPool
from adapters.simulator.salesforce.identifiers import to18
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from adapters.simulator.wire import Request
from connector.app import App, World
from connector.clock import MovedClock
from connector.config import parse_settings
from connector.ids import SeededIds
from connector.ports.findings import Finding
from connector.rules.toml import Table
from connector.store.sql import table
from connector.store.tables import Activity
from connector.summary import Summary

START = datetime(2026, 11, 17, 15, tzinfo=UTC)  # a Tuesday, ten in the morning in New York
ANN, BOB, ROBOT = (to18(f"005{number:012d}") for number in (101, 102, 103))
PAT, FAIR, QUEUE = to18("00Q000000000101"), to18("701000000000101"), to18("00G000000000101")
SECRETS = {"RECORDS_CLIENT": "simulator", "RECORDS_SECRET": "simulator-secret", "RECORDS_TOKEN": "simulator-token"}
CONNECTORS: Any = {"salesforce": connect_salesforce, "hubspot": connect_hubspot}


class Company:
    """The running company. ``move`` lets time pass everywhere."""

    def __init__(self, folder: Path, environment: str = "production") -> None:
        self.salesforce = SalesforceSimulator(seed=1, now=START)
        self.hubspot = HubSpotSimulator(seed=1, now=START)
        self.clock = MovedClock(START)
        self.control("salesforce", "seed", {"leadloop_fields": True, "records": _records()})
        self.control("hubspot", "seed", {"leadloop_fields": True})
        self.control("hubspot", "settings", {"search_lag_s": 0, "search_limit": 100_000, "burst_limit": 100_000})
        settings = parse_settings(
            Table(_document(environment), "config.toml"), folder / "config.toml", tuple(CONNECTORS)
        )
        transports = {"salesforce": InProcessAdapter(self.salesforce), "hubspot": InProcessPool(self.hubspot)}
        self.app = App(settings, CONNECTORS, World(clock=self.clock, ids=SeededIds("records"), transports=transports))
        # Nothing here dies with the machine: no need to wait for the disk.
        event.listen(self.app.database.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))

    def control(self, system: str, route: str, body: dict[str, Any]) -> dict[str, Any]:
        simulator: Any = getattr(self, system)
        answer = simulator.handle(Request("POST", f"/_simulator/{route}", body=json.dumps(body).encode()))
        assert answer.status < 300, answer.body
        found: dict[str, Any] = json.loads(answer.body)
        return found

    def make(self, object_name: str, by: str = ANN, **fields: Any) -> str:
        return str(self.control("salesforce", "create", {"object": object_name, "fields": fields, "by": by})["id"])

    def edit(self, object_name: str, record_id: str, by: str = ANN, **fields: Any) -> None:
        document = {"object": object_name, "id": record_id, "fields": fields, "by": by}
        self.control("salesforce", "edit", document)

    def contact(self, **properties: str) -> None:
        self.control("hubspot", "seed", {"records": {"contacts": [{"properties": properties}]}})

    def move(self, seconds: float) -> None:
        for simulator in (self.salesforce, self.hubspot):
            simulator.clock.advance(seconds)
        self.clock.sleep(seconds)

    def sync(self) -> Summary:
        return self.app.sync("acme")

    def calls(self) -> int:
        """Requests that the org has seen; those for a token not counted."""
        return len([entry for entry in self.salesforce.log.entries if "/oauth" not in entry["path"]])

    def signals(self, *, counted: bool = True) -> list[tuple[str, str]]:
        """(source, signal) of what is stored of somebody, in the order it happened; ``counted``: without duplicates."""
        target = table(Activity)
        query = select(target).where(target.c.person_id.is_not(None), target.c.deleted_seq.is_(None))
        query = query.order_by(target.c.occurred_at, target.c.source_key)
        with self.app.database.read() as connection:
            rows = list(connection.execute(query))
        return [(row.source, row.signal) for row in rows if not counted or row.duplicate_of is None]

    def rows(self, model: Any) -> list[Any]:
        with self.app.database.read() as connection:
            return list(connection.execute(select(table(model))))

    def findings(self) -> dict[str, Finding]:
        company = self.app.state("acme").company_id
        return {each.name: each for each in self.app.stores.findings.open_findings(company)}


@contextmanager
def company(folder: Path, environment: str = "production") -> Iterator[Company]:
    """The company with its secrets set."""
    with mock.patch.dict("os.environ", SECRETS):
        opened = Company(folder, environment)
        try:
            yield opened
        finally:
            opened.app.close()


def _records() -> dict[str, list[dict[str, Any]]]:
    people = ((ANN, "Ann", "Standard"), (BOB, "Bob", "Standard"), (ROBOT, "Robot", "AutomatedProcess"))
    users = [
        {
            "Id": user_id,
            "LastName": name,
            "Username": f"{name}@x.example",
            "Email": f"{name}@x.example",
            "UserType": kind,
        }
        for user_id, name, kind in people
    ]
    lead = {"Id": PAT, "LastName": "Roe", "FirstName": "Pat", "Company": "Acme", "Email": "pat@customer.example"}
    return {
        "User": users,
        "Lead": [{**lead, "OwnerId": ANN}],
        "Campaign": [{"Id": FAIR, "Name": "Webinar: Lead scoring", "Type": "Webinar"}],
        "Group": [{"Id": QUEUE, "Name": "Inbound"}],
    }


def _document(environment: str) -> dict[str, Any]:
    salesforce = {
        "url": "http://127.0.0.1:1",
        "api_version": "67.0",
        "auth": "client_credentials",
        "client_id": "env:RECORDS_CLIENT",
        "client_secret": "env:RECORDS_SECRET",
    }
    hubspot = {
        "url": "http://127.0.0.1:1",
        "api_version": "2026-09",
        "auth": "token",
        "access_token": "env:RECORDS_TOKEN",
    }
    own = {"timezone": "America/New_York", "environment": environment, "salesforce": salesforce, "hubspot": hubspot}
    return {"store": {"url": "sqlite:///store.db"}, "companies": {"acme": own}}
