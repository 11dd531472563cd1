"""A person decides a conflict: shown, taken, planned, written to the other side, then silence."""

from __future__ import annotations

import pytest

from connector.app.conflicts import Chosen, Taken, conflicts, take
from tests.loop.two_systems import ADA, COMPANY, Loop, OpenLoop

EMAIL = "mara@northwind.example"
FIELDS = """
[canonical]
title = { type = "text", policy = "two_way" }
[salesforce.Lead.fields]
Title = { read = "title", write = "title" }
[hubspot.contacts.fields]
jobtitle = { read = "title", write = "title" }
"""


@pytest.fixture
def loop(open_loop: OpenLoop) -> Loop:
    return open_loop({"fields.toml": FIELDS})


class Pair:
    """A contact and a Lead record of one person, whose titles agree; then both are edited."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.contact = loop.contact(EMAIL, jobtitle="CTO")
        fields = {"LastName": "Oduya", "Company": "Northwind", "Email": EMAIL, "Title": "CTO", "OwnerId": ADA}
        document = {"object": "Lead", "fields": fields, "by": ADA}
        self.lead = str(loop.control("salesforce", "create", document)["id"])
        for _ in range(3):
            loop.sync()

    def edit_lead(self, **fields: str) -> None:
        self.loop.control("salesforce", "edit", {"object": "Lead", "id": self.lead, "fields": fields, "by": ADA})

    def titles(self) -> tuple[str, str]:
        """Salesforce's and HubSpot's."""
        return self.loop.records("Lead")[self.lead]["Title"], self.loop.properties(self.contact)["jobtitle"]

    def quarrel(self) -> int:
        """Two edits between two syncs, HubSpot's later; the number of the conflict."""
        self.edit_lead(Title="Head of IT")
        self.loop.clock.sleep(60)
        self.loop.edit(self.contact, jobtitle="VP IT")
        self.loop.clock.sleep(1_200)
        assert self.loop.app.sync(COMPANY).conflicts == 1
        assert self.titles() == ("Head of IT", "VP IT")
        (found,) = conflicts(self.loop.app, COMPANY, Chosen()).disputes
        return found.conflict.conflict_id

    def take(self, side: str, *ids: int) -> Taken:
        return take(self.loop.app, COMPANY, Chosen(ids=ids), side, "Rita")


@pytest.mark.parametrize(("side", "title"), [("salesforce", "Head of IT"), ("hubspot", "VP IT")])
def test_the_taken_value_is_written_to_the_other_side_and_silence_follows(loop: Loop, side: str, title: str) -> None:
    pair = Pair(loop)
    number = pair.quarrel()
    writes = loop.writes()
    assert pair.take(side, number).taken == (number,)
    assert pair.take(side, number).already == (number,)
    assert loop.writes() == writes, "the command itself writes to no CRM"

    planned = [change for change in loop.app.plan(COMPANY).changes() if change["field"] in ("Title", "jobtitle")]
    assert [(change["after"], change["reason"]) for change in planned] == [
        (title, f"Rita took the value of {side} (conflict {number})")
    ]
    loop.sync()
    assert pair.titles() == (title, title)
    loop.sync()
    settled = loop.rows("select state, settled_by, taken_by from conflict")
    assert settled == [("settled", "taken", "Rita")]
    writes = loop.writes()
    loop.clock.sleep(86_400)
    loop.sync()
    assert loop.writes() == writes
    assert not conflicts(loop.app, COMPANY, Chosen()).disputes


def test_a_conflict_that_has_changed_is_refused_and_the_new_one_has_a_number_of_its_own(loop: Loop) -> None:
    pair = Pair(loop)
    number = pair.quarrel()
    loop.edit(pair.contact, jobtitle="Director IT")
    loop.clock.sleep(1_200)
    assert loop.app.sync(COMPANY).conflicts == 1
    (refused,) = pair.take("salesforce", number).refused
    assert refused[0] == number
    assert "settled already (changed)" in refused[1]
    (found,) = conflicts(loop.app, COMPANY, Chosen()).disputes
    assert found.conflict.conflict_id > number
    assert {(side.system, side.value) for side in found.sides} == {
        ("salesforce", "Head of IT"),
        ("hubspot", "Director IT"),
    }


@pytest.mark.parametrize("side", ["salesforce", "hubspot"])
def test_an_edit_that_nobody_had_seen_is_not_overwritten_by_the_decision(loop: Loop, side: str) -> None:
    pair = Pair(loop)
    pair.take(side, pair.quarrel())
    loop.clock.sleep(60)
    if side == "hubspot":
        pair.edit_lead(Title="Director IT")
    else:
        loop.edit(pair.contact, jobtitle="Director IT")
    for _ in range(2):
        loop.clock.sleep(1_200)
        summary = loop.app.sync(COMPANY)
    assert "Director IT" in pair.titles()
    assert summary.conflicts == (0 if len(set(pair.titles())) == 1 else 1)


def test_a_decision_can_be_reversed_until_it_is_carried_out(loop: Loop) -> None:
    pair = Pair(loop)
    number = pair.quarrel()
    pair.take("salesforce", number)
    loop.app.plan(COMPANY)
    assert pair.take("hubspot", number).taken == (number,)
    loop.app.plan(COMPANY)
    assert pair.take("salesforce", number).taken == (number,)
    assert pair.take("hubspot", number).taken == (number,)
    loop.sync()
    assert pair.titles() == ("VP IT", "VP IT")
    loop.sync()
    (refused,) = pair.take("salesforce", number).refused
    assert "has changed since it was noticed" in refused[1]


def test_answers_are_taken_like_any_other_value(loop: Loop) -> None:
    contact = loop.contact(EMAIL, leadloop_need="general")
    fields = {"LastName": "Oduya", "Company": "Northwind", "Email": EMAIL, "OwnerId": ADA}
    document = {"object": "Lead", "fields": {**fields, "Leadloop_Need__c": "specific"}, "by": ADA}
    loop.sync()
    lead = str(loop.control("salesforce", "create", document)["id"])
    loop.sync()
    loop.clock.sleep(86_400)
    assert loop.app.sync(COMPANY).conflicts == 1
    done = take(loop.app, COMPANY, Chosen(person=EMAIL, field="q_need"), "hubspot", "Rita")
    assert len(done.taken) == 1
    assert loop.sync().conflicts == 0
    assert loop.rows("select q_need from person") == [("general",)]
    assert loop.records("Lead")[lead]["Leadloop_Need__c"] == "general"
    assert loop.properties(contact)["leadloop_need"] == "general"
    loop.sync()
    assert loop.rows("select state, settled_by from conflict") == [("settled", "taken")]
    writes = loop.writes()
    loop.clock.sleep(86_400)
    assert loop.sync().conflicts == 0
    assert loop.writes() == writes
