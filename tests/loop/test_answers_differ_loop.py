"""Both CRMs answer a question differently: the newer answer counts, the other is shown until they agree."""

from __future__ import annotations

import pytest

from tests.loop.two_systems import ADA, COMPANY, Loop, OpenLoop

EMAIL = "mara@northwind.example"


@pytest.fixture
def loop(open_loop: OpenLoop) -> Loop:
    return open_loop()


def lead(loop: Loop, need: str) -> str:
    fields = {"LastName": "Oduya", "Company": "Northwind", "Email": EMAIL, "Leadloop_Need__c": need, "OwnerId": ADA}
    document = {"object": "Lead", "fields": fields, "by": ADA}
    return str(loop.control("salesforce", "create", document)["id"])


def conflicts(loop: Loop) -> list[tuple[str, str, str, str]]:
    query = "select field, ours, theirs, state from conflict order by conflict_id"
    return [tuple(str(value).strip('"') for value in row) for row in loop.rows(query)]  # type: ignore[misc]


def test_a_difference_of_a_day_is_a_conflict_and_agreement_ends_it(loop: Loop) -> None:
    contact = loop.contact(EMAIL, leadloop_need="general")
    loop.sync()
    record = lead(loop, "specific")
    assert loop.sync().conflicts == 0  # edits take their time to arrive on both sides
    assert loop.rows("select q_need from person") == [("specific",)]

    assert loop.app.sync(COMPANY).conflicts == 0
    loop.clock.sleep(86_400)
    assert loop.app.sync(COMPANY).conflicts == 1
    assert conflicts(loop) == [("q_need", "specific", "general", "open")]
    assert loop.findings()["answers_differ"].count == 1
    told = [happening.text for happening in loop.app.explain(COMPANY, EMAIL).timeline if happening.kind == "conflict"]
    assert told == [
        'q_need: ours "specific", theirs "general" (the CRMs answer differently for more than a day, hubspot, open)'
    ]
    assert loop.properties(contact)["leadloop_need"] == "general"  # nobody's answer is overwritten
    assert loop.records("Lead")[record]["Leadloop_Need__c"] == "specific"

    writes = loop.writes()
    loop.clock.sleep(600)
    assert loop.app.sync(COMPANY).conflicts == 1  # known, and not told a second time
    assert len(conflicts(loop)) == 1
    assert loop.writes() == writes

    loop.edit(contact, leadloop_need="specific")
    assert loop.sync().conflicts == 0
    assert conflicts(loop) == [("q_need", "specific", "general", "settled")]
    assert "answers_differ" not in loop.findings()


def test_another_contradiction_follows_the_first(loop: Loop) -> None:
    contact = loop.contact(EMAIL, leadloop_need="general")
    loop.sync()
    lead(loop, "specific")
    loop.sync()
    loop.clock.sleep(86_400)
    loop.app.sync(COMPANY)
    loop.edit(contact, leadloop_need="none_now")  # newer, so it counts now
    loop.sync()
    assert loop.rows("select q_need from person") == [("none_now",)]
    loop.clock.sleep(86_400)
    loop.app.sync(COMPANY)
    assert conflicts(loop) == [
        ("q_need", "specific", "general", "settled"),
        ("q_need", "none_now", "specific", "open"),
    ]
