"""Who is suspected to be a bot: before/after tables, and random submissions against a count by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.decide.suspects import suspects
from connector.ports.suspects import Submitted
from connector.rules.stages import Suspicion

NOON = datetime(2026, 11, 17, 12, tzinfo=UTC)
LIMITS = Suspicion()


def many(count: int, every_s: float, person: int = 1) -> list[Submitted]:
    return [Submitted(person, NOON + timedelta(seconds=every_s * n), "") for n in range(count)]


def alike(people: int, every_s: float, key: str = "text") -> list[Submitted]:
    return [Submitted(n + 1, NOON + timedelta(seconds=every_s * n), key) for n in range(people)]


@pytest.mark.parametrize(
    ("submitted", "held"),
    [
        (many(20, 60), []),
        (many(21, 60), [1]),
        (many(21, 180), []),  # 21 in exactly an hour is not within it
        (many(21, 179.9), [1]),
        (many(200, 600), []),
        (many(11, 10, 1) + many(11, 10, 2), []),
        (alike(4, 60), []),
        (alike(5, 60), [1, 2, 3, 4, 5]),
        (alike(5, 900), []),  # the fifth comes when the first is an hour old
        (alike(6, 899), [1, 2, 3, 4, 5, 6]),
        (alike(9, 60, ""), []),  # nothing was written
        ([Submitted(1, NOON, "text")] * 9, []),  # one address, often: no crowd
        (alike(3, 60, "one") + alike(2, 60, "two"), []),
    ],
)
def test_who_is_held(submitted: list[Submitted], held: list[int]) -> None:
    assert [each.person_id for each in suspects(submitted, LIMITS)] == held


def test_what_shows_it_last_is_told() -> None:
    (found,) = suspects(many(30, 10), LIMITS)
    assert (found.at, found.why) == (NOON + timedelta(seconds=290), "more than 20 form submissions in 60 minutes")


def test_nought_looks_for_nothing() -> None:
    assert suspects(many(99, 1) + alike(9, 1), Suspicion(0, 0, 60)) == []


minutes = st.integers(0, 200).map(lambda each: NOON + timedelta(minutes=each))
written = st.builds(Submitted, st.integers(1, 5), minutes, st.sampled_from(("", "a", "b")))


@given(st.lists(written, max_size=40), st.integers(1, 4), st.integers(2, 4), st.integers(1, 90))
def test_random_submissions_agree_with_a_count_by_hand(
    submitted: list[Submitted], over: int, people: int, within: int
) -> None:
    limits, held = Suspicion(over, people, within), set()
    for last in submitted:
        window = [each for each in submitted if timedelta() <= last.at - each.at < timedelta(minutes=within)]
        if sum(each.person_id == last.person_id for each in window) > over:
            held.add(last.person_id)
        same = {each.person_id for each in window if each.form_key == last.form_key != ""}
        if len(same) >= people:
            held |= same
    assert {each.person_id for each in suspects(submitted, limits)} == held
