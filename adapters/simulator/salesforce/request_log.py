"""The log of API requests: what came, what was answered; bodies only of writes, never of the token endpoint."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from adapters.simulator.wire import Request, Response

TOKEN_PATH = "/services/oauth2/token"


@dataclass
class RequestLog:
    """Entries in order; ``index`` counts on after a clear."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    seen: int = 0

    def add(self, at: str, route: str, request: Request, outcome: tuple[Response | None, str]) -> None:
        """Log one request; the outcome is the answer that was made (None: none) and the fault's kind or ''."""
        response, fault = outcome
        is_write = request.method not in ("GET", "HEAD") and request.path != TOKEN_PATH
        self.entries.append(
            {
                "index": self.seen,
                "at": at,
                "method": request.method,
                "path": request.path,
                "query": request.query,
                "route": route,
                "status": response.status if response else None,
                "fault": fault,
                "body": request.body.decode("utf-8", "replace") if is_write else "",
                "response": response.body.decode("utf-8", "replace") if response and is_write else "",
            }
        )
        self.seen += 1

    def totals(self) -> dict[str, Any]:
        """How many requests there were, by method and route."""
        by_route = Counter(f"{entry['method']} {entry['route']}" for entry in self.entries)
        return {"total": len(self.entries), "by_route": dict(sorted(by_route.items()))}
