"""The demo's company lives on for two more weeks: reps answer soon, late or never, accept, give back and win.

Everything is played over the control planes of both simulators; the product syncs in between, as a daemon would.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.simulator.world import generate
from connector.app import App
from connector.app import World as Surroundings
from connector.ids import SeededIds
from jobs.demo import CONNECTORS
from jobs.demo_company import COMPANY, SALESFORCE_SETTINGS, secrets_set, write_company
from jobs.demo_loop import Played, Plot
from jobs.demo_systems import Systems, running_systems

PEOPLE = 60
DAYS = 5
"""Working days after the demo's week."""
SOURCES = ("PAID_SEARCH", "ORGANIC_SEARCH", "REFERRALS", "SOCIAL_MEDIA", "OFFLINE")
REASONS = ("no_budget", "no_fit", "timing", "wrong_owner")
COSTS = """
[costs."2026-05"]
paid_search = 6200
email = 310
event = 900

[costs."2026-06"]
referral = 600
"""


@dataclass(frozen=True)
class Lived:
    """A company that was played to the end: its folder, what both systems hold, and the moment it is."""

    folder: Path
    dumps: dict[str, Any]
    now: datetime

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"


@contextmanager
def lived(folder: Path) -> Iterator[Lived]:
    """The demo, then ``DAYS`` working days with a new lead and an answer on each."""
    world = generate(people=PEOPLE, seed=0)
    with running_systems(0, world.now) as systems, secrets_set():
        systems.controls["salesforce"].post("settings", SALESFORCE_SETTINGS)
        for name, body in (("salesforce", world.salesforce_seed), ("hubspot", world.hubspot_seed)):
            systems.controls[name].post("seed", {**body, "leave_out": []})
        settings = write_company(folder, world, systems.urls)
        (folder / "mappings" / COMPANY / "sources.toml").write_text(COSTS, encoding="utf-8")
        around = Surroundings(clock=systems.clock, ids=SeededIds("weeks"))
        with closing(App(settings, CONNECTORS, around)) as app:
            Plot(world, systems, app, Played(PEOPLE, 0), lambda line: None).play()
            _Days(app, systems).play()
        yield Lived(folder, systems.dumps(), systems.clock.now())


@dataclass
class _Days:
    app: App
    systems: Systems

    def play(self) -> None:
        for number in range(DAYS):
            self._morning()
            self._ask(number)
            self._wait(minutes=20)
            self.app.sync(COMPANY)
            self._answer(number)
            self._wait(hours=7)
            self.app.sync(COMPANY)
        self._win()
        self._wait(hours=2)
        self.app.sync(COMPANY)

    def _morning(self) -> None:
        """Ten o'clock in New York on the next working day."""
        day = self.systems.clock.now().replace(hour=14, minute=0, second=0, microsecond=0) + timedelta(days=1)
        while day.weekday() > 4:
            day += timedelta(days=1)
        self.systems.clock.move_to(day)

    def _wait(self, **parts: float) -> None:
        self.systems.clock.move_to(self.systems.clock.now() + timedelta(**parts))

    def _ask(self, number: int) -> None:
        """Two people whom nobody knew ask for a demo."""
        for half in range(2):
            place = 2 * number + half
            properties = {
                "email": f"asker.{place}@asking-{place}.example",
                "firstname": f"Ask{place}",
                "lastname": "Anders",
                "phone": f"+1 917 555 02{place:02d}",
                "jobtitle": "VP Marketing" if half else "Head of Sales",
                "company": f"Asking {place} Inc",
                "industry": "COMPUTER_SOFTWARE",
                "numemployees": "100-500",
                "country": "United States",
                "hs_analytics_source": SOURCES[place % len(SOURCES)],
                "recent_conversion_event_name": "Demo request",
                "recent_conversion_date": self.systems.clock.now().isoformat(),
                "num_conversion_events": "1",
            }
            body = {"object": "contacts", "properties": properties, "by": None, "source": "FORM"}
            self.systems.controls["hubspot"].post("create", body)

    def _leads(self) -> list[tuple[str, dict[str, Any]]]:
        """Open Lead records of sales that nobody answered yet, oldest first."""
        found = self.systems.controls["salesforce"].get("dump")["records"]["Lead"]
        open_leads = [
            (key, lead)
            for key, lead in sorted(found.items())
            if lead.get("Leadloop_Handed_Off_At__c") and not lead.get("IsConverted") and not lead.get("IsDeleted")
        ]
        return [pair for pair in open_leads if str(pair[1]["OwnerId"]).startswith("005")]

    def _answer(self, number: int) -> None:
        fresh = [pair for pair in self._leads() if not pair[1].get("Leadloop_Response__c")]
        for place, (key, lead) in enumerate(fresh[-2:]):
            kind = (2 * number + place) % 5
            if kind in (0, 1):
                self._call(key, lead, after=10 + 7 * number)
            if kind in (1, 2):
                self._edit(key, lead, {"Leadloop_Response__c": "accepted"})
            if kind == 3:
                reason = REASONS[number % len(REASONS)]
                self._edit(key, lead, {"Leadloop_Response__c": "rejected", "Leadloop_Reject_Reason__c": reason})
            if kind == 0:
                self._convert(key, lead, amount=12_000 + 500 * number)

    def _edit(self, key: str, lead: dict[str, Any], fields: dict[str, Any]) -> None:
        body = {"object": "Lead", "id": key, "fields": fields, "by": lead["OwnerId"]}
        self.systems.controls["salesforce"].post("edit", body)

    def _call(self, key: str, lead: dict[str, Any], *, after: int) -> None:
        self._wait(minutes=after)
        fields = {
            "WhoId": key,
            "OwnerId": lead["OwnerId"],
            "Subject": "Call",
            "TaskSubtype": "Call",
            "Status": "Completed",
            "Priority": "Normal",
            "ActivityDate": self.systems.clock.now().date().isoformat(),
            "CallType": "Outbound",
            "CallDurationInSeconds": 240,
        }
        self.systems.controls["salesforce"].post("create", {"object": "Task", "fields": fields, "by": lead["OwnerId"]})

    def _convert(self, key: str, lead: dict[str, Any], *, amount: int) -> None:
        close = (self.systems.clock.now() + timedelta(days=30)).date().isoformat()
        deal = {"Name": "Weeks", "StageName": "Qualification", "CloseDate": close, "Amount": amount}
        body = {"id": key, "by": lead["OwnerId"], "opportunity": deal, "status": "Closed - Converted"}
        self.systems.controls["salesforce"].post("convert", body)

    def _win(self) -> None:
        deals = self.systems.controls["salesforce"].get("dump")["records"]["Opportunity"]
        today = self.systems.clock.now().date().isoformat()
        for key in sorted(key for key, deal in deals.items() if deal["Name"] == "Weeks")[:2]:
            fields = {"StageName": "Closed Won", "CloseDate": today}
            body = {"object": "Opportunity", "id": key, "fields": fields, "by": deals[key]["OwnerId"]}
            self.systems.controls["salesforce"].post("edit", body)
