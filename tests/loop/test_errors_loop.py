"""Refused and unreadable values over time: they rest, are let be until the value changes, and end with their wish."""

from __future__ import annotations

import pytest

from connector.app.rejects import Chosen, errors, ignore, retry
from connector.report.error_list import ErrorList
from connector.summary import Summary
from tests.loop.two_systems import ADA, COMPANY, Loop, OpenLoop

EMAIL = "mara@northwind.example"
EVERYTHING = Chosen()
FIELDS = """
[canonical]
title = { type = "text", policy = "two_way" }
desks = { type = "integer", policy = "latest" }
[salesforce.Lead.fields]
Title = { read = "title", write = "title" }
[hubspot.contacts.fields]
jobtitle = { read = "title", write = "title" }
city = "desks"
"""


@pytest.fixture
def loop(open_loop: OpenLoop) -> Loop:
    return open_loop({"fields.toml": FIELDS})


def lead(loop: Loop, **fields: str) -> str:
    known = {"LastName": "Oduya", "Company": "Northwind", "Email": EMAIL, "OwnerId": ADA, **fields}
    return str(loop.control("salesforce", "create", {"object": "Lead", "fields": known, "by": ADA})["id"])


def refuse(loop: Loop, **rule: str) -> None:
    rules = [{"object": "Lead", "blank": "Website", **rule}]
    loop.control("salesforce", "settings", {"validation_rules": rules})


def later(loop: Loop, hours: float) -> Summary:
    loop.clock.sleep(hours * 3_600)
    return loop.app.sync(COMPANY)


def shown(loop: Loop) -> list[tuple[str, str, str]]:
    """(field, code, state) of every error."""
    found: ErrorList = errors(loop.app, COMPANY, EVERYTHING, {})
    return sorted((each.field, each.code, each.state) for cause in found.causes for each in cause.rejects)


def test_an_ignored_refusal_is_let_be_until_the_value_changes(loop: Loop) -> None:
    contact = loop.contact(EMAIL, jobtitle="CTO")
    lead(loop, Title="CTO")
    refuse(loop)
    assert later(loop, 1).failed == 1
    assert shown(loop) == [("*", "FIELD_CUSTOM_VALIDATION_EXCEPTION", "open")]
    assert ignore(loop.app, COMPANY, EVERYTHING, "Rita", {}).count("open") == 1
    writes = loop.writes()
    for hours in (1, 23, 24):  # also when an open refusal would be tried again
        assert later(loop, hours).status == "ok"
    assert loop.writes() == writes
    assert shown(loop) == [("*", "FIELD_CUSTOM_VALIDATION_EXCEPTION", "ignored")]
    assert retry(loop.app, COMPANY, EVERYTHING, {}).causes == (), "what a person lets be is retried when it is named"

    loop.edit(contact, jobtitle="VP IT")
    assert later(loop, 1).failed == 1
    assert shown(loop) == [("*", "FIELD_CUSTOM_VALIDATION_EXCEPTION", "open")]

    ignore(loop.app, COMPANY, EVERYTHING, "Rita", {})
    loop.control("salesforce", "settings", {"validation_rules": []})
    assert retry(loop.app, COMPANY, Chosen(person=EMAIL), {}).count("ignored") == 1
    assert later(loop, 1).status == "ok"
    assert shown(loop) == []


def test_a_refusal_of_what_is_not_to_be_written_any_more_is_over(loop: Loop) -> None:
    contact = loop.contact(EMAIL, jobtitle="CTO")
    record = lead(loop, Title="CTO")
    for _ in range(2):
        loop.sync()
    refuse(loop, on="Title")
    loop.edit(contact, jobtitle="VP IT")
    assert later(loop, 1).failed == 1
    assert shown(loop) == [("Title", "FIELD_CUSTOM_VALIDATION_EXCEPTION", "open")]
    mended = {"Website": "northwind.example", "Title": "VP IT"}
    loop.control("salesforce", "edit", {"object": "Lead", "id": record, "fields": mended, "by": ADA})
    assert later(loop, 0.1).status == "ok"
    assert shown(loop) == []


def test_a_rule_that_names_a_field_we_do_not_write_lets_the_record_rest(loop: Loop) -> None:
    loop.contact(EMAIL)
    lead(loop)
    refuse(loop, on="Website")
    assert later(loop, 1).failed == 1
    writes = loop.writes()
    assert later(loop, 0.1).status == "ok"
    assert loop.writes() == writes
    assert [field for field, _, _ in shown(loop)] == ["*"]


def test_a_value_that_cannot_be_read_is_shown_let_be_and_gone_when_corrected(loop: Loop) -> None:
    contact = loop.contact(EMAIL, city="lots")
    loop.sync()
    assert shown(loop) == [("city", "not_a_number", "open")]
    assert retry(loop.app, COMPANY, EVERYTHING, {}).count("open", "retry") == 1
    loop.sync()
    assert shown(loop) == [("city", "not_a_number", "open")], "read again, and still not readable"

    ignore(loop.app, COMPANY, Chosen(cause="not_a_number"), "Rita", {})
    loop.edit(contact, zip="02108")
    loop.sync()
    assert shown(loop) == [("city", "not_a_number", "ignored")], "another field of the record has changed"
    loop.edit(contact, city="many")
    loop.sync()
    assert shown(loop) == [("city", "not_a_number", "open")]
    loop.edit(contact, city="250")
    loop.sync()
    assert shown(loop) == []
