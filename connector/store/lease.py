"""One writer per company: a lock held by the operating system or the database, never by a file's existence.

SQLite: ``flock`` on a file beside the database, freed when the process dies. PostgreSQL: a session's advisory lock.
While it is held, the database checks it at the start of every writing transaction (the fence).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from connector.errors import Busy
from connector.store.database import Database

ADVISORY_SPACE = 0x1EAD


@contextmanager
def hold_lease(database: Database, company: int, name: str) -> Iterator[None]:
    """Hold the company's lease; ``Busy`` when another process has it, or another job of this one."""
    if company in database.fences:
        raise _busy(name)
    holder = _file_lock(database, company, name) if database.is_sqlite else _advisory_lock(database, company, name)
    with holder:
        try:
            yield
        finally:
            database.fences.pop(company, None)


def _busy(name: str) -> Busy:
    return Busy("another leadloop process is working on this company", where=name, remedy="wait for it or stop it")


@contextmanager
def _file_lock(database: Database, company: int, name: str) -> Iterator[None]:
    file = database.engine.url.database
    if not file or file == ":memory:":
        database.fences[company] = lambda: None
        yield
        return
    path = Path(f"{file}.{company}.lock")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise _busy(name) from error
        database.fences[company] = lambda: None  # the descriptor lives as long as the process
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _advisory_lock(database: Database, company: int, name: str) -> Iterator[None]:
    with database.engine.connect() as session:
        taken = session.execute(
            text("SELECT pg_try_advisory_lock(:space, :company)"), {"space": ADVISORY_SPACE, "company": company}
        ).scalar_one()
        session.commit()
        if not taken:
            raise _busy(name)

        database.fences[company] = lambda: _require_held(session, name)
        try:
            yield
        finally:
            _unlock(session, company)


def _require_held(session: Connection, name: str) -> None:
    """``Busy`` once the session was lost; a new session under the same name would not have the lock."""
    lost = Busy("the lease was lost with its database connection", where=name, remedy="run again")
    if session.invalidated:
        raise lost
    try:
        session.execute(text("SELECT 1"))
        session.commit()
    except DBAPIError as error:
        raise lost from error


def _unlock(session: Connection, company: int) -> None:
    if session.invalidated:
        return  # the connection is lost, and the lock with it
    try:
        session.execute(
            text("SELECT pg_advisory_unlock(:space, :company)"), {"space": ADVISORY_SPACE, "company": company}
        )
        session.commit()
    except DBAPIError:
        session.invalidate()
