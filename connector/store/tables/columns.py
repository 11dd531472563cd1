"""How a column is declared: short forms over SQLModel's ``Field`` with the store's own types."""

from __future__ import annotations

from typing import Any

from sqlmodel import Field, SQLModel

from connector.store.types import BigId, BytewiseText, Document, Instant

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING
# Set before the first table exists: constraint names are part of the migrations.
SQLModel.model_config["defer_build"] = True
# The tables are read and written as Core tables: nobody waits for validators that only a model's instance would need.


def key(**options: Any) -> Any:
    """A part of the primary key; integers are given by us (``Counter``), never by the database."""
    return Field(primary_key=True, **options)


def big_key() -> Any:
    """An integer part of the primary key."""
    return Field(primary_key=True, sa_type=BigId, sa_column_kwargs={"autoincrement": False})


def integer(default: int | None = None) -> Any:
    """A 64-bit integer."""
    return Field(default=default, sa_type=BigId)


def instant() -> Any:
    """An optional moment."""
    return Field(default=None, sa_type=Instant)


def moment() -> Any:
    """A required moment."""
    return Field(sa_type=Instant)


def bytewise() -> Any:
    """A text that is looked for by how it begins, so it sorts by its bytes, whatever the server's language."""
    return Field(sa_type=BytewiseText)


def document(*, required: bool = False) -> Any:
    """A JSON document."""
    if required:
        return Field(sa_type=Document)
    return Field(default=None, sa_type=Document, nullable=True)
