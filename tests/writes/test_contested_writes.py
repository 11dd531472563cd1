"""Shared fields: a write goes where the plan's value still stands, and a person has the last word."""

from __future__ import annotations

from connector.errors import RetryLater
from connector.store.tables import ConflictRow
from tests.writes.writes_world import (
    HOUR,
    OBJECT,
    START,
    owned,
    owner,
    shared,
)


def edited_first(world, record, *edits, after_s=0):
    """A person edits the record just before each of our next writes reaches it, once for each of ``edits``."""
    waiting = list(edits)

    def write(inner, lane, rows):
        if waiting:
            world.clock.sleep(after_s)
            world.crm.edit(OBJECT, record, waiting.pop(0))
        return inner.write(lane, rows)

    return write


def test_a_contested_write_only_goes_where_the_plans_value_still_stands(world):
    record = world.add_person({"name": "Ann"}, person_id=1)
    world.wanted[record] = {"name": shared("Anna", policy="always_red")}
    world.pull()
    plan = world.plan()
    world.crm.edit(OBJECT, record, {"name": "Annabel"})
    report = world.push(plan)
    assert report.cancelled == 1
    assert world.wire(record)["name"] == "Annabel"
    assert world.adapter.requests == []


def test_an_edit_between_our_look_and_our_write_is_met_again_and_another_field_does_not_matter(world):
    record = world.add_person({"name": "Ann", "email": "a@example.com"}, person_id=1)
    world.wanted[record] = {"name": shared("Anna", policy="always_red")}
    world.adapter.write_as = edited_first(world, record, {"email": "b@example.com"})
    world.sync()
    assert world.wire(record) == {"name": "Anna", "email": "b@example.com"}
    assert len(world.adapter.requests) == 2
    assert world.states() == {"confirmed": 1}


def test_a_persons_edit_of_the_same_field_in_that_window_stands(world):
    record = world.add_person({"owner": "rep1"}, person_id=1)
    world.wanted[record] = {"owner": owner("rep2", 1, START + HOUR)}
    world.adapter.write_as = edited_first(world, record, {"owner": "rep9"}, after_s=2 * 3600)
    world.sync()
    world.sync()
    assert world.wire(record)["owner"] == "rep9"
    assert world.base(1)["owner"][:2] == ["rep2", "rep9"]
    assert world.sync().written == {}


def test_without_conditional_writes_a_lost_race_is_found_and_the_persons_value_goes_back(either_world):
    world = either_world
    world.adapter.conditional = False
    record = world.add_person({"owner": "rep1"}, person_id=1)
    world.wanted[record] = {"owner": owner("rep2", 1, START + HOUR)}
    world.adapter.write_as = edited_first(world, record, {"owner": "rep9"})
    world.sync()
    assert [value for value, _ in world.history(record, "owner")] == ["rep1", "rep9", "rep2", "rep9"]
    conflict = world.rows(ConflictRow)[0]
    assert (conflict.theirs, conflict.state, conflict.settled_by) == ("rep9", "settled", "restored")
    assert world.sync().written == {}
    assert world.wire(record)["owner"] == "rep9"


def test_a_person_who_edits_while_an_older_value_is_put_back_has_the_last_word(either_world):
    world = either_world
    world.adapter.conditional = False
    record = world.add_person({"owner": "rep1"}, person_id=1)
    world.wanted[record] = {"owner": owner("rep2", 1, START + HOUR)}
    world.adapter.write_as = edited_first(world, record, {"owner": "rep9"}, {"owner": "rep8"})
    world.sync()
    assert [value for value, _ in world.history(record, "owner")] == ["rep1", "rep9", "rep2", "rep8", "rep9", "rep8"]
    assert {(row.theirs, row.settled_by) for row in world.rows(ConflictRow)} == {
        ("rep9", "restored"),
        ("rep8", "restored"),
    }
    assert world.sync().written == {}


def test_a_lost_race_survives_a_crash_before_it_is_put_right(world):
    world.adapter.conditional = False
    record = world.add_person({"owner": "rep1"}, person_id=1)
    world.wanted[record] = {"owner": owner("rep2", 1, START + HOUR)}
    calls = []

    def edited_then_dead(inner, lane, rows):
        calls.append(rows)
        if len(calls) == 1:
            world.crm.edit(OBJECT, record, {"owner": "rep9"})
            return inner.write(lane, rows)
        raise RetryLater("busy")

    world.adapter.write_as = edited_then_dead
    report = world.sync()
    assert set(report.stopped) == {"blue"}
    assert world.wire(record)["owner"] == "rep2"
    world.adapter.write_as = None
    world.wanted[record]["score"] = owned(1, "integer")
    world.sync()
    assert world.wire(record)["owner"] == "rep9"


def test_two_people_who_want_different_things_are_a_conflict_until_one_gives_way(either_world):
    world = either_world
    record = world.add_person({"name": "Ann"}, person_id=1)
    world.wanted[record] = {"name": shared("Ann", policy="two_way")}
    world.sync()
    world.crm.edit(OBJECT, record, {"name": "Anna"})
    world.wanted[record] = {"name": shared("Hannah", policy="two_way")}
    world.sync()
    world.sync()
    assert world.wire(record)["name"] == "Anna"
    assert [(row.ours, row.theirs, row.state) for row in world.rows(ConflictRow)] == [("Hannah", "Anna", "open")]
    world.wanted[record] = {"name": shared("Anna", policy="two_way")}
    world.sync()
    assert [row.state for row in world.rows(ConflictRow)] == ["settled"]
