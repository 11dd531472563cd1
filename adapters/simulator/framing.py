"""How an answer is framed on the wire, the same for every shell.

Both shells must answer byte for byte the same, so what HTTP itself demands (a length, no body where none is
allowed, a reason phrase, where the bytes stop when a connection breaks) is decided here, once. This module
must not know a vendor, a socket or a client library.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Protocol

from adapters.simulator.wire import ConnectionLost, Request, Response

BeforeRequest = Callable[[Request], None]
AfterRequest = Callable[[Request, Response | None], None]

_WITHOUT_BODY = frozenset({204, 304})


class Simulator(Protocol):
    """A sans-IO core; ``handle`` may raise ``ConnectionLost`` under a fault plan."""

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        ...


def framed(request: Request, response: Response) -> Response:
    """The response as it goes over the wire: with its length, and without a body where HTTP has none."""
    if response.status in _WITHOUT_BODY or response.status < 200:
        return replace(response, body=b"")
    headers = response.headers
    if response.header("Content-Length") is None:
        headers = (*headers, ("Content-Length", str(len(response.body))))
    body = b"" if request.method == "HEAD" else response.body
    return replace(response, headers=headers, body=body)


def arriving(request: Request, lost: ConnectionLost) -> tuple[Response, bytes] | None:
    """What still arrives of a broken answer: its head and the first ``sent`` bytes of its body.

    ``None`` when nothing arrives: the client then cannot tell whether its request was acted upon.
    """
    if lost.response is None or lost.sent <= 0:
        return None
    response = framed(request, lost.response)
    return response, response.body[: lost.sent]


def reason(status: int) -> str:
    """The standard phrase of a status; empty for one that HTTP does not name."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def head_bytes(response: Response) -> bytes:
    """Status line and headers in the order the core gave them; nothing is added, no date of our own."""
    lines = [f"HTTP/1.1 {response.status} {reason(response.status)}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def observed(
    simulator: Simulator, request: Request, before: BeforeRequest | None, after: AfterRequest | None
) -> Response:
    """Handle one request between two optional hooks; a lost connection reaches ``after`` as ``None``.

    A hook may raise: before the request nothing was done, after it everything was.
    """
    if before is not None:
        before(request)
    try:
        response = simulator.handle(request)
    except ConnectionLost:
        if after is not None:
            after(request, None)
        raise
    if after is not None:
        after(request, response)
    return response
