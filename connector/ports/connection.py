"""What an adapter is handed to connect with: address, credentials resolved when used, and the injected world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from msgspec import Struct, field

from connector.clock import Clock
from connector.executor import Executor
from connector.ports.adapter import Adapter


def forget(key: str, value: str) -> None:
    """A replaced secret is not kept: whoever connects so makes the connection for once."""


class Connection(Struct, frozen=True):
    """One ``[companies.<company>.<system>]`` table, made ready for its adapter.

    ``secret`` resolves a key of the table (``client_secret``, ``access_token``) when it is used and raises
    ``BadConfiguration`` when it is not set. ``keep`` is told of a secret that the other side has replaced, before the
    new one is used. ``options`` are the table's other keys. ``key_fields``: object ->
    the field that holds our external key. ``transport`` replaces the network (an in-process simulator);
    ``None`` means real sockets.
    """

    company: str
    system: str
    url: str
    api_version: str
    auth: str
    secret: Callable[[str], str]
    clock: Clock
    executor: Executor
    key_fields: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)
    transport: object | None = None
    keep: Callable[[str, str], None] = forget


class Connect(Protocol):
    """The entry point of an adapter package (entry point group ``leadloop.adapters``)."""

    def __call__(self, connection: Connection) -> Adapter:
        """A connected adapter; no request is sent before it is used."""
