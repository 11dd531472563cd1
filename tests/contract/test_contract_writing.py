"""What every adapter must do when it writes: one request, an answer per row, and never a guess."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from connector.errors import BatchRejected, Unconfirmed
from connector.model import Lane, Outcome, RecordRef, RowOutcome, RowWrite, Wire
from connector.ports.adapter import Adapter
from tests.contract.worlds import World


def update(world: World, adapter: Adapter, record_id: str, fields: Mapping[str, Wire], **more: str) -> RowWrite:
    ref = RecordRef(adapter.capability.system, world.object_name, record_id)
    return RowWrite(f"update-{record_id}", world.object_name, fields, ref, version=more.get("version"))


def create(world: World, key: str, **fields: Wire) -> RowWrite:
    values = {**world.required, **fields}
    return RowWrite(f"create-{key}", world.object_name, values, external_key=key, intent_at=world.clock.now())


def stored(world: World, adapter: Adapter, record_id: str) -> Mapping[str, Wire]:
    fields = (world.name, world.email, world.choice, world.key)
    return adapter.read(world.object_name, [record_id], fields)[record_id].fields


def by_action(outcomes: list[RowOutcome]) -> dict[str, RowOutcome]:
    return {outcome.action_id: outcome for outcome in outcomes}


@pytest.mark.parametrize("lane", [Lane.OWNED, Lane.CONTESTED])
def test_an_update_is_stored_and_touches_nothing_else(world: World, adapter: Adapter, lane: Lane) -> None:
    (record_id,) = world.create(1)
    before = stored(world, adapter, record_id)
    (outcome,) = adapter.write(lane, [update(world, adapter, record_id, {world.choice: "A"})])
    assert (outcome.outcome, outcome.record_id) == (Outcome.SENT, record_id)
    after = dict(stored(world, adapter, record_id))
    assert after[world.choice] == "A"
    assert (after[world.name], after[world.email]) == (before[world.name], before[world.email])


def test_null_clears_a_field(world: World, adapter: Adapter) -> None:
    (record_id,) = world.create(1)
    adapter.write(Lane.OWNED, [update(world, adapter, record_id, {world.choice: "A"})])
    empty = adapter.encode(world.object_name, world.choice, None)
    adapter.write(Lane.OWNED, [update(world, adapter, record_id, {world.choice: empty})])
    assert stored(world, adapter, record_id)[world.choice] is None


def test_a_lost_race_is_a_conflict_where_the_vendor_can_tell(world: World, adapter: Adapter) -> None:
    (record_id,) = world.create(1)
    read = adapter.read(world.object_name, [record_id], (world.name,))[record_id]
    world.advance(2)
    world.edit(record_id, {world.name: "Person"})
    version = adapter.version(read)
    assert version is not None
    row = update(world, adapter, record_id, {world.name: "Ours"}, version=version)
    (outcome,) = adapter.write(Lane.CONTESTED, [row])
    if adapter.capability.conditional_writes:
        assert outcome.outcome is Outcome.CONFLICT
        assert stored(world, adapter, record_id)[world.name] == "Person"
    else:
        assert outcome.outcome is Outcome.SENT


def test_a_lost_race_can_be_found_in_the_history_where_it_was_not_prevented(world: World, adapter: Adapter) -> None:
    if adapter.capability.conditional_writes:
        return
    (record_id,) = world.create(1)
    world.advance(2)
    world.edit(record_id, {world.name: "Person"})
    world.advance(2)
    adapter.write(Lane.CONTESTED, [update(world, adapter, record_id, {world.name: "Ours"})])
    entries = adapter.writers(world.object_name, [record_id], (world.name,))[record_id]
    assert [entry.value for entry in entries][:2] == ["Ours", "Person"]
    assert [adapter.is_ours(entry.actor) for entry in entries][:2] == [True, False]


def test_the_same_create_twice_is_one_record(world: World, adapter: Adapter) -> None:
    row = create(world, "key-1")
    (first,) = adapter.write(Lane.CREATE, [row])
    (second,) = adapter.write(Lane.CREATE, [row])
    assert (first.created, second.created) == (True, False)
    assert first.record_id == second.record_id
    assert world.keys() == ["key-1"]


def test_the_probe_finds_what_a_create_with_a_lost_reply_made(world: World, adapter: Adapter) -> None:
    row, other = create(world, "key-1"), create(world, "key-2")
    assert adapter.probe([row, other]) == {}
    world.lose_next_reply()
    with pytest.raises(Unconfirmed):
        adapter.write(Lane.CREATE, [row])
    found = adapter.probe([row, other])
    assert set(found) == {row.action_id}
    assert stored(world, adapter, found[row.action_id])[world.key] == "key-1"


@pytest.mark.parametrize("lane", [Lane.OWNED, Lane.CONTESTED])
def test_an_update_with_a_lost_reply_is_unconfirmed_and_was_done_once(
    world: World, adapter: Adapter, lane: Lane
) -> None:
    (record_id,) = world.create(1)
    calls = adapter.usage().calls
    world.lose_next_reply()
    with pytest.raises(Unconfirmed):
        adapter.write(lane, [update(world, adapter, record_id, {world.choice: "B"})])
    assert adapter.usage().calls == calls + 1
    assert stored(world, adapter, record_id)[world.choice] == "B"


def test_one_bad_row_is_named_and_does_not_stop_the_others(world: World, adapter: Adapter) -> None:
    ids = world.create(3)
    values = dict(zip(ids, ("A", "Z", "C"), strict=True))
    rows = [update(world, adapter, record_id, {world.choice: value}) for record_id, value in values.items()]
    try:
        outcomes = by_action(adapter.write(Lane.OWNED, rows))
    except BatchRejected:  # a vendor that refuses whole batches: one at a time must isolate the row
        outcomes = by_action([adapter.write(Lane.OWNED, [row])[0] for row in rows])
    assert [outcomes[row.action_id].outcome for row in rows] == [Outcome.SENT, Outcome.REJECTED, Outcome.SENT]
    assert outcomes[rows[1].action_id].field == world.choice
    assert [stored(world, adapter, record_id)[world.choice] for record_id in ids] == ["A", None, "C"]


def test_a_record_that_is_gone_is_not_brought_back(world: World, adapter: Adapter) -> None:
    ids = world.create(2)
    world.delete(ids[0])
    rows = [update(world, adapter, record_id, {world.choice: "A"}) for record_id in ids]
    outcomes = by_action(adapter.write(Lane.OWNED, rows))
    assert [outcomes[row.action_id].outcome for row in rows] == [Outcome.GONE, Outcome.SENT]


def test_a_full_batch_is_one_request(world: World, adapter: Adapter) -> None:
    size = adapter.capability.objects[world.object_name].batch_size_max[Lane.OWNED]
    ids = world.create(size)
    adapter.read(world.object_name, ids[:1], (world.name,))
    calls = adapter.usage().calls
    outcomes = adapter.write(Lane.OWNED, [update(world, adapter, item, {world.choice: "D"}) for item in ids])
    assert {outcome.outcome for outcome in outcomes} == {Outcome.SENT}
    assert adapter.usage().calls == calls + 1


@pytest.mark.parametrize(
    "value",
    [True, False, 42, "text", datetime(2026, 3, 8, 6, 59, 59, tzinfo=UTC), date(2026, 3, 8), None],
    ids=str,
)
def test_an_encoded_value_is_a_json_scalar(world: World, adapter: Adapter, value: object) -> None:
    encoded = adapter.encode(world.object_name, world.name, value)
    assert encoded is None or isinstance(encoded, str | int | float | bool)
