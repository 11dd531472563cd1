"""The clock of a human touch, before and after: due, kept, late, not seen, ticked off, ended with its track."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from connector.decide.business_hours import Hours
from connector.decide.human_touches import (
    TICKED,
    Done,
    OnTrack,
    TouchClock,
    TouchState,
    end,
    judge,
    next_occasion,
    occasions,
)
from connector.playbook.loading import load

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = Hours(BERLIN)
QUALIFIED_B = {track.name: track for track in load(None, systems=("hubspot", "salesforce")).playbook.tracks}[
    "qualified_b"
]
PROMISE = TouchClock()


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=BERLIN)


MONDAY = at("06-15 11:00")
DUE = at("06-16 11:00")
CLOCK = TouchState(DUE, PROMISE.late_at(DUE, HOURS))


def test_the_promise_runs_in_business_hours():
    assert PROMISE.late_at(DUE, HOURS) == at("06-17 11:00")  # 8 business hours
    assert PROMISE.escalate_at(DUE, HOURS) == PROMISE.reassign_at(DUE, HOURS) == at("06-18 11:00")  # 2 business days
    assert TouchClock(reassign_minutes=None).reassign_at(DUE, HOURS) is None
    friday = at("06-19 16:00")
    assert PROMISE.late_at(friday, HOURS) == at("06-22 16:00")


@pytest.mark.parametrize(
    ("now", "done", "visible", "state"),
    [
        ("06-16 10:59", None, True, "waiting"),
        ("06-16 11:00", None, True, "running"),
        ("06-17 11:00", None, True, "running"),
        ("06-17 11:01", None, True, "broken"),
        ("06-17 11:01", None, False, "unknown"),
        ("06-17 11:01", "06-17 11:00", True, "kept"),
        ("06-17 11:01", "06-17 11:00", False, "kept"),
        ("06-18 11:01", "06-18 09:00", True, "broken"),
        ("06-18 11:01", "06-18 09:00", False, "unknown"),  # an e-mail that we cannot see may have gone before
        ("06-15 12:00", "06-15 11:30", True, "kept"),  # before it was due
    ],
)
def test_a_touch_is_kept_broken_or_nobody_can_say(now, done, visible, state):
    made = Done(at(done)) if done else None
    assert judge(CLOCK, made, at(now), emails_visible=visible).state == state


def test_a_call_that_is_reported_late_mends_a_broken_promise():
    broken = judge(CLOCK, None, at("06-20 09:00"), emails_visible=True)
    assert (broken.state, broken.broken_at) == ("broken", CLOCK.late_at)
    mended = judge(
        broken, Done(at("06-17 10:00"), source_key="salesforce:Task:1"), at("06-20 09:01"), emails_visible=True
    )
    assert (mended.state, mended.broken_at, mended.decided_by) == ("kept", None, "salesforce:Task:1")


@pytest.mark.parametrize(
    ("now", "state", "why"),
    [
        ("06-16 15:00", "ended", "stage_prospect"),
        ("06-17 12:00", "broken", None),
        ("06-15 15:00", "ended", "stage_prospect"),
    ],
)
def test_with_its_track_a_touch_stops_counting_unless_it_was_late_already(now, state, why):
    ended = end(CLOCK, "stage_prospect", at(now), emails_visible=True)
    assert (ended.state, ended.decided_by) == (state, why)


def test_ticking_the_task_off_does_it_and_the_call_behind_it_is_the_same_touch():
    ticked = {"touch0": Done(at("06-16 14:00"), TICKED)}
    place = OnTrack(MONDAY, ticked=ticked)
    first, second = occasions(QUALIFIED_B, place, HOURS)
    assert first.done == ticked["touch0"]
    assert (second.number, second.done) == (1, None)
    logged = replace(place, done=(Done(at("06-16 16:30")),))
    assert [each.number for each in occasions(QUALIFIED_B, logged, HOURS)] == [0, 1]
    next_day = replace(place, done=(Done(at("06-17 09:30")),))
    assert [each.number for each in occasions(QUALIFIED_B, next_day, HOURS)] == [0, 1, 2]


def test_a_call_goes_before_the_tick_and_a_task_that_is_ticked_later_does_not_count_for_the_next_touch():
    place = OnTrack(MONDAY, done=(Done(at("06-16 12:00")),), ticked={"touch0": Done(at("06-18 12:00"), TICKED)})
    first, second = occasions(QUALIFIED_B, place, HOURS)
    assert (first.done, second.done) == (Done(at("06-16 12:00")), None)
    assert next_occasion(QUALIFIED_B, place, HOURS) == second


@given(st.lists(st.integers(0, 60 * 24 * 60), max_size=12), st.sets(st.integers(0, 2)))
def test_each_touch_is_done_at_most_once_and_by_something_of_its_own(minutes, ticks):
    done = tuple(
        Done(MONDAY + timedelta(minutes=each), source_key=str(place)) for place, each in enumerate(sorted(minutes))
    )
    ticked = {f"touch{number}": Done(MONDAY + timedelta(days=20 * number + 1), TICKED) for number in ticks}
    found = occasions(QUALIFIED_B, OnTrack(MONDAY, done=done, ticked=ticked), HOURS)
    used = [each.done for each in found if each.done is not None]
    assert len(used) == len(set(used)) <= 3
    assert [each.number for each in found] == list(range(len(found)))
    assert all(each.done is None or each.done.at >= MONDAY for each in found)
    assert sum(each.done is None for each in found) <= 1
    due = [each.due_at for each in found]
    assert due == sorted(due)
