"""What the simulated native sync does between the two simulators."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.native_sync import USER_ID, NativeSync
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from adapters.simulator.wire import Request

NOW = datetime(2026, 11, 16, 10, tzinfo=UTC)
ADA, BEN = "005000000000101AAA", "005000000000102AAA"
LEAD = "00Q000000000001EAA"


class Both:
    """Two simulators with one person in both, and the integration between them."""

    def __init__(self) -> None:
        self.salesforce = SalesforceSimulator(seed=1, now=NOW)
        self.hubspot = HubSpotSimulator(seed=1, now=NOW)
        self.native = NativeSync(
            self.salesforce, self.hubspot, included=lambda contact: contact.get("lifecyclestage") == "lead"
        )
        users = [{"Id": ADA, **_user("Ada")}, {"Id": BEN, **_user("Ben")}]
        lead = {"Id": LEAD, "LastName": "One", "Company": "C", "Email": "One@c.example", "OwnerId": ADA, "Phone": "1"}
        self.act("salesforce", "seed", {"records": {"User": users, "Lead": [lead]}})
        owners = [{"id": "9001", "email": "ada@s.example", "userId": 1}, {"id": "9002", "email": "ben@s.example"}]
        contact = {"id": "11", "properties": {"email": "one@c.example", "lastname": "One"}}
        self.act("hubspot", "seed", {"owners": owners, "records": {"contacts": [contact]}})
        self.native.install()

    def act(self, system: str, route: str, body: Mapping[str, Any]) -> dict[str, Any]:
        simulator: Any = self.salesforce if system == "salesforce" else self.hubspot
        answer = simulator.handle(Request("POST", f"/_simulator/{route}", body=json.dumps(body).encode()))
        assert answer.status < 300, answer.body
        document: dict[str, Any] = json.loads(answer.body)
        return document

    def wait(self, minutes: float) -> int:
        return self.native.run_until(self.salesforce.clock.now() + timedelta(minutes=minutes))

    def edit_lead(self, **fields: str) -> None:
        self.act("salesforce", "edit", {"object": "Lead", "id": LEAD, "fields": fields, "by": BEN})

    def edit_contact(self, **properties: str) -> None:
        self.act("hubspot", "edit", {"object": "contacts", "id": "11", "properties": properties, "by": 1})

    def lead(self) -> dict[str, Any]:
        return dict(self.salesforce.org.tables["Lead"].rows[LEAD])

    def contact(self, record_id: str = "11") -> dict[str, str]:
        return dict(self.hubspot.portal.collections["contacts"].records[record_id].properties)

    def tasks(self) -> list[dict[str, Any]]:
        return list(self.salesforce.org.tables["Task"].rows.values())


def _user(name: str) -> dict[str, str]:
    address = f"{name}@s.example".lower()
    return {"LastName": name, "Username": address, "Email": address, "Alias": name.lower()}


@pytest.fixture
def both() -> Both:
    return Both()


def test_it_matches_by_address_and_leaves_its_ids(both: Both) -> None:
    assert both.wait(1) == 1
    contact = both.contact()
    assert contact["salesforceleadid"] == LEAD
    assert contact["salesforcelastsynctime"] == "2026-11-16T10:00:00.000Z"
    assert contact["phone"] == "1", "at first sight Salesforce fills what is blank"
    assert contact["hubspot_owner_id"] == "9001", "an owner is the one with the same address"


def test_the_last_value_wins_in_both_directions(both: Both) -> None:
    both.wait(1)
    both.edit_contact(phone="2", hubspot_owner_id="9002")
    assert both.wait(15) == 1
    assert (both.lead()["Phone"], both.lead()["OwnerId"]) == ("2", BEN)
    both.edit_lead(Phone="3", Status="Working - Contacted")
    assert both.wait(15) == 1
    assert (both.contact()["phone"], both.contact()["hs_lead_status"]) == ("3", "IN_PROGRESS")
    both.edit_lead(Phone="4")
    both.salesforce.clock.advance(60)
    both.hubspot.clock.advance(60)
    both.edit_contact(phone="5")
    assert both.wait(15) == 1
    assert both.lead()["Phone"] == both.contact()["phone"] == "5"


def test_it_acts_as_itself_every_quarter_of_an_hour_and_only_if_there_is_something_to_do(both: Both) -> None:
    both.wait(1)
    both.edit_contact(phone="2")
    assert both.wait(10) == 0, "the next round is not due"
    assert both.wait(10) == 1
    rows = [row for row in both.salesforce.org.history if row["field"] == "Phone"]
    assert [(row["by"], row["at"][:16]) for row in rows] == [(USER_ID, "2026-11-16T10:15")]
    both.edit_lead(Phone="7")
    both.wait(15)
    change = [row for row in both.hubspot.portal.changes if row.property == "phone"][-1]
    assert (change.source, change.after) == ("SALESFORCE", "7")
    before = (len(both.salesforce.org.history), len(both.hubspot.portal.changes))
    assert both.wait(60 * 24 * 30) == 0
    assert (len(both.salesforce.org.history), len(both.hubspot.portal.changes)) == before


def test_it_makes_leads_for_its_inclusion_list_alone(both: Both) -> None:
    for number, stage in (("12", "lead"), ("13", "subscriber")):
        properties = {"email": f"p{number}@d.example", "lastname": "New", "company": "D", "lifecyclestage": stage}
        both.act("hubspot", "seed", {"records": {"contacts": [{"id": number, "properties": properties}]}})
    both.wait(16)
    made = [row for row in both.salesforce.org.tables["Lead"].rows.values() if row["Id"] != LEAD]
    assert [(row["Email"], row["CreatedById"]) for row in made] == [("p12@d.example", USER_ID)]
    assert both.contact("12")["salesforceleadid"] == made[0]["Id"]
    assert "salesforceleadid" not in both.contact("13")


def test_it_copies_each_engagement_once_to_a_task_on_the_record(both: Both) -> None:
    call = {"hs_timestamp": "2026-11-16T09:50:00.000Z", "hs_call_title": "Intro", "hs_call_duration": "90000"}
    tie = [{"to": ["contacts", "11"]}]
    both.act("hubspot", "create", {"object": "calls", "properties": call, "associations": tie})
    both.wait(60)
    both.wait(60)
    (task,) = both.tasks()
    assert (task["WhoId"], task["Subject"], task["IsClosed"]) == (LEAD, "[HubSpot] Call: Intro", True)
    assert (task["TaskSubtype"], task["CallDurationInSeconds"], task["CreatedById"]) == ("Call", 90, USER_ID)


def test_it_follows_a_converted_lead_to_its_contact(both: Both) -> None:
    both.wait(1)
    converted = both.act("salesforce", "convert", {"id": LEAD, "by": ADA, "opportunity": None})
    both.wait(15)
    assert both.contact()["salesforcecontactid"] in str(converted)
    assert both.contact()["salesforceleadid"] == LEAD
