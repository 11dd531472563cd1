"""New records, lost answers, refused rows, busy systems and mass changes: what a push leaves behind."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from connector.errors import BatchRejected, NeedsOperator, Unconfirmed
from connector.model import Lane, Level, Outcome, RowOutcome
from connector.store.sql import table
from connector.store.tables import Assignment, ConflictRow, Hold, Link, Person
from connector.sync.plan import PlanningRules
from connector.sync.push import push_plan, release_plan
from connector.sync.settle import settle_unknown
from tests.writes.writes_world import (
    COMPANY,
    HOUR,
    OBJECT,
    START,
    WritesWorld,
    hand_off_task,
    lying,
    new_contact,
    owned,
    owner,
    shared,
)


def test_a_create_makes_one_record_one_link_and_one_base(either_world):
    world = either_world
    world.add_person(None, person_id=1)
    world.wishes[1] = [new_contact(1, "ann@example.com")]
    world.sync()
    link = world.rows(Link)[0]
    assert (link.person_id, link.family, link.stamped, link.is_primary) == (1, "people", True, True)
    assert world.wire(link.record_id) == {"email": "ann@example.com", "score": 42, "key": link.external_key}
    assert {row.field for row in world.journal()} == {"email", "score"}
    world.sync()
    assert len(list(world.crm.of(OBJECT))) == 1


def test_a_person_who_is_there_already_is_not_created_again(world):
    world.add_person(None, person_id=1)
    world.wishes[1] = [new_contact(1, "Ann@Example.com")]
    there = world.crm.create(OBJECT, {"email": "ann@example.com"})
    found: list[str] = []
    world.pull()
    world.push(world.plan(), on_found=lambda entry, records: found.extend(one.ref.record_id for one in records))
    assert found == [there]
    assert len(list(world.crm.of(OBJECT))) == 1
    assert world.states() == {"cancelled": 1}


def test_a_hand_off_task_is_made_once_even_if_its_answer_is_lost(either_world):
    world = either_world
    world.add_person({}, person_id=1)
    world.wishes[1] = [hand_off_task(1, 7)]
    world.crm.lost_replies = 1
    world.sync()
    world.sync()
    tasks = list(world.crm.of("tasks"))
    assert len(tasks) == 1
    assert len(tasks[0].versions) == 1
    assert world.states() == {"confirmed": 1}


def test_a_task_goes_over_with_the_business_of_who_is_merged_and_is_not_made_again(either_world):
    world = either_world
    for number in (1, 2, 3):
        world.add_person({}, person_id=number)
    world.wishes[1] = [hand_off_task(1, 7)]
    world.sync()
    with world.database.begin() as connection:
        for loser, winner in ((1, 2), (2, 3)):  # at any distance
            merged = update(table(Person)).where(table(Person).c.person_id == loser)
            connection.execute(merged.values(merged_into=winner))
    world.wishes[3] = [hand_off_task(3, 7)]
    world.sync()
    assert len(list(world.crm.of("tasks"))) == 1


def test_a_confirmed_owner_starts_the_clock_of_its_assignment(world):
    record = world.add_person({"owner": "rep1"}, person_id=1)
    values = {"company": COMPANY, "assignment_id": 7, "person_id": 1, "kind": "hand_off", "at": START, "seq": 1}
    with world.database.begin() as connection:
        connection.execute(table(Assignment).insert().values(**values))
    world.wanted[record] = {"owner": owner("rep2", 1, START + HOUR)}
    world.adapter.write_as = lying
    world.sync()
    assert world.rows(Assignment)[0].confirmed_at is None
    world.adapter.write_as = None
    world.clock.sleep(3601)
    world.sync()
    assert world.rows(Assignment)[0].confirmed_at is not None


def test_an_answer_that_never_came_is_read_back_at_once(world):
    record = world.add_person({}, person_id=1)
    world.wanted[record] = {"score": owned(40, "integer")}
    world.crm.lost_replies = 1
    world.sync()
    assert world.states() == {"confirmed": 1}
    assert len(world.adapter.requests) == 1


def test_a_request_that_was_lost_before_it_arrived_is_sent_again_under_the_same_action(world):
    record = world.add_person({}, person_id=1)
    world.wanted[record] = {"score": owned(40, "integer")}
    lost = [True]

    def swallowed(inner, lane, rows):
        if lost and lost.pop():
            raise Unconfirmed("no answer")
        return inner.write(lane, rows)

    world.adapter.write_as = swallowed
    world.sync()
    assert world.adapter.requests[0] == world.adapter.requests[1]
    assert world.wire(record)["score"] == 40
    assert world.states() == {"confirmed": 1}


def test_an_unknown_write_over_which_a_person_wrote_is_left_to_the_next_diff(world):
    record = world.add_person({"owner": "rep1"}, person_id=1)
    world.wanted[record] = {"owner": owner("rep2", 1, START + HOUR)}

    def overtaken(inner, lane, rows):
        inner.write(lane, rows)
        world.clock.sleep(2 * 3600)
        world.crm.edit(OBJECT, record, {"owner": "rep9"})
        raise Unconfirmed("no answer")

    world.adapter.write_as = overtaken
    world.sync()
    world.adapter.write_as = None
    world.sync()
    assert world.wire(record)["owner"] == "rep9"
    assert len(world.adapter.requests) == 1


@pytest.mark.parametrize("poison", [0, 3, 7])
def test_one_row_that_spoils_a_batch_is_found_by_halving(world, poison):
    count = 8
    records = [world.add_person({}, person_id=number) for number in range(1, count + 1)]
    world.wanted = {record: {"score": owned(40, "integer")} for record in records}

    def refuses(inner, lane, rows):
        if any(row.ref.record_id == records[poison] for row in rows):
            raise BatchRejected("one input is bad", code="VALIDATION_ERROR")
        return inner.write(lane, rows)

    world.adapter.write_as = refuses
    world.sync()
    assert len(world.adapter.requests) <= 2 * 3 + 1
    assert world.states() == {"confirmed": count - 1, "rejected": 1}
    assert [row.record_id for row in world.rejects()] == [records[poison]]


def test_a_system_that_refuses_us_altogether_keeps_its_rows_for_later(world):
    record = world.add_person({}, person_id=1)
    world.wanted[record] = {"score": owned(40, "integer")}

    def forbidden(inner, lane, rows):
        raise NeedsOperator("a scope is missing")

    world.adapter.write_as = forbidden
    report = world.sync()
    assert isinstance(report.stopped["blue"], NeedsOperator)
    assert world.states() == {"planned": 1}
    world.adapter.write_as = None
    world.sync()
    assert world.wire(record)["score"] == 40


def test_a_busy_record_is_tried_again_later(world):
    record = world.add_person({}, person_id=1)
    world.wanted[record] = {"score": owned(40, "integer")}
    world.adapter.write_as = lambda inner, lane, rows: [
        RowOutcome(row.action_id, Outcome.RETRY, code="LOCKED") for row in rows
    ]
    world.sync()
    world.sync()
    assert len(world.adapter.requests) == 1  # it waits
    world.clock.sleep(30)
    world.adapter.write_as = None
    world.sync()
    assert world.wire(record)["score"] == 40
    assert world.adapter.requests[0] == world.adapter.requests[1]
    assert [(row.state, row.attempts) for row in world.outbox_rows()] == [("confirmed", 2)]


def test_a_record_that_vanished_right_after_it_was_made_is_not_made_again(world):
    world.add_person(None, person_id=1)
    world.wishes[1] = [new_contact(1, "ann@example.com")]

    def made_and_deleted(inner, lane, rows):
        outcomes = inner.write(lane, rows)
        world.crm.delete(OBJECT, outcomes[0].record_id)
        return outcomes

    world.adapter.write_as = made_and_deleted
    world.sync()
    world.sync()
    assert len(world.adapter.requests) == 1
    assert world.rows(Link) == []


def test_somebody_who_keeps_undoing_a_value_of_ours_stops_us(world):
    record = world.add_person({}, person_id=1)
    world.wanted[record] = {"score": owned(40, "integer")}
    for _ in range(6):
        world.sync()
        world.crm.edit(OBJECT, record, {"score": 0}, by="workflow")
    assert len(world.adapter.requests) == 3
    assert [(row.field, row.why) for row in world.rows(Hold)] == [("score", "oscillation")]


def test_a_mass_change_is_held_until_a_person_overrides(either_world):
    world = either_world
    records = [world.add_person({"name": "old"}, person_id=number) for number in range(1, 61)]
    world.wanted = {record: {"name": shared("old", policy="always_red")} for record in records}
    world.sync()
    world.wanted = {
        record: {"name": shared("new", policy="always_red"), "score": owned(1, "integer")} for record in records
    }
    world.pull()
    plan = world.plan()
    assert "name would change on 60 of 60 records" in plan.guard
    world.push(plan)
    assert {(world.wire(record)["name"], world.wire(record)["score"]) for record in records} == {("old", 1)}
    world.pull()
    again = world.plan()
    writing = world.writing()
    release_plan(writing, again, by="marketing operations", over_guard=True)
    push_plan(writing, again)
    assert {world.wire(record)["name"] for record in records} == {"new"}


def test_a_hold_keeps_a_field_and_lets_the_others_go(world):
    record = world.add_person({"name": "Ann"}, person_id=1)
    with world.database.begin() as connection:
        hold = {"company": COMPANY, "person_id": 1, "field": "name", "why": "revert", "by": "pat", "at": START}
        connection.execute(table(Hold).insert().values(**hold))
    world.wanted[record] = {"name": shared("Anna", policy="always_red"), "score": owned(40, "integer")}
    world.sync()
    assert world.wire(record) == {"name": "Ann", "score": 40}


def test_a_record_that_is_gone_is_not_written_and_not_asked_again_at_once(world):
    record = world.add_person({}, person_id=1)
    world.wanted[record] = {"score": owned(40, "integer")}
    world.pull()
    plan = world.plan()
    world.crm.delete(OBJECT, record)
    world.push(plan)
    assert world.states() == {"cancelled": 1}
    assert [row.code for row in world.rejects()] == ["NOT_FOUND"]


def test_the_external_key_is_only_written_along_with_something_else(world):
    record = world.add_person({"score": 40}, person_id=1)
    key = replace(owned("k1"), along=True)
    world.wanted[record] = {"score": owned(40, "integer"), "key": key}
    assert world.sync().written == {}
    world.wanted[record] = {"score": owned(50, "integer"), "key": key}
    world.sync()
    assert world.wire(record)["key"] == "k1"
    assert world.rows(Link)[0].stamped is True


def test_owned_rows_share_requests_and_contested_ones_are_guarded(world):
    records = [world.add_person({"name": "Ann"}, person_id=number) for number in range(1, 31)]
    world.wanted = {record: {"score": owned(1, "integer")} for record in records}
    world.wanted[records[0]]["name"] = shared("Anna", policy="always_red")
    world.sync()
    assert [len(request) for request in world.adapter.requests] == [29, 1]
    guarded = [row for row in world.adapter.writes if row.version is not None]
    assert [(row.ref.record_id, dict(row.expected)) for row in guarded] == [
        (records[0], {"name": "Ann", "score": None})
    ]


def test_first_contact_is_one_finding_per_field_and_not_a_conflict_per_record(either_world):
    from connector.store.tables import Finding

    world = either_world
    records = [world.add_person({"name": f"Ann {number}"}, person_id=number) for number in range(1, 4)]
    world.wanted = {record: {"name": shared("Eve", policy="two_way")} for record in records}
    world.sync()
    found = world.rows(Finding)
    assert [(row.name, row._mapping["count"], row.settled_at) for row in found] == [
        ("first_contact:blue:contacts:name", 3, None)
    ]
    assert world.rows(ConflictRow) == []
    world.wanted = {record: {"name": shared("Eve", policy="always_red")} for record in records}
    world.sync()
    assert world.rows(Finding)[0].settled_at is not None


def test_settling_asks_nothing_when_nothing_is_in_flight(world: WritesWorld):
    world.add_person({}, person_id=1)
    calls = world.crm.calls
    assert settle_unknown(world.writing()).results == []
    assert world.crm.calls == calls


def test_planning_rules_ask_for_approval_only_when_something_would_be_sent(world):
    world.level = Level.OBSERVE
    record = world.add_person({}, person_id=1)
    world.wanted[record] = {"score": owned(40, "integer")}
    world.pull()
    assert not world.plan(PlanningRules(approval="always")).needs_approval
    assert Lane.OWNED.value == "owned"


def test_a_wish_that_could_not_be_sent_yet_outlives_changes_of_other_fields(world):
    world.level = Level.ANNOTATE
    record = world.add_person({"owner": "queue"}, person_id=1)
    world.wanted[record] = {"owner": owner("rep2", 1, START + HOUR)}
    world.sync()
    world.clock.sleep(2 * 3600)
    world.crm.edit(OBJECT, record, {"email": "new@example.com"})
    world.level = Level.ASSIGN
    world.sync()
    assert world.wire(record)["owner"] == "rep2"


def test_one_record_is_in_flight_only_once(either_world):
    world = either_world
    record = world.add_person({}, person_id=1)
    world.wanted[record] = {"score": owned(40, "integer")}
    world.pull()
    plan = world.plan()
    group = world.outbox.groups(COMPANY, plan.plan_id, world.clock.now())[0]
    entries = world.outbox.sendable(COMPANY, plan.plan_id, group, list(Level), world.clock.now())
    world.outbox.mark_sending(COMPANY, group, entries, world.writing().stamp())
    assert world.outbox.sendable(COMPANY, plan.plan_id, group, list(Level), world.clock.now()) == []
    world.wanted[record] = {"score": owned(50, "integer")}
    world.unsettle()
    assert world.plan() is None  # the record waits until its write is settled
    assert world.states() == {"sending": 1}
    world.sync()
    assert world.wire(record)["score"] == 50


def test_another_companys_rows_are_never_seen(world):
    record = world.add_person({}, person_id=1)
    world.wanted[record] = {"score": owned(40, "integer")}
    world.sync()
    assert world.outbox.counts(COMPANY + 1) == {}
    assert world.outbox.unsettled(COMPANY + 1, 0, 10, world.clock.now()) == []
    assert world.outbox.open_plan(COMPANY + 1) is None
    assert world.outbox.in_flight(COMPANY + 1, "", 10) == []


def test_a_new_record_is_made_without_the_field_that_was_refused(either_world):
    world = either_world
    world.crm.options["score"] = (1,)
    world.add_person(None, person_id=1)
    world.wishes[1] = [new_contact(1, "ann@example.com")]
    world.sync()
    assert list(world.crm.of(OBJECT)) == []
    world.sync()
    made = world.rows(Link)[0]
    assert world.wire(made.record_id) == {"email": "ann@example.com", "key": made.external_key}


def test_a_field_of_a_new_record_that_was_not_stored_is_said_and_the_record_is_not_made_again(world):
    world.add_person(None, person_id=1)
    world.wishes[1] = [new_contact(1, "ann@example.com")]

    def forgetful(inner, lane, rows):
        return inner.write(lane, [replace(row, fields={"email": row.fields["email"]}) for row in rows])

    world.adapter.write_as = forgetful
    world.sync()
    world.sync()
    assert len(list(world.crm.of(OBJECT))) == 1
    assert len(world.rows(Link)) == 1
    assert world.states() == {"rejected": 1}
    assert [(row.field, row.code) for row in world.rejects()] == [("score", "not_stored")]
