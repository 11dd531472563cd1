"""One person in both CRMs, and the command line of their company, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from jobs.simulator import PROFILES, serving
from tests.cli.conftest import SALESFORCE_SECRET, UNLIMITED, Ended, Office, Systems

ADA, EMAIL = "005000000000101AAA", "mara@northwind.example"
FIELDS = """
[canonical]
phone = { type = "phone", policy = "two_way" }
[salesforce.Lead.fields]
Phone = { read = "phone", write = "phone" }
[hubspot.contacts.fields]
phone = { read = "phone", write = "phone" }
"""


class Pair:
    """One person in both CRMs, and the command line of the company."""

    def __init__(self, office: Office) -> None:
        self.office = office
        properties = {"email": EMAIL, "phone": "+15550001", "lastname": "Oduya", "jobtitle": "VP", "company": "North"}
        contact = {"object": "contacts", "properties": properties, "source": "FORM"}
        self.contact = str(office.systems.control("hubspot", "create", contact)["id"])
        fields = {"LastName": "Oduya", "Company": "North", "Email": EMAIL, "Phone": "+15550001", "OwnerId": ADA}
        lead = {"object": "Lead", "fields": fields, "by": ADA}
        self.lead = str(office.systems.control("salesforce", "create", lead)["id"])

    def quarrel(self) -> None:
        """Both are edited between two syncs."""
        edit = {"object": "Lead", "id": self.lead, "fields": {"Phone": "+15550002"}, "by": ADA}
        self.office.systems.control("salesforce", "edit", edit)
        edit = {"object": "contacts", "id": self.contact, "properties": {"phone": "+15550003"}, "source": "FORM"}
        self.office.systems.control("hubspot", "edit", {**edit, "by": 7_003})

    def phones(self) -> tuple[str, str]:
        """What Salesforce and HubSpot hold now."""
        sold = self.office.systems.records("salesforce", "Lead")[self.lead]
        return sold["Phone"], self.office.systems.records("hubspot", "contacts")[self.contact]["phone"]

    def run(self, *arguments: str) -> Ended:
        return self.office.run(*arguments)


@contextmanager
def paired(folder: Path, capsys: pytest.CaptureFixture[str], store_url: str) -> Iterator[Pair]:
    """The pair in simulators of its own; ``phone`` is kept alike in both CRMs."""
    now = datetime.now(UTC)
    (folder / "mapping").mkdir()
    (folder / "mapping" / "fields.toml").write_text(FIELDS, encoding="utf-8")
    salesforce, hubspot = SalesforceSimulator(seed=1, now=now), HubSpotSimulator(seed=1, now=now)
    with serving(salesforce, 0, PROFILES["none"]) as first, serving(hubspot, 0, PROFILES["none"]) as second:
        office = Office(folder, Systems(first, second), capsys, level="full", approval="never")
        user = {"Id": ADA, "LastName": "Sell", "Username": "ada@s.example", "Email": "ada@s.example", "Alias": "ada"}
        office.systems.control("salesforce", "settings", {"client_secret": SALESFORCE_SECRET})
        office.systems.control("salesforce", "seed", {"leadloop_fields": True, "records": {"User": [user]}})
        office.systems.control("hubspot", "seed", {"leadloop_fields": True, "owners": []})
        office.systems.control("hubspot", "settings", {**UNLIMITED, "search_lag_s": 0})
        mapped = '[companies.acme]\nmappings = "mapping"'
        office.configure(lambda text: text.replace("sqlite:///store.db", store_url).replace("[companies.acme]", mapped))
        yield Pair(office)
