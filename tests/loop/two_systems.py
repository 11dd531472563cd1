"""One company on both simulators in process, run by the application as a whole; people act through control planes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from adapters import hubspot, salesforce
from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.in_process import InProcessAdapter, InProcessPool
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from adapters.simulator.wire import Request
from connector.app import App, World
from connector.config import parse_settings
from connector.ids import SeededIds
from connector.ports.findings import Finding
from connector.rules.toml import Table
from connector.summary import Summary
from tests.templates import migrated

START = datetime(2026, 11, 17, 10, tzinfo=UTC)  # a Tuesday
COMPANY = "acme"
ADA, MAX = "005000000000101AAA", "005000000000103AAA"
GUID = "3f0c1111-0000-4000-8000-000000000001"
TEAM = f"""
[[members]]
name = "Ada Sell"
role = "sdr"
salesforce_user_id = "{ADA}"
hubspot_owner_id = "9001"

[[members]]
name = "Max Lead"
role = "manager"
salesforce_user_id = "{MAX}"
hubspot_owner_id = "9003"
weight = 0
"""
ROUTING = '[fallback]\nmember = "Max Lead"\n'
SECRETS = {"LOOP_ID": "simulator", "LOOP_SECRET": "simulator-secret", "LOOP_TOKEN": "simulator-token"}
BUYER = {
    "firstname": "Mara",
    "lastname": "Oduya",
    "jobtitle": "VP Marketing",
    "company": "Northwind",
    "country": "United States",
    "phone": "+15550001234",
    "numemployees": "100-500",
    "industry": "COMPUTER_SOFTWARE",
}


class SharedTime:
    """The product's clock: waiting moves both systems on."""

    def __init__(self, systems: Sequence[Any]) -> None:
        self._systems = systems

    def now(self) -> datetime:
        found: datetime = self._systems[0].clock.now()
        return found

    def sleep(self, seconds: float) -> None:
        for system in self._systems:
            system.clock.advance(max(seconds, 0))


class Loop:
    """The company, its systems and its store. ``rules``: file name -> text of the company's own mapping folder."""

    def __init__(self, folder: Path, rules: Mapping[str, str] | None = None, *, more_team: str = "") -> None:
        self.salesforce = SalesforceSimulator(seed=1, now=START)
        self.hubspot = HubSpotSimulator(seed=1, now=START)
        self.clock = SharedTime((self.salesforce, self.hubspot))
        self.database = migrated(folder / "loop.db")
        mappings = folder / "mapping"
        mappings.mkdir()
        for name, text in {"team.toml": TEAM + more_team, "routing.toml": ROUTING, **(rules or {})}.items():
            (mappings / name).write_text(text, encoding="utf-8")
        self._furnish()
        settings = parse_settings(Table(self._document(), "config.toml"), folder / "config.toml", SYSTEMS)
        transports = {"salesforce": InProcessAdapter(self.salesforce), "hubspot": InProcessPool(self.hubspot)}
        world = World(clock=self.clock, ids=SeededIds("loop"), transports=transports)
        connectors: Any = {"salesforce": salesforce.connect, "hubspot": hubspot.connect}
        self.app = App(settings, connectors, world)

    def _document(self) -> dict[str, Any]:
        company: dict[str, Any] = {"mappings": "mapping", "timezone": "UTC", "level": "full", "approval": "never"}
        company["live_since"] = START - timedelta(days=1)
        sold = {"api_version": "67.0", "auth": "client_credentials"}
        sold |= {"client_id": "env:LOOP_ID", "client_secret": "env:LOOP_SECRET"}
        told = {"api_version": "2026-09", "auth": "token", "access_token": "env:LOOP_TOKEN"}
        company["salesforce"] = {"url": "http://127.0.0.1:1", **sold}
        company["hubspot"] = {"url": "http://127.0.0.1:1", **told}
        return {"store": {"url": f"sqlite:///{self.database}"}, "companies": {COMPANY: company}}

    def _furnish(self) -> None:
        names = ((ADA, "Ada", "Sell", "9001"), (MAX, "Max", "Lead", "9003"))
        users = [
            {"Id": key, "FirstName": first, "LastName": last, "Username": f"{first}@seller.example".lower()}
            | {"Email": f"{first}@seller.example".lower(), "Alias": first.lower()}
            for key, first, last, _ in names
        ]
        owners = [
            {"id": owner, "email": f"{first}@seller.example".lower(), "firstName": first, "lastName": last}
            | {"userId": int(owner) - 2_000}
            for _, first, last, owner in names
        ]
        self.control("salesforce", "seed", {"leadloop_fields": True, "records": {"User": users}})
        self.control("hubspot", "seed", {"leadloop_fields": True, "owners": owners})
        self.control("hubspot", "settings", {"search_lag_s": 0, "search_limit": 10_000, "burst_limit": 100_000})

    def control(self, system: str, route: str, document: object = None) -> Any:
        """Ask a control plane; without a document it is a question."""
        simulator: Any = getattr(self, system)
        method = "GET" if document is None else "POST"
        answer = simulator.handle(Request(method, f"/_simulator/{route}", body=json.dumps(document or {}).encode()))
        assert answer.status < 300, answer.body
        return json.loads(answer.body)

    def contact(self, email: str = "mara@northwind.example", **more: str) -> str:
        """A contact that fits the target market."""
        properties = {**BUYER, "email": email, **more}
        document = {"object": "contacts", "properties": properties, "source": "FORM"}
        return str(self.control("hubspot", "create", document)["id"])

    def edit(self, record_id: str, **properties: str) -> None:
        """A person's edit of a contact."""
        self.control(
            "hubspot",
            "edit",
            {"object": "contacts", "id": record_id, "properties": properties, "source": "FORM", "by": 7_003},
        )

    def properties(self, record_id: str) -> dict[str, str]:
        """What a contact holds now."""
        found: dict[str, str] = self.control("hubspot", "dump")["records"]["contacts"][record_id]
        return found

    def records(self, object_name: str) -> dict[str, dict[str, Any]]:
        """The living records of a Salesforce object."""
        found: dict[str, dict[str, Any]] = self.control("salesforce", "dump")["records"].get(object_name, {})
        return found

    def sync(self, *, minutes: float = 20) -> Summary:
        """Some time passes, then one whole cycle."""
        self.clock.sleep(minutes * 60)
        summary = self.app.sync(COMPANY)
        assert summary.status == "ok", summary.as_json()
        return summary

    def writes(self) -> int:
        """Write requests that both systems have seen."""
        count = 0
        for system in ("salesforce", "hubspot"):
            for entry in self.control(system, "requests")["requests"]:
                reading = entry["path"].rstrip("/").endswith(("search", "/read", "/query", "token"))
                count += entry["method"] != "GET" and not reading
        return count

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What the store holds."""
        with sqlite3.connect(self.database) as connection:
            return connection.execute(statement).fetchall()

    def signals(self) -> list[tuple[str, str]]:
        """(signal, source) of every activity that counts."""
        where = "where deleted_seq is null and person_id is not null and duplicate_of is null"
        return [(row[0], row[1]) for row in self.rows(f"select signal, source from activity {where} order by 1, 2")]

    def findings(self) -> dict[str, Finding]:
        """Open findings by name."""
        state = self.app.state(COMPANY)
        return {finding.name: finding for finding in self.app.stores.findings.open_findings(state.company_id)}


SYSTEMS = ("hubspot", "salesforce")


class OpenLoop(Protocol):
    """The fixture ``open_loop``: a company with these rules (file -> text), closed after the test."""

    def __call__(self, rules: Mapping[str, str] | None = None, more_team: str = "") -> Loop: ...
