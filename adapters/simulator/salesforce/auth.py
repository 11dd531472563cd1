"""The token endpoint and the check of a token, on the virtual clock (sheet section 2).

JWT bearer assertions are verified with the RSA key given as a JWK (``n`` and ``e``) in the settings.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from adapters.simulator.salesforce.org import Org
from adapters.simulator.salesforce.refusals import invalid_session
from adapters.simulator.wire import Request, Response, json_response

STATIC_TOKEN = "simulator-token"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")  # RFC 8017, section 9.2


class TokenRefused(Exception):
    """An OAuth error: code and description."""


class Tokens:
    """The access tokens issued by one org."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._issued: dict[str, datetime] = {}
        self._count = 0

    def check(self, request: Request) -> None:
        """Raise 401 unless the request carries a token that is valid now."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() not in ("bearer", "oauth") or not self._valid(token.strip()):
            raise invalid_session()

    def _valid(self, token: str) -> bool:
        if token == STATIC_TOKEN:
            return bool(self._org.settings["static_token_valid"])
        issued = self._issued.get(token)
        life = timedelta(seconds=self._org.settings["token_life_s"])
        return issued is not None and self._org.clock.now() < issued + life

    def revoke(self) -> int:
        """Forget every issued token; returns how many there were."""
        count = len(self._issued)
        self._issued.clear()
        return count

    def endpoint(self, request: Request) -> Response:
        """POST /services/oauth2/token."""
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        try:
            refresh = self._granted(request, form)
        except TokenRefused as refused:
            error, description = refused.args
            return json_response(400, {"error": error, "error_description": description})
        return json_response(200, self._issue(request, refresh=refresh))

    def _granted(self, request: Request, form: dict[str, str]) -> bool:
        grant = form.get("grant_type")
        if grant == "client_credentials":
            self._check_client(request, form)
            if not self._org.settings["client_credentials_enabled"]:
                raise TokenRefused("invalid_grant", "no client credentials user enabled")
        elif grant == JWT_BEARER:
            self._check_assertion(form.get("assertion", ""))
        elif grant == "refresh_token":
            self._check_client(request, form)
            if form.get("refresh_token") != self._org.settings["refresh_token"]:
                raise TokenRefused("invalid_grant", "expired access/refresh token")
        else:
            error = "unsupported_grant_type" if grant else "invalid_request"
            raise TokenRefused(error, "grant type not supported" if grant else "grant type is missing")
        return grant == "refresh_token"

    def _check_client(self, request: Request, form: dict[str, str]) -> None:
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            client_id, _, secret = _basic(encoded).partition(":")
        if client_id != self._org.settings["client_id"]:
            raise TokenRefused("invalid_client_id", "client identifier invalid")
        if secret != self._org.settings["client_secret"]:
            raise TokenRefused("invalid_client", "invalid client credentials")

    def _check_assertion(self, assertion: str) -> None:
        claims = _verified(assertion, self._org.settings["jwt_public_key"])
        if claims is None:
            raise TokenRefused("invalid_grant", "invalid assertion")
        if claims.get("iss") != self._org.settings["client_id"]:
            raise TokenRefused("invalid_client_id", "client identifier invalid")
        if claims.get("aud") not in self._org.settings["jwt_audiences"]:
            raise TokenRefused("invalid_grant", "audience is invalid")
        # simple-salesforce sends ``exp`` as text (sheet section 1.1)
        if not str(claims.get("exp", "")).isdecimal() or int(claims["exp"]) <= self._org.clock.now().timestamp():
            raise TokenRefused("invalid_grant", "assertion is expired")
        users = self._org.visible_rows("User")
        if not any(user.get("Username") == claims.get("sub") and user.get("IsActive") for user in users):
            raise TokenRefused("invalid_grant", "user hasn't approved this consumer")

    def _issue(self, request: Request, *, refresh: bool) -> dict[str, str]:
        self._count += 1
        org_id = next(row["Id"] for row in self._org.visible_rows("Organization"))
        digest = hashlib.sha256(f"{self._org.seed} token {self._count}".encode()).hexdigest()
        token = f"{org_id[:15]}!{digest}"
        self._issued[token] = self._org.clock.now()
        scheme = request.headers.get("x-forwarded-proto", "http")
        answer = {
            "access_token": token,
            "scope": "api web",
            "instance_url": f"{scheme}://{request.headers.get('host', 'localhost')}",
            "id": f"https://login.salesforce.com/id/{org_id}/{self._org.integration_user_id}",
            "token_type": "Bearer",
            "issued_at": str(int(self._org.clock.now().timestamp() * 1000)),
        }
        if refresh:
            answer["signature"] = base64.b64encode(hashlib.sha256(token.encode()).digest()).decode()
        return answer


def _basic(encoded: str) -> str:
    try:
        return base64.b64decode(encoded).decode("utf-8", "replace")
    except ValueError:
        return ""


def _verified(assertion: str, key: dict[str, str] | None) -> dict[str, Any] | None:
    """The claims of an RS256 assertion, or None when it does not verify."""
    try:
        signed, _, signature = assertion.rpartition(".")
        header, _, claims = signed.partition(".")
        if key is None or json.loads(_decoded(header)).get("alg") != "RS256":
            return None
        modulus, exponent = (int.from_bytes(_decoded(key[part]), "big") for part in ("n", "e"))
        size = (modulus.bit_length() + 7) // 8
        opened = pow(int.from_bytes(_decoded(signature), "big"), exponent, modulus).to_bytes(size, "big")
        tail = SHA256_PREFIX + hashlib.sha256(signed.encode()).digest()
        expected = b"\x00\x01" + b"\xff" * (size - len(tail) - 3) + b"\x00" + tail
        found = json.loads(_decoded(claims)) if opened == expected else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
