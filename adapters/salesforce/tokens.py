"""Who we are to Salesforce: one access token, fetched when first needed, renewed once however many ask.

Decides which grant is used (client credentials, JWT bearer, or a token given as it is). Must not know what
the token is used for. The SDK's own log-in flows are not used: see contract sheet 1.3, S1 to S4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import urlsplit

import requests
from msgspec import Struct

from adapters.failure import Lost, Refused
from adapters.retry import Patience, persist
from adapters.salesforce.failures import problem_of, read_error, read_wait_s
from adapters.transport import is_loopback
from connector.errors import BadConfiguration, NeedsOperator
from connector.executor import exclusive
from connector.ports.connection import Connection

_ALLOWED_DOMAINS = (".salesforce.com", ".force.com", ".salesforce.mil")
_JWT_LIFE = timedelta(minutes=3)
_PATIENCE = Patience(attempts_max=3, deadline_s=60.0)


class Token(Struct, frozen=True):
    """An access token, the address to use it at, and the user it belongs to when Salesforce said so."""

    value: str
    instance_url: str
    user_id: str | None = None

    def __repr__(self) -> str:
        return f"Token(instance_url={self.instance_url!r})"


class TokenProvider:
    """Hands out the current token; ``renewed`` is single-flight, because several reads may find it expired."""

    def __init__(self, connection: Connection, session: requests.Session) -> None:
        self._connection = connection
        self._session = session
        self._lock = exclusive()
        self._token: Token | None = None
        self._where = f"{connection.company}: salesforce"

    def current(self) -> Token:
        """The token in use; fetched on the first call."""
        with self._lock:
            if self._token is None:
                self._token = self._fetch()
            return self._token

    def renewed(self, stale: Token) -> Token:
        """A token other than ``stale``; only the first of several callers asks for it."""
        with self._lock:
            if self._token is None or self._token == stale:
                if self._connection.auth == "token":
                    raise self._refused("the access token has expired or was revoked")
                self._token = self._fetch()
            return self._token

    def _fetch(self) -> Token:
        grants: Mapping[str, Callable[[], Token]] = {
            "token": self._given,
            "client_credentials": self._client_credentials,
            "jwt_bearer": self._jwt_bearer,
        }
        grant = grants.get(self._connection.auth)
        if grant is None:
            raise BadConfiguration(
                f"auth {self._connection.auth!r} is not known", where=self._where, remedy=f"use {', '.join(grants)}"
            )
        return grant()

    def _given(self) -> Token:
        return Token(self._connection.secret("access_token"), self._connection.url)

    def _client_credentials(self) -> Token:
        secret = self._connection.secret
        return self._request({"grant_type": "client_credentials"}, (secret("client_id"), secret("client_secret")))

    def _jwt_bearer(self) -> Token:
        import jwt

        connection = self._connection
        claims = {
            "iss": connection.secret("client_id"),
            "sub": str(connection.options.get("username", "")),
            "aud": str(connection.options.get("audience", "https://login.salesforce.com")),
            "exp": int((connection.clock.now() + _JWT_LIFE).timestamp()),
        }
        assertion = jwt.encode(claims, connection.secret("private_key"), algorithm="RS256")
        grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
        return self._request({"grant_type": grant, "assertion": assertion}, None)

    def _request(self, form: Mapping[str, str], basic: tuple[str, str] | None) -> Token:
        url = f"{self._connection.url.rstrip('/')}/services/oauth2/token"
        try:
            answer = persist(
                lambda: _document(self._session.post(url, data=form, auth=basic)),
                lambda error, attempt: read_wait_s(error, attempt, url, self._connection.clock.now()),
                self._connection.clock,
                _PATIENCE,
            )
        except Refused as error:
            if error.status in (400, 401, 403):
                raise self._refused(problem_of(error.document()).code or "HTTP status 400") from None
            raise read_error(error, self._where) from None
        except Lost as error:
            raise read_error(error, self._where) from None
        return self._token_of(answer)

    def _token_of(self, answer: Mapping[str, object]) -> Token:
        value, instance_url = answer.get("access_token"), str(answer.get("instance_url") or self._connection.url)
        if not isinstance(value, str) or not value:
            raise self._refused("the token answer holds no token")
        if not self._is_allowed(instance_url):
            raise self._refused("the token answer names a host that is not Salesforce's")
        identity = str(answer.get("id") or "").rstrip("/").rsplit("/", maxsplit=1)[-1]
        return Token(value, instance_url, identity or None)

    def _is_allowed(self, instance_url: str) -> bool:
        parts, own = urlsplit(instance_url), urlsplit(self._connection.url)
        if parts.netloc == own.netloc or (is_loopback(own.hostname) and is_loopback(parts.hostname)):
            return True
        host = parts.hostname or ""
        return parts.scheme == "https" and parts.netloc == host and host.endswith(_ALLOWED_DOMAINS)

    def _refused(self, why: str) -> NeedsOperator:
        remedy = "check the client id and secret, the External Client App and its integration user"
        return NeedsOperator(f"Salesforce gives no access ({why})", where=self._where, remedy=remedy)


def _document(response: requests.Response) -> Mapping[str, object]:
    try:
        document = response.json()
    except ValueError as error:
        raise Lost("the token answer is not JSON", sent=True) from error
    if not isinstance(document, Mapping):
        raise Lost("the token answer is not an object", sent=True)
    return document
