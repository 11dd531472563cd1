"""What is due on a track over months: tactics in turn, human touches until they are done, clocks, holidays, DST."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from connector.decide.business_hours import Hours
from connector.decide.human_touches import Done, Occasion, OnTrack, next_occasion
from connector.decide.nurture import Entry, HumanTouch, Tactic, Track
from connector.decide.nurture_steps import NO_MAIL, next_step
from connector.model import Stage
from connector.playbook.loading import load

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
HOURS = Hours(BERLIN)
DEFAULT = {track.name: track for track in load(None, systems=("hubspot", "salesforce")).playbook.tracks}
EDUCATE, QUALIFIED_B, GROWTH = DEFAULT["educate"], DEFAULT["qualified_b"], DEFAULT["customer_growth"]


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=zone)


MONDAY = at("06-15 11:00")


def occasion(track: Track, place: OnTrack) -> Occasion:
    found = next_occasion(track, place, HOURS)
    assert found is not None
    return found


def programme(track: Track, place: OnTrack, hours: Hours, start: datetime, days: int) -> list[tuple[str, str]]:
    """Every (day, text) that was the next step of the programme on some day."""
    seen: list[tuple[str, str]] = []
    for day in range(days):
        step = next_step(replace(track, human_touch=None, contract_touch=None), place, hours, start + timedelta(day))
        assert step.due_at is not None
        entry = (f"{step.due_at.astimezone(hours.zone):%m-%d %H:%M}", step.text)
        if not seen or seen[-1] != entry:
            seen.append(entry)
    return seen


def test_tactics_come_in_turn_on_working_mornings_and_move_only_when_one_has_passed():
    assert programme(EDUCATE, OnTrack(MONDAY), HOURS, MONDAY, 60) == [
        ("06-29 09:00", "white paper"),
        ("07-13 09:00", "online event, by event"),
        ("07-27 09:00", "case study"),
        ("08-10 09:00", "white paper"),
        ("08-24 09:00", "online event, by event"),
    ]


@pytest.mark.parametrize(
    ("zone", "entered", "expected"),
    [
        (BERLIN, "10-15 08:00", ["10-29 09:00", "11-12 09:00", "11-26 09:00"]),  # clocks go back on 25 October
        (NEW_YORK, "10-22 08:00", ["11-05 09:00", "11-19 09:00", "12-03 09:00"]),  # and there on 1 November
        (BERLIN, "03-17 08:00", ["03-31 09:00", "04-14 09:00", "04-28 09:00"]),  # forward on 29 March
    ],
)
def test_a_morning_stays_nine_o_clock_when_the_clocks_change(zone, entered, expected):
    hours, start = Hours(zone), at(entered, zone)
    days = [day for day, _ in programme(EDUCATE, OnTrack(start), hours, start, 40)]
    assert days == expected


def test_a_step_on_a_holiday_or_a_weekend_falls_on_the_next_working_day():
    closed = replace(HOURS, holidays=frozenset({date(2026, 6, 29), date(2026, 6, 30)}))
    assert programme(EDUCATE, OnTrack(MONDAY), closed, MONDAY, 10) == [("07-01 09:00", "white paper")]
    saturday = at("06-13 10:00")
    assert programme(EDUCATE, OnTrack(saturday), HOURS, saturday, 10) == [("06-29 09:00", "white paper")]


def test_without_mail_another_allowed_tactic_takes_the_turn_the_preferred_channel_first():
    place = OnTrack(MONDAY, mail_allowed=False)
    assert next_step(EDUCATE, place, HOURS, MONDAY).text == "online event, by event"
    many = Track(
        "x", 1, Entry(stages=frozenset({Stage.LEAD})), cadence_days=7,
        tactics=(Tactic("mail"), Tactic("post", "post"), Tactic("call", "phone"), Tactic("fair", "event")),
    )  # fmt: skip
    step = next_step(many, replace(place, preferred_channel="phone"), HOURS, MONDAY)
    assert (step.text, step.channel, step.by_person) == ("call, by phone", "phone", True)
    step = next_step(many, replace(place, preferred_channel="phone", phone_allowed=False), HOURS, MONDAY)
    assert (step.text, step.channel) == ("post, by post", "post")
    only_mail = replace(many, tactics=(Tactic("mail"),))
    assert next_step(only_mail, place, HOURS, MONDAY) == replace(
        next_step(only_mail, place, HOURS, MONDAY), text=NO_MAIL, due_at=None
    )


def test_a_human_touch_stays_due_until_it_is_done_and_the_next_counts_from_then():
    place = OnTrack(MONDAY)
    first = next_step(QUALIFIED_B, place, HOURS, MONDAY)
    assert (first.text.startswith("call"), first.due_at, first.by_person) == (True, at("06-16 11:00"), True)
    assert next_step(QUALIFIED_B, place, HOURS, at("06-25 11:00")) == first
    on_time = replace(place, done=(Done(at("06-15 16:00")),))
    assert occasion(QUALIFIED_B, on_time).due_at == at("06-30 11:00")  # ten business days after it was due
    late = replace(place, done=(Done(at("06-22 10:00")),))
    assert occasion(QUALIFIED_B, late).due_at == at("07-06 10:00")
    twice = replace(place, done=(Done(at("06-15 16:00")), Done(at("06-15 17:00"))))
    assert occasion(QUALIFIED_B, twice).number == 1  # two calls in one afternoon are one touch
    all_done = tuple(Done(at(day)) for day in ("06-15 16:00", "06-30 12:00", "07-15 12:00"))
    assert next_occasion(QUALIFIED_B, replace(place, done=all_done), HOURS) is None


def test_a_recycled_person_is_called_by_the_former_owner_when_the_cool_down_ends_and_gets_mail_until_then():
    track = DEFAULT["recycled_timing"]
    place = OnTrack(MONDAY, recycle_until=at("07-25 00:00"), former_owner_id=7)
    step = next_step(track, place, HOURS, MONDAY)
    assert (step.text, step.due_at) == ("check-in content", at("07-15 09:00"))
    step = next_step(track, place, HOURS, at("07-16 09:00"))
    assert (step.text, step.due_at, step.owner_id) == ("call by the former owner", at("07-27 09:00"), 7)
    called_before = replace(place, done=(Done(at("06-20 10:00")),))
    assert next_occasion(track, called_before, HOURS) is not None
    assert next_occasion(track, replace(place, done=(Done(at("07-27 10:00")),)), HOURS) is None


def test_a_customer_is_welcomed_then_kept_reviewed_each_quarter_and_asked_before_the_contract_ends():
    place = OnTrack(at("01-05 10:00"), account_owner_id=5)
    texts = [text for _, text in programme(GROWTH, place, HOURS, place.entered_at, 190)]
    assert texts[:3] == ["onboarding content"] * 3
    assert set(texts[3:]) == {"adoption content", "product news", "review invitation"}
    review = occasion(GROWTH, place)
    assert (review.text, review.due_at.date()) == ("review meeting", date(2026, 4, 6))
    called = replace(place, done=(Done(at("02-01 10:00"), "connected_call"),))
    assert next_occasion(GROWTH, called, HOURS) == review  # a call is no review
    met = replace(place, done=(Done(at("04-02 10:00"), "meeting_held"),))
    assert occasion(GROWTH, met).due_at.date() == date(2026, 7, 6)
    ending = replace(place, contract_end=date(2026, 7, 31))
    talk = occasion(GROWTH, ending)
    assert (talk.text, talk.due_at.date()) == ("talk about the renewal", date(2026, 4, 2))
    assert next_step(GROWTH, ending, HOURS, at("03-30 10:00")).owner_id == 5


def test_a_touch_needs_the_phone_or_another_way():
    touch = HumanTouch("call", first_days=30, needs_phone=True)
    track = Track("x", 1, Entry(grades=frozenset("C")), human_touch=touch)
    assert next_occasion(track, OnTrack(MONDAY, phone_allowed=False), HOURS) is None
    other = replace(track, human_touch=replace(touch, without_phone="write"))
    assert occasion(other, OnTrack(MONDAY, phone_allowed=False)).text == "write"
    assert next_occasion(other, OnTrack(MONDAY, phone_allowed=False, mail_allowed=False), HOURS) is None
