"""A company with both simulated CRMs, whose account records a test writes; the loop runs in process."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, select

from adapters import hubspot, salesforce
from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.in_process import InProcessAdapter, InProcessPool
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from adapters.simulator.wire import Request
from connector.app import App, World
from connector.config import parse_settings
from connector.executor import SerialExecutor
from connector.ids import SeededIds
from connector.rules.toml import Table
from connector.store.sql import table
from connector.store.tables import Account, Employer, Person, PersonDirty

NOW = datetime(2026, 11, 17, 15, tzinfo=UTC)  # a Tuesday
ADA, BEN, CLEO, MAX = (f"00500000000010{number}AAA" for number in range(1, 5))
TEAM = (("Ada Sell", "sdr", ADA, 9001), ("Ben Sell", "ae", BEN, 9002), ("Cleo Care", "csm", CLEO, 9003))
FALLBACK = ("Max Lead", "manager", MAX, 9004)
_account, _employer, _person, _dirty = table(Account), table(Employer), table(Person), table(PersonDirty)
Tie = tuple[str, str, str, str, int]


class Office:
    """Both CRMs, the application on a database, and short words for what the tests do and look at."""

    def __init__(self, url: str, folder: Path, **files: str) -> None:
        self.salesforce = SalesforceSimulator(seed=1, now=NOW)
        self.hubspot = HubSpotSimulator(seed=1, now=NOW)
        self.control("hubspot", "settings", {"search_lag_s": 0})
        self.control("salesforce", "seed", {"leadloop_fields": True, "records": {"User": _users()}})
        self.control("hubspot", "seed", {"leadloop_fields": True, "owners": _owners()})
        self._folder = folder
        self.app = self._app(url, folder, {"team": _team(), "routing": '[fallback]\nmember = "Max Lead"\n', **files})
        self.app.prepare()
        self._decided: set[int] = set()
        event.listen(self.app.database.engine, "before_cursor_execute", self._note_decided)

    def _note_decided(self, connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        """Whoever is dirty when the mark is taken away has been decided about."""
        if statement.startswith("DELETE FROM person_dirty"):
            self._decided |= {row[0] for row in connection.exec_driver_sql("SELECT person_id FROM person_dirty")}

    def _app(self, url: str, folder: Path, files: Mapping[str, str]) -> App:
        (folder / "mapping").mkdir()
        for name, text in files.items():
            (folder / "mapping" / f"{name}.toml").write_text(text, encoding="utf-8")
        document = {"store": {"url": url}, "companies": {"acme": _company()}}
        settings = parse_settings(Table(document, "config.toml"), folder / "config.toml", ("hubspot", "salesforce"))
        transports = {"salesforce": InProcessAdapter(self.salesforce), "hubspot": InProcessPool(self.hubspot)}
        world = World(
            clock=_Clock(self.salesforce.clock, self.hubspot.clock),
            ids=SeededIds("1"),
            executor=SerialExecutor(),
            transports=transports,
        )
        return App(settings, {"hubspot": hubspot.connect, "salesforce": salesforce.connect}, world)

    def control(self, system: str, route: str, body: Mapping[str, Any]) -> Any:
        simulator: Any = getattr(self, system)
        answer = simulator.handle(Request("POST", f"/_simulator/{route}", body=json.dumps(body).encode()))
        assert answer.status < 300, answer.body
        return json.loads(answer.body)

    def control_get(self, system: str, route: str) -> Any:
        """What a control plane shows."""
        simulator: Any = getattr(self, system)
        answer = simulator.handle(Request("GET", f"/_simulator/{route}"))
        assert answer.status < 300, answer.body
        return json.loads(answer.body)

    def write(self, name: str, text: str) -> None:
        """Another file of the company's own."""
        (self._folder / "mapping" / f"{name}.toml").write_text(text, encoding="utf-8")

    def findings(self) -> dict[str, Any]:
        """Open findings by name."""
        return {each.name: each for each in self.app.stores.findings.open_findings(1)}

    def org(self, **records: list[dict[str, Any]]) -> None:
        """Records of the Salesforce org, by object."""
        self.control("salesforce", "seed", {"records": records})

    def portal(self, *, ties: Sequence[Tie] = (), **records: list[dict[str, Any]]) -> None:
        """Records of the HubSpot portal, by object, with their properties flat; ``ties``: from, id, to, id, type."""
        rows = {name: [self._hubspot_row(row) for row in several] for name, several in records.items()}
        tied = [{"from": [a, b], "to": [c, d], "types": [kind]} for a, b, c, d, kind in ties]
        self.control("hubspot", "seed", {"records": rows, "associations": tied})

    def _hubspot_row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        properties = {name: value for name, value in row.items() if name != "id"}
        return {"id": row["id"], "properties": properties, "createdAt": stamp(self.salesforce.clock.now())}

    def edit(self, object_name: str, record_id: str, **fields: Any) -> None:
        self.control("salesforce", "edit", {"object": object_name, "id": record_id, "fields": fields, "by": MAX})

    def edit_hubspot(self, object_name: str, record_id: str, **properties: Any) -> None:
        body = {"object": object_name, "id": record_id, "properties": properties, "by": 7004}
        self.control("hubspot", "edit", body)

    def sync(self, after: timedelta = timedelta(minutes=20)) -> set[int]:
        """One cycle; returns whom it decided about."""
        for simulator in (self.salesforce, self.hubspot):
            simulator.clock.advance(after.total_seconds())
        self._decided.clear()
        self.app.sync("acme")
        assert self._rows(_dirty) == []
        return set(self._decided)

    def people(self) -> dict[str, Any]:
        """Living people by the part of their address before the @."""
        rows = [row for row in self._rows(_person) if row.merged_into is None]
        return {str(row.email).partition("@")[0]: row for row in rows}

    def accounts(self) -> dict[str, Any]:
        """Account records by their id in the CRM."""
        return {row.record_id: row for row in self._rows(_account)}

    def employer_of(self, name: str) -> Any:
        person = self.people()[name]
        return next((row for row in self._rows(_employer) if row.account_id == person.account_id), None)

    def statuses(self) -> dict[str, str | None]:
        return {name: row.account_status for name, row in self.people().items()}

    def given_to(self, name: str) -> tuple[str | None, str | None]:
        """Whom somebody was handed to, by what rule."""
        story = self.app.explain("acme", self.people()[name].person_key).as_json()
        handed = [entry for entry in story["timeline"] if entry["kind"] == "assignment"]
        if not handed:
            return None, None
        return story["responsible"], handed[-1]["detail"]["reasons"]["rule"]

    def _rows(self, source: Any) -> list[Any]:
        with self.app.database.read() as connection:
            return list(connection.execute(select(source).where(source.c.company == 1)))


