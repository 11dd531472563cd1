"""What a simulator core and its shells exchange: a request, a response, a virtual clock, a fault plan, a log.

A core is sans-IO: ``handle(Request) -> Response``. The HTTP server, the in-process transports and the
control plane are thin shells around it, so the same rules run over real sockets in the demo and
thousands of times a minute in the seeded simulation.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Request:
    """One HTTP request. ``path`` has no query string; header names are lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def parameters(self) -> list[tuple[str, str]]:
        """The decoded query parameters in the order sent; a repeated name is repeated here."""
        return parse_qsl(self.query, keep_blank_values=True)

    def parameter(self, name: str, default: str | None = None) -> str | None:
        """The last value sent for ``name``."""
        values = [value for key, value in self.parameters() if key == name]
        return values[-1] if values else default

    def json(self) -> object:
        """The body as JSON; raises ``ValueError`` when it is not."""
        return json.loads(self.body or b"null")


@dataclass(frozen=True)
class Response:
    """One HTTP response. Headers keep order and case: a replay is compared byte for byte."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


class ConnectionLost(Exception):
    """The connection breaks: ``sent`` bytes of the response (may be none) arrive first.

    Raised by a core under a fault plan; each shell turns it into what a client would see.
    """

    def __init__(self, response: Response | None = None, sent: int = 0) -> None:
        super().__init__("connection lost")
        self.response = response
        self.sent = sent


class SimulatorClock:
    """Virtual time of one simulator: stands still until the control plane (or ``on_wait``) moves it."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("the simulator clock needs an aware datetime")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The virtual time, aware, UTC."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move forward; a simulator never goes back."""
        if seconds < 0:
            raise ValueError("the simulator clock only moves forward")
        self._now += timedelta(seconds=seconds)

    def set(self, moment: datetime) -> None:
        """Move to ``moment``; an earlier moment is ignored."""
        self._now = max(self._now, moment.astimezone(UTC))


@dataclass
class Fault:
    """One scripted fault: which requests, what happens, how often.

    ``kind``: ``status`` (answer ``status``/``body``/``headers`` without acting), ``drop_before`` (nothing is
    done, connection lost), ``drop_after`` (done, then the connection is lost), ``truncate`` (done, half of
    the body arrives), ``html`` (503 with an HTML page), ``lie`` (a write answers success without storing).
    """

    kind: str
    method: str = ""
    path: str = ""
    skip: int = 0
    times: int = 1
    status: int = 503
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def matches(self, request: Request) -> bool:
        """Whether this fault is due for the request; counts down ``skip`` and ``times``."""
        if self.times <= 0 or (self.method and self.method != request.method):
            return False
        if self.path and self.path not in request.path:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class FaultPlan:
    """The scripted faults of one simulator, in order; the first that is due wins."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.faults = list(faults)

    def due(self, request: Request) -> Fault | None:
        """The fault for this request, if any."""
        return next((fault for fault in self.faults if fault.matches(request)), None)


def json_response(status: int, document: object, headers: Iterable[tuple[str, str]] = ()) -> Response:
    """A compact UTF-8 JSON answer."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, (("Content-Type", "application/json;charset=UTF-8"), *headers), body)
