"""An office on each database, or on SQLite alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.accounts.office import Office

SECRETS = {
    "ACCOUNTS_CLIENT_ID": "simulator",
    "ACCOUNTS_CLIENT_SECRET": "simulator-secret",
    "ACCOUNTS_TOKEN": "simulator-token",
}
MakeOffice = Callable[..., Office]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


def _maker(url: str, folder: Path, made: list[Office]) -> MakeOffice:
    def make(**files: str) -> Office:
        office = Office(url, folder, **files)
        if office.app.database.is_sqlite:
            # These tests kill no machine: no need to wait for the disk.
            event.listen(office.app.database.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))
        made.append(office)
        return office

    return make


@pytest.fixture
def make_office(sqlite_store_url: str, tmp_path: Path) -> Iterator[MakeOffice]:
    made: list[Office] = []
    yield _maker(sqlite_store_url, tmp_path, made)
    for office in made:
        office.app.close()


@pytest.fixture
def office(make_office: MakeOffice) -> Office:
    return make_office()


@pytest.fixture
def either_office(store_url: str, tmp_path: Path) -> Iterator[Office]:
    """Once on each engine."""
    made: list[Office] = []
    yield _maker(store_url, tmp_path, made)()
    for office in made:
        office.app.close()
