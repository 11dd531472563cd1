"""The process may die at any commit and around any request: afterwards every write has taken effect once.

A script of writes runs; at its n-th checkpoint (before or after a commit, before or after a request reached the CRM)
the process dies; it starts again on the same store and must finish. This is repeated for every n until nothing dies.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connector.store.database import Database
from tests.templates import migrated
from tests.writes.writes_world import (
    HOUR,
    OBJECT,
    START,
    WritesWorld,
    hand_off_task,
    new_contact,
    open_quickly,
    owned,
    owner,
)


class Died(BaseException):
    """The process was killed; nothing may catch it."""


class Fuse:
    """Burns down by one at every checkpoint and kills at zero."""

    def __init__(self, length: int) -> None:
        self.left = length
        self.burning = False

    def __call__(self, moment: str) -> None:
        if not self.burning:
            return
        self.left -= 1
        if self.left == 0:
            raise Died(moment)


def script(world: WritesWorld) -> list[str]:
    """An owned and a contested write, a new record, a task, and a place on a list."""
    first = world.add_person({"email": "a@example.com", "owner": "rep1"}, person_id=1)
    second = world.add_person({"email": "b@example.com", "owner": "rep1"}, person_id=2)
    world.add_person(None, person_id=3)
    world.wanted[first] = {"score": owned(40, "integer")}
    world.wanted[second] = {"score": owned(50, "integer"), "owner": owner("rep2", 1, START + HOUR)}
    world.wishes = {1: [hand_off_task(1, 7)], 3: [new_contact(3, "c@example.com")]}
    world.tracks = {1: "welcome"}
    return [first, second]


def run_with_death(
    database: Database, fuse: Fuse, after_death: Callable[[WritesWorld, list[str]], None]
) -> tuple[WritesWorld, list[str], bool]:
    """Run the script to its end, dying once on the way if the fuse is short enough."""
    world = WritesWorld(database)
    database.checkpoint = fuse
    records = script(world)

    def write(inner, lane, rows):
        fuse("before request")
        outcomes = inner.write(lane, rows)
        fuse("after request")
        return outcomes

    world.adapter.write_as = write
    fuse.burning = True
    died = False
    try:
        world.sync()
    except Died:
        died = True
        database.close()  # every connection is lost; only what was committed is left
        world.clock.sleep(2 * 3600)
        after_death(world, records)
    fuse.burning = False
    world.sync()
    world.sync()
    return world, records, died


def nobody(world: WritesWorld, records: list[str]) -> None:
    """Nobody touches anything while the process is down."""


def a_person_takes_the_lead(world: WritesWorld, records: list[str]) -> None:
    world.crm.edit(OBJECT, records[1], {"owner": "rep9"})


def every_death(tmp_path, after_death, step=1):
    """The finished worlds of every ``step``-th possible death, in order."""
    path = tmp_path / "leadloop.db"
    database = open_quickly(f"sqlite:///{path}")
    for length in range(1, 200, step):
        migrated(path)
        world, records, died = run_with_death(database, Fuse(length), after_death)
        yield world, records
        database.close()
        if not died:
            assert length > 15, "the script has more checkpoints than that"
            return
    pytest.fail("the script never ran to its end")


def test_every_write_takes_effect_once_wherever_the_process_dies(tmp_path):
    for world, (first, second) in every_death(tmp_path, nobody):
        assert world.history(first, "score") == [(40, "integration")]
        assert world.history(second, "score") == [(50, "integration")]
        assert world.history(second, "owner") == [("rep1", "person"), ("rep2", "integration")]
        made = [item for item in world.crm.of(OBJECT) if item.record_id not in (first, second)]
        assert [len(item.versions) for item in made] == [1]
        assert [len(item.versions) for item in world.crm.of("tasks")] == [1]
        assert world.crm.members == {("member:7", first): True}
        assert world.base(1)["member:7"][:2] == [True, True]  # ours, whenever the process died
        assert world.outbox.in_flight(1, "", 10) == []
        sent = [action for request in world.adapter.requests for action in request]
        assert set(sent) <= {row.action_id for row in world.outbox_rows() if row.state == "confirmed"}
        assert world.sync().written == {}


def test_a_persons_edit_while_the_process_is_down_stands(tmp_path):
    for world, (_, second) in every_death(tmp_path, a_person_takes_the_lead, step=3):
        written = world.history(second, "owner")
        if ("rep9", "person") in written:
            assert written[-1] == ("rep9", "person")
            assert written.count(("rep2", "integration")) <= 1
        assert world.sync().written == {}
