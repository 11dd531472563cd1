"""A kill -9 at any write request loses nothing and repeats nothing: the real program against both servers."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.end_to_end.killed_world import Death, KilledWorld
from tests.simulation.checks_of_state import check_convergence, check_no_secret, check_silence, check_store
from tests.simulation.checks_of_writes import (
    check_audit,
    check_effective_once,
    check_intent_before_send,
    check_no_lost_update,
    check_no_resurrection,
)

CHECKS = (
    check_effective_once,
    check_intent_before_send,
    check_no_lost_update,
    check_audit,
    check_no_resurrection,
    check_convergence,
    check_silence,
    check_store,
    check_no_secret,
)
DEATHS = [Death(number, moment) for number in (1, 2, 3) for moment in ("before", "after")]
RUNS_MAX = 6
SEED = 8


@pytest.mark.slow
def test_a_program_killed_at_its_write_requests_writes_everything_once(tmp_path: Path) -> None:
    with KilledWorld(tmp_path, SEED) as world:
        first, second = DEATHS[:4], DEATHS[2:]
        for death in first:
            assert world.run(death) < 0, world.said[-1]
            world.edit_what_was_in_flight()
        settle(world)
        world.edit_everywhere()
        for death in second:
            if world.run(death) >= 0:  # nothing was left to be killed at
                break
            world.edit_what_was_in_flight()
        silent_from = settle(world)
        assert len(world.killed) >= len(first) + 2
        assert {death.moment for death in world.killed} == {"before", "after"}
        with world.evidence(silent_from) as evidence:
            found = [sentence for check in CHECKS for sentence in check(evidence)]
        assert found == []
        assert_repeats_were_unknown(world)
        assert world.servers[0].failures == world.servers[1].failures == []


def settle(world: KilledWorld) -> int:
    """Run until nothing is left to write, and once more; the number of write requests before that last run."""
    for _ in range(RUNS_MAX):
        assert world.run() in (0, 1), world.said[-1]
        if world.writes_of_last_run() == 0:
            break
    silent_from = len(world.witness.sent)
    assert world.run() in (0, 1), world.said[-1]
    return silent_from


def assert_repeats_were_unknown(world: KilledWorld) -> None:
    """An action stands in two requests only if the program died with the first one open."""
    asked: dict[str, list[bool]] = {}
    for sent in world.witness.sent:
        for row in sent.rows:
            assert row.intent is not None
            asked.setdefault(row.intent.action_id, []).append(sent.heard)
    repeated = {action: heard for action, heard in asked.items() if len(heard) > 1}
    assert all(not any(heard[:-1]) for heard in repeated.values()), repeated
    assert repeated, "no kill left an outcome open"
    connection = sqlite3.connect(world.database)
    marks = ", ".join("?" for _ in repeated)
    query = f"SELECT count(*) FROM outbox WHERE attempts > 1 AND action_id IN ({marks})"
    (attempted,) = connection.execute(query, list(repeated)).fetchone()
    connection.close()
    assert attempted == len(repeated)
