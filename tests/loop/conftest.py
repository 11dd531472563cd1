"""A company over both simulators in this process, with the rules that a test needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.loop.two_systems import SECRETS, Loop, OpenLoop


@pytest.fixture
def open_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenLoop]:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    made: list[Loop] = []

    def opened(rules: Mapping[str, str] | None = None, more_team: str = "") -> Loop:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(Loop(folder, rules, more_team=more_team))
        return made[-1]

    yield opened
    for loop in made:
        loop.app.close()
