"""After a first contact: the promised attempts have a time, and are owed when it is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from connector.decide.business_hours import Hours, add_business
from connector.decide.follow_steps import next_step_at, step_on
from connector.decide.followup import FollowUpFacts, FollowUpState, Promise, Touch, attempts_by, changes, follow_up

PROMISE = Promise(
    "hand_raise", 60, escalate_minutes=60, remind_minutes=30, attempts=3, attempts_within_minutes=4800, channels=2
)
HOURS = Hours(ZoneInfo("Europe/Berlin"))
START = datetime(2026, 6, 15, 10, tzinfo=HOURS.zone)
DUE = add_business(START, 4800, HOURS)
CALL, MAIL = (
    Touch("rep_touch_attempt", START + timedelta(minutes=minutes), channel=channel)
    for minutes, channel in ((10, "call"), (600, "email"))
)
REPLY = Touch("reply", START + timedelta(days=1), by_sales=False)


def clock(now: datetime, promise: Promise = PROMISE, before: FollowUpState | None = None, **facts) -> FollowUpState:
    known = facts_of(**facts)
    change = follow_up(before or FollowUpState(), promise, known, hours=HOURS, now=now)
    return step_on(change.state, promise, HOURS, now)


def facts_of(**facts) -> FollowUpFacts:
    asked = FollowUpFacts(assigned_at=START, confirmed_at=START, touches=(CALL,), tries=True)
    return replace(asked, **facts)


def more(count: int, channel: str = "call") -> tuple[Touch, ...]:
    return tuple(
        Touch("rep_touch_attempt", START + timedelta(days=day), channel=channel, source_key=str(day))
        for day in range(1, count + 1)
    )


@pytest.mark.parametrize(
    ("facts", "owed"),
    [
        ({}, True),
        ({"touches": (CALL, MAIL)}, True),  # two of three
        ({"touches": (CALL, *more(2))}, True),  # three of three, all by telephone
        ({"touches": (CALL, MAIL, *more(1))}, False),
        ({"touches": (CALL, REPLY)}, False),  # reached
        ({"touches": (CALL, Touch("connected_call", START + timedelta(days=1)))}, False),
        ({"tries": False}, False),  # the need is confirmed, or a status says that sales works the lead
        ({"emails_visible": False}, False),  # nobody knows how many were made
        ({"touches": ()}, False),  # the first contact's own promise is broken, and says all
    ],
)
def test_attempts_are_owed_when_their_time_is_over(facts, owed) -> None:
    assert clock(DUE - timedelta(minutes=1), **facts).missed_at is None
    late = clock(DUE, **facts)
    assert late.attempts_due_at == DUE
    assert late.missed_at == (DUE if owed else None)
    # So long as some are promised the next step carries their date.
    assert attempts_by(late, PROMISE, facts_of(**facts), DUE) == (DUE if owed else None)


def test_what_is_owed_is_escalated_and_the_kept_promise_stays_kept() -> None:
    before = clock(DUE - timedelta(minutes=1))
    assert (before.state, before.escalated_at) == ("kept", None)
    late = clock(DUE, before=before)
    assert (late.state, late.escalated_at) == ("kept", DUE)
    assert [event for event, _ in changes(before, late, DUE)] == ["attempts_missed", "escalated"]
    again = next_step_at(late, PROMISE, HOURS, DUE)
    assert again == add_business(DUE, 2 * 480, HOURS)
    assert clock(again, before=late).escalated_at == again


def test_attempts_made_late_end_it() -> None:
    late = clock(DUE)
    made = clock(DUE + timedelta(days=2), before=late, touches=(CALL, MAIL, *more(1)))
    assert (made.missed_at, made.escalated_at) == (None, late.escalated_at)
    assert next_step_at(made, PROMISE, HOURS, DUE + timedelta(days=2)) is None


def test_without_a_time_nothing_is_owed() -> None:
    open_end = Promise("growth", 480, attempts=3)
    assert clock(DUE + timedelta(days=90), open_end).missed_at is None


@given(st.lists(st.integers(0, 30 * 24 * 60), max_size=6), st.integers(0, 40 * 24 * 60))
def test_looking_twice_finds_nothing_new(minutes, after) -> None:
    touches = tuple(
        Touch("rep_touch_attempt", START + timedelta(minutes=at), channel="call" if at % 2 else "email")
        for at in minutes
    )
    now = START + timedelta(minutes=after)
    once = clock(now, touches=touches)
    assert clock(now, before=once, touches=touches) == once
    counted = [touch for touch in touches if touch.at <= now]
    owed = once.missed_at is not None
    assert owed == (
        now >= DUE
        and bool(counted)
        and not (len(counted) >= PROMISE.attempts and len({touch.channel for touch in counted}) >= PROMISE.channels)
    )
