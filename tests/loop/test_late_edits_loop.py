"""Edits of a two-way field that are seen late, of which the record's stamp does not tell when they were made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.app.conflicts import Chosen, conflicts
from tests.loop.test_taking_loop import EMAIL, FIELDS
from tests.loop.two_systems import ADA, COMPANY, SECRETS, Loop


@pytest.fixture
def loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    made = Loop(tmp_path, {"fields.toml": FIELDS})
    yield made
    made.app.close()


class Couple:
    """A contact and a Lead record of one person with the same title."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.contact = loop.contact(EMAIL, jobtitle="CTO")
        fields = {"LastName": "Oduya", "Company": "Northwind", "Email": EMAIL, "Title": "CTO", "OwnerId": ADA}
        self.lead = str(loop.control("salesforce", "create", {"object": "Lead", "fields": fields, "by": ADA})["id"])

    def edit_lead(self, *, visible_after_s: float = 0, **fields: str) -> None:
        edit = {"object": "Lead", "id": self.lead, "fields": fields, "by": ADA, "visible_after_s": visible_after_s}
        self.loop.control("salesforce", "edit", edit)

    def titles(self) -> tuple[str, str]:
        """Salesforce's and HubSpot's."""
        return self.loop.records("Lead")[self.lead]["Title"], self.loop.properties(self.contact)["jobtitle"]

    def disputed(self) -> list[set[tuple[str, object]]]:
        found = conflicts(self.loop.app, COMPANY, Chosen()).disputes
        return [{(side.system, side.value) for side in each.sides} for each in found]

    def settle(self) -> None:
        for _ in range(3):
            self.loop.clock.sleep(1_200)
            assert self.loop.app.sync(COMPANY).problem is None


def test_an_edit_shown_after_the_first_agreement_reaches_the_other_side(loop: Loop) -> None:
    couple = Couple(loop)
    loop.clock.sleep(10)
    couple.edit_lead(Title="Head of IT", visible_after_s=300)
    loop.clock.sleep(30)
    loop.edit(couple.contact, country="Canada")  # the whole record is stamped later than the edit of the Lead
    loop.sync(minutes=1)
    couple.settle()
    assert couple.titles() == ("Head of IT", "Head of IT")
    assert couple.disputed() == []


def hidden_while_edited(loop: Loop, *, other_side: str | None) -> Couple:
    """The Lead's title is edited, and taken from our sight before it is read; then another field is edited."""
    couple = Couple(loop)
    couple.settle()
    couple.edit_lead(Title="Head of IT")
    loop.control("salesforce", "settings", {"hidden_fields": ["Lead.Title"]})
    loop.sync()
    if other_side is not None:
        loop.edit(couple.contact, jobtitle=other_side)
    loop.clock.sleep(60)
    couple.edit_lead(Company="Northwind Inc")
    loop.sync()
    loop.control("salesforce", "settings", {"hidden_fields": []})
    loop.clock.sleep(600)
    loop.app.backfill(COMPANY)
    couple.settle()
    return couple


def test_a_value_out_of_sight_does_not_replace_an_edit_made_meanwhile(loop: Loop) -> None:
    couple = hidden_while_edited(loop, other_side="VP IT")
    assert couple.titles() == ("Head of IT", "VP IT")
    assert couple.disputed() == [{("salesforce", "Head of IT"), ("hubspot", "VP IT")}]
    writes = loop.writes()
    couple.settle()
    assert loop.writes() == writes


def test_a_value_out_of_sight_counts_when_nobody_has_edited_meanwhile(loop: Loop) -> None:
    couple = hidden_while_edited(loop, other_side=None)
    assert couple.titles() == ("Head of IT", "Head of IT")
    assert couple.disputed() == []


def test_an_edit_made_in_sight_again_is_as_new_as_it_says(loop: Loop) -> None:
    couple = hidden_while_edited(loop, other_side=None)
    loop.edit(couple.contact, jobtitle="VP IT")
    loop.sync()
    couple.edit_lead(Title="Director IT")
    couple.settle()
    assert couple.titles() == ("Director IT", "Director IT")
    assert couple.disputed() == []


def test_what_was_read_before_our_own_write_says_nothing_after_it(loop: Loop) -> None:
    couple = Couple(loop)
    couple.settle()
    loop.edit(couple.contact, jobtitle="VP IT")
    loop.sync()
    assert couple.titles() == ("VP IT", "VP IT")
    loop.app.evaluate(COMPANY)  # merged anew before the Lead was read again
    assert [each for each in loop.app.plan(COMPANY).changes() if each["field"] in ("Title", "jobtitle")] == []
    couple.settle()
    assert couple.titles() == ("VP IT", "VP IT")
    assert couple.disputed() == []


def test_a_field_that_goes_out_of_sight_after_our_own_write_says_nothing(loop: Loop) -> None:
    couple = Couple(loop)
    couple.settle()
    loop.edit(couple.contact, jobtitle="VP IT")
    loop.sync()
    loop.control("salesforce", "settings", {"hidden_fields": ["Lead.Title"]})
    couple.edit_lead(Company="Northwind Inc")  # read without the title: what is kept of it is from before our write
    couple.settle()
    loop.control("salesforce", "settings", {"hidden_fields": []})
    assert couple.titles() == ("VP IT", "VP IT")
    assert couple.disputed() == []
