"""A company of one person who raises a hand, in both simulators, and the whole application with real channels.

Every ``run`` is a new process on the same store.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from adapters import hubspot, salesforce
from adapters.messages import email, slack, teams
from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.in_process import InProcessAdapter, InProcessPool
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from adapters.simulator.wire import Request
from connector.app import App, World
from connector.config import parse_settings
from connector.executor import SerialExecutor
from connector.ids import SeededIds
from connector.playbook import Loaded, load
from connector.ports.messages import Channel, ChannelSettings, Delivered, Letter
from connector.rules.toml import Table
from connector.store.database import Database
from connector.store.sql import table
from connector.store.tables import FollowUp, MessageRow
from connector.summary import Summary
from tests.messages.receivers import Hook, Inbox

START = datetime(2026, 11, 17, 10, tzinfo=UTC)  # a Tuesday morning
ADA, MAX, MIA = "005000000000101AAA", "005000000000103AAA", "005000000000104AAA"
CANARY = "canary-secret-41fe"
SECRETS = {"TELL_ID": "simulator", "TELL_SECRET": CANARY, "TELL_TOKEN": "simulator-token"}
COMPANY = "acme"
PERSON = {"email": "pat@customer.example", "firstname": "Pat", "lastname": "Doe", "company": "Customer Inc"}

TEAM = f"""
[[members]]
name = "Ada Sell"
role = "sdr"
salesforce_user_id = "{ADA}"
hubspot_owner_id = "9001"
email = "ada@seller.example"
manager = "Max Lead"

[[members]]
name = "Max Lead"
role = "manager"
salesforce_user_id = "{MAX}"
hubspot_owner_id = "9003"
weight = 0

