"""The rolling 24 hour call limit and what the vendor says of it (sheet section 10)."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from adapters.simulator.salesforce.call import Call
from adapters.simulator.salesforce.org import Org
from adapters.simulator.salesforce.refusals import Refusal
from adapters.simulator.wire import Response, json_response

WINDOW = timedelta(hours=24)


class CallLimit:
    """Counts calls on the virtual clock. Calls made elsewhere are the setting ``calls_used``."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._made: deque[datetime] = deque()

    def used(self) -> int:
        """Calls in the last 24 hours."""
        oldest = self._org.clock.now() - WINDOW
        while self._made and self._made[0] <= oldest:
            self._made.popleft()
        return len(self._made) + int(self._org.settings["calls_used"])

    def take(self) -> None:
        """Count one call; raises 403 when there is none left."""
        if self._org.settings["concurrent_limit_reached"]:
            message = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
            raise Refusal("REQUEST_LIMIT_EXCEEDED", message, status=403)
        if self.used() >= self._org.settings["daily_limit"]:
            raise Refusal("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403)
        self._made.append(self._org.clock.now())

    def header(self) -> tuple[str, str]:
        """``Sforce-Limit-Info``."""
        return "Sforce-Limit-Info", f"api-usage={self.used()}/{self._org.settings['daily_limit']}"

    def resource(self, call: Call) -> Response:
        """GET /limits."""
        maximum = int(self._org.settings["daily_limit"])
        document = {name: {"Max": most, "Remaining": most} for name, most in _OTHERS.items()}
        document["DailyApiRequests"] = {"Max": maximum, "Remaining": max(0, maximum - self.used())}
        return json_response(200, dict(sorted(document.items())))


_OTHERS = {
    "ConcurrentAsyncGetReportInstances": 200,
    "DailyAsyncApexExecutions": 250_000,
    "DailyBulkApiBatches": 15_000,
    "DailyBulkV2QueryFileStorageMB": 976_562,
    "DailyBulkV2QueryJobs": 10_000,
    "DataStorageMB": 1024,
    "FileStorageMB": 1024,
    "HourlyPublishedPlatformEvents": 50_000,
    "SingleEmail": 15,
}
