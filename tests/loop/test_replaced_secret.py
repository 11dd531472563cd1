"""A refresh token that HubSpot replaces: written back to its file, or told where it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.loop.two_systems import COMPANY, SECRETS, Loop


@pytest.fixture
def loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loop:
    for name, value in {**SECRETS, "LOOP_REFRESH": "simulator-refresh"}.items():
        monkeypatch.setenv(name, value)
    made = Loop(tmp_path)
    made.control("hubspot", "settings", {"refresh_token_rotates": True})
    return made


def connect_by(loop: Loop, reference: str) -> None:
    """HubSpot is reached by OAuth; ``reference``: where the refresh token is."""
    company = loop.app.settings.company(COMPANY)
    secrets = {"client_id": "env:LOOP_ID", "client_secret": "env:LOOP_SECRET", "refresh_token": reference}
    hubspot = replace(company.systems["hubspot"], auth="oauth", references=secrets)
    changed = replace(company, systems={**company.systems, "hubspot": hubspot})
    loop.app.settings.companies[COMPANY] = changed  # type: ignore[index]


def test_a_replaced_refresh_token_is_in_its_file_before_it_is_used(loop: Loop, tmp_path: Path) -> None:
    path = tmp_path / "refresh"
    path.write_text("simulator-refresh\n", encoding="utf-8")
    connect_by(loop, f"file:{path}")
    loop.sync()
    first = path.read_text("utf-8")
    assert first.startswith("simulator-refresh-")
    assert path.stat().st_mode & 0o777 == 0o600
    assert loop.sync(minutes=60).status == "ok"  # by the token of the file: the first one is over
    assert path.read_text("utf-8") != first
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".refresh")] == []
    assert "secret_replaced:hubspot.refresh_token" not in loop.findings()
    loop.app.close()


def test_where_it_cannot_be_written_a_person_is_told_without_the_secret(loop: Loop) -> None:
    connect_by(loop, "env:LOOP_REFRESH")
    loop.sync()
    found = loop.findings()["secret_replaced:hubspot.refresh_token"]
    assert found.severity == "error"
    assert "file:PATH" in found.remedy
    assert "simulator-refresh" not in found.remedy
    loop.app.close()
