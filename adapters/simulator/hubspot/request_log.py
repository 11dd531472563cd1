"""Decides what is remembered of each API request; must not know what requests mean.

Bodies of writes are kept so that a test can compare what was asked with what happened; token requests carry
secrets and are logged without their bodies.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from adapters.simulator.wire import Request, Response


@dataclass(frozen=True)
class Entry:
    """One API request; ``status`` 0 means that no answer was sent."""

    index: int
    at: str
    method: str
    path: str
    query: str
    status: int
    body: str | None
    response_body: str | None
    fault: str | None


class RequestLog:
    """The API requests of one simulator in order."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self.next_index = 0

    def note(
        self, request: Request, response: Response | None, *, at: str, write: bool, fault: str | None = None
    ) -> None:
        """Add a request and its answer, if there was one."""
        secret = request.path.startswith("/oauth/")
        keep = write and not secret
        body = request.body.decode("utf-8", "replace") if request.body and not secret else None
        answer = response.body.decode("utf-8", "replace") if response and keep else None
        query = "" if secret else request.query
        status = response.status if response else 0
        self._entries.append(
            Entry(self.next_index, at, request.method, request.path, query, status, body, answer, fault)
        )
        self.next_index += 1

    def rows(self) -> list[dict[str, Any]]:
        """Every entry as JSON."""
        return [asdict(entry) for entry in self._entries]

    def totals(self) -> dict[str, Any]:
        """Number of requests, in all and per method and route with ids left out."""
        counts = Counter(f"{entry.method} {_route(entry.path)}" for entry in self._entries)
        return {"total": len(self._entries), "routes": dict(sorted(counts.items()))}

    def clear(self) -> None:
        """Forget the entries; indexes go on counting."""
        self._entries.clear()


def _route(path: str) -> str:
    parts = path.rstrip("/").split("/")
    return "/".join("{id}" if part.isdigit() else part for part in parts)
