"""Our share of an account's API requests: counted here, compared before every request.

Decides when to stop. Must not know a vendor: the adapter reads the account's own numbers out of its headers.
"""

from __future__ import annotations

from collections.abc import Mapping

from connector.errors import BadConfiguration, BudgetExhausted
from connector.executor import exclusive
from connector.ports.adapter import Usage

RESERVE_SHARE = 0.1  # of the account's limit, always left for people and other integrations


class Budget:
    """Options: ``daily_calls`` ("10%" of the account's limit, or a number), ``calls_used`` earlier today."""

    def __init__(self, options: Mapping[str, object], where: str) -> None:
        self._where = where
        self._daily_calls = str(options.get("daily_calls", "")).strip()
        self._before = int(str(options.get("calls_used", 0)))
        self._calls = 0
        self._lock = exclusive()
        self._used: int | None = None
        self._limit: int | None = None
        self._share(1)

    def count(self) -> None:
        """One request went out."""
        with self._lock:
            self._calls += 1

    def learn(self, used: int, limit: int) -> None:
        """What the account says of itself."""
        self._used, self._limit = used, limit

    def check(self) -> None:
        """``BudgetExhausted`` when our share, or what may be used of the whole, is used up."""
        share = self._share(self._limit)
        if share is not None and self._before + self._calls >= share:
            raise self._exhausted("our share of the account's API requests is used up")
        if self._limit and self._used is not None and self._used >= self._limit * (1 - RESERVE_SHARE):
            raise self._exhausted("the account's API requests of the day are nearly used up")

    def usage(self) -> Usage:
        """Calls of this adapter, and the account's own count."""
        return Usage(self._calls, self._used, self._limit)

    def _share(self, limit: int | None) -> float | None:
        if not self._daily_calls:
            return None
        try:
            if self._daily_calls.endswith("%"):
                percent = float(self._daily_calls.removesuffix("%"))
                return None if limit is None else limit * percent / 100
            return float(self._daily_calls)
        except ValueError:
            raise BadConfiguration("daily_calls is neither a number nor a percentage", where=self._where) from None

    def _exhausted(self, what: str) -> BudgetExhausted:
        return BudgetExhausted(what, where=self._where, remedy="run again when the window has passed")
