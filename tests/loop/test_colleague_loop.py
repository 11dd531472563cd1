"""Somebody who cannot decide is given back, and returns when another person of the same account comes in."""

from __future__ import annotations

import pytest

from tests.loop.two_systems import GUID, Loop, OpenLoop

NEWS = f"{GUID}2"
MARA = "mara@northwind.example"


@pytest.fixture
def loop(open_loop: OpenLoop) -> Loop:
    made = open_loop()
    forms = [{"id": GUID, "name": "Demo request"}, {"id": NEWS, "name": "Newsletter sign-up"}]
    made.control("hubspot", "seed", {"forms": forms})
    account = {"Name": "Northwind", "Website": "https://northwind.example"}
    made.control("salesforce", "seed", {"records": {"Account": [account]}})
    return made


def given_back(loop: Loop, reason: str) -> str:
    """A hand-off that sales rejects with a reason."""
    contact = loop.contact(MARA)
    loop.control("hubspot", "submit_form", {"form": GUID, "email": MARA})
    assert loop.sync().handed_off == 1
    loop.sync()
    loop.edit(contact, leadloop_response="rejected", leadloop_reject_reason=reason)
    assert loop.sync().recycled == 1
    assert loop.sync(minutes=300).handed_off == 0
    return contact


def disposition(loop: Loop) -> str:
    return str(loop.rows(f"select disposition from person where email = '{MARA}'")[0][0])


@pytest.mark.parametrize(
    ("reason", "email", "after"),
    [
        ("no_authority", "boss@northwind.example", "assigned"),
        ("no_authority", "boss@elsewhere.example", "recycled"),
        ("no_budget", "boss@northwind.example", "recycled"),
    ],
)
def test_a_colleague_who_comes_in_brings_them_back(loop: Loop, reason: str, email: str, after: str) -> None:
    given_back(loop, reason)
    assert disposition(loop) == "recycled"
    loop.contact(email, firstname="Bo", lastname="Boss", company=email.split("@")[1].split(".")[0].title())
    loop.control("hubspot", "submit_form", {"form": NEWS, "email": email})
    loop.sync()
    assert disposition(loop) == after


def test_a_colleague_who_was_there_already_brings_them_back_by_showing_interest(loop: Loop) -> None:
    loop.contact("boss@northwind.example", firstname="Bo", lastname="Boss")
    loop.sync()
    given_back(loop, "no_authority")
    assert disposition(loop) == "recycled"
    loop.control("hubspot", "submit_form", {"form": NEWS, "email": "boss@northwind.example"})
    loop.sync()
    assert disposition(loop) == "assigned"
    moved = loop.rows("select reason from disposition_history where reason = 'colleague_came'")
    assert moved == [("colleague_came",)]
