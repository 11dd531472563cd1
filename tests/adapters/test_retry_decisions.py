"""The pure part of retrying: advice read out of headers, jitter, attempts and the deadline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adapters.failure import Lost, Refused
from adapters.retry import RETRY_AFTER_CAP_S, Patience, advised_wait_s, backoff_s, persist
from connector.clock import MovedClock

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("", None),
        ("7", 7.0),
        ("1.5", 1.5),
        ("0", 0.0),
        ("-5", 0.0),
        ("1000000000", RETRY_AFTER_CAP_S),
        ("inf", RETRY_AFTER_CAP_S),
        ("nan", None),
        ("Sat, 21 Nov 2026 12:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0),
        ("Sat, 21 Nov 2099 12:00:00 GMT", RETRY_AFTER_CAP_S),
        ("soon", None),
    ],
)
def test_retry_after_is_honoured_within_bounds(header: str | None, expected: float | None) -> None:
    assert advised_wait_s(header, NOW) == expected


def test_jitter_is_full_capped_and_repeatable() -> None:
    waits = [backoff_s(attempt, f"key-{key}") for attempt in range(1, 12) for key in range(40)]
    assert waits == [backoff_s(attempt, f"key-{key}") for attempt in range(1, 12) for key in range(40)]
    assert min(waits) >= 0
    assert max(waits) <= 60.0
    late = [backoff_s(20, f"key-{key}") for key in range(200)]
    assert min(late) < 10 < 50 < max(late)


def failing(times: int, error: Exception) -> tuple[list[int], object]:
    calls: list[int] = []

    def work() -> str:
        calls.append(1)
        if len(calls) <= times:
            raise error
        return "answer"

    return calls, work


def test_a_read_is_tried_until_it_answers() -> None:
    clock = MovedClock(NOW)
    calls, work = failing(2, Lost("gone", sent=True))
    assert persist(work, lambda _, attempt: 10.0 * attempt, clock, Patience()) == "answer"  # type: ignore[arg-type]
    assert len(calls) == 3
    assert clock.now() - NOW == timedelta(seconds=30)


def test_attempts_are_bounded_and_the_last_error_comes_through() -> None:
    error = Refused(503, {}, b"")
    calls, work = failing(99, error)
    with pytest.raises(Refused) as caught:
        persist(work, lambda *_: 0.0, MovedClock(NOW), Patience(attempts_max=4))  # type: ignore[arg-type]
    assert caught.value is error
    assert len(calls) == 4


def test_no_wait_goes_past_the_deadline() -> None:
    clock = MovedClock(NOW)
    calls, work = failing(99, Lost("gone", sent=True))
    with pytest.raises(Lost):
        persist(work, lambda *_: 40.0, clock, Patience(attempts_max=50, deadline_s=100))  # type: ignore[arg-type]
    assert len(calls) == 3
    assert clock.now() - NOW <= timedelta(seconds=100)


def test_what_is_decided_against_is_not_tried_again() -> None:
    calls, work = failing(99, Refused(400, {}, b""))
    with pytest.raises(Refused):
        persist(work, lambda *_: None, MovedClock(NOW), Patience())  # type: ignore[arg-type]
    assert len(calls) == 1


def test_a_mistake_of_our_own_is_never_tried_again() -> None:
    calls, work = failing(99, KeyError("x"))
    with pytest.raises(KeyError):
        persist(work, lambda *_: 0.0, MovedClock(NOW), Patience())  # type: ignore[arg-type]
    assert len(calls) == 1
