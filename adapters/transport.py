"""What both HTTP stacks need of a connection: a checked address, and a body read whole or not at all.

Decides which addresses may be spoken to and when an answer took too long. Must not know a vendor.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import SplitResult, urlsplit

import orjson
from urllib3.exceptions import HTTPError

from adapters.failure import Lost
from connector.clock import Clock
from connector.errors import BadConfiguration

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 60.0
TOTAL_TIMEOUT_S = 180.0
_CHUNK_BYTES = 262_144
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Body(Protocol):
    """A body that arrives in pieces (``urllib3.HTTPResponse``)."""

    def read1(self, amt: int | None = None, decode_content: bool | None = None) -> bytes:
        """What has arrived, at most ``amt`` bytes; empty at the end."""

    def close(self) -> None:
        """Give the connection up."""

    def release_conn(self) -> None:
        """Give the connection back to its pool."""


def is_loopback(host: str | None) -> bool:
    """Whether this host name is the machine itself."""
    return host in _LOOPBACK


def checked_origin(url: str, where: str) -> SplitResult:
    """The address of a CRM: https, or plain http on the loopback address only (DESIGN section 6)."""
    parts = urlsplit(url)
    plain = parts.scheme == "http" and is_loopback(parts.hostname)
    if (parts.scheme == "https" or plain) and parts.hostname and "@" not in parts.netloc:
        return parts
    raise BadConfiguration(
        "the url is neither https nor plain http on the loopback address", where=where, remedy="correct `url`"
    )


def server_date(headers: Mapping[str, str]) -> datetime | None:
    """The ``Date`` header as an aware datetime; ``None`` when it is missing or unreadable."""
    text = headers.get("Date") or next((value for name, value in headers.items() if name.lower() == "date"), None)
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def parse(body: bytes) -> Any:
    """A JSON document; ``ValueError`` when it is none. Half a character or a NaN spoils no page."""
    try:
        return orjson.loads(body)
    except ValueError:
        return json.loads(body, parse_constant=str)


def read_whole(body: Body, clock: Clock, total_s: float = TOTAL_TIMEOUT_S) -> bytes:
    """All bytes, decoded; the connection is given back. ``Lost`` when it breaks or takes over ``total_s``.

    A timeout per read does not stop a server that sends one byte a second; the deadline does.
    """
    try:
        return b"".join(_pieces(body, clock, total_s))
    except (HTTPError, OSError) as error:
        body.close()
        raise Lost("the answer broke off", sent=True) from error
    except Lost:
        body.close()  # what is still on its way must not be taken for the next answer
        raise
    finally:
        body.release_conn()


def _pieces(body: Body, clock: Clock, total_s: float) -> Iterator[bytes]:
    last_moment = clock.now() + timedelta(seconds=total_s)
    while piece := body.read1(_CHUNK_BYTES, decode_content=True):
        yield piece
        if clock.now() > last_moment:
            raise Lost("the answer took too long", sent=True)
