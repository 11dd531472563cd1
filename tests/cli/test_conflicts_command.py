"""`leadloop conflicts` over HTTP on both databases: shown, taken, planned, pushed, and then silence."""

from __future__ import annotations

from collections.abc import Iterator
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


@pytest.fixture(params=["sqlite", "postgresql"])
def pair(request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Pair]:
    now = datetime.now(UTC)
    (tmp_path / "mapping").mkdir()
    (tmp_path / "mapping" / "fields.toml").write_text(FIELDS, encoding="utf-8")
    url = "sqlite:///store.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    salesforce, hubspot = SalesforceSimulator(seed=1, now=now), HubSpotSimulator(seed=1, now=now)
    with serving(salesforce, 0, PROFILES["none"]) as first, serving(hubspot, 0, PROFILES["none"]) as second:
        office = Office(tmp_path, Systems(first, second), capsys, level="full", approval="never")
        user = {"Id": ADA, "LastName": "Sell", "Username": "ada@s.example", "Email": "ada@s.example", "Alias": "ada"}
        office.systems.control("salesforce", "settings", {"client_secret": SALESFORCE_SECRET})
        office.systems.control("salesforce", "seed", {"leadloop_fields": True, "records": {"User": [user]}})
        office.systems.control("hubspot", "seed", {"leadloop_fields": True, "owners": []})
        office.systems.control("hubspot", "settings", {**UNLIMITED, "search_lag_s": 0})
        mapped = '[companies.acme]\nmappings = "mapping"'
        office.configure(lambda text: text.replace("sqlite:///store.db", url).replace("[companies.acme]", mapped))
        yield Pair(office)


def test_a_conflict_is_shown_taken_planned_pushed_and_gone(pair: Pair) -> None:
    for _ in range(2):
        assert pair.run("sync", "acme", "--json").code == 0
    assert pair.run("conflicts", "acme").out == "acme: no conflict waits for a person\n"
    pair.quarrel()
    summary = pair.run("sync", "acme", "--json")
    assert (summary.code, summary.document["conflicts"]) == (1, 1)

    listed = pair.run("conflicts", "acme", EMAIL, "--cause", "both_changed", "--json")
    assert (listed.code, listed.err) == (0, "")
    assert list(listed.document) == ["schema", "company", "open", "taken", "causes", "conflicts"]
    (conflict,) = listed.document["conflicts"]
    assert {(side["system"], side["value"]) for side in conflict["sides"]} == {
        ("salesforce", "+15550002"),
        ("hubspot", "+15550003"),
    }
    assert (conflict["field"], conflict["email"], conflict["state"]) == ("phone", EMAIL, "open")
    assert "--take" in listed.document["causes"][0]["remedy"]
    told = pair.run("conflicts", "acme").out
    assert "both_changed" in told
    assert f'salesforce Lead {pair.lead} "+15550002"' in told

    number, before = str(conflict["id"]), pair.office.systems.digests()
    taken = pair.run("conflicts", "acme", "--id", number, "--take", "salesforce", "--by", "Rita", "--json")
    assert (taken.code, taken.document["taken"], taken.document["refused"]) == (0, [conflict["id"]], [])
    again = pair.run("conflicts", "acme", "--id", number, "--take", "salesforce", "--json")
    assert (again.code, again.document["taken"], again.document["already"]) == (0, [], [conflict["id"]])
    assert pair.office.systems.digests() == before, "deciding writes to no CRM"

    changes = [one for one in pair.run("plan", "acme", "--json").document["changes"] if one["field"] == "phone"]
    assert [(one["system"], one["before"], one["after"]) for one in changes] == [("hubspot", "+15550003", "+15550002")]
    assert changes[0]["reason"] == f"Rita took the value of salesforce (conflict {number})"
    assert pair.run("push", "acme", "--json").code == 0
    assert pair.phones() == ("+15550002", "+15550002")
    for _ in range(2):
        quiet = pair.run("sync", "acme", "--json").document
    assert (quiet["pushed"], quiet["conflicts"]) == ({"hubspot": 0, "salesforce": 0}, 0)
    (over,) = pair.run("conflicts", "acme", "--settled", "--json").document["conflicts"]
    assert (over["state"], over["settled_by"], over["taken"]["by"]) == ("settled", "taken", "Rita")
    assert "Rita" in pair.run("explain", "acme", EMAIL).out
