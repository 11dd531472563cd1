"""Bringing a database to the current schema, and refusing one that is newer than this program."""

from __future__ import annotations

from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from connector.errors import BadConfiguration
from connector.store.database import Database, unreachable


def upgrade(database: Database) -> None:
    """Run every migration that is missing. Interrupted, it goes on where it was."""
    try:
        with database.engine.connect() as connection, connection.begin():
            _with_config(connection, "upgrade")
    except OperationalError as error:
        raise unreachable(error) from error


def revision(database: Database) -> str | None:
    """The revision the database stands at; ``None`` when it is empty."""
    try:
        with database.read() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except OperationalError as error:
        raise unreachable(error) from error


def head() -> str:
    """The newest revision this program knows."""
    with as_file(files("connector.store") / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder))
        return str(ScriptDirectory.from_config(config).get_current_head())


def _known() -> set[str]:
    """Every revision this program knows."""
    with as_file(files("connector.store") / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder))
        return {str(script.revision) for script in ScriptDirectory.from_config(config).walk_revisions()}


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
