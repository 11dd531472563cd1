"""What silence leads to, as tables: time zones, nights on which the clocks change, holidays, who is spared."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from connector.decide.business_hours import Hours, between
from connector.decide.follow_steps import Held, Reassigning, must_reassign, next_step_at, step_on
from connector.decide.followup import FollowUpFacts, FollowUpState, Promise, Touch, changes, follow_up

PROMISE = Promise(
    "hand_raise", 60, accept_minutes=60, remind_minutes=30, escalate_minutes=60, reassign_minutes=240, channels=2
)
SLOW = Promise("by_score", 480, accept_minutes=480, remind_minutes=240, escalate_minutes=480, reassign_minutes=1440)
BERLIN, NEW_YORK, SYDNEY, KOLKATA = (
    ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kolkata")
)


def local(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def clock(confirmed: datetime, now: datetime, hours: Hours, promise: Promise = PROMISE, **facts) -> FollowUpState:
    known = FollowUpFacts(assigned_at=confirmed, confirmed_at=confirmed, **facts)
    change = follow_up(FollowUpState(), promise, known, hours=hours, now=now)
    return step_on(change.state, promise, hours, now)


def reassigned_at(confirmed: datetime, hours: Hours, promise: Promise = PROMISE) -> datetime:
    """The first minute at which the hand-off goes to somebody else."""
    at = confirmed
    for _ in range(60 * 24 * 20):
        if given_away(clock(confirmed, at, hours, promise), at, hours, promise):
            return at
        at += timedelta(minutes=15)
    raise AssertionError("never")


def given_away(state, now, hours, promise=PROMISE, held=None, rules=None, live_days=90) -> bool:
    live_since = None if live_days is None else now - timedelta(days=live_days)
    held = held or Held(by_us=True, still=True)
    rules = rules or Reassigning()
    return must_reassign(state, promise, held, rules, hours=hours, now=now, live_since=live_since)


@pytest.mark.parametrize(
    ("zone", "confirmed", "due", "reassigned"),
    [
        # within one day; over the evening; over the weekend
        (BERLIN, "2026-06-15 10:00", "2026-06-15 11:00", "2026-06-15 14:00"),
        (BERLIN, "2026-06-15 16:30", "2026-06-16 09:30", "2026-06-16 12:30"),
        (NEW_YORK, "2026-06-19 16:30", "2026-06-22 09:30", "2026-06-22 12:30"),
        (SYDNEY, "2026-06-20 12:00", "2026-06-22 10:00", "2026-06-22 13:00"),
        (KOLKATA, "2026-06-15 07:00", "2026-06-15 10:00", "2026-06-15 13:00"),
        # the weekend on which the clocks go back (Berlin), forward (New York, Sydney): wall time stays
        (BERLIN, "2026-10-23 16:30", "2026-10-26 09:30", "2026-10-26 12:30"),
        (NEW_YORK, "2026-03-06 16:30", "2026-03-09 09:30", "2026-03-09 12:30"),
        (SYDNEY, "2026-10-02 16:30", "2026-10-05 09:30", "2026-10-05 12:30"),
    ],
)
def test_each_owner_has_their_own_hours(zone, confirmed, due, reassigned) -> None:
    hours, start = Hours(zone), local(confirmed, zone)
    state = clock(start, local(reassigned, zone), hours)
    assert (state.due_at, state.state, state.accept_state) == (local(due, zone), "broken", "broken")
    assert (state.broken_at, state.escalated_at) == (local(due, zone), local(due, zone))
    assert reassigned_at(start, hours) == local(reassigned, zone)


@pytest.mark.parametrize(
    ("night", "opens", "closes", "confirmed", "due"),
    [
        ("2026-03-28", time(22), time(6), "2026-03-28 23:30", "2026-03-29 01:30"),
        # from 2:00 to 3:00 there is nothing: three hours after 23:30 it is 3:30
        ("2026-03-28", time(22), time(6), "2026-03-28 23:30", "2026-03-29 03:30"),
        # the hour from 2:00 comes twice: four hours after 23:30 it is 2:30 for the second time
        ("2026-10-24", time(22), time(6), "2026-10-24 23:30", "2026-10-25 02:30"),
    ],
)
def test_a_night_shift_on_the_night_of_the_change_is_counted_in_real_hours(night, opens, closes, confirmed, due):
    hours = Hours(BERLIN, opens, closes, frozenset(range(7)))
    fold = 1 if due.startswith("2026-10-25") else 0
    minutes = {"2026-03-29 01:30": 120, "2026-03-29 03:30": 180, "2026-10-25 02:30": 240}[due]
    start, expected = local(confirmed, BERLIN), local(due, BERLIN).replace(fold=fold)
    state = clock(start, start, hours, replace(PROMISE, first_touch_minutes=minutes))
    assert state.due_at == expected.astimezone(UTC)
    assert between(start, expected.astimezone(UTC), hours) == minutes


@pytest.mark.parametrize(
    ("holidays", "reassigned"),
    [
        ([], "2026-12-29 12:00"),
        (["2026-12-25"], "2026-12-30 12:00"),
        (["2026-12-24", "2026-12-25", "2026-12-28"], "2027-01-01 12:00"),
        (["2026-12-24", "2026-12-25", "2026-12-28", "2027-01-01"], "2027-01-04 12:00"),
    ],
)
def test_holidays_of_the_region_count_for_nothing(holidays, reassigned) -> None:
    hours = Hours(BERLIN, holidays=frozenset(date.fromisoformat(day) for day in holidays))
    start = local("2026-12-24 12:00", BERLIN)
    if "2026-12-24" in holidays:
        due_at = clock(start, start, hours, SLOW).due_at
        assert due_at is not None
        assert due_at > start + timedelta(days=1)
    expected = local(reassigned, BERLIN) if "2026-12-24" not in holidays else None
    found = reassigned_at(start, hours, SLOW)
    assert between(start, found, hours) == 1440
    assert expected is None or found == expected


HOURS = Hours(BERLIN)
CONFIRMED = local("2026-06-15 10:00", BERLIN)
LATER = local("2026-06-15 16:00", BERLIN)
CALL = Touch("rep_touch_attempt", local("2026-06-15 15:00", BERLIN), channel="call")


@pytest.mark.parametrize(
    ("facts", "more", "given"),
    [
        ({}, {}, True),
        ({"touches": (CALL,)}, {}, False),
        ({"accepted_at": local("2026-06-15 15:00", BERLIN)}, {}, False),
        ({"emails_visible": False}, {}, False),
        ({"refused_at": local("2026-06-15 15:00", BERLIN)}, {}, False),
        ({}, {"held": Held(by_us=True, still=False)}, False),
        ({}, {"held": Held(by_us=False, still=True)}, False),
        ({}, {"held": Held(by_us=False, still=True), "rules": Reassigning(others=True)}, True),
        ({}, {"held": Held(by_us=True, still=True, times=2)}, False),
        ({}, {"rules": Reassigning(auto=False)}, False),
        ({}, {"live_days": 29}, False),
        ({}, {"live_days": None}, False),
    ],
)
def test_only_what_nobody_works_is_given_to_somebody_else(facts, more, given) -> None:
    assert given_away(clock(CONFIRMED, LATER, HOURS, **facts), LATER, HOURS, **more) is given


def test_a_growth_hand_off_is_escalated_and_stays() -> None:
    growth = replace(SLOW, reassign_minutes=None)
    at = CONFIRMED + timedelta(days=20)
    state = clock(CONFIRMED, at, HOURS, growth)
    assert state.escalated_at is not None
    assert not given_away(state, at, HOURS, growth)


def test_a_reminder_comes_before_the_due_time_and_a_touch_spares_it() -> None:
    at = CONFIRMED + timedelta(minutes=35)
    assert clock(CONFIRMED, at, HOURS).reminded_at == CONFIRMED + timedelta(minutes=30)
    touched = Touch("rep_touch_attempt", CONFIRMED + timedelta(minutes=10), channel="call")
    assert clock(CONFIRMED, at, HOURS, touches=(touched,)).reminded_at is None
    before = clock(CONFIRMED, at, HOURS)
    assert [event for event, _ in changes(FollowUpState(), before, at)] == ["started", "reminded"]


def test_an_escalation_is_repeated_until_somebody_acts() -> None:
    states = [clock(CONFIRMED, CONFIRMED + timedelta(days=days), HOURS) for days in (1, 2.5, 3, 7.5)]
    first = CONFIRMED + timedelta(minutes=60)
    assert [state.escalated_at for state in states] == [
        first,
        first + timedelta(days=2),
        first + timedelta(days=2),
        first + timedelta(days=4),  # the next one falls behind the weekend
    ]
    touched = Touch("rep_touch_attempt", CONFIRMED + timedelta(days=1), channel="call")
    assert clock(CONFIRMED, CONFIRMED + timedelta(days=7), HOURS, touches=(touched,)).escalated_at is None


def test_without_visible_mails_silence_is_unknown_and_only_the_answer_is_late() -> None:
    state = clock(CONFIRMED, LATER, HOURS, emails_visible=False)
    assert (state.state, state.accept_state) == ("unknown", "broken")
    said = clock(CONFIRMED, LATER, HOURS, emails_visible=False, accepted_at=CONFIRMED + timedelta(minutes=5))
    assert (said.state, said.accept_state) == ("kept", "kept")


@pytest.mark.parametrize("answer", ["accepted_at", "rejected_at"])
def test_yes_and_no_both_keep_the_promise_to_answer(answer) -> None:
    state = clock(CONFIRMED, LATER, HOURS, PROMISE, **{answer: CONFIRMED + timedelta(minutes=59)})
    assert (state.accept_state, state.state) == ("kept", "broken")
    late = clock(CONFIRMED, LATER, HOURS, PROMISE, **{answer: CONFIRMED + timedelta(minutes=61)})
    assert (late.accept_state, late.accepted_at) == ("broken", CONFIRMED + timedelta(minutes=61))


def test_giving_up_too_early_breaks_a_promise_that_was_kept() -> None:
    touched = Touch("rep_touch_attempt", CONFIRMED + timedelta(minutes=10), channel="call")
    refused_at = CONFIRMED + timedelta(hours=3)
    state = clock(CONFIRMED, LATER, HOURS, touches=(touched,), refused_at=refused_at)
    assert (state.state, state.decided_by, state.broken_at) == ("broken", "attempts_not_made", refused_at)
    assert state.escalated_at == refused_at


@given(st.integers(0, 60 * 24 * 14), st.sampled_from([BERLIN, NEW_YORK, SYDNEY, KOLKATA]))
def test_the_next_step_is_never_missed(minutes, zone) -> None:
    """Looking only when asked to finds the same as looking every hour."""
    hours, start = Hours(zone), local("2026-10-23 16:30", zone)
    end = start + timedelta(minutes=minutes)
    state, at, looks = clock(start, start, hours), start, 0
    while looks < 50:
        looks += 1
        moments = [next_step_at(state, PROMISE, hours, at), state.due_at if state.state == "running" else None]
        ahead = [each for each in moments if each is not None and each > at]
        at = min([*ahead, end]) if ahead else end
        at = min(at, end)
        facts = FollowUpFacts(assigned_at=start, confirmed_at=start)
        state = step_on(follow_up(state, PROMISE, facts, hours=hours, now=at).state, PROMISE, hours, at)
        if at >= end:
            break
        at += timedelta(seconds=1)
    known = clock(start, end, hours)
    assert replace(state, reminded_at=None) == replace(known, reminded_at=None)
