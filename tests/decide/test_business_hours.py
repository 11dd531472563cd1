"""Business time: examples, and adding then measuring in zones whose clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.decide.business_hours import Hours, add_business, between, is_open, next_opening, parse_hours

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Hours(BERLIN)
ZONES = (
    *("America/New_York", "Europe/London", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns"),
    *("Asia/Kolkata", "Africa/Casablanca", "Pacific/Apia", "America/Santiago", "UTC"),
)


def local(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-06-15 10:00", 60, "2026-06-15 11:00"),
        ("2026-06-15 16:30", 60, "2026-06-16 09:30"),
        ("2026-06-15 16:00", 60, "2026-06-15 17:00"),
        ("2026-06-15 06:00", 60, "2026-06-15 10:00"),
        ("2026-06-19 16:30", 60, "2026-06-22 09:30"),
        ("2026-06-20 12:00", 480, "2026-06-22 17:00"),
        ("2026-06-15 20:00", 0, "2026-06-15 20:00"),
        # The clocks go forward on Sunday 2026-03-29 and back on 2026-10-25.
        ("2026-03-27 16:30", 60, "2026-03-30 09:30"),
        ("2026-10-23 16:30", 60, "2026-10-26 09:30"),
    ],
)
def test_adding(start, minutes, end):
    assert add_business(local(start), minutes, OFFICE) == local(end)


def test_holidays_are_skipped():
    hours = Hours(BERLIN, holidays=frozenset({date(2026, 6, 16)}))
    assert add_business(local("2026-06-15 16:30"), 60, hours) == local("2026-06-17 09:30")
    assert not is_open(local("2026-06-16 10:00"), hours)


def test_a_night_shift_is_shorter_when_the_clocks_go_forward():
    night = Hours(BERLIN, time(22), time(6), frozenset(range(7)))
    assert between(local("2026-03-28 22:00"), local("2026-03-29 06:00"), night) == 7 * 60
    assert between(local("2026-10-24 22:00"), local("2026-10-25 06:00"), night) == 9 * 60
    assert is_open(local("2026-03-29 05:59"), night)


def test_between():
    assert between(local("2026-06-15 16:30"), local("2026-06-16 09:30"), OFFICE) == 60
    assert between(local("2026-06-20 00:00"), local("2026-06-21 23:00"), OFFICE) == 0
    assert between(local("2026-06-16 09:30"), local("2026-06-15 16:30"), OFFICE) == 0


def test_opening():
    assert is_open(local("2026-06-15 09:00"), OFFICE)
    assert not is_open(local("2026-06-15 17:00"), OFFICE)
    assert next_opening(local("2026-06-19 17:00"), OFFICE) == local("2026-06-22 09:00")
    assert next_opening(local("2026-06-15 11:00"), OFFICE) == local("2026-06-15 11:00")


def test_hours_are_read_from_text_and_nonsense_is_refused():
    assert parse_hours("08:30-16:30", BERLIN) == Hours(BERLIN, time(8, 30), time(16, 30))
    for text in ("nine to five", "0900", "09:00-25:00"):
        with pytest.raises(ValueError, match=r"."):
            parse_hours(text, BERLIN)
    with pytest.raises(ValueError, match="weekday"):
        Hours(BERLIN, weekdays=frozenset())


walls = st.times().map(lambda each: each.replace(second=0, microsecond=0))
hours_of_work = st.builds(
    Hours,
    st.sampled_from(ZONES).map(ZoneInfo),
    walls,
    walls,
    st.frozensets(st.integers(0, 6), min_size=1),
    st.frozensets(st.dates(date(2025, 12, 1), date(2027, 1, 31)), max_size=10),
)
starts = st.integers(0, 365 * 24 * 3600).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@given(starts, st.integers(1, 5_000), hours_of_work)
def test_adding_then_measuring_gives_the_minutes_and_no_earlier_moment_does(start, minutes, hours):
    end = add_business(start, minutes, hours)
    assert end > start
    assert between(start, end, hours) == minutes
    assert between(start, end - timedelta(microseconds=1), hours) == minutes - 1


@given(starts, st.integers(0, 2_000), st.integers(0, 2_000), hours_of_work)
def test_adding_in_two_steps_is_adding_once(start, first, second, hours):
    assert add_business(add_business(start, first, hours), second, hours) == add_business(start, first + second, hours)


@given(starts, hours_of_work)
def test_the_next_opening_is_open(start, hours):
    opening = next_opening(start, hours)
    assert is_open(opening, hours)
    assert between(start, opening, hours) == 0
