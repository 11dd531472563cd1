"""Requests to one org: plain reads over one session, all else through ``simple_salesforce.Salesforce`` on the same.

Decides when a token is renewed, when a read is tried again and when our share of the API budget is used up.
A write goes out once; only a 401, which surely did nothing, lets it go out a second time with the same
headers. Must not know objects or rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlsplit

import requests
from requests.adapters import BaseAdapter

from adapters.budget import Budget
from adapters.failure import Lost, Refused
from adapters.retry import Patience, persist
from adapters.salesforce.failures import is_expired, read_error, read_wait_s, write_error
from adapters.salesforce.org import Org
from adapters.salesforce.tokens import Token, TokenProvider
from adapters.salesforce.transport import BoundedTransport, open_session, pooled_adapter
from adapters.transport import checked_origin, is_loopback, server_date
from connector.errors import BadConfiguration
from connector.ports.connection import Connection

Answer = TypeVar("Answer")
_DATE_FRESH_S = 60.0
_QUERY_SIZE_MAX_BYTES = 14_000  # URL and headers end at 16,384 bytes (contract sheet 10)
_USAGE = re.compile(r"(?:^|[;,\s])api-usage=(\d+)/(\d+)")  # unknown parts are ignored (contract sheet 10)


class SalesforceClient:
    """Reads (retried) and writes (never) of one connection; keeps the last server time and the usage."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.clock = connection.clock
        self.where = f"{connection.company}: salesforce"
        self.api_version = connection.api_version.removeprefix("v")
        self.budget = Budget(connection.options, self.where)
        origin = checked_origin(connection.url, self.where)
        inner = connection.transport if isinstance(connection.transport, BaseAdapter) else pooled_adapter()
        plain = origin.scheme == "http" and is_loopback(origin.hostname)
        self._transport = BoundedTransport(inner, self.clock, self._count, hosts={origin.netloc}, plain_http=plain)
        self._session = open_session(self._transport, self._observe)
        self._tokens = TokenProvider(connection, self._session)
        self._org: Org | None = None
        self._date: tuple[datetime, datetime] | None = None

    def get(self, path: str, **parameters: str) -> Any:
        """A read below the version's base path, as parsed JSON; retried."""
        return self.read(lambda org: org.document(path, parameters), path)

    def post_read(self, path: str, document: object) -> Any:
        """A read that is a POST (retrieve by ids); retried."""
        return self.read(lambda org: org.post(path, document), path)

    def query(self, soql: str, *, include_deleted: bool = False) -> dict[str, Any]:
        """The first answer to a query; with ``include_deleted`` also deleted and merged-away rows."""
        self._check_size(soql)
        path = _query_path(include_deleted)
        found = self.read(lambda org: org.document(path, {"q": soql}), "query")
        return cast(dict[str, Any], found)

    def _check_size(self, soql: str) -> None:
        if len(quote(soql)) > _QUERY_SIZE_MAX_BYTES:
            raise BadConfiguration(
                "a query is longer than a URL may be", where=self.where, remedy="map fewer fields of this object"
            )

    def query_page(self, soql: str, read: Callable[[bytes], Answer], *, include_deleted: bool = False) -> Answer:
        """The first answer to a query, which ``read`` makes of its bytes; ``ValueError`` from it: not JSON."""
        self._check_size(soql)
        path = _query_path(include_deleted)
        return self.read(lambda org: read(org.get(path, {"q": soql}).content), "query")

    def query_more(self, continuation: str) -> dict[str, Any]:
        """The next answer of the same query; ``StaleToken`` when its locator has expired."""
        if not continuation.startswith("/services/data/"):
            raise read_error(Lost("a continuation points outside the API", sent=True), self.where)
        found = self.read(lambda org: org.sdk.query_more(continuation, identifier_is_url=True), "query")
        return cast(dict[str, Any], found)

    def get_bytes(self, path: str, parameters: Mapping[str, str]) -> tuple[bytes, Mapping[str, str]]:
        """A read whose answer is not JSON (Bulk results): the bytes and the headers; retried."""

        def fetch(org: Org) -> tuple[bytes, Mapping[str, str]]:
            response = org.get(path, parameters, Accept="text/csv")
            return response.content, response.headers

        return self.read(fetch, path)

    def read(self, ask: Callable[[Org], Answer], key: str) -> Answer:
        """``ask`` with a valid token, tried again by the failure table."""
        self.budget.check()
        try:
            return persist(
                lambda: self._with_token(ask),
                lambda error, attempt: read_wait_s(error, attempt, key, self.clock.now()),
                self.clock,
                Patience(),
            )
        except (Refused, Lost) as error:
            raise read_error(error, self.where) from None

    def write(self, method: str, path: str, document: object) -> Any:
        """One write request, as parsed JSON. ``Unconfirmed`` when it went out and no usable answer came."""
        self.budget.check()
        try:
            return self._with_token(lambda org: org.sdk.restful(path, method=method, json=document))
        except (Refused, Lost) as error:
            raise write_error(error, self.where) from None

    def _with_token(self, ask: Callable[[Org], Answer]) -> Answer:
        token = self._tokens.current()
        try:
            return _answered(ask, self._org_for(token))
        except Refused as error:
            if not is_expired(error):
                raise
            return _answered(ask, self._org_for(self._tokens.renewed(token)))

    def _org_for(self, token: Token) -> Org:
        if self._org is None or self._org.token != token:
            self._transport.allow(urlsplit(token.instance_url).netloc)
            self._org = Org(token, self.api_version, self._session)
        return self._org

    def _count(self, path: str) -> None:
        if path.startswith("/services/data/v"):  # the list of versions is not counted (contract sheet 3)
            self.budget.count()

    def _observe(self, headers: Mapping[str, str]) -> None:
        moment = server_date(headers)
        if moment is not None:
            self._date = (moment, self.clock.now())
        used = _USAGE.search(headers.get("Sforce-Limit-Info") or "")
        if used:
            self.budget.learn(int(used.group(1)), int(used.group(2)))

    def server_now(self) -> datetime:
        """The server's time: of the last answer when that is under a minute old, else asked anew."""
        if self._date is None or (self.clock.now() - self._date[1]).total_seconds() > _DATE_FRESH_S:
            self.read(Org.versions, "versions")
        return self.last_date()

    def last_date(self) -> datetime:
        """The ``Date`` of the last answer. ``RetryLater`` when the server sent none."""
        if self._date is None:
            raise read_error(Lost("the server sends no date", sent=True), self.where)
        return self._date[0]

    def user_id(self) -> str | None:
        """The user the token belongs to, when the token answer said so."""
        return self._tokens.current().user_id

    def close(self) -> None:
        """Release the connections."""
        self._session.close()


def _answered(ask: Callable[[Org], Answer], org: Org) -> Answer:
    try:
        return ask(org)
    except (requests.exceptions.JSONDecodeError, ValueError) as error:
        raise Lost("the answer is not JSON", sent=True) from error  # an HTML page, or cut short
    except requests.RequestException as error:
        raise Lost("the connection failed", sent=True) from error


def _query_path(include_deleted: bool) -> str:
    return "queryAll/" if include_deleted else "query/"
