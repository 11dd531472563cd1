"""What every adapter must do when it writes a task: one task on one person, once, whatever becomes of the answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from connector.errors import NotGranted, Unconfirmed
from connector.model import Lane, Outcome, RowOutcome, RowWrite
from connector.ports.adapter import Adapter
from tests.contract.worlds import NOW, HubSpotWorld, World, open_world

SUBJECT = "Call and say welcome: Mara Oduya"


@pytest.fixture(params=[False, True], ids=["found beside the person", "found by its key"])
def asked(world: World, request: pytest.FixtureRequest) -> Iterator[Adapter]:
    """An adapter that tells tasks apart by our key, or without one (the reference always has one)."""
    connected = world.adapter({world.task.object: world.task.key} if request.param else None)
    yield connected
    connected.close()


@pytest.fixture(params=["hubspot", "hubspot-http"])
def portal(request: pytest.FixtureRequest) -> Iterator[HubSpotWorld]:
    with open_world(request.param) as opened:
        assert isinstance(opened, HubSpotWorld)
        yield opened


def task(world: World, adapter: Adapter, person: str, number: int = 1, subject: str = SUBJECT) -> RowWrite:
    """A task on a person, due on another day for every number."""
    shape = world.task
    due: object = NOW + timedelta(days=number)
    if shape.object == "Task" and isinstance(due, datetime):
        due = due.date()
    fields = {shape.subject: subject, shape.due: adapter.encode(shape.object, shape.due, due), shape.person: person}
    if shape.object == "Task":  # without a key a Task is told apart by its subject
        fields[shape.subject] = f"{subject} {number}"
    return RowWrite(f"ask-{number}", shape.object, fields, external_key=f"ask-{number}", intent_at=world.clock.now())


def made(world: World, adapter: Adapter, row: RowWrite) -> RowOutcome:
    (outcome,) = adapter.write(Lane.CREATE, [row])
    return outcome


def held(world: World, adapter: Adapter, record_id: str) -> dict[str, object]:
    names = (world.task.subject, world.task.person)
    return dict(adapter.read(world.task.object, [record_id], names)[record_id].fields)


def test_a_task_hangs_on_its_person_and_is_read_back_so(world: World, asked: Adapter) -> None:
    (person,) = world.create(1)
    row = task(world, asked, person)
    outcome = made(world, asked, row)
    assert (outcome.outcome, outcome.created, outcome.record_id is None) == (Outcome.SENT, True, False)
    found = held(world, asked, outcome.record_id or "")
    expected = {world.task.subject: row.fields[world.task.subject], world.task.person: person}
    assert {name: found[name] for name in expected} == expected


def test_what_a_lost_answer_made_is_found_and_nothing_else(world: World, asked: Adapter) -> None:
    first, second = world.create(2)
    rows = [task(world, asked, first, 1), task(world, asked, first, 2), task(world, asked, second, 3)]
    made(world, asked, rows[0])
    assert set(asked.probe(rows)) == {"ask-1"}
    world.lose_next_reply()
    with pytest.raises(Unconfirmed):
        asked.write(Lane.CREATE, [rows[1]])
    found = asked.probe(rows)
    assert set(found) == {"ask-1", "ask-2"}
    assert len(set(found.values())) == 2
    assert held(world, asked, found["ask-2"])[world.task.person] == first


def test_by_its_key_the_same_task_twice_is_one(world: World) -> None:
    adapter = world.adapter({world.task.object: world.task.key})
    (person,) = world.create(1)
    row = task(world, adapter, person)
    first, second = made(world, adapter, row), made(world, adapter, row)
    assert (first.created, second.created, second.outcome) == (True, False, Outcome.SENT)
    assert first.record_id == second.record_id
    adapter.close()


@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize("change", ["renamed", "deleted", "merged"])
def test_a_task_is_known_again_whatever_people_did_with_it(portal: HubSpotWorld, change: str, keyed: bool) -> None:
    adapter = portal.adapter({"tasks": "leadloop_id"} if keyed else None)
    person, other = portal.create(2)
    row = task(portal, adapter, person)
    record_id = made(portal, adapter, row).record_id
    if change == "renamed":
        edited = {"hs_task_subject": "Ring her", "hs_timestamp": "2026-12-01T00:00:00Z", "hs_task_status": "COMPLETED"}
        portal.control("edit", {"object": "tasks", "id": record_id, "properties": edited, "by": 61204455})
    elif change == "deleted":
        portal.control("archive", {"object": "tasks", "id": record_id})
    else:
        portal.merge(person, other)
    assert adapter.probe([row]) == {row.action_id: record_id}
    adapter.close()


def test_a_colleagues_task_with_the_same_words_is_not_ours(portal: HubSpotWorld) -> None:
    adapter = portal.adapter()
    (person,) = portal.create(1)
    row = task(portal, adapter, person)
    own = {name: value for name, value in row.fields.items() if not name.startswith("association:")}
    document = {"object": "tasks", "properties": own, "by": 61204455, "associations": [{"to": ["contacts", person]}]}
    portal.control("create", document)
    assert adapter.probe([row]) == {}
    adapter.close()


def test_a_task_for_somebody_who_is_gone_is_refused_and_does_not_stop_the_others(portal: HubSpotWorld) -> None:
    adapter = portal.adapter()
    gone, there = portal.create(2)
    portal.delete(gone)
    rows = [task(portal, adapter, gone, 1), task(portal, adapter, there, 2)]
    outcomes = {outcome.action_id: outcome.outcome for outcome in adapter.write(Lane.CREATE, rows)}
    assert outcomes == {"ask-1": Outcome.REJECTED, "ask-2": Outcome.SENT}
    adapter.close()


def test_the_kind_of_association_is_asked_of_the_portal_once(portal: HubSpotWorld) -> None:
    adapter = portal.adapter()
    (person,) = portal.create(1)
    for number in range(3):
        made(portal, adapter, task(portal, adapter, person, number))
    assert len(portal.requests("/labels")) == 1
    adapter.close()


def test_without_the_right_to_write_nothing_was_done(portal: HubSpotWorld) -> None:
    adapter = portal.adapter()
    (person,) = portal.create(1)
    portal.control("settings", {"missing_scopes": ["crm.objects.contacts.write"]})
    with pytest.raises(NotGranted) as refused:
        made(portal, adapter, task(portal, adapter, person))
    assert "crm.objects.contacts.write" in refused.value.scopes
    adapter.close()
