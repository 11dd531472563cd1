"""Which channels a person allows, and what that leaves of a track: no mail, no call, or nothing at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from connector.decide.business_hours import parse_hours
from connector.decide.consent import Channels, ConsentFacts, Permission, channels
from connector.decide.human_touches import Done, OnTrack
from connector.decide.merge import LinkValues, Merged, merge_fields
from connector.decide.nurture import Entry, HumanTouch, Track
from connector.decide.nurture_steps import NO_MAIL, next_step
from connector.model import Stage
from connector.rules.mapping import CanonicalField, FieldMapping, ObjectMapping, map_record

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
HOURS = parse_hours("09:00-17:00", ZoneInfo("UTC"))
REACHABLE = ConsentFacts(has_email=True, has_phone=True)
GERMANY = Permission(frozenset({"germany"}))
OPT_OUT = CanonicalField("x", "boolean", "most_restrictive")


@pytest.mark.parametrize(
    ("facts", "mail", "phone"),
    [
        (REACHABLE, True, True),
        (replace(REACHABLE, email_opt_out=True), False, True),
        (replace(REACHABLE, hard_bounced=True), False, True),
        (replace(REACHABLE, phone_opt_out=True), True, False),
        (replace(REACHABLE, has_phone=False, email_opt_out=True), False, False),
        (replace(REACHABLE, processing_restricted=True), False, False),
        (replace(REACHABLE, country="France"), True, True),
        (replace(REACHABLE, country="Germany"), False, True),
        (replace(REACHABLE, country="Germany", legal_basis="Not applicable"), False, True),
        (replace(REACHABLE, country="Germany", legal_basis="Not applicable;Performance of a contract"), True, True),
    ],
)
def test_every_restriction_closes_its_channel(facts: ConsentFacts, mail: bool, phone: bool) -> None:
    found = channels(facts, GERMANY)
    assert found == Channels(email=mail, phone=phone)
    assert found.any is (mail or phone)


CALL = HumanTouch("call", first_business_days=1, needs_phone=True, without_phone="write")
TRACK = Track("b", 1, Entry(stages=frozenset({Stage.LEAD})), step="newsletter", cadence_days=7, human_touch=CALL)


@pytest.mark.parametrize(
    ("mail", "phone", "text"),
    [(True, True, "call"), (True, False, "write"), (False, True, "call"), (False, False, NO_MAIL)],
)
def test_a_step_uses_only_what_is_allowed(mail: bool, phone: bool, text: str) -> None:
    step = next_step(TRACK, OnTrack(NOW, phone_allowed=phone, mail_allowed=mail), HOURS, NOW)
    assert (step.text, step.due_at is not None) == (text, text != NO_MAIL)


def test_a_programme_sends_nothing_to_somebody_who_opted_out() -> None:
    place = OnTrack(NOW - timedelta(days=1), done=(Done(NOW),), mail_allowed=False)
    assert next_step(TRACK, place, HOURS, NOW).text == NO_MAIL
    assert next_step(TRACK, replace(place, mail_allowed=True), HOURS, NOW).text == "newsletter"


def link(number: int, value: object) -> LinkValues:
    return LinkValues(number, "alpha", {} if value is ... else {"x": value}, NOW)  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("links", "previous", "value"),
    [
        ([link(1, False), link(2, True)], None, True),
        ([link(1, False)], Merged(True, 2, NOW), True),  # the record that said no is gone
        ([link(1, False), link(2, ...)], Merged(True, 2, NOW), True),  # or does not show the field any more
        ([link(1, False), link(2, False)], Merged(True, 2, NOW), False),  # only it can take its no back
        ([link(1, None), link(2, None)], Merged(False, 2, NOW), None),
    ],
)
def test_a_restriction_is_taken_back_only_where_it_was_said(
    links: list[LinkValues], previous: Merged | None, value: object
) -> None:
    found = merge_fields(links, {"x": OPT_OUT}, {"x": previous} if previous else {})
    assert found["x"].value is value


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"all": "false", "one": "true"}, True),
        ({"all": "true", "one": "false"}, True),
        ({"all": "false", "one": None}, False),
        ({"all": None, "one": "false"}, False),
        ({"all": None, "one": None}, None),
        ({"kind": "UNSUBSCRIBED", "all": "false"}, True),
        ({"kind": "SUBSCRIBED", "all": None}, False),
    ],
)
def test_of_several_fields_of_a_record_the_strictest_holds(fields: dict[str, str | None], value: object) -> None:
    words = {"UNSUBSCRIBED": "true", "SUBSCRIBED": "false"}
    entries = (FieldMapping("all", "x"), FieldMapping("kind", "x", values=words), FieldMapping("one", "x"))
    mapping = ObjectMapping("blue", "contacts", "person", fields=entries)
    assert map_record(mapping, {"x": OPT_OUT}, fields).values["x"] is value
