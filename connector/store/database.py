"""One database, SQLite or PostgreSQL: how it is opened, and what a transaction is.

Every public method of a store class is one transaction: it commits as a whole or not at all. A transaction of
a company first shows the company's lease (the fence), so that a process that lost it cannot write any more.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from connector.errors import BadConfiguration, LeadloopError
from connector.ports.documents import from_text, to_text

BUSY_TIMEOUT_MS = 10_000
PAGE_BYTES = 16_384
"""Of a new SQLite file: rows with documents are near a thousand bytes, of which SQLite's own choice holds but four."""
WAL_PAGES = 256
"""After so many pages in the log they go to the file: four megabytes, as with SQLite's own page and number."""

READS = "leadloop_reads"
READING = {READS: True}
"""The option of a connection that only reads."""

DAMAGED = (
    "the file is damaged, or is no database",
    "keep it, put the last backup in its place and run leadloop db check",
)
SQLITE_TROUBLES = {
    "SQLITE_CANTOPEN": (
        "the database file cannot be opened or made",
        "check that its folder exists and may be written",
    ),
    "SQLITE_READONLY": (
        "the database file may not be written",
        "give the file and its folder to the user who runs this",
    ),
    "SQLITE_FULL": ("the disk is full", "make room and run again; nothing was lost"),
    "SQLITE_IOERR": ("the disk refused to read or write", "check the disk and run leadloop db check"),
    "SQLITE_BUSY": ("another program keeps the database locked", "close that program and run again"),
    "SQLITE_NOTADB": DAMAGED,
    "SQLITE_CORRUPT": DAMAGED,
}
"""What SQLite's error names (their beginnings) mean to whoever runs this, and the remedy."""

Checkpoint = Callable[[str], None]
"""Called with ``before commit`` and ``after commit``: where the seeded simulation lets the process die."""


def no_checkpoint(moment: str) -> None:
    """Nothing happens at a commit but the commit."""


class Database:
    """An engine with the product's own rules of opening, locking and committing."""

    def __init__(self, url: str, *, checkpoint: Checkpoint = no_checkpoint) -> None:
        self.url = url
        self.engine = open_engine(url)
        self.checkpoint = checkpoint
        self.fences: dict[int, Callable[[], None]] = {}

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite (else PostgreSQL)."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def begin(self, company: int | None = None) -> Iterator[Connection]:
        """One writing transaction; ``company``'s fence is checked first when it holds a lease."""
        if company is not None and company in self.fences:
            self.fences[company]()
        with self.engine.connect() as connection:
            with connection.begin():
                yield connection
                self.checkpoint("before commit")
            self.checkpoint("after commit")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only view of one moment; nothing is committed, and no writer waits for it."""
        with self.engine.connect().execution_options(**READING) as connection:
            yield connection

    def close(self) -> None:
        """Drop every connection."""
        self.engine.dispose()


def open_engine(url: str) -> Engine:
    """An engine for ``sqlite:///...`` or ``postgresql+psycopg://...``; ``BadConfiguration`` for anything else."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise BadConfiguration(
            "the store url is not a database address",
            where="config.toml: [store] url",
            remedy="write sqlite:///leadloop.db or postgresql+psycopg://user@host/database",
        ) from error
    if parsed.get_backend_name() == "sqlite":
        _make_private(parsed.database)
        engine = create_engine(parsed, json_serializer=to_text, json_deserializer=from_text)
        _prepare_sqlite(engine)
        return engine
    if parsed.get_backend_name() == "postgresql":
        address = parsed.set(drivername="postgresql+psycopg")
        return create_engine(address, pool_pre_ping=True, json_serializer=to_text, json_deserializer=from_text)
    raise BadConfiguration(
        f"the store speaks SQLite and PostgreSQL, not {parsed.get_backend_name()}",
        where="config.toml: [store] url",
        remedy="write sqlite:///leadloop.db or postgresql+psycopg://user@host/database",
    )


def unreachable(error: DBAPIError) -> LeadloopError:
    """The sentence for a database that cannot be opened or asked (no address: it may hold a password)."""
    name = getattr(error.orig, "sqlite_errorname", "")
    for beginning, (what, remedy) in SQLITE_TROUBLES.items():
        if name.startswith(beginning):
            return LeadloopError(f"{what} ({name})", where="config.toml: [store] url", remedy=remedy)
    return LeadloopError(
        f"the database cannot be used ({name or type(error.orig).__name__})",
        where="config.toml: [store] url",
        remedy="check that it exists, is reachable and not locked by another program",
    )


def _make_private(file: str | None) -> None:
    """A new file may be read by its owner alone: it holds people. SQLite's own files beside it follow it."""
    if file and not file.startswith((":memory:", "file:")):
        with suppress(OSError):  # what is wrong with the place, SQLite says when it opens it
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
        # The driver's own transaction control is switched off: BEGIN IMMEDIATE below takes the write lock at once,
        # else two writers that both began by reading die with "database is locked" (LIBRARIES section 2). Who only
        # reads takes none: in WAL mode a long report and a sync do not see each other.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # nothing happens when the file is there already
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        # Intent must be on disk before a request is sent: NORMAL may lose the last commits.
        connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def begin_immediate(connection: Connection) -> None:
        reading = connection.get_execution_options().get(READS, False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
