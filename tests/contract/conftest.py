"""A fresh CRM for every test of the contract, each kind in turn, and an adapter connected to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connector.ports.adapter import Adapter
from tests.contract.worlds import WIRE_WORLDS, WORLDS, World, open_world


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Every CRM the adapters speak to: in memory, in process, and over real HTTP."""
    with open_world(request.param) as opened:
        yield opened


@pytest.fixture(params=WIRE_WORLDS)
def wire_world(request: pytest.FixtureRequest) -> Iterator[World]:
    """The ones with a wire that can break."""
    with open_world(request.param) as opened:
        yield opened


@pytest.fixture
def adapter(world: World) -> Iterator[Adapter]:
    connected = world.adapter()
    yield connected
    connected.close()
