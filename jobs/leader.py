"""One scheduler per store: a lock of the operating system or the database that dies with its process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from connector.errors import Busy
from connector.store.database import Database
from connector.store.lease import hold_lease

NO_COMPANY = 0
WHERE = "config.toml: [store]"


@contextmanager
def leading(database: Database) -> Iterator[Callable[[], None]]:
    """Hold the scheduler's lock; gives a function that raises ``Busy`` once it is lost.

    ``Busy`` at once when another daemon works on this store.
    """
    try:
        with _held(database) as still_held:
            yield still_held
    except DBAPIError as error:
        raise Busy("the daemon lost its database connection", where=WHERE, remedy="start it again") from error


@contextmanager
def _held(database: Database) -> Iterator[Callable[[], None]]:
    lease = hold_lease(database, NO_COMPANY, "daemon")
    try:
        lease.__enter__()
    except Busy as busy:
        raise Busy("another daemon works on this store", where=WHERE, remedy="stop it first") from busy
    try:
        yield database.fences[NO_COMPANY]
    finally:
        lease.__exit__(None, None, None)
