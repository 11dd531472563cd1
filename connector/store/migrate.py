"""Bringing a database to the current schema, and refusing one that is newer than this program."""

from __future__ import annotations

import re
from importlib.resources import as_file, files

from sqlalchemy import Connection, column, inspect, select, table
from sqlalchemy.exc import DatabaseError

from connector.errors import BadConfiguration
from connector.store.database import Database, unreachable

VERSION = table("alembic_version", column("version_num"))
REVISION = re.compile(r"^(revision|down_revision)\b[^=]*= *(\S+)", re.MULTILINE)


def upgrade(database: Database) -> None:
    """Run every migration that is missing. Interrupted, it goes on where it was."""
    try:
        with database.engine.connect() as connection, connection.begin():
            _with_config(connection, "upgrade")
    except DatabaseError as error:
        raise unreachable(error) from error


def revision(database: Database) -> str | None:
    """The revision the database stands at; ``None`` when it is empty."""
    try:
        with database.read() as connection:
            if not inspect(connection).has_table(VERSION.name):
                return None
            return connection.execute(select(VERSION.c.version_num)).scalar_one_or_none()
    except DatabaseError as error:
        raise unreachable(error) from error


def head() -> str:
    """The newest revision this program knows: the one that no other builds upon."""
    (newest,) = _known().keys() - _known().values()
    return newest


def _known() -> dict[str, str]:
    """Every revision this program knows, and the one it builds upon (the first: none, an empty text).

    Every run asks, so this reads what Alembic would import: its own start takes longer than the question.
    """
    folder = files("connector.store") / "migrations" / "versions"
    texts = [entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name[:1].isdigit()]
    found = [dict(REVISION.findall(text)) for text in texts]
    return {each["revision"].strip("\"'"): each["down_revision"].strip("\"'").replace("None", "") for each in found}


def _newer() -> BadConfiguration:
    return BadConfiguration(
        "the database was written by a newer version of leadloop", where="store", remedy="update leadloop"
    )


def require_current(database: Database) -> None:
    """``BadConfiguration`` unless the database is exactly at this program's schema."""
    stands_at = revision(database)
    if stands_at is not None and stands_at not in _known():
        raise _newer()
    if stands_at != head():
        state = "has no tables yet" if stands_at is None else "has another schema than this program"
        raise BadConfiguration(f"the database {state}", where="store", remedy='run "leadloop db upgrade"')


def differences(database: Database) -> None:
    """Raise ``CommandError`` when the tables in code and the migrations have drifted apart."""
    with database.engine.connect() as connection:
        _with_config(connection, "check")


def _with_config(connection: Connection, action: str) -> None:
    from alembic import command  # only who changes a schema waits for its import
    from alembic.config import Config
    from alembic.util import CommandError

    with as_file(files("connector.store") / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head") if action == "upgrade" else command.check(config)
        except CommandError as error:
            if "Can't locate revision" not in str(error):
                raise
            raise _newer() from error
