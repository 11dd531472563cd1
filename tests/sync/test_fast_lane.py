"""The fast lane hands a hand-raise off at once, apart from the lossless watermarks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from connector.store.tables import Assignment, WatermarkRow
from tests.sync.company_world import COMPANY, CompanyWorld, opened


def _lossless(world: CompanyWorld) -> dict[tuple[str, str], object]:
    rows = world.stored(WatermarkRow)
    apart = ("hot:", "resolve:")
    return {(row.system, row.stream): row.covered_until for row in rows if not row.stream.startswith(apart)}


def test_a_hand_raise_is_handed_off_between_two_cycles(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        contact = world.contact()
        world.sync()
        before = _lossless(world)

        world.clock.move_to(world.clock.now() + timedelta(minutes=1))
        world.raise_hand(contact)
        world.clock.move_to(world.clock.now() + timedelta(seconds=10))  # the search index follows within seconds
        hot = world.app.hot(COMPANY)

        assert (hot.handed_off, hot.status) == (1, "ok")
        assert set(hot.pulled) == {"hubspot", "salesforce"}
        assert hot.pulled["hubspot"] == {"contacts": 1}, "only what may hold a hand-raise is read"
        assert len(world.leads()) == 1
        (assignment,) = world.stored(Assignment)
        assert assignment.confirmed_at == world.clock.now(), "the rep's clock starts at the confirmed assignment"
        assert _lossless(world) == before, "the lossless watermarks stay where they were"

        # The whole cycle finds what the fast lane did, and has nothing to add.
        world.sync(minutes=5)
        assert len(world.leads()) == 1
        assert world.sync(minutes=5).pushed == {"salesforce": 0, "hubspot": 0}


def test_what_was_never_loaded_is_left_to_the_whole_cycle(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        world.raise_hand(world.contact())
        assert world.app.hot(COMPANY).handed_off == 0
        assert world.sync().handed_off == 1


def test_an_idle_look_costs_one_call_per_object(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        world.contact()
        world.sync()
        world.clock.move_to(world.clock.now() + timedelta(hours=1))
        idle = world.app.hot(COMPANY)
        objects = sum(len(found) for found in idle.pulled.values())
        assert sum(idle.api_calls.values()) <= objects + 2
        assert idle.planned == 0
