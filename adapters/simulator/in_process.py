"""The in-process shells: a simulator core as the transport of two HTTP client libraries, without a socket.

``InProcessAdapter`` is mounted on a ``requests`` session (Salesforce's SDK), ``InProcessPool`` replaces a
``urllib3`` pool manager (HubSpot's SDK). Both show a broken connection as those libraries show it. They know
no vendor, retry nothing and follow no redirect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http.client import IncompleteRead
from io import BytesIO
from typing import Any

import requests
import urllib3
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.exceptions import ProtocolError
from urllib3.response import BaseHTTPResponse
from urllib3.util import parse_url

from adapters.simulator.framing import (
    AfterRequest,
    BeforeRequest,
    Simulator,
    arriving,
    framed,
    observed,
    reason,
)
from adapters.simulator.wire import ConnectionLost, Request, Response

_LOST = "Remote end closed connection without response"


class InProcessAdapter(BaseAdapter):
    """A transport for ``requests``: ``session.mount("https://", InProcessAdapter(simulator))``.

    A lost connection raises ``requests.exceptions.ConnectionError``; one that broke within the body raises
    ``requests.exceptions.ChunkedEncodingError`` when the body is read.
    """

    def __init__(
        self, simulator: Simulator, *, before: BeforeRequest | None = None, after: AfterRequest | None = None
    ) -> None:
        super().__init__()
        self._wire = _Wire(simulator, before, after)
        self._builder = HTTPAdapter()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: object = None,
        verify: object = True,
        cert: object = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Answer a prepared request; the transport options mean nothing here."""
        asked = _request(request.method or "GET", request.url or "", request.headers, request.body)
        try:
            raw = self._wire.exchange(asked)
        except ProtocolError as error:
            raise requests.exceptions.ConnectionError(error, request=request) from error
        return self._builder.build_response(request, raw)

    def close(self) -> None:
        """Nothing is held open."""


class InProcessPool(urllib3.PoolManager):
    """A pool manager for ``urllib3``: everything that ends in ``urlopen`` is answered by the core.

    A lost connection raises ``urllib3.exceptions.ProtocolError``: at once when nothing arrived or the body is
    preloaded, else when the body is read.
    """

    def __init__(
        self, simulator: Simulator, *, before: BeforeRequest | None = None, after: AfterRequest | None = None
    ) -> None:
        super().__init__()
        self._wire = _Wire(simulator, before, after)

    def urlopen(  # type: ignore[override]
        self, method: str, url: str, redirect: bool = True, **options: Any
    ) -> BaseHTTPResponse:
        """Answer one request; of the options only body, headers and preload_content mean something here."""
        headers = options.get("headers")
        asked = _request(method, url, self.headers if headers is None else headers, options.get("body"))
        return self._wire.exchange(asked, preload=options.get("preload_content", True))


class _Wire:
    """The core seen as ``urllib3`` would see it at the other end of a socket."""

    def __init__(self, simulator: Simulator, before: BeforeRequest | None, after: AfterRequest | None) -> None:
        self._simulator = simulator
        self._before = before
        self._after = after

    def exchange(self, request: Request, *, preload: bool = False) -> urllib3.HTTPResponse:
        try:
            response = framed(request, observed(self._simulator, request, self._before, self._after))
        except ConnectionLost as lost:
            arrived = arriving(request, lost)
            if arrived is None:
                raise ProtocolError(_LOST, ConnectionResetError(_LOST)) from lost
            return _raw(request, *arrived, preload)
        return _raw(request, response, response.body, preload)


class _Stream(BytesIO):
    """A body as the socket would give it: reading all of a broken one fails, as ``http.client`` does."""

    def __init__(self, body: bytes, *, broken: bool) -> None:
        super().__init__(body)
        self._broken = broken

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        if self._broken and (size is None or size < 0):
            raise IncompleteRead(piece)
        return piece


def _raw(request: Request, response: Response, body: bytes, preload: bool) -> urllib3.HTTPResponse:
    """What ``urllib3`` reads; it compares the body with the length announced by itself."""
    raw = urllib3.HTTPResponse(
        body=_Stream(body, broken=len(body) < len(response.body)),
        headers=urllib3.HTTPHeaderDict(response.headers),
        status=response.status,
        reason=reason(response.status),
        version=11,
        preload_content=False,
        request_method=request.method,
        request_url=request.path,
    )
    if preload:
        _ = raw.data
    return raw


def _request(method: str, url: str, headers: Mapping[str, str], body: object) -> Request:
    target = parse_url(url)
    path, _, query = target.request_uri.partition("?")
    lowered = {name.lower(): _text(value) for name, value in headers.items()}
    lowered.setdefault("host", target.netloc or "")
    return Request(method.upper(), path, query, lowered, _bytes(body))


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _bytes(body: object) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    if hasattr(body, "read"):
        return _bytes(body.read())
    if isinstance(body, Iterable):
        return b"".join(_bytes(part) for part in body)
    raise TypeError(f"a body of type {type(body).__name__} cannot be sent")
