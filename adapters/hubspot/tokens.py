"""Who we are to HubSpot: a static token, or an OAuth token renewed at 80 % of its life, once for all callers.

Must not know what the token is used for. Secrets travel in the body, never in a URL (contract sheet 4).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from msgspec import Struct

from adapters.failure import Lost, Refused
from adapters.hubspot.failures import document_of, read_error, read_wait_s
from adapters.hubspot.paths import Paths
from adapters.hubspot.transport import BoundedPool
from adapters.retry import Patience, persist
from connector.errors import BadConfiguration, NeedsOperator
from connector.executor import exclusive
from connector.ports.connection import Connection

_LIFE_USED_SHARE = 0.8
_LIFE_DEFAULT_S = 1_800.0
_PATIENCE = Patience(attempts_max=3, deadline_s=60.0)


class Token(Struct, frozen=True):
    """An access token and when to renew it (``None``: never)."""

    value: str
    renew_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Token(renew_at={self.renew_at})"


class TokenProvider:
    """Hands out a valid token; renewing is single-flight."""

    def __init__(self, connection: Connection, pool: BoundedPool) -> None:
        self._connection = connection
        self._pool = pool
        self._lock = exclusive()
        self._token: Token | None = None
        self._refresh_token: str | None = None
        self._where = f"{connection.company}: hubspot"

    def current(self) -> Token:
        """The token in use; renewed ahead of its end by our own clock."""
        with self._lock:
            token = self._token
            if token is None or (token.renew_at and self._connection.clock.now() >= token.renew_at):
                self._token = self._fetch()
            return self._token or self._fetch()

    def renewed(self, stale: Token) -> Token:
        """A token other than ``stale``; only the first of several callers asks for it."""
        with self._lock:
            if self._token is None or self._token == stale:
                if self._connection.auth == "token":
                    raise self._refused("the access token has expired")
                self._token = self._fetch()
            return self._token

    def _fetch(self) -> Token:
        if self._connection.auth == "token":
            return Token(self._connection.secret("access_token"))
        if self._connection.auth == "oauth":
            return self._refreshed()
        raise BadConfiguration(
            f"auth {self._connection.auth!r} is not known", where=self._where, remedy='use "token" or "oauth"'
        )

    def _refreshed(self) -> Token:
        secret = self._connection.secret
        form = {
            "grant_type": "refresh_token",
            "client_id": secret("client_id"),
            "client_secret": secret("client_secret"),
            "refresh_token": self._refresh_token or secret("refresh_token"),
        }
        answer = self._ask(form)
        value = answer.get("access_token")
        if not isinstance(value, str) or not value:
            raise self._refused("the token answer holds no token")
        self._refresh_token = str(answer.get("refresh_token") or form["refresh_token"])
        if self._refresh_token != form["refresh_token"]:
            # Most answers repeat it; whether it is ever replaced is unconfirmed (contract sheet 4). If so, the old one
            # may be over, so it is kept before anything else is asked.
            self._connection.keep("refresh_token", self._refresh_token)
        life_s = float(str(answer.get("expires_in") or _LIFE_DEFAULT_S))
        return Token(value, self._connection.clock.now() + timedelta(seconds=life_s * _LIFE_USED_SHARE))

    def _ask(self, form: Mapping[str, str]) -> Mapping[str, object]:
        url = self._connection.url.rstrip("/") + Paths(self._connection.api_version).token()
        try:
            return persist(
                lambda: self._post(url, form),
                lambda error, attempt: read_wait_s(error, attempt, url, self._connection.clock.now()),
                self._connection.clock,
                _PATIENCE,
            )
        except Refused as error:
            if error.status in (400, 401, 403):
                document = document_of(error)
                raise self._refused(str(document.get("error") or document.get("status") or error.status)) from None
            raise read_error(error, self._where) from None
        except Lost as error:
            raise read_error(error, self._where) from None

    def _post(self, url: str, form: Mapping[str, str]) -> Mapping[str, object]:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        response = self._pool.request("POST", url, body=urlencode(form), headers=headers)
        try:
            document = json.loads(response.data)
        except ValueError as error:
            raise Lost("the token answer is not JSON", sent=True) from error
        if not isinstance(document, dict):
            raise Lost("the token answer is not an object", sent=True)
        return document

    def _refused(self, why: str) -> NeedsOperator:
        remedy = "check the app's credentials and that it is still installed in the portal"
        return NeedsOperator(f"HubSpot gives no access ({why})", where=self._where, remedy=remedy)
