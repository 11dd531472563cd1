"""Consent through the whole loop: the most restrictive of both CRMs holds, is never cleared, and gates everything."""

from __future__ import annotations

import pytest

from tests.loop.two_systems import ADA, GUID, Loop, OpenLoop

FIELDS = """
[hubspot.contacts.fields]
do_not_call = "phone_opt_out"
data_restricted = "processing_restricted"
hs_email_optout_77 = "email_opt_out"
"subscription:Product news" = { read = "email_opt_out", values = { UNSUBSCRIBED = "true", SUBSCRIBED = "false" } }

[salesforce.Lead.fields]
HasOptedOutOfEmail = { read = "email_opt_out", write = "email_opt_out" }
"""
NURTURE = '[permission]\nrequire_basis_for = ["germany"]\n'
EMAIL = "mara@northwind.example"


@pytest.fixture
def loop(open_loop: OpenLoop) -> Loop:
    made = open_loop({"fields.toml": FIELDS, "nurture.toml": NURTURE})
    forms = [{"id": GUID, "name": "Demo request"}, {"id": f"{GUID}2", "name": "Newsletter sign-up"}]
    kinds = [{"id": "77", "name": "Newsletter"}, {"id": "78", "name": "Product news"}]
    own = [{"name": name, "type": "bool", "label": name} for name in ("do_not_call", "data_restricted")]
    made.control(
        "hubspot", "seed", {"forms": forms, "subscription_types": kinds, "properties": {"contacts": own}}
    )  # fmt: skip
    return made


WITHOUT_MAIL = "community invitation, by social"
"""What the track holds for people who may not get mail."""


def person(loop: Loop, *columns: str) -> tuple[object, ...]:
    (row,) = loop.rows(f"select {', '.join(columns)} from person where merged_into is null")
    return row


def subscribe(loop: Loop, form: str = f"{GUID}2") -> None:
    loop.control("hubspot", "submit_form", {"form": form, "email": EMAIL})


def lead(loop: Loop, **fields: object) -> str:
    row = {"FirstName": "Mara", "LastName": "Oduya", "Company": "Northwind", "Email": EMAIL, **fields}
    loop.control("salesforce", "seed", {"records": {"Lead": [row]}})
    return next(iter(loop.records("Lead")))


def test_a_no_of_either_system_holds_for_both_and_stays_when_its_record_goes(loop: Loop) -> None:
    loop.contact()
    lead_id = lead(loop, HasOptedOutOfEmail=True, DoNotCall=True)
    loop.sync()
    assert person(loop, "email_opt_out", "phone_opt_out") == (1, 1)
    loop.control("salesforce", "delete", {"object": "Lead", "id": lead_id, "by": ADA})
    loop.sync()
    assert person(loop, "email_opt_out", "phone_opt_out") == (1, 1)


def test_a_restriction_is_never_written_and_so_never_cleared_by_us(loop: Loop) -> None:
    loop.contact()
    subscribe(loop)
    lead_id = lead(loop, HasOptedOutOfEmail=True)  # the mapping even names it for writing
    loop.sync()
    loop.control("hubspot", "subscription", {"email": EMAIL, "status": "SUBSCRIBED"})
    loop.sync()
    assert loop.records("Lead")[lead_id]["HasOptedOutOfEmail"] is True
    assert person(loop, "email_opt_out") == (1,)
    by_person = {"object": "Lead", "id": lead_id, "fields": {"HasOptedOutOfEmail": False}, "by": ADA}
    loop.control("salesforce", "edit", by_person)
    loop.sync()
    assert person(loop, "email_opt_out") == (0,)  # taken back where it was said


@pytest.mark.parametrize("kind", ["77", "78"])
def test_a_choice_against_one_named_kind_of_mail_counts(loop: Loop, kind: str) -> None:
    loop.contact()
    loop.sync()
    assert person(loop, "email_opt_out") in [(0,), (None,)]
    loop.control("hubspot", "subscription", {"email": EMAIL, "id": kind, "status": "UNSUBSCRIBED"})
    loop.sync()
    assert person(loop, "email_opt_out") == (1,)


def test_without_mail_no_programme_step_and_without_calls_no_call(loop: Loop) -> None:
    contact = loop.contact(numemployees="1-5", jobtitle="Analyst")
    subscribe(loop)
    loop.sync()
    track, step = person(loop, "track", "next_step")
    assert track == "welcome"
    assert "newsletter" in str(step)
    loop.edit(contact, hs_email_optout="true")
    loop.sync()
    track, step = person(loop, "track", "next_step")
    assert (track, step) == ("welcome", WITHOUT_MAIL)  # a phone is left, so the person is not out of reach
    loop.edit(contact, do_not_call="true")
    loop.sync()
    assert person(loop, "track", "next_step") == ("no_contact", "wait for permission")


def test_a_country_may_demand_a_legal_basis(loop: Loop) -> None:
    contact = loop.contact(numemployees="1-5", jobtitle="Analyst", country="Germany")
    subscribe(loop)
    loop.sync()
    assert person(loop, "next_step") == (WITHOUT_MAIL,)
    loop.edit(contact, hs_legal_basis="Freely given consent from contact")
    loop.sync()
    assert "newsletter" in str(person(loop, "next_step")[0])


def test_the_hand_off_note_says_what_is_not_allowed(loop: Loop) -> None:
    loop.contact(do_not_call="true")
    subscribe(loop, GUID)
    assert loop.sync().handed_off == 1
    (task,) = loop.records("Task").values()
    assert "Do not call" in task["Description"]


def test_somebody_restricted_before_we_know_them_is_not_scored_and_not_written(loop: Loop) -> None:
    contact = loop.contact(data_restricted="true")
    subscribe(loop, GUID)
    before = loop.properties(contact)
    summary = loop.sync()
    assert (summary.handed_off, summary.planned, loop.writes()) == (0, 0, 0)
    assert person(loop, "grade", "track", "next_step", "published_score") == (None, None, None, None)
    assert loop.properties(contact) == before


def test_a_restriction_later_on_stops_every_write_score_track_and_step(loop: Loop) -> None:
    contact = loop.contact()
    subscribe(loop, GUID)
    assert loop.sync().handed_off == 1
    loop.sync()
    loop.edit(contact, data_restricted="true", jobtitle="Chief Marketing Officer")
    subscribe(loop, GUID)
    before, tasks, writes = loop.properties(contact), loop.records("Task"), loop.writes()
    for _ in range(3):
        summary = loop.sync(minutes=600)
        assert (summary.handed_off, summary.planned) == (0, 0)
    assert person(loop, "track", "next_step", "next_step_due") == (None, None, None)
    after = {name: value for name, value in loop.properties(contact).items() if name.startswith("leadloop_")}
    assert after == {name: value for name, value in before.items() if name.startswith("leadloop_")}
    assert (loop.records("Task"), loop.writes()) == (tasks, writes)
    assert loop.app.violations("acme") == {"acme": []}


def test_a_choice_that_no_field_is_read_for_is_a_note(loop: Loop) -> None:
    loop.contact()
    loop.sync()
    note = loop.findings()["permission_not_mapped:salesforce"]
    assert (note.severity, note.count) == ("note", 1)
    assert "processing_restricted" in note.remedy
    assert "permission_not_mapped:hubspot" not in loop.findings()
