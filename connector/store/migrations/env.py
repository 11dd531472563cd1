"""How Alembic sees the store: the connection is handed in, the target is the tables' metadata."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON, BigInteger
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import connector.store.tables.every  # noqa: F401 - fills the metadata
from connector.store.types import Instant


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Our own types by name; SQLModel's text type as plain text, so that migrations stay free of SQLModel."""
    if kind == "type" and isinstance(item, Instant):
        return "Instant()"
    if kind == "type" and isinstance(item, BigInteger):
        return "BigId"
    if kind == "type" and isinstance(item, JSON):
        return "Document"
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    return False


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Only our tables: PostgreSQL partitions and other programs' tables are none of our business."""
    return kind != "table" or name in SQLModel.metadata.tables


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    render_item=render_item,
    include_name=include_name,
    compare_type=False,
)
with context.begin_transaction():
    context.run_migrations()
