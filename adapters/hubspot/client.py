"""Requests to one portal through the SDK's held ``ApiClient`` with our own paths and raw answers.

Decides when a token is renewed, when a read is tried again, how requests are paced and when our share of
the API budget is used up. A write goes out once; only an expired token, which surely did nothing, lets it go
out again. Must not know objects or properties.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from hubspot import HubSpot
from urllib3.util.retry import Retry

from adapters.budget import Budget
from adapters.failure import Lost, Refused
from adapters.hubspot.failures import is_expired, read_error, read_wait_s, write_error
from adapters.hubspot.pace import SEARCHES_PER_SECOND_MAX, BurstPace, SearchPace
from adapters.hubspot.paths import Paths
from adapters.hubspot.tokens import TokenProvider
from adapters.hubspot.transport import BoundedPool, OneHost
from adapters.retry import Patience, persist
from adapters.transport import checked_origin, parse, server_date
from connector.ports.connection import Connection

Query = Sequence[tuple[str, str]]
Answer = TypeVar("Answer")
_DATE_FRESH_S = 60.0


class HubSpotClient:
    """Reads (retried) and writes (never) of one portal; keeps the last server time and the usage."""

    def __init__(self, connection: Connection) -> None:
        self.clock = connection.clock
        self.where = f"{connection.company}: hubspot"
        self.paths = Paths(connection.api_version)
        self.budget = Budget(connection.options, self.where)
        origin = checked_origin(connection.url, self.where)
        base = f"{origin.scheme}://{origin.netloc}"
        inner: Any = connection.transport or OneHost(base)
        self._pool = BoundedPool(inner, self.clock, host=origin.netloc, count=self._count, observe=self._observe)
        self._api = _held_api_client(base, self._pool)
        self._tokens = TokenProvider(connection, self._pool)
        searches = int(str(connection.options.get("searches_per_second", SEARCHES_PER_SECOND_MAX)))
        self._search_pace = SearchPace(self.clock, searches)
        self._burst_pace = BurstPace(self.clock)
        self._date: tuple[datetime, datetime] | None = None

    def get(self, path: str, query: Query = ()) -> dict[str, Any]:
        """A read; retried."""
        return self._read("GET", path, query, None, parsed)

    def get_page(self, path: str, query: Query, read: Callable[[bytes], Answer]) -> Answer:
        """A read of many records, which ``read`` makes of the answer's bytes; retried."""
        return self._read("GET", path, query, None, read)

    def post_read(self, path: str, document: object, query: Query = ()) -> dict[str, Any]:
        """A read that is a POST (batch/read); retried."""
        return self._read("POST", path, query, document, parsed)

    def search(self, object_name: str, document: object) -> dict[str, Any]:
        """A search, paced to five a second; retried."""
        return self._read("POST", self.paths.objects(object_name, "search"), (), document, parsed)

    def write(self, path: str, document: object, method: str = "POST") -> dict[str, Any]:
        """One write request. ``Unconfirmed`` when it went out and no usable answer came."""
        self.budget.check()
        self._burst_pace.wait()
        try:
            return parsed(self._with_token(method, path, (), document))
        except (Refused, Lost) as error:
            raise write_error(error, self.where) from None

    def _read(self, method: str, path: str, query: Query, document: object, read: Callable[[bytes], Answer]) -> Answer:
        self.budget.check()
        try:
            return persist(
                lambda: read(self._paced(method, path, query, document)),
                lambda error, attempt: read_wait_s(error, attempt, path, self.clock.now()),
                self.clock,
                Patience(),
            )
        except (Refused, Lost) as error:
            raise read_error(error, self.where) from None

    def _paced(self, method: str, path: str, query: Query, document: object) -> bytes:
        pace = self._search_pace if path.endswith("/search") else self._burst_pace
        pace.wait()
        return self._with_token(method, path, query, document)

    def _with_token(self, method: str, path: str, query: Query, document: object) -> bytes:
        token = self._tokens.current()
        try:
            return self._call(method, path, query, document, token.value)
        except Refused as error:
            if not is_expired(error):
                raise
            return self._call(method, path, query, document, self._tokens.renewed(token).value)

    def _call(self, method: str, path: str, query: Query, document: object, token: str) -> bytes:
        auth = {"type": "oauth2", "in": "header", "key": "Authorization", "value": f"Bearer {token}"}
        response = self._api.call_api(
            f"{path}?{urlencode(query, safe=',')}" if query else path,  # the SDK would write three bytes per comma
            method,
            header_params={"Accept": "application/json", "Content-Type": "application/json"},
            body=document,
            auth_settings=["oauth2"],
            _preload_content=False,
            _request_auth=auth,
        )
        return cast(bytes, response.data)

    def _count(self, path: str) -> None:
        if not path.startswith("/oauth/"):
            self.budget.count()

    def _observe(self, headers: Mapping[str, str]) -> None:
        moment = server_date(headers)
        if moment is not None:
            self._date = (moment, self.clock.now())
        self._burst_pace.observe(headers)
        daily, left = (headers.get(f"X-HubSpot-RateLimit-Daily{end}", "") for end in ("", "-Remaining"))
        if daily.isdigit() and left.isdigit():
            self.budget.learn(int(daily) - int(left), int(daily))

    def server_now(self) -> datetime:
        """The server's time: of the last answer when that is under a minute old, else asked anew."""
        if self._date is None or (self.clock.now() - self._date[1]).total_seconds() > _DATE_FRESH_S:
            self.get(self.paths.owners(), [("limit", "1")])
        return self.last_date()

    def last_date(self) -> datetime:
        """The ``Date`` of the last answer. ``RetryLater`` when the server sent none."""
        if self._date is None:
            raise read_error(Lost("the server sends no date", sent=True), self.where)
        return self._date[0]

    def close(self) -> None:
        """Release the connections."""
        self._pool.clear()


def _held_api_client(url: str, pool: BoundedPool) -> Any:
    """One ApiClient for all requests: each accessor of the SDK would build its own pool (contract sheet 1.1)."""
    sdk = HubSpot(access_token="set-per-request", host=url, base_url=url, retry=Retry(0, redirect=0))
    api_client = sdk.crm.contacts.basic_api.api_client
    api_client.rest_client.pool_manager = pool
    api_client.set_default_header("Accept-Encoding", "gzip")
    api_client.user_agent = "leadloop"
    return api_client


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object of an answer; ``Lost`` when it is none."""
    try:
        document = parse(body) if body else {}
    except ValueError as error:
        raise Lost("the answer is not JSON", sent=True) from error  # an HTML page, or cut short
    if not isinstance(document, dict):
        raise Lost("the answer is not an object", sent=True)
    return document
