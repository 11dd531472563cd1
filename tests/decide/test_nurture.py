"""One track per person, and the next step on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from connector.decide.business_hours import Hours
from connector.decide.nurture import Entry, HumanTouch, OnTrack, Track, TrackFacts, next_step, track_for
from connector.model import Disposition, Motion, Stage

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = Hours(BERLIN)
CALL = HumanTouch("Call", times=3, first_business_days=1, every_business_days=10)
TRACKS = (
    Track("welcome", 11, Entry(stages=frozenset({Stage.SUSPECT})), step="Newsletter", cadence_days=30),
    Track("educate", 10, Entry(stages=frozenset({Stage.LEAD})), step="White paper", cadence_days=14),
    Track("qualified_b", 3, Entry(grades=frozenset("B")), step="Case study", cadence_days=7, human_touch=CALL),
    Track("recycled_timing", 6, Entry(recycled=True), human_touch=HumanTouch("Call again", at_recycle_until=True)),
    Track("partner", 2, Entry(motions=frozenset({Motion.PARTNER})), accountable="partner_manager"),
    Track("no_contact", 1, Entry(channel_allowed=False), accountable="nobody"),
    Track("customer_growth", 8, Entry(stages=frozenset({Stage.CUSTOMER})), "account_owner", "Review", 90),
)
LEAD = TrackFacts(Stage.LEAD)


@pytest.mark.parametrize(
    ("facts", "track"),
    [
        (TrackFacts(Stage.NAME), None),
        (TrackFacts(Stage.SUSPECT), "welcome"),
        (LEAD, "educate"),
        (TrackFacts(Stage.QUALIFIED_LEAD, "B"), "qualified_b"),
        (replace(LEAD, channel_allowed=False), "no_contact"),
        (replace(LEAD, motion=Motion.PARTNER), "partner"),
        (replace(LEAD, disposition=Disposition.RECYCLED, recycle_track="recycled_timing"), "recycled_timing"),
        (replace(LEAD, disposition=Disposition.RECYCLED, recycle_track="educate"), "educate"),
        (replace(LEAD, disposition=Disposition.RECYCLED), "educate"),
        (TrackFacts(Stage.QUALIFIED_LEAD, "B", Disposition.ASSIGNED), None),
        (replace(LEAD, disposition=Disposition.DISQUALIFIED), None),
        (replace(LEAD, disposition=Disposition.DISQUALIFIED, channel_allowed=False), "no_contact"),
        (replace(LEAD, excluded=True), None),
        (TrackFacts(Stage.CUSTOMER, disposition=Disposition.WON), "customer_growth"),
    ],
)
def test_the_first_by_priority(facts, track):
    found = track_for(facts, TRACKS)
    assert (found.name if found else None) == track
    assert track_for(facts, TRACKS[::-1]) == found


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=BERLIN)


def track(name: str) -> Track:
    return next(each for each in TRACKS if each.name == name)


MONDAY = at("06-15 11:00")


def test_a_programme_step_falls_on_a_working_morning_and_moves_only_when_it_has_passed():
    place = OnTrack(MONDAY)
    first = next_step(track("educate"), place, HOURS, MONDAY)
    assert (first.text, first.due_at, first.by_person) == ("White paper", at("06-29 09:00"), False)
    for day in range(14):
        assert next_step(track("educate"), place, HOURS, MONDAY + timedelta(days=day)).due_at == (
            at("06-29 09:00") if MONDAY + timedelta(days=day) <= at("06-29 09:00") else at("07-13 09:00")
        )
    assert next_step(track("educate"), place, HOURS, at("06-29 09:01")).due_at == at("07-13 09:00")


def test_a_human_touch_stays_due_until_it_is_done():
    place = OnTrack(MONDAY)
    first = next_step(track("qualified_b"), place, HOURS, MONDAY)
    assert (first.text, first.due_at, first.by_person) == ("Call", at("06-16 11:00"), True)
    assert next_step(track("qualified_b"), place, HOURS, at("06-25 11:00")) == first
    done = next_step(track("qualified_b"), replace(place, touches_done=1), HOURS, at("06-16 12:00"))
    assert (done.text, done.due_at) == ("Case study", at("06-22 09:00"))
    assert not next_step(track("qualified_b"), replace(place, touches_done=3), HOURS, MONDAY).by_person


def test_a_recycled_person_is_called_when_the_cool_down_ends():
    place = OnTrack(MONDAY, recycle_until=at("07-04 00:00"))
    assert next_step(track("recycled_timing"), place, HOURS, MONDAY).due_at == at("07-06 09:00")


def test_an_account_owner_answers_for_a_customer():
    step = next_step(track("customer_growth"), OnTrack(MONDAY, account_owner_id=5), HOURS, MONDAY)
    assert (step.accountable, step.owner_id) == ("account_owner", 5)
    assert next_step(track("no_contact"), OnTrack(MONDAY), HOURS, MONDAY).due_at is None
