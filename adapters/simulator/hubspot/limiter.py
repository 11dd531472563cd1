"""Decides when a request is one too many: rolling ten seconds, a day, search per second; must not know routes.

Contract sheet 2.3. Everything runs on the simulator clock: a client that waits has to move that clock. Refused
requests do not count. The group names are those of real bodies; ``SECONDLY`` is unconfirmed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from adapters.simulator.hubspot.moments import to_text
from adapters.simulator.hubspot.refusals import Refusal, rate_limited

_BURST = timedelta(seconds=10)
_SECOND = timedelta(seconds=1)
_BURST_HINT_S = 10
_SEARCH_HINT_S = 1
_DAILY_HINT_S = 3_600


class Limiter:
    """Counts the API requests of one portal."""

    def __init__(self) -> None:
        self._burst: dict[str, deque[datetime]] = {}
        self._search: deque[datetime] = deque()
        self._day: date | None = None
        self.used_today = 0

    def admit(self, settings: Mapping[str, Any], now: datetime, *, app: str, search: bool) -> None:
        """Count one request or refuse it with 429; ``app`` is "oauth" or "token"."""
        self._roll_day(settings, now)
        recent = self._recent(app, now)
        counted = not (search and app == "oauth")
        group = f"{settings['portal_id']}:{settings['app_id']}"
        if app != "oauth" and self.used_today >= settings["daily_limit"]:
            raise self._refused(settings, "DAILY", f"publicapi:private_app-api-calls-daily:{group}", _DAILY_HINT_S)
        if search and len(_since(self._search, now - _SECOND)) >= settings["search_limit"]:
            raise self._refused(settings, "SECONDLY", f"publicapi:crm:search:{group}", _SEARCH_HINT_S)
        if counted and len(recent) >= _burst_limit(settings, app):
            name = f"publicapi:private_app-api-calls-ten-secondly:{group}"
            raise self._refused(settings, "TEN_SECONDLY_ROLLING", name, _BURST_HINT_S)
        if counted:
            recent.append(now)
        if search:
            self._search.append(now)
        self.used_today += app != "oauth"

    def headers(self, settings: Mapping[str, Any], now: datetime, app: str) -> tuple[tuple[str, str], ...]:
        """The rate limit headers; the daily pair is absent for OAuth tokens."""
        limit = _burst_limit(settings, app)
        rows = [
            ("X-HubSpot-RateLimit-Max", limit),
            ("X-HubSpot-RateLimit-Remaining", max(0, limit - len(self._recent(app, now)))),
            ("X-HubSpot-RateLimit-Interval-Milliseconds", 10_000),
        ]
        if app != "oauth":
            daily = settings["daily_limit"]
            rows += [
                ("X-HubSpot-RateLimit-Daily", daily),
                ("X-HubSpot-RateLimit-Daily-Remaining", max(0, daily - self.used_today)),
            ]
        return tuple((name, str(value)) for name, value in rows)

    def resets_at(self, settings: Mapping[str, Any], now: datetime) -> str:
        """The next midnight in the portal's time zone, as UTC text."""
        zone = ZoneInfo(settings["time_zone"])
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
        return to_text(datetime.combine(tomorrow, time(), tzinfo=zone))

    def _recent(self, app: str, now: datetime) -> deque[datetime]:
        return _since(self._burst.setdefault(app, deque()), now - _BURST)

    def _roll_day(self, settings: Mapping[str, Any], now: datetime) -> None:
        today = now.astimezone(ZoneInfo(settings["time_zone"])).date()
        if today != self._day:
            self._day, self.used_today = today, 0

    def _refused(self, settings: Mapping[str, Any], policy: str, group: str, wait_s: int) -> Refusal:
        headers = (("Retry-After", str(wait_s)),) if settings["retry_after"] else ()
        return rate_limited(policy, group, headers)


def _burst_limit(settings: Mapping[str, Any], app: str) -> int:
    return int(settings["oauth_burst_limit" if app == "oauth" else "burst_limit"])


def _since(moments: deque[datetime], start: datetime) -> deque[datetime]:
    while moments and moments[0] <= start:
        moments.popleft()
    return moments
