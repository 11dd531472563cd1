"""Not reached: how many attempts, over how many ways, and how a rep vetoes the recycle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from connector.decide.business_hours import Hours
from connector.decide.followup import Promise, Touch
from connector.decide.unreached import Tried, proposal, tried

START = datetime(2026, 6, 15, 8, tzinfo=UTC)  # a Monday
PROMISE = Promise("hand_raise", 60, attempts=6, channels=2)
HOURS = Hours(ZoneInfo("UTC"))
NOW = START + timedelta(days=3)


def attempts(ways: str, *, by_sales: bool = True) -> tuple[Touch, ...]:
    """One letter per attempt, two hours apart: c(all), e(mail)."""
    names = {"c": "call", "e": "email"}
    return tuple(
        Touch("rep_touch_attempt", START + timedelta(hours=2 * place), by_sales, f"task {place}", names[way])
        for place, way in enumerate(ways, 1)
    )


@pytest.mark.parametrize(
    ("ways", "enough"), [("cccccc", False), ("ccccce", True), ("cccce", False), ("", False), ("ceceecc", True)]
)
def test_six_attempts_over_two_ways(ways, enough) -> None:
    found = tried(attempts(ways), PROMISE, START, NOW)
    assert (found.attempts, found.enough) == (len(ways), enough)
    assert (proposed(attempts(ways)) is not None) is enough


def test_where_no_attempts_were_promised_none_are_owed_and_none_propose() -> None:
    free = Promise("growth", 60)
    assert tried((), free, START, NOW).enough
    assert proposal(attempts("cece"), free, START, None, hours=HOURS, now=NOW, veto_minutes=960) is None
    assert Tried().enough


def test_attempts_of_others_and_from_before_do_not_count() -> None:
    assert proposed(attempts("cccece", by_sales=False)) is None
    assert proposed(attempts("cccece"), since=START + timedelta(hours=3)) is None


def test_the_veto_has_two_business_days_from_the_last_attempt() -> None:
    found = proposed(attempts("ccccce"))
    assert found is not None
    assert found.at == START + timedelta(hours=12)
    assert found.until == datetime(2026, 6, 17, 17, tzinfo=UTC)
    again = proposed(attempts("cccccec"))
    assert again is not None
    assert again.at == START + timedelta(hours=14)


def test_an_answer_or_a_yes_ends_it() -> None:
    reply = Touch("reply", START + timedelta(hours=13), by_sales=False)
    assert proposed((*attempts("ccccce"), reply)) is None
    spoken = Touch("connected_call", START + timedelta(hours=1))
    assert proposed((*attempts("ccccce"), spoken)) is None
    assert proposed(attempts("ccccce"), accepted_at=START + timedelta(hours=13)) is None
    assert proposed(attempts("ccccce"), accepted_at=START + timedelta(hours=1)) is not None


def proposed(touches, *, since=START, accepted_at=None):
    return proposal(touches, PROMISE, since, accepted_at, hours=HOURS, now=NOW, veto_minutes=960)