def contact(number: int, email: str, company_id: str | None = None, **properties: Any) -> dict[str, Any]:
    """A HubSpot contact, associated with a company if one is given."""
    name = email.partition("@")[0]
    base = {"id": str(number), "email": email, "lastname": name.title(), "jobtitle": "VP Marketing"}
    return base | properties | ({"associatedcompanyid": company_id} if company_id else {})


def raised(at: datetime = NOW - timedelta(hours=1)) -> dict[str, str]:
    """A submitted form."""
    return {"recent_conversion_event_name": "Demo request", "recent_conversion_date": stamp(at)}


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


class _Clock:
    """The CRMs' time; waiting moves both of them on."""

    def __init__(self, *clocks: Any) -> None:
        self._clocks = clocks

    def now(self) -> datetime:
        moment: datetime = self._clocks[0].now()
        return moment

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            for clock in self._clocks:
                clock.advance(seconds)


def _users() -> list[dict[str, Any]]:
    rows = []
    for name, _, user_id, _ in (*TEAM, FALLBACK):
        first, last = name.split()
        address = f"{first}@seller.example".lower()
        rows.append({"Id": user_id, "FirstName": first, "LastName": last, "Username": address, "Email": address})
    return [{**row, "Alias": row["FirstName"].lower()} for row in rows]


def _owners() -> list[dict[str, Any]]:
    return [
        {
            "id": str(owner),
            "email": f"{name.split()[0]}@seller.example".lower(),
            "firstName": name.split()[0],
            "lastName": name.split()[1],
            "userId": owner - 2000,
        }
        for name, _, _, owner in (*TEAM, FALLBACK)
    ]


def _team() -> str:
    members = (*TEAM, FALLBACK)
    return "\n".join(
        f'[[members]]\nname = "{name}"\nrole = "{role}"\nsalesforce_user_id = "{user}"\nhubspot_owner_id = "{owner}"\n'
        for name, role, user, owner in members
    )


def _company() -> dict[str, Any]:
    return {
        "mappings": "mapping",
        "timezone": "UTC",
        "level": "full",
        "approval": "never",
        "live_since": NOW - timedelta(days=1),
        "salesforce": {
            "url": "http://127.0.0.1:1",
            "api_version": "67.0",
            "auth": "client_credentials",
            "client_id": "env:ACCOUNTS_CLIENT_ID",
            "client_secret": "env:ACCOUNTS_CLIENT_SECRET",
        },
        "hubspot": {
            "url": "http://127.0.0.1:1",
            "api_version": "2026-09",
            "auth": "token",
            "access_token": "env:ACCOUNTS_TOKEN",
        },
    }
