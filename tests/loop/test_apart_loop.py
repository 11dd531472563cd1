"""Two people share an e-mail: nobody can tell who is who until a person says so."""

from __future__ import annotations

import pytest

from connector.app.conflicts import Chosen, conflicts, keep_apart
from tests.loop.two_systems import ADA, COMPANY, Loop, OpenLoop

EMAIL = "desk@northwind.example"


@pytest.fixture
def loop(open_loop: OpenLoop) -> Loop:
    return open_loop()


def unclear(loop: Loop) -> set[str]:
    return {record[2] for each in conflicts(loop.app, COMPANY, Chosen()).unclear for record in each.records}


def test_a_person_who_shares_an_email_is_unclear_until_somebody_says_who_they_are(loop: Loop) -> None:
    contact = loop.contact(EMAIL)
    fields = {"LastName": "Brandt", "Company": "Northwind", "Email": EMAIL, "OwnerId": ADA}
    lead = str(loop.control("salesforce", "create", {"object": "Lead", "fields": fields, "by": ADA})["id"])
    loop.sync()
    assert unclear(loop) == {contact, lead}
    found = conflicts(loop.app, COMPANY, Chosen())
    assert [(each.cause, each.count) for each in found.causes] == [("identity", 2)]
    assert "--apart" in found.causes[0].remedy

    assert keep_apart(loop.app, COMPANY, contact, "Rita")
    assert keep_apart(loop.app, COMPANY, lead, "Rita")
    assert not keep_apart(loop.app, COMPANY, lead, "Rita")
    loop.sync()
    loop.edit(contact, city="Boston")
    edit = {"object": "Lead", "id": lead, "fields": {"FirstName": "Bo"}, "by": ADA}
    loop.control("salesforce", "edit", edit)
    loop.sync()
    assert unclear(loop) == set()
    assert loop.rows("select ruling, actor from link_rule") == [("cannot", "Rita")]
    assert loop.rows("select count(*) from person where merged_into is null and provisional = 0") == [(2,)]
