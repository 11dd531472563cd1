"""The wire under the SDK: one ``requests`` session with deadlines, one host, no redirects, no environment.

Decides how long a request may take, which host may see the token, and which headers every request carries.
Retries nothing and refreshes nothing (contract sheet S1 to S6). Must not know objects, fields or rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, cast
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.exceptions import MaxRetryError, NewConnectionError

from adapters.failure import Lost, Refused
from adapters.transport import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, is_loopback, read_whole
from connector.clock import Clock
from connector.errors import NeedsOperator

Count = Callable[[str], None]
Observer = Callable[[Mapping[str, str]], None]

# Without this header every API create or update of a Lead may run the org's assignment rules and change the
# owner (contract sheet 9.1). On the session, because the SDK drops per-call headers in its own retries (S1).
CONSTANT_HEADERS = {
    "Sforce-Auto-Assign": "FALSE",
    "Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=false; runAsCurrentUser=true",
    "Sforce-Call-Options": "client=Leadloop",
    "User-Agent": "leadloop",
}


class DirectSession(requests.Session):
    """A session that follows no redirect: the token must not travel to another address."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Never."""
        return None


class BoundedTransport(BaseAdapter):
    """Passes requests to ``inner`` with timeouts and a deadline, to the allowed hosts only.

    ``plain_http``: the CRM is a loopback address without TLS; the SDK always writes https (contract sheet
    1.2), so the scheme is put back here. ``count`` hears the path of every request that went out.
    """

    def __init__(self, inner: BaseAdapter, clock: Clock, count: Count, *, hosts: set[str], plain_http: bool) -> None:
        super().__init__()
        self._inner = inner
        self._clock = clock
        self._count = count
        self._hosts = hosts
        self._plain_http = plain_http

    def allow(self, host: str) -> None:
        """Also speak to this host (with port, if it has one)."""
        self._hosts.add(host)

    def send(self, request: requests.PreparedRequest, *arguments: object, **options: object) -> requests.Response:
        """The whole answer. ``Lost`` when none came; ``NeedsOperator`` for another host."""
        self._address(request)
        options.update(stream=True, timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S))
        try:
            response = self._inner.send(request, **cast(dict[str, Any], options))
        except requests.RequestException as error:
            self._sent(request, happened=_was_sent(error))
            raise Lost(_cause(error), sent=_was_sent(error)) from error
        self._sent(request, happened=True)
        response.raw = BytesIO(read_whole(response.raw, self._clock))
        return response

    def _sent(self, request: requests.PreparedRequest, *, happened: bool) -> None:
        if happened:
            self._count(urlsplit(request.url or "").path)

    def _address(self, request: requests.PreparedRequest) -> None:
        parts = urlsplit(request.url or "")
        if parts.netloc not in self._hosts:
            raise NeedsOperator(
                "Salesforce named another host than its own", where=parts.hostname or "", remedy="check the url"
            )
        if self._plain_http and is_loopback(parts.hostname):
            request.url = parts._replace(scheme="http").geturl()

    def close(self) -> None:
        """Release the connections."""
        self._inner.close()


def open_session(transport: BoundedTransport, observe: Observer) -> DirectSession:
    """A session over ``transport``; a failed answer is raised as ``Refused`` before the SDK can react to it."""
    session = DirectSession()
    session.trust_env = False
    session.headers.update(CONSTANT_HEADERS)
    session.mount("https://", transport)
    session.mount("http://", transport)

    def check(response: requests.Response, **_: object) -> None:
        observe(response.headers)
        if response.status_code >= 300:
            raise Refused(response.status_code, response.headers, response.content)

    session.hooks["response"].append(check)
    return session


def pooled_adapter() -> BaseAdapter:
    """Real sockets: a small pool, no hidden retries."""
    return HTTPAdapter(pool_connections=2, pool_maxsize=10, pool_block=True, max_retries=0)


def _was_sent(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.InvalidURL):
        return False
    reason: object = error.args[0] if error.args else None
    if isinstance(reason, MaxRetryError):
        reason = reason.reason
    return not isinstance(reason, NewConnectionError) and not isinstance(error, requests.exceptions.SSLError)


def _cause(error: requests.RequestException) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "the server's certificate was not accepted"
    if isinstance(error, requests.Timeout):
        return "timeout"
    return "connection lost" if _was_sent(error) else "no connection"
