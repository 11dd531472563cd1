"""Statements compiled once per test process: each test opens databases of its own, and each engine would compile anew.

Compiling is a quarter of what a test with a store costs. What is shared is what SQLAlchemy keeps for one engine: a text
for a statement's structure, under one dialect of each kind. A program that a test starts shares nothing.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.util import LRUCache

KEPT = 500
"""Statements of each kind of database: random playbooks make new ones all the time, and one takes up to a megabyte."""

Kind = tuple[str, str, Any]
_dialects: dict[Kind, Dialect] = {}
_compiled: dict[Kind, LRUCache[Any, Any]] = {}


def share_compiled() -> None:
    """Let every engine of this process use what another one has compiled."""
    if not event.contains(Engine, "engine_connect", _share):
        event.listen(Engine, "engine_connect", _share)


def _share(connection: Connection) -> None:
    """The first dialect of its kind stands for the others: its identity is a part of every key."""
    dialect = connection.dialect
    kind = dialect.name, dialect.driver, getattr(dialect, "_json_serializer", None)  # an engine not of ours has another
    connection.dialect = _dialects.setdefault(kind, dialect)
    connection.execution_options(compiled_cache=_compiled.setdefault(kind, LRUCache(KEPT)))
