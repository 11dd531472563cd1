"""A store that was migrated once in this process, to be copied: a migration costs more than most tests."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from connector.store.database import Database
from connector.store.migrate import upgrade
from tests.places import fast_folder

_kept: list[tempfile.TemporaryDirectory[str]] = []


def migrated(path: Path) -> Path:
    """An empty store with the current schema, as a new SQLite file."""
    shutil.copyfile(_template(), path)
    return path


def migrate(url: str) -> None:
    """Give an empty database the current schema; nobody is connected to it afterwards."""
    database = Database(url)
    upgrade(database)
    database.close()  # the last connection takes the write-ahead log into the file


def _template() -> Path:
    if not _kept:
        _kept.append(tempfile.TemporaryDirectory(prefix="leadloop-template-", dir=fast_folder()))
        migrate(f"sqlite:///{_kept[0].name}/empty.db")
    return Path(_kept[0].name) / "empty.db"
