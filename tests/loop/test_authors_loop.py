"""Who set a status or an owner in HubSpot decides whether it is evidence: asked once per value, and only then."""

from __future__ import annotations

from typing import Any

import pytest

from tests.loop.two_systems import GUID, Loop, OpenLoop

BEN = """
[[members]]
name = "Ben Sell"
role = "ae"
hubspot_owner_id = "9002"
weight = 0
"""


@pytest.fixture
def loop(open_loop: OpenLoop) -> Loop:
    # Sales works in HubSpot here: no record is made elsewhere, so the contact is what sales works with.
    made = open_loop({"fields.toml": '[salesforce.Lead]\ncreate = "never"\n'}, more_team=BEN)
    owner = {"id": "9002", "email": "ben@seller.example", "firstName": "Ben", "lastName": "Sell", "userId": 7_002}
    forms = [{"id": GUID, "name": "Demo request"}]
    made.control("hubspot", "seed", {"owners": [owner], "forms": forms})
    return made


@pytest.fixture
def contact(loop: Loop) -> str:
    record_id = loop.contact()
    loop.control("hubspot", "submit_form", {"form": GUID, "email": "mara@northwind.example"})
    assert loop.sync().handed_off == 1
    loop.sync()
    assert loop.properties(record_id)["leadloop_disposition"] == "assigned"
    return record_id


def change(loop: Loop, record_id: str, **more: Any) -> None:
    loop.clock.sleep(600)
    loop.control("hubspot", "edit", {"object": "contacts", "id": record_id, **more})


def history_reads(loop: Loop) -> int:
    logged = loop.control("hubspot", "requests")["requests"]
    return sum('"propertiesWithHistory": ["' in str(entry.get("body")) for entry in logged)


def test_a_persons_status_is_a_sign_and_a_workflows_is_none(loop: Loop, contact: str) -> None:
    change(loop, contact, properties={"hs_lead_status": "IN_PROGRESS"}, source="WORKFLOW", by=None)
    loop.sync()
    assert loop.properties(contact)["leadloop_disposition"] == "assigned"
    change(loop, contact, properties={"hs_lead_status": "CONNECTED"}, by=7_001)
    loop.sync()
    assert loop.properties(contact)["leadloop_disposition"] == "working"


def test_taking_a_lead_over_by_hand_accepts_it(loop: Loop, contact: str) -> None:
    change(loop, contact, properties={"hubspot_owner_id": "9002"}, source="WORKFLOW", by=None)
    loop.sync()
    assert loop.properties(contact)["leadloop_disposition"] == "assigned"
    change(loop, contact, properties={"hubspot_owner_id": "9001"}, by=7_001)
    loop.sync()
    change(loop, contact, properties={"hubspot_owner_id": "9002"}, by=7_002)
    loop.sync()
    assert loop.properties(contact)["leadloop_disposition"] == "accepted"


def test_an_author_is_asked_once_per_value(loop: Loop, contact: str) -> None:
    change(loop, contact, properties={"hs_lead_status": "IN_PROGRESS"}, by=7_001)
    loop.sync()
    asked = history_reads(loop)
    change(loop, contact, properties={"city": "Boston"}, by=7_001)
    loop.sync()
    assert history_reads(loop) == asked
    told = loop.rows("select authors from link where object = 'contacts'")
    assert '"hs_lead_status":["IN_PROGRESS","person"' in str(told[0][0]).replace(" ", "")
