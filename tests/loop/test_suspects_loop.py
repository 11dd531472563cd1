"""Suspected bots and questions in forms, through the whole loop: held, explained, let go; a question is interest."""

from __future__ import annotations

import pytest

from tests.loop.two_systems import COMPANY, GUID, Loop, OpenLoop

QUESTION = "3f0c1111-0000-4000-8000-000000000009"
TEXT = "Does it work with   our old system?"


@pytest.fixture
def loop(open_loop: OpenLoop) -> Loop:
    fields = '[hubspot.contacts.fields]\nleadloop_evaluating = "q_evaluating"\nleadloop_product = "q_product"\n'
    made = open_loop({"fields.toml": fields})
    forms = [{"id": GUID, "name": "Demo request"}, {"id": QUESTION, "name": "Whitepaper: the old system"}]
    own = ("leadloop_evaluating", "leadloop_product", "message")
    properties = {"contacts": [{"name": name, "type": "string"} for name in own]}
    made.control("hubspot", "seed", {"forms": forms, "properties": properties})
    return made


def submit(loop: Loop, email: str, form: str = GUID, **values: str) -> None:
    loop.control("hubspot", "submit_form", {"form": form, "email": email, "values": values})


def flood(loop: Loop, email: str, count: int) -> None:
    for _ in range(count):
        submit(loop, email)
        loop.clock.sleep(60)


def stage_of(loop: Loop, email: str) -> str:
    return str(loop.rows(f"select stage from person where email = '{email}'")[0][0])


def test_who_floods_a_form_is_held_explained_and_let_go(loop: Loop) -> None:
    contact = loop.contact("flood@northwind.example")
    loop.sync()
    flood(loop, "flood@northwind.example", 21)
    assert loop.sync().handed_off == 0
    assert stage_of(loop, "flood@northwind.example") == "name"
    told = loop.app.explain(COMPANY, "flood@northwind.example")
    assert told.points is not None
    assert told.points.total_milli == 0
    assert "not while this holds: submits forms as no person does" in told.missing_for_stage
    assert [(hold["field"], hold["why"]) for hold in told.holds] == [
        ("suspected_bot", "more than 20 form submissions in 60 minutes")
    ]
    assert loop.findings()["suspected_bot"].count == 1
    assert loop.sync(minutes=60 * 24).handed_off == 0  # nothing but a person ends it
    assert loop.app.release(COMPANY, "flood@northwind.example")
    assert not loop.app.release(COMPANY, "flood@northwind.example")
    assert loop.sync().handed_off == 1
    assert "suspected_bot" not in loop.findings()
    assert loop.properties(contact)["leadloop_stage"] == "qualified_lead"


def test_twenty_forms_are_eager_and_no_bot(loop: Loop) -> None:
    loop.contact("eager@northwind.example")
    loop.sync()
    flood(loop, "eager@northwind.example", 20)
    assert loop.sync().handed_off == 1


def test_a_released_person_is_held_again_only_for_what_follows(loop: Loop) -> None:
    loop.contact("flood@northwind.example")
    loop.sync()
    flood(loop, "flood@northwind.example", 21)
    loop.sync()
    loop.app.release(COMPANY, "flood@northwind.example")
    loop.sync()
    assert "suspected_bot" not in loop.findings()
    flood(loop, "flood@northwind.example", 21)
    loop.sync()
    assert loop.findings()["suspected_bot"].count == 1


def test_the_same_text_from_five_addresses_of_a_domain_holds_all_five(loop: Loop) -> None:
    emails = [f"p{number}@spam.example" for number in range(5)]
    for email in emails:
        loop.contact(email)
    loop.contact("p9@honest.example")
    loop.sync()
    submit(loop, "p9@honest.example", message=TEXT)
    for email in emails[:4]:
        submit(loop, email, message=TEXT.upper())
        loop.clock.sleep(60)
    assert loop.sync().handed_off == 5  # four alike are no crowd yet
    submit(loop, emails[4], message=TEXT)
    assert loop.sync(minutes=5).handed_off == 0
    assert loop.findings()["suspected_bot"].count == 5
    held = loop.rows("select email from person where suspected_bot order by email")
    assert [row[0] for row in held] == emails
    # No text and no address is kept with the activities: only a digest by which they are found to be alike.
    kept = loop.rows("select distinct form_key from activity where form_key <> ''")
    assert len(kept) == 2
    assert not any("old system" in row[0] or "@" in row[0] for row in kept)


@pytest.mark.parametrize(("message", "stage"), [("", "suspect"), (TEXT, "lead")])
def test_a_form_with_a_question_is_direct_interest(loop: Loop, message: str, stage: str) -> None:
    # A small buyer elsewhere: the question makes a lead, and not more.
    weak = {"jobtitle": "Clerk", "numemployees": "1-5", "industry": "", "country": "France"}
    contact = loop.contact("asks@northwind.example", **weak)
    loop.edit(contact, leadloop_product="suite", leadloop_evaluating="yes")
    loop.sync()
    submit(loop, "asks@northwind.example", QUESTION, **({"message": message} if message else {}))
    loop.sync()
    assert stage_of(loop, "asks@northwind.example") == stage
