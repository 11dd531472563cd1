"""The one retry layer for reads: a vendor's pure decision says how long to wait, tenacity does the waiting.

Writes never come here. Jitter follows from the attempt and a key, so that a run can be repeated exactly.
Must not know a vendor or HTTP beyond the text of a ``Retry-After`` header.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeVar

from msgspec import Struct
from tenacity import RetryCallState, Retrying, retry_if_exception

from adapters.failure import Lost, Refused
from connector.clock import Clock

Answer = TypeVar("Answer")
Decision = Callable[[BaseException, int], float | None]

RETRY_AFTER_CAP_S = 300.0


class Patience(Struct, frozen=True):
    """How long a read is tried: ``attempts_max`` requests within ``deadline_s`` of the clock."""

    attempts_max: int = 5
    deadline_s: float = 600.0


def advised_wait_s(header: str | None, now: datetime, cap_s: float = RETRY_AFTER_CAP_S) -> float | None:
    """The server's ``Retry-After`` in seconds, between 0 and ``cap_s``; ``None`` when there is none to read.

    Takes seconds (also fractions) and HTTP dates; a date or a number in the past means no wait.
    """
    if header is None or not header.strip():
        return None
    seconds = _seconds(header.strip(), now)
    return None if seconds is None else min(max(seconds, 0.0), cap_s)


def _seconds(text: str, now: datetime) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return _seconds_until(text, now)
    return None if seconds != seconds else seconds  # NaN is no advice


def _seconds_until(text: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    if moment.tzinfo is None:
        return None
    return (moment - now).total_seconds()


def backoff_s(attempt: int, key: str, *, base_s: float = 0.5, cap_s: float = 60.0) -> float:
    """Full jitter: a share of ``base_s * 2 ** (attempt - 1)``, capped. The share follows from the arguments."""
    ceiling = min(cap_s, base_s * float(2 ** min(attempt - 1, 30)))
    digest = hashlib.blake2b(f"{key}:{attempt}".encode(), digest_size=8).digest()
    return float(ceiling * (int.from_bytes(digest, "big") / 2**64))


def persist(work: Callable[[], Answer], decide: Decision, clock: Clock, patience: Patience) -> Answer:
    """The answer of ``work``, tried again as long as ``decide(error, attempt)`` gives a wait in seconds.

    The last error is raised as it came. Only ``Refused`` and ``Lost`` are ever tried again.
    """
    last_moment = clock.now() + timedelta(seconds=patience.deadline_s)

    def wait(state: RetryCallState) -> float:
        return decide(_error(state), state.attempt_number) or 0.0

    def stop(state: RetryCallState) -> bool:
        late = clock.now() + timedelta(seconds=state.upcoming_sleep) > last_moment
        return late or state.attempt_number >= patience.attempts_max

    attempt_number = 0

    def again(error: BaseException) -> bool:
        nonlocal attempt_number
        attempt_number += 1
        return isinstance(error, Refused | Lost) and decide(error, attempt_number) is not None

    retrying = Retrying(sleep=clock.sleep, retry=retry_if_exception(again), wait=wait, stop=stop, reraise=True)
    return retrying(work)


def _error(state: RetryCallState) -> BaseException:
    error = state.outcome.exception() if state.outcome else None
    return error if error is not None else RuntimeError("a retry without an error")
