"""The clock of a hand-off: before and after."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from connector.decide.business_hours import Hours
from connector.decide.followup import FollowUpFacts, FollowUpState, Promise, Touch, attempts, follow_up

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = Hours(BERLIN)
PROMISE = Promise("hand_raise", first_touch_minutes=60, accept_minutes=60)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-06-{text}").replace(tzinfo=BERLIN)


CONFIRMED = at("15 10:00")
FACTS = FollowUpFacts(assigned_at=at("15 09:59"), confirmed_at=CONFIRMED)


def clock(facts=FACTS, *, now="15 10:30", before=None, hours=HOURS):
    return follow_up(before or FollowUpState(), PROMISE, facts, hours=hours, now=at(now))


def call(text: str, **changes) -> FollowUpFacts:
    return replace(FACTS, touches=(Touch("rep_touch_attempt", at(text), source_key="call 1"),), **changes)


def test_it_waits_for_the_confirmation():
    change = clock(replace(FACTS, confirmed_at=None), now="18 10:00")
    assert (change.state.state, change.state.due_at, change.events) == ("waiting", None, ())


def test_it_starts_at_the_confirmation():
    change = clock()
    assert change.state.state == "running"
    assert change.state.due_at == at("15 11:00")
    assert change.events == (("started", CONFIRMED),)


def test_it_does_not_start_while_the_owner_is_away():
    assert clock(replace(FACTS, owner_absent=True)).state.state == "waiting"


def test_it_starts_when_an_absent_owner_is_back():
    back = replace(FACTS, present_from=at("17 00:00"))
    assert clock(back, now="16 12:00").state.state == "waiting"
    started = clock(back, now="17 09:10").state
    assert (started.started_at, started.due_at) == (at("17 00:00"), at("17 10:00"))


@pytest.mark.parametrize(
    ("facts", "now", "state"),
    [
        (FACTS, "15 11:00", "running"),
        (FACTS, "15 11:01", "broken"),
        (call("15 10:20"), "15 10:30", "kept"),
        (call("15 10:20"), "18 10:30", "kept"),
        (call("15 11:00"), "18 10:30", "kept"),
        (call("15 11:30"), "15 12:00", "broken"),
        (call("15 09:58"), "15 12:00", "broken"),
        (call("15 10:40"), "15 10:30", "running"),
        (replace(FACTS, accepted_at=at("15 10:10")), "15 12:00", "broken"),
        (replace(FACTS, accepted_at=at("15 10:10"), emails_visible=False), "15 12:00", "kept"),
        (replace(FACTS, emails_visible=False), "15 12:00", "unknown"),
        (call("15 10:20", emails_visible=False), "15 12:00", "kept"),
        (replace(FACTS, ended_at=at("15 10:15")), "15 12:00", "ended"),
        (replace(FACTS, ended_at=at("15 11:15")), "15 12:00", "broken"),
        (replace(FACTS, confirmed_at=None, ended_at=at("15 10:15")), "15 12:00", "ended"),
    ],
)
def test_what_becomes_of_it(facts, now, state):
    assert clock(facts, now=now).state.state == state


def test_only_human_touches_by_sales_count():
    robot = replace(
        FACTS, touches=(Touch("sequence_email", at("15 10:10")), Touch("rep_touch_attempt", at("15 10:10"), False))
    )
    assert clock(robot, now="15 12:00").state.state == "broken"
    assert attempts(robot.touches, CONFIRMED, at("16 12:00")) == []


def test_a_late_touch_is_recorded_beside_the_broken_promise():
    broken = clock(now="15 12:00").state
    change = clock(call("15 12:30"), now="15 13:00", before=broken)
    assert change.state.broken_at == at("15 11:00")
    assert change.state.touched_at == at("15 12:30")
    assert change.events == (("touched", at("15 12:30")),)


def test_a_touch_that_is_reported_late_turns_broken_into_kept():
    broken = clock(now="15 12:00").state
    change = clock(call("15 10:50"), now="15 13:00", before=broken)
    assert change.state.state == "kept"
    assert change.state.broken_at is None
    assert ("kept", at("15 10:50")) in change.events


def test_the_due_time_never_moves():
    running = clock().state
    moved = follow_up(running, replace(PROMISE, first_touch_minutes=480), FACTS, hours=HOURS, now=at("15 10:40"))
    assert moved.state == running
    assert moved.events == ()


@pytest.mark.parametrize("facts", [FACTS, call("15 10:20"), call("15 11:20"), replace(FACTS, emails_visible=False)])
def test_asking_twice_tells_nothing_new(facts):
    first = clock(facts, now="15 13:00").state
    again = clock(facts, now="15 13:00", before=first)
    assert again.state == first
    assert again.events == ()
