"""Movement through the whole loop: stored once per edge, with what is missing, and nothing before go-live."""

from __future__ import annotations

import pytest

from tests.loop.two_systems import GUID, Loop, OpenLoop

NURTURE = """
[tracks.pilot]
priority = 12
entry = { stages = ["suspect"], when = { field = "country", is = "germany" } }
cadence_days = 10
tactics = [{ text = "pilot letter", channel = "post" }]

[tracks.welcome]
priority = 13
"""


@pytest.fixture
def loop(open_loop: OpenLoop) -> Loop:
    made = open_loop({"nurture.toml": NURTURE})
    names = ((GUID, "Demo request"), (f"{GUID}2", "Newsletter sign-up"), (f"{GUID}3", "Case study: Northwind"))
    made.control("hubspot", "seed", {"forms": [{"id": key, "name": name} for key, name in names]})
    return made


def submit(loop: Loop, email: str, form: str = f"{GUID}2") -> None:
    loop.control("hubspot", "submit_form", {"form": form, "email": email})


def movement(loop: Loop) -> list[tuple[object, ...]]:
    return loop.rows("select subject, kind, target, missing, holds from movement order by 1, 2")


def test_a_company_may_give_a_track_a_condition_of_its_own(loop: Loop) -> None:
    for email, country in (("anna@adler.example", "Germany"), ("bea@bear.example", "United States")):
        loop.contact(email, country=country, lastname=email[:4], jobtitle="Analyst", numemployees="1-5")
        submit(loop, email)
    loop.clock.sleep(1_200)
    loop.app.sync("acme")  # the portal has no option for the new track yet, so one write is refused
    found = loop.rows("select country, track, next_step from person order by country")
    assert found == [("germany", "pilot", "pilot letter, by post"), ("united states", "welcome", "newsletter")]


def test_three_active_people_of_one_account_are_told_of_once(loop: Loop) -> None:
    people = ("anna", "bea", "cora", "dora")
    account = {"Name": "Northwind", "Website": "https://northwind.example"}
    loop.control("salesforce", "seed", {"records": {"Account": [account]}})
    for number, name in enumerate(people, 1):
        email = f"{name}@northwind.example"
        loop.contact(email, lastname=name.title(), jobtitle="Analyst", numemployees="1-5")
        submit(loop, email)
        loop.sync()
        busy = [row for row in movement(loop) if row[1] == "account"]
        assert len(busy) == (number >= 3)
    (edge,) = loop.rows("select what, since, seen_at from movement where kind = 'account'")
    assert edge[0] == "4 people of the account were active in 14 days"
    assert edge[1] < edge[2]  # crossed with the third, seen again with the fourth


def test_who_lacks_one_condition_is_shown_with_it_in_explain_and_it_falls_back(loop: Loop) -> None:
    email = "mara@northwind.example"
    contact = loop.contact(email, leadloop_need="specific", leadloop_timing="0-3")
    submit(loop, email)
    loop.sync()
    short = {row[2]: row for row in movement(loop) if row[1] == "stage"}
    assert "lead" in short
    assert "reply" in str(short["lead"][3])
    story = loop.app.explain("acme", email)
    lines = [line.text for line in story.timeline if line.kind == "movement"]
    assert any(line.startswith("one condition short of lead; missing: ") for line in lines)
    submit(loop, email, GUID)  # asks for contact: goes to sales
    assert loop.sync().handed_off == 1
    assert all(not row[4] for row in movement(loop) if row[1] == "stage")
    assert contact


def test_why_a_track_ended_is_kept(loop: Loop) -> None:
    email = "mara@northwind.example"
    loop.contact(email)
    submit(loop, email)
    loop.sync()
    submit(loop, email, GUID)
    loop.sync()
    assert loop.rows("select track, reason from track_history where until is not null") == [
        ("welcome", "handed_to_sales")
    ]
    (line,) = [line.text for line in loop.app.explain("acme", email).timeline if line.kind == "track"]
    assert line == "welcome, ended: handed to sales"
