"""A year of a company in which HubSpot's own Salesforce sync and the product both run.

Decides who exists, what colleagues do in which week and when each of the two runs; judges nothing.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from sqlalchemy import event

from adapters import hubspot, salesforce
from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.in_process import InProcessAdapter, InProcessPool
from adapters.simulator.native_sync import FIELDS, USER_ID, NativeSync, SharedField
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from adapters.simulator.wire import Request
from connector.app import App, World
from connector.config import parse_settings
from connector.executor import SerialExecutor
from connector.ids import SeededIds
from connector.playbook import Loaded, load
from connector.rules.toml import Table
from tests.simulation.company import FIELDS_TOML as BOTH_WAYS_TOML

START = datetime(2026, 11, 16, 10, tzinfo=UTC)  # a Monday morning
COMPANY = "acme"
ADA, BEN, MAX = "005000000000101AAA", "005000000000102AAA", "005000000000103AAA"
COLLEAGUES = (
    (ADA, "9001", "Ada", "Sell", 7_001),
    (BEN, "9002", "Ben", "Sell", 7_002),
    (MAX, "9003", "Max", "Lead", 7_003),
)
PEOPLE = 12
SECRETS = {"SIM_CLIENT_ID": "simulator", "SIM_CLIENT_SECRET": "simulator-secret", "SIM_TOKEN": "simulator-token"}
MAPPED_BY_THEM = SharedField("Leadloop_Why__c", "leadloop_why", length_max=40, always_salesforce=True)
"""The company has the native sync carry a field of ours too, into a field that is shorter."""

READ = {
    *(("salesforce", name) for name in ("Lead", "Contact", "Task", "User")),
    *(("hubspot", name) for name in ("contacts", "calls", "meetings", "owners")),
}
"""The objects this company has anything of."""

FIELDS_TOML = BOTH_WAYS_TOML.replace(
    'title = { type = "text", policy = "two_way" }',
    'title = { type = "text", policy = "prefer_salesforce_unless_blank" }',
)
IDENTITY_TOML = 'native_sync = "{mode}"\n\n[one_side]\nleadloop = "salesforce"\n'


@cache
def _read_once(folder: Path | None, *, systems: tuple[str, ...]) -> Loaded:
    """The files do not change in this year, and only a part of the objects is read."""
    loaded = load(folder, systems=systems)
    objects = {key: entry for key, entry in loaded.mapping.objects.items() if key in READ}
    return replace(loaded, mapping=replace(loaded.mapping, objects=objects))


class _Time:
    """The product's clock is the CRMs'."""

    def __init__(self, simulators: Sequence[Any]) -> None:
        self._simulators = simulators

    def now(self) -> Any:
        return self._simulators[0].clock.now()

    def sleep(self, seconds: float) -> None:
        for simulator in self._simulators:
            simulator.clock.advance(max(seconds, 0))


@dataclass(frozen=True)
class Written:
    """One field of one record that somebody wrote."""

    at: datetime
    by: str
    system: str
    record_id: str
    field: str
    value: Any


class Year:
    """``mode``: the product's ``native_sync`` switch. Its database and mapping live in ``folder``."""

    def __init__(self, folder: Path, mode: str = "auto") -> None:
        self.salesforce = SalesforceSimulator(seed=5, now=START)
        self.hubspot = HubSpotSimulator(seed=5, now=START)
        self.native = NativeSync(
            self.salesforce,
            self.hubspot,
            fields=(*FIELDS, MAPPED_BY_THEM),
            included=lambda contact: contact.get("lifecyclestage") == "marketingqualifiedlead",
        )
        self.summaries: list[Any] = []
        _furnish(self)
        self.native.install()
        self.app = self._application(folder, mode)
        # Nobody kills the machine in this year: no need to wait for the disk.
        event.listen(self.app.database.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))

    @property
    def now(self) -> datetime:
        """The virtual time."""
        moment: datetime = self.salesforce.clock.now()
        return moment

    def pass_days(self, days: float) -> None:
        """Time passes, and the native sync has its rounds."""
        self.native.run_until(self.now + timedelta(days=days))

    def sync(self) -> None:
        """The product runs once, and both clocks agree again."""
        self.summaries.append(self.app.sync(COMPANY))
        later = max(self.now, self.hubspot.clock.now())
        self.salesforce.clock.set(later)
        self.hubspot.clock.set(later)

    def control(self, system: str, route: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """A colleague's act; whatever is refused is a mistake in the year's script."""
        simulator: Any = self.salesforce if system == "salesforce" else self.hubspot
        answer = simulator.handle(Request("POST", f"/_simulator/{route}", body=json.dumps(body).encode()))
        document: dict[str, Any] = json.loads(answer.body)
        assert answer.status < 300, document
        return document

    def edit_lead(self, record_id: str, by: str = ADA, **fields: str) -> None:
        """A colleague edits a Lead."""
        self.control("salesforce", "edit", {"object": "Lead", "id": record_id, "fields": fields, "by": by})

    def edit_contact(self, record_id: str, by: int | None = 7_001, **properties: str) -> None:
        """A colleague edits a HubSpot contact, or a form does (``by`` is ``None``)."""
        author = {"source": "FORM"} if by is None else {"by": by}
        body = {"object": "contacts", "id": record_id, "properties": properties, **author}
        self.control("hubspot", "edit", body)

    def leads(self) -> dict[str, dict[str, Any]]:
        """Living, unconverted Leads by id."""
        rows = self.salesforce.org.tables["Lead"].rows
        return {name: row for name, row in rows.items() if not row.get("IsDeleted") and not row.get("IsConverted")}

    def contacts(self) -> dict[str, dict[str, str]]:
        """HubSpot contacts by id."""
        rows = self.hubspot.portal.collections["contacts"].records
        return {name: row.properties for name, row in rows.items() if not row.archived}

    def written(self) -> list[Written]:
        """Everything that was written to Leads and contacts since the start, by whom: ours, native or people."""
        ours = self.salesforce.org.integration_user_id
        names = {ours: "ours", USER_ID: "native"}
        found = [
            Written(
                datetime.fromisoformat(row["at"]),
                names.get(row["by"], "people"),
                "salesforce",
                row["id"],
                row["field"],
                row["after"],
            )
            for row in self.salesforce.org.history
            if row["object"] in ("Lead", "Contact")
        ]
        sources = {"INTEGRATION": "ours", "SALESFORCE": "native"}
        found += [
            Written(
                datetime.fromisoformat(row.at),
                sources.get(row.source, "people"),
                "hubspot",
                row.id,
                row.property,
                row.after,
            )
            for row in self.hubspot.portal.changes
            if row.object == "contacts"
        ]
        return sorted(found, key=lambda row: row.at)

    def close(self) -> None:
        """The end of the product's process."""
        self.app.close()

    def _application(self, folder: Path, mode: str) -> App:
        os.environ.update(SECRETS)
        _write_mapping(folder / "mapping", mode)
        settings = parse_settings(
            Table(_document(folder), "config.toml"), folder / "config.toml", ("hubspot", "salesforce")
        )
        world = World(
            clock=_Time((self.salesforce, self.hubspot)),
            ids=SeededIds("year"),
            executor=SerialExecutor(),
            transports={"salesforce": InProcessAdapter(self.salesforce), "hubspot": InProcessPool(self.hubspot)},
            read_files=_read_once,
        )
        connectors: Any = {"hubspot": hubspot.connect, "salesforce": salesforce.connect}
        return App(settings, connectors, world)


WEEKS = 52
QUIET_WEEKS = 10
"""The last weeks, in which nobody does anything."""


def play(year: Year, weeks: int = WEEKS, quiet_weeks: int = QUIET_WEEKS) -> datetime:
    """The whole year; returns when the last weeks, in which nobody does anything, have settled.

    In even weeks the product runs before the native sync notices what colleagues did, in odd weeks after it.
    """
    settled = year.now
    for week in range(weeks):
        monday = year.now
        if week < weeks - quiet_weeks:
            act(year, week)
            year.pass_days(0.003 if week % 2 == 0 else 0.05)
            year.sync()
        if week % 2 == 0 or week >= weeks - quiet_weeks:
            year.native.run_until(monday + timedelta(days=3))
            year.sync()
        if week == weeks - quiet_weeks + 1:
            settled = year.now
        year.native.run_until(monday + timedelta(days=7))
    return settled


def act(year: Year, week: int) -> None:
    """What colleagues and people do on the Monday of a week."""
    contacts, leads = sorted(year.contacts(), key=int), sorted(year.leads())
    one, other = contacts[week % len(contacts)], contacts[(week * 5 + 3) % len(contacts)]
    if week % 4 == 0:
        _raise_hand(year, one)
    if week % 3 == 1:
        _call(year, other, week)
    year.edit_contact(other, phone=f"+1556{week:07d}")
    if not leads:
        return
    lead = leads[week % len(leads)]
    if week % 5 == 2:
        year.edit_lead(lead, Title=f"Head of Sales {week}", Phone=f"+1557{week:07d}")
    if week % 6 == 3:
        year.edit_contact(one, hubspot_owner_id="9002", jobtitle=f"VP Marketing {week}")
        year.edit_lead(lead, OwnerId=ADA, Title=f"VP Sales {week}")
    if week % 4 == 1:
        _answer(year, week)
    if week == 30:
        year.control("salesforce", "convert", {"id": lead, "by": ADA, "opportunity": None})


def _raise_hand(year: Year, contact: str) -> None:
    moment = year.now.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    year.edit_contact(contact, by=None, recent_conversion_event_name="Demo request", recent_conversion_date=moment)


def _call(year: Year, contact: str, week: int) -> None:
    moment = (year.now - timedelta(minutes=20)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    connected = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
    call = {"hs_timestamp": moment, "hs_call_title": f"Call {week}", "hs_call_disposition": connected}
    call |= {"hs_call_direction": "OUTBOUND", "hs_call_duration": "300000", "hubspot_owner_id": "9001"}
    tie = [{"to": ["contacts", contact]}]
    year.control("hubspot", "create", {"object": "calls", "properties": call, "by": 7_001, "associations": tie})


def _answer(year: Year, week: int) -> None:
    """Sales answers the newest hand-off that nobody answered."""
    handed = [
        name
        for name, row in sorted(year.leads().items())
        if row.get("Leadloop_Disposition__c") == "assigned" and not row.get("Leadloop_Response__c")
    ]
    if not handed:
        return
    if week % 8 == 1:
        year.edit_lead(handed[-1], Leadloop_Response__c="rejected", Leadloop_Reject_Reason__c="timing")
    else:
        year.edit_lead(handed[-1], Leadloop_Response__c="accepted", Status="Working - Contacted")


def times_written(rows: Sequence[Written], by: str) -> Counter[tuple[str, str, str]]:
    """(system, record, field) -> how often ``by`` wrote it."""
    return Counter((row.system, row.record_id, row.field) for row in rows if row.by == by)


def put_back(rows: Sequence[Written]) -> Counter[tuple[str, str, str]]:
    """(system, record, field) -> how often the product restored what the native sync had overwritten."""
    cells: dict[tuple[str, str, str], list[Written]] = {}
    for row in rows:
        cells.setdefault((row.system, row.record_id, row.field), []).append(row)
    return Counter(
        cell
        for cell, written in cells.items()
        for first, second, third in zip(written, written[1:], written[2:], strict=False)
        if [first.by, second.by, third.by] == ["ours", "native", "ours"] and first.value == third.value
    )


def _furnish(year: Year) -> None:
    users = [
        {
            "Id": user,
            "FirstName": first,
            "LastName": last,
            "Username": _mail(first),
            "Email": _mail(first),
            "Alias": first,
        }
        for user, _, first, last, _ in COLLEAGUES
    ]
    owners = [
        {"id": owner, "email": _mail(first), "firstName": first, "lastName": last, "userId": user_id, "type": "PERSON"}
        for _, owner, first, last, user_id in COLLEAGUES
    ]
    leads = [_lead(number) for number in range(PEOPLE) if number % 3 == 0]
    records = {"User": users, "Lead": leads}
    year.control("salesforce", "seed", {"leadloop_fields": True, "records": records})
    year.control("salesforce", "settings", {"client_secret": SECRETS["SIM_CLIENT_SECRET"]})
    contacts = {"contacts": [_contact(number) for number in range(PEOPLE)]}
    year.control("hubspot", "seed", {"leadloop_fields": True, "owners": owners, "records": contacts})


def _mail(name: str) -> str:
    return f"{name}@seller.example".lower()


def _lead(number: int) -> dict[str, Any]:
    return {
        "FirstName": "Pat",
        "LastName": f"Name{number}",
        "Company": f"Customer {number}",
        "Email": f"person{number}@customer{number}.example",
        "Phone": f"+1555{number:07d}",
        "Title": "VP Marketing",
        "Country": "United States",
        "NumberOfEmployees": 200,
        "Status": "Open - Not Contacted",
        "OwnerId": MAX,
        "CreatedDate": (START - timedelta(days=90)).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
    }


def _contact(number: int) -> dict[str, Any]:
    properties = {
        "email": f"person{number}@customer{number}.example",
        "firstname": "Pat",
        "lastname": f"Name{number}",
        "phone": f"+1555{number:07d}",
        "jobtitle": "VP Marketing",
        "company": f"Customer {number}",
        "country": "United States",
        "lifecyclestage": "subscriber",
        "numemployees": "100-500",
        "industry": "COMPUTER_SOFTWARE",
    }
    return {"properties": properties, "createdAt": (START - timedelta(days=100)).isoformat()}


def _write_mapping(folder: Path, mode: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    members = [
        f'[[members]]\nname = "{first} {last}"\nrole = "{"manager" if user == MAX else "sdr"}"\n'
        f'salesforce_user_id = "{user}"\nhubspot_owner_id = "{owner}"\nweight = {0 if user == MAX else 1}\n'
        for user, owner, first, last, _ in COLLEAGUES
    ]
    texts = {
        "fields": FIELDS_TOML,
        "identity": IDENTITY_TOML.format(mode=mode),
        "team": "\n".join(members),
        "routing": '[fallback]\nmember = "Max Lead"\n',
    }
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def _document(folder: Path) -> dict[str, Any]:
    address = "http://127.0.0.1:1"
    company = {
        "mappings": "mapping",
        "timezone": "UTC",
        "level": "full",
        "approval": "never",
        "live_since": START - timedelta(days=1),
        "salesforce": {
            "url": address,
            "api_version": "67.0",
            "auth": "client_credentials",
            "client_id": "env:SIM_CLIENT_ID",
            "client_secret": "env:SIM_CLIENT_SECRET",
        },
        "hubspot": {"url": address, "api_version": "2026-09", "auth": "token", "access_token": "env:SIM_TOKEN"},
    }
    return {"store": {"url": f"sqlite:///{folder / 'leadloop.db'}"}, "companies": {COMPANY: company}}
