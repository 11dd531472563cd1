"""Decides whose request this is and whether its scopes suffice; must not know records.

Contract sheet 4 and 2.2. Tokens and codes are fixed words, so that a recorded run can be replayed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from adapters.simulator.hubspot.call import Reply
from adapters.simulator.hubspot.moments import to_text
from adapters.simulator.hubspot.object_types import ObjectType
from adapters.simulator.hubspot.refusals import (
    Refusal,
    expired_authentication,
    invalid_authentication,
    missing_scopes,
)
from adapters.simulator.wire import Request

STATIC_TOKEN = "simulator-token"
REFRESH_TOKEN = "simulator-refresh"
CLIENT_ID = "simulator"
CLIENT_SECRET = "simulator-secret"


@dataclass(frozen=True)
class _Token:
    text: str
    expires: datetime


class Tokens:
    """The access tokens one portal has given out."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._issued: dict[str, _Token] = {}
        self._refresh_token = REFRESH_TOKEN

    def app_of(self, request: Request, settings: Mapping[str, Any], now: datetime) -> str:
        """``token`` for the service key, ``oauth`` for an OAuth token; refuses anything else with 401."""
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        text = text.strip()
        if scheme.lower() != "bearer" or not text or text in settings["revoked_tokens"]:
            raise invalid_authentication()
        if text == STATIC_TOKEN:
            return "token"
        token = self._issued.get(text)
        if token is None:
            raise invalid_authentication()
        if token.expires <= now:
            seconds = int((now - token.expires).total_seconds())
            raise expired_authentication(to_text(token.expires), seconds)
        return "oauth"

    def token_call(self, request: Request, version: str, settings: Mapping[str, Any], now: datetime) -> Reply:
        """``POST /oauth/.../token``: v1 takes query or form parameters, later versions the form only."""
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        given = {**(dict(request.parameters()) if version == "v1" else {}), **form}
        self._check(given, settings)
        life_s = int(settings["token_life_s"])
        token = _Token(f"CSim{self._seed}-{len(self._issued) + 1:06d}", now + timedelta(seconds=life_s))
        self._issued[token.text] = token
        if settings["refresh_token_rotates"]:
            self._refresh_token = f"{REFRESH_TOKEN}-{len(self._issued)}"
        return Reply(200, self._document(token.text, life_s, version, settings))

    def _check(self, given: Mapping[str, str], settings: Mapping[str, Any]) -> None:
        if given.get("grant_type") != "refresh_token":
            raise _oauth_refusal("unsupported_grant_type", "BAD_GRANT_TYPE", "missing or unknown grant type")
        if given.get("client_id") != CLIENT_ID:
            raise _oauth_refusal("invalid_client", "BAD_CLIENT_ID", "missing or invalid client id")
        if given.get("client_secret") != CLIENT_SECRET:
            raise _oauth_refusal("invalid_client", "BAD_CLIENT_SECRET", "missing or invalid client secret")
        if given.get("refresh_token") != self._refresh_token or settings["refresh_token_revoked"]:
            raise _oauth_refusal("invalid_grant", "BAD_REFRESH_TOKEN", "missing or invalid refresh token")

    def _document(self, text: str, life_s: int, version: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        document: dict[str, Any] = {
            "token_type": "bearer",
            "refresh_token": self._refresh_token,
            "access_token": text,
            "expires_in": life_s,
        }
        if version != "v1":
            document |= {
                "token_use": "access_token",
                "hub_id": settings["portal_id"],
                "user_id": 61204455,
                "scopes": ["oauth", "crm.objects.contacts.read", "crm.objects.contacts.write"],
            }
        return document


def _oauth_refusal(error: str, status: str, message: str) -> Refusal:
    return Refusal(400, {"status": status, "error": error, "error_description": message, "message": message})


def object_scopes(kind: ObjectType, *, write: bool) -> list[str]:
    """The scopes for records of one type; e-mails need one more (sheet 2.13)."""
    verb = "write" if write else "read"
    extra = ["sales-email-read"] if kind.name == "emails" else []
    return [f"crm.objects.{kind.scope}.{verb}", *extra]


def schema_scopes(kind: ObjectType, *, write: bool) -> list[str]:
    """Definitions are readable with the objects' scope, writable with the schema's."""
    return [f"crm.schemas.{kind.scope}.write" if write else f"crm.objects.{kind.scope}.read"]


def require_scopes(scopes: list[str], settings: Mapping[str, Any]) -> None:
    """Refuse with 403 when a scope was taken away by setting."""
    if any(scope in settings["missing_scopes"] for scope in scopes):
        raise missing_scopes(scopes)
