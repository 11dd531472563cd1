"""A shop on each database."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.history.shop import Shop, open_shop


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture[str], store_url: str) -> Shop:
    """An unconnected company, once on each engine."""
    return open_shop(tmp_path, capsys, store_url)


@pytest.fixture
def lite_shop(tmp_path: Path, capsys: pytest.CaptureFixture[str], sqlite_store_url: str) -> Shop:
    """An unconnected company on SQLite alone, where no SQL is in question."""
    return open_shop(tmp_path, capsys, sqlite_store_url)
