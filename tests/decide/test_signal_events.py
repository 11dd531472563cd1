"""One happening that two objects tell of is one activity; a better source silences the lesser one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from connector.decide.signals import SignalSource, signals_of
from connector.errors import BadConfiguration
from connector.model import RecordRef
from connector.rules.mapping import Mapping, ObjectMapping, SignalMeaning, SignalRule, without_replaced
from connector.rules.mapping_file import parse as parse_mapping
from connector.rules.toml import Table

AT = datetime(2026, 6, 15, 23, 30, tzinfo=UTC)
DEMO = SignalMeaning("hand_raise", "demo")
SHOWN = SignalRule(at="last", subject="name", meanings={"demo*": DEMO}, event="conversion")
TOLD = SignalRule(
    at="sent", subject="form", subject_id="guid", meanings={"demo*": DEMO, "g-1": DEMO}, event="conversion"
)
PERSON = ObjectMapping("blue", "contacts", "person", signals=(SHOWN,))
FORM = ObjectMapping("blue", "forms", "activity", people={"contacts": "who"}, signals=(TOLD,))


def source(object_name: str, record_id: str, fields: dict[str, Any]) -> SignalSource:
    return SignalSource(RecordRef("blue", object_name, record_id), fields, AT, None, {})


def test_a_submission_and_what_the_person_shows_of_it_have_one_key() -> None:
    (shown,) = signals_of(PERSON, source("contacts", "7", {"last": "2026-06-15T10:00:00.120Z", "name": "Demo request"}))
    told = {"sent": "2026-06-15T10:00:00.120+00:00", "form": "Demo request", "guid": "g-1", "who": "7"}
    (submitted,) = signals_of(FORM, source("forms", "c-1", told))
    assert shown.source_key == submitted.source_key
    assert (shown.summary, submitted.summary) == (True, False)
    (later,) = signals_of(FORM, source("forms", "c-2", {**told, "sent": "2026-06-15T10:00:07Z"}))
    assert later.source_key != submitted.source_key


@pytest.mark.parametrize(
    ("form", "guid", "counts"), [("Demo request", "x", True), ("Renamed", "G-1", True), ("Renamed", "g-12", False)]
)
def test_a_form_is_named_by_its_name_or_its_id(form: str, guid: str, counts: bool) -> None:
    told = {"sent": "2026-06-15T10:00:00Z", "form": form, "guid": guid, "who": "7"}
    assert bool(signals_of(FORM, source("forms", "c-1", told))) is counts


def test_a_submission_of_nobody_known_keeps_its_own_key() -> None:
    told = {"sent": "2026-06-15T10:00:00Z", "form": "Demo request", "guid": "g-1", "who": None}
    (submitted,) = signals_of(FORM, source("forms", "c-1", told))
    assert (submitted.source_key, submitted.people) == ("blue:forms:c-1:0", ())


def test_what_counts_once_a_day_counts_by_the_companys_day_and_by_its_subject() -> None:
    rule = SignalRule(at="at", subject="mail", meaning=SignalMeaning("email_click"), event="click", daily=True)
    clicks = ObjectMapping("blue", "clicks", "activity", people={"contacts": "who"}, signals=(rule,))

    def key(at: str, mail: str, zone: str = "UTC") -> str:
        found = source("clicks", at, {"at": at, "mail": mail, "who": "7"})
        (signal,) = signals_of(clicks, replace(found, zone=ZoneInfo(zone)))
        return signal.source_key

    evening, night = "2026-06-15T21:00:00Z", "2026-06-15T23:00:00Z"
    assert key(evening, "9") == key(night, "9")
    assert key(evening, "9") != key(evening, "10")
    assert key(evening, "9", "Europe/Berlin") != key(night, "9", "Europe/Berlin")


def test_a_rule_rests_while_the_better_object_is_read() -> None:
    rule = SignalRule(at="last_click", meaning=SignalMeaning("email_click"), unless_read="clicks")
    mapping = Mapping({}, {("blue", "contacts"): replace(PERSON, signals=(rule,))})
    shown = source("contacts", "7", {"last_click": "2026-06-15T10:00:00Z"})
    for read, counts in (({("blue", "clicks")}, 0), ({("green", "clicks")}, 1), (set(), 1)):
        resting = without_replaced(mapping, frozenset(read))
        assert len(signals_of(resting.objects["blue", "contacts"], shown)) == counts, read


def test_what_a_collection_is_asked_for_are_the_subjects_with_a_meaning() -> None:
    assert FORM.named == ("demo*", "g-1")
    assert "guid" in FORM.asked_fields


def table(signal: dict[str, Any]) -> Table:
    return Table({"canonical": {}, "blue": {"lists": {"kind": "activity", "signals": [signal]}}}, "fields.toml")


def test_a_rule_may_have_no_meanings_yet_but_must_say_so() -> None:
    found = parse_mapping(table({"at": "joined", "subject": "name", "meanings": {}}), systems=("blue",))
    assert found.objects["blue", "lists"].named == ()
    with pytest.raises(BadConfiguration, match=r"blue\.lists\.signals\[1\]"):
        parse_mapping(table({"at": "joined", "subject": "name"}), systems=("blue",))
