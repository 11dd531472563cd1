"""Receivers on this machine, and a company that tells them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.messages.receivers import Hook, Inbox
from tests.messages.telling_world import TellingWorld


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as opened:
        yield opened


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as opened:
        yield opened


@pytest.fixture
def make_world(tmp_path: Path, inbox: Inbox, hook: Hook) -> Callable[..., TellingWorld]:
    def make(**options: Any) -> TellingWorld:
        return TellingWorld(tmp_path, inbox, hook, **options)

    return make