[[members]]
name = "Mia Market"
role = "marketing"
salesforce_user_id = "{MIA}"
hubspot_owner_id = "9004"
"""
ROUTING = '[fallback]\nmember = "Max Lead"\n[marketing]\nowner = "Mia Market"\n'


def _read_once(folder: Path | None, *, systems: tuple[str, ...]) -> Loaded:
    """The files of a team are read once: they never change in a test."""
    assert folder is not None
    team = (folder / "team.toml").read_text(encoding="utf-8")
    if team not in _loaded:
        _loaded[team] = load(folder, systems=systems)
    return _loaded[team]


_loaded: dict[str, Loaded] = {}


class Died(BaseException):
    """The process was killed."""


@dataclass
class Deadly:
    """A channel that kills the process before or after it has sent."""

    inner: Channel
    when: str

    def send(self, letter: Letter) -> Delivered:
        if self.when == "after":
            self.inner.send(letter)
        raise Died(self.when)

    def close(self) -> None:
        self.inner.close()


class Time:
    """One clock for both CRMs and the product."""

    def __init__(self, *simulators: Any) -> None:
        self._simulators = simulators

    def now(self) -> datetime:
        moment: datetime = self._simulators[0].clock.now()
        return moment

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            for simulator in self._simulators:
                simulator.clock.advance(seconds)


@dataclass
class TellingWorld:
    folder: Path
    inbox: Inbox
    hook: Hook
    level: str = "full"
    approval: str = "never"
    messages: dict[str, Any] = field(default_factory=dict)
    team: str = TEAM
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.salesforce = SalesforceSimulator(seed=1, now=START)
        self.hubspot = HubSpotSimulator(seed=1, now=START)
        self.clock = Time(self.salesforce, self.hubspot)
        os.environ.update({**SECRETS, "TELL_SMTP": self.inbox.url, "TELL_HOOK": self.hook.url})
        mapping = self.folder / "mapping"
        mapping.mkdir()
        (mapping / "team.toml").write_text(self.team, encoding="utf-8")
        (mapping / "routing.toml").write_text(ROUTING, encoding="utf-8")
        self.messages = {
            "slack_webhook": "env:TELL_HOOK",
            "smtp_url": "env:TELL_SMTP",
            "from": "leadloop@acme.example",
            "marketing": "marketing@seller.example",
            **self.messages,
        }
        self._furnish()

    def run(self, *, dies: str | None = None, command: Callable[[App], Summary] | None = None) -> Summary:
        """One process: a sync, or ``command``; ``dies``: kill it ``before`` or ``after`` its first letter."""
        kinds: dict[str, Any] = {"email": email.connect, "slack": slack.connect, "teams": teams.connect}
        if dies is not None:
            kinds["email"] = _deadly(email.connect, dies)
        world = World(
            clock=self.clock,
            ids=SeededIds(f"telling {self.clock.now().isoformat()}"),
            executor=SerialExecutor(),
            transports={"salesforce": InProcessAdapter(self.salesforce), "hubspot": InProcessPool(self.hubspot)},
            channels=kinds,
            note=self.texts.append,
            read_files=_read_once,
        )
        connectors: Any = {"hubspot": hubspot.connect, "salesforce": salesforce.connect}
        app = App(self._settings(), connectors, world)
        try:
            return command(app) if command else app.sync(COMPANY)
        finally:
            app.close()

    def pass_time(self, **duration: float) -> None:
        self.clock.sleep(timedelta(**duration).total_seconds())

    def raise_hand(self) -> None:
        moment = self.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
        raised = {"recent_conversion_event_name": "Demo request", "recent_conversion_date": moment}
        edit = {"object": "contacts", "id": self.contact_id, "properties": raised, "source": "FORM"}
        self.control(self.hubspot, "edit", edit)

    def edit_lead(self, **fields: Any) -> None:
        (lead,) = self.leads()
        self.control(self.salesforce, "edit", {"object": "Lead", "id": lead["Id"], "fields": fields, "by": ADA})

    def call_the_lead(self) -> None:
        """Ada calls, and logs it."""
        (lead,) = self.leads()
        call = {"WhoId": lead["Id"], "OwnerId": ADA, "Subject": "Call", "TaskSubtype": "Call", "Status": "Completed"}
        self.control(self.salesforce, "create", {"object": "Task", "fields": call, "by": ADA})

    def leads(self) -> list[Mapping[str, Any]]:
        return list(self.salesforce.org.tables["Lead"].rows.values())

    def rows(self) -> dict[str, Any]:
        """Every message by its key."""
        database = Database(f"sqlite:///{self.folder / 'leadloop.db'}")
        with database.read() as connection:
            rows = {row.key: row for row in connection.execute(select(table(MessageRow)))}
        database.close()
        return rows

    def clock_row(self) -> Any:
        """The only follow-up clock."""
        database = Database(f"sqlite:///{self.folder / 'leadloop.db'}")
        with database.read() as connection:
            row = connection.execute(select(table(FollowUp))).one()
        database.close()
        return row

    def states(self) -> dict[str, str]:
        return {f"{row.event} {row.recipient}": row.state for row in self.rows().values()}

    def findings(self) -> dict[str, str]:
        found: dict[str, str] = {}

        def look(app: App) -> Any:
            state = app.state(COMPANY)
            found.update({each.name: each.remedy for each in app.stores.findings.open_findings(state.company_id)})

        self.run(command=look)
        return found

    @property
    def subjects(self) -> list[str]:
        return [f"{letter['To']}: {letter['Subject']}" for letter in self.inbox.letters]

    def control(self, simulator: Any, route: str, document: dict[str, Any]) -> Any:
        answer = simulator.handle(Request("POST", f"/_simulator/{route}", body=json.dumps(document).encode()))
        assert answer.status < 300, answer.body
        return json.loads(answer.body)

    def _settings(self) -> Any:
        company = {
            "mappings": "mapping",
            "level": self.level,
            "approval": self.approval,
            "live_since": START - timedelta(days=1),
            "messages": self.messages,
            "salesforce": {
                "url": "http://127.0.0.1:1",
                "api_version": "67.0",
                "auth": "client_credentials",
                "client_id": "env:TELL_ID",
                "client_secret": "env:TELL_SECRET",
            },
            "hubspot": {
                "url": "http://127.0.0.1:1",
                "api_version": "2026-09",
                "auth": "token",
                "access_token": "env:TELL_TOKEN",
            },
        }
        document = {"store": {"url": "sqlite:///leadloop.db"}, "companies": {COMPANY: company}}
        return parse_settings(Table(document, "config.toml"), self.folder / "config.toml", ("hubspot", "salesforce"))

    def _furnish(self) -> None:
        names = ((ADA, "Ada", "Sell"), (MAX, "Max", "Lead"), (MIA, "Mia", "Market"))
        users = [
            {
                "Id": user_id,
                "FirstName": first,
                "LastName": last,
                "Username": f"{first}@seller.example".lower(),
                "Email": f"{first}@seller.example".lower(),
                "Alias": first.lower(),
            }
            for user_id, first, last in names
        ]
        owners = [
            {
                "id": owner_id,
                "email": f"{first}@seller.example".lower(),
                "firstName": first,
                "lastName": last,
                "userId": 7_000 + number,
                "type": "PERSON",
            }
            for number, (owner_id, (_, first, last)) in enumerate(zip(("9001", "9003", "9004"), names, strict=True))
        ]
        created = START - timedelta(days=30)
        lead = {
            "FirstName": "Pat",
            "LastName": "Doe",
            "Company": "Customer Inc",
            "Email": PERSON["email"],
            "Title": "VP Marketing",
            "Country": "United States",
            "NumberOfEmployees": 200,
            "Status": "Open - Not Contacted",
            "OwnerId": MIA,
            "CreatedDate": created.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        }
        contact = {
            **PERSON,
            "jobtitle": "VP Marketing",
            "country": "United States",
            "numemployees": "100-500",
            "industry": "COMPUTER_SOFTWARE",
            "lifecyclestage": "subscriber",
        }
        records = {"User": users, "Lead": [lead]}
        self.control(self.salesforce, "seed", {"leadloop_fields": True, "records": records})
        self.control(self.salesforce, "settings", {"client_secret": CANARY})
        people = {"contacts": [{"properties": contact, "createdAt": created.isoformat()}]}
        self.control(self.hubspot, "seed", {"leadloop_fields": True, "owners": owners, "records": people})
        (self.contact_id,) = self.hubspot.portal.collections["contacts"].records


def _deadly(connect: Callable[[ChannelSettings], Channel], when: str) -> Callable[[ChannelSettings], Channel]:
    return lambda settings: Deadly(connect(settings), when)
