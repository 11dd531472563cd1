"""The wire under the SDK: a ``urllib3`` pool with deadlines, one host, no redirects and no hidden retries.

The SDK's own pool retries 429 silently, has no timeout and follows redirects (contract sheet 1.1), so its
pool manager is replaced by this. Must not know objects or properties.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

import urllib3
from msgspec import Struct
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    SSLError,
)
from urllib3.exceptions import (
    TimeoutError as PoolTimeout,
)

from adapters.failure import Lost, Refused
from adapters.transport import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, read_whole
from connector.clock import Clock
from connector.errors import NeedsOperator

Count = Callable[[str], None]
Observer = Callable[[Mapping[str, str]], None]
_NEVER_SENT = (NewConnectionError, ConnectTimeoutError, NameResolutionError, SSLError)


class Pool(Protocol):
    """What sends a request (``OneHost``, or an in-process simulator)."""

    def request(self, method: str, url: str, **options: Any) -> Any:
        """A ``urllib3`` response."""


class Whole(Struct, frozen=True):
    """An answer with its body read and decoded: what the SDK looks at."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class BoundedPool:
    """Stands where the SDK expects its pool manager. A failed answer is raised as ``Refused``.

    ``count`` hears the path of every request that went out, ``observe`` the headers of every answer.
    """

    def __init__(self, inner: Pool, clock: Clock, *, host: str, count: Count, observe: Observer) -> None:
        self._inner = inner
        self._clock = clock
        self._host = host
        self._count = count
        self._observe = observe

    def request(self, method: str, url: str, **options: Any) -> Whole:
        """The whole answer. ``Lost`` when none came; ``NeedsOperator`` for another host."""
        if urlsplit(url).netloc != self._host:
            raise NeedsOperator("a request would leave HubSpot's host", remedy="check the url")
        options.update(
            preload_content=False,
            redirect=False,  # the token must not travel to another address
            retries=False,
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S),
        )
        try:
            response = self._inner.request(method, url, **options)
        except (HTTPError, OSError) as error:
            sent = not isinstance(error, _NEVER_SENT)
            self._sent(url, happened=sent)
            raise Lost(_cause(error), sent=sent) from error
        self._sent(url, happened=True)
        body = read_whole(response, self._clock)
        self._observe(response.headers)
        if response.status >= 300:
            raise Refused(response.status, response.headers, body)
        return Whole(response.status, response.headers, body)

    def _sent(self, url: str, *, happened: bool) -> None:
        if happened:
            self._count(urlsplit(url).path)

    def clear(self) -> None:
        """Close the connections."""
        clear = getattr(self._inner, "clear", None)
        if clear is not None:
            clear()


class OneHost:
    """Real sockets of one small pool. A pool manager would take each long address apart once more to find its host."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._pool = urllib3.connection_from_url(origin, maxsize=10, block=True)

    def request(self, method: str, url: str, **options: Any) -> Any:
        """A ``urllib3`` response; ``url`` begins with the origin."""
        return self._pool.request(method, url.removeprefix(self._origin), **options)

    def clear(self) -> None:
        """Close the connections."""
        self._pool.close()


def _cause(error: Exception) -> str:
    if isinstance(error, SSLError):
        return "the server's certificate was not accepted"
    if isinstance(error, NewConnectionError | NameResolutionError):
        return "no connection"
    return "timeout" if isinstance(error, PoolTimeout) else "connection lost"
