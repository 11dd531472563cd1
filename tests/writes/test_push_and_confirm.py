"""A plan is sent as stored, read back, and only what the CRM then holds is agreed."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from connector.errors import WaitingForApproval
from connector.model import Level
from connector.store.tables import PlanRow
from connector.sync.push import push_plan, release_plan
from tests.writes.writes_world import (
    COMPANY,
    HOUR,
    OBJECT,
    START,
    lying,
    owned,
    owner,
    shared,
)


def test_a_score_is_written_once_and_then_there_is_silence(either_world):
    world = either_world
    record = world.add_person({"email": "ann@example.com"}, person_id=1)
    world.wanted[record] = {"score": owned(40, "integer")}
    assert world.sync().written == {"blue": 1}
    assert world.wire(record)["score"] == 40
    assert world.base(1)["score"][:2] == [40, 40]
    assert [(row.field, row.before, row.after) for row in world.journal()] == [("score", None, 40)]
    assert world.sync().written == {}
    assert world.pull() == 0
    assert world.plan() is None
    assert len(world.adapter.requests) == 1


def test_our_own_echo_is_nothing_new_but_a_persons_edit_beside_it_is(either_world):
    world = either_world
    record = world.add_person({"name": "Ann"}, person_id=1)
    world.wanted[record] = {"score": owned(40, "integer")}
    world.sync()
    seq = world.landed(record).seq
    assert world.pull() == 0
    world.crm.edit(OBJECT, record, {"name": "Anna"})
    assert world.pull() == 1
    assert world.landed(record).seq > seq


def storing_as(codec):
    """A CRM that keeps values in its own form."""

    def write(inner, lane, rows):
        return inner.write(lane, [replace(row, fields={k: codec(v) for k, v in row.fields.items()}) for row in rows])

    return write


@pytest.mark.parametrize(
    ("type_name", "sent", "codec", "kept"),
    [
        ("text", " Ann Lee ", str.strip, "Ann Lee"),
        ("text", "Ann Lee", str.lower, "ann lee"),
        ("email", "Ann@Example.com", str.lower, "ann@example.com"),
        ("phone", "+1 (555) 0100", lambda value: "".join(c for c in value if c.isdigit()), "15550100"),
    ],
)
def test_a_reformatted_echo_is_ours_and_the_base_holds_what_was_read_back(world, type_name, sent, codec, kept):
    record = world.add_person({"name": "x"}, person_id=1)
    world.wanted[record] = {"name": shared(sent, type_name, "always_red")}
    world.adapter.write_as = storing_as(codec)
    world.sync()
    assert world.base(1)["name"][:2] == [sent, kept]
    assert world.journal()[0].after == kept
    for _ in range(2):
        assert world.sync().written == {}
    assert len(world.adapter.requests) == 1


def test_a_success_that_stored_nothing_is_not_believed(either_world):
    world = either_world
    record = world.add_person({"score": 10}, person_id=1)
    world.wanted[record] = {"score": owned(10, "integer")}
    world.sync()
    base = world.base(1)
    world.wanted[record] = {"score": owned(40, "integer")}
    world.adapter.write_as = lying
    world.sync()
    assert world.base(1) == base
    assert world.states() == {"rejected": 1}
    assert [(row.code, row.field, row.direction) for row in world.rejects()] == [("not_stored", "score", "out")]
    world.adapter.write_as = None
    assert world.sync().written == {}  # it rests before it is tried again
    world.clock.sleep(3601)
    assert world.sync().written == {"blue": 1}
    assert world.base(1)["score"][:2] == [40, 40]
    assert [row.state for row in world.rejects()] == ["settled"]


def test_a_refused_value_is_kept_by_field_and_the_others_go_on(world):
    world.crm.options["name"] = ("good",)
    first = world.add_person({}, person_id=1)
    second = world.add_person({}, person_id=2)
    world.wanted = {first: {"name": owned("bad")}, second: {"name": owned("good")}}
    report = world.sync()
    assert world.wire(second)["name"] == "good"
    assert world.states() == {"rejected": 1, "confirmed": 1}
    assert [(row.record_id, row.field, row.code) for row in world.rejects()] == [(first, "name", "INVALID_OPTION")]
    assert report.written == {"blue": 1}


def test_the_level_holds_what_it_does_not_allow_and_the_plan_still_shows_it(world):
    world.level = Level.ANNOTATE
    record = world.add_person({"owner": "rep1"}, person_id=1)
    world.wanted[record] = {"score": owned(40, "integer"), "owner": owner("rep2", 1, START + HOUR)}
    world.pull()
    plan = world.plan()
    rows = {entry.row.held_by: set(entry.row.changes) for entry in world.outbox.plan_rows(COMPANY, plan.plan_id)}
    assert rows == {None: {"score"}, "level": {"owner"}}
    world.push(plan)
    assert world.wire(record) | {"owner": "rep1", "score": 40} == world.wire(record)
    world.level = Level.ASSIGN
    world.sync()
    assert world.wire(record)["owner"] == "rep2"


def test_observe_writes_nothing(world):
    world.level = Level.OBSERVE
    record = world.add_person({}, person_id=1)
    world.wanted[record] = {"score": owned(40, "integer")}
    world.sync()
    world.sync()
    assert world.adapter.requests == []
    assert [(row.held_by, row.state) for row in world.outbox_rows()] == [("level", "planned")]
    assert len(world.rows(PlanRow)) == 1


def test_the_first_plan_waits_for_a_person_and_later_ones_do_not(either_world):
    world = either_world
    world.approval = "first"
    record = world.add_person({}, person_id=1)
    world.wanted[record] = {"score": owned(40, "integer")}
    world.pull()
    plan = world.plan()
    assert plan.needs_approval
    with pytest.raises(WaitingForApproval):
        world.push(plan)
    assert world.adapter.requests == []
    same = world.plan()
    assert same.plan_id == plan.plan_id
    writing = world.writing()
    release_plan(writing, same, by="marketing operations")
    push_plan(writing, same)
    assert world.wire(record)["score"] == 40
    world.wanted[record] = {"score": owned(50, "integer")}
    assert world.sync().written == {"blue": 1}


def test_a_changed_plan_supersedes_the_open_one(either_world):
    world = either_world
    world.approval = "always"
    record = world.add_person({}, person_id=1)
    world.wanted[record] = {"score": owned(40, "integer")}
    world.pull()
    first = world.plan()
    world.wanted[record] = {"score": owned(50, "integer")}
    second = world.plan()
    assert second.plan_id != first.plan_id
    states = {row.plan_id: row.state for row in world.rows(PlanRow)}
    assert states == {first.plan_id: "superseded", second.plan_id: "open"}
    assert world.states() == {"cancelled": 1, "planned": 1}


def test_a_plan_that_is_too_old_is_refused(world):
    record = world.add_person({}, person_id=1)
    world.wanted[record] = {"score": owned(40, "integer")}
    world.pull()
    plan = world.plan()
    world.clock.sleep(25 * 3600)
    with pytest.raises(WaitingForApproval, match="older than its limit"):
        world.push(plan)
    assert world.states() == {"cancelled": 1}
