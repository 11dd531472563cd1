"""What every adapter must do when it reads: see everything, forget nothing, promise no more than it knows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connector.errors import LeadloopError
from connector.model import RawRecord
from connector.ports.adapter import Adapter, Page, PullRequest
from tests.contract.worlds import SalesforceWorld, World


def request_for(world: World, **more: object) -> PullRequest:
    return PullRequest(world.object_name, (world.name, world.email, world.choice), **more)  # type: ignore[arg-type]


def records(pages: list[Page]) -> dict[str, RawRecord]:
    return {item.ref.record_id: item for page in pages for item in page.records}


def test_the_first_pull_sees_every_record_and_ends_with_done(world: World, adapter: Adapter) -> None:
    ids = world.create(3)
    pages = list(adapter.pull(request_for(world)))
    assert set(records(pages)) == set(ids)
    assert [page.done for page in pages] == [False] * (len(pages) - 1) + [True]


def test_a_pull_of_nothing_is_one_page_that_is_done(world: World, adapter: Adapter) -> None:
    pages = list(adapter.pull(request_for(world)))
    assert [(page.records, page.done) for page in pages] == [((), True)]
    assert pages[0].covered_until is not None


def test_the_watermark_stays_behind_the_servers_time_by_the_lag(world: World, adapter: Adapter) -> None:
    world.create(3)
    last = list(adapter.pull(request_for(world)))[-1]
    lag = timedelta(seconds=adapter.capability.lag_s)
    assert last.covered_until is not None
    assert last.covered_until <= adapter.server_now() - lag
    assert last.covered_until >= adapter.server_now() - lag - timedelta(minutes=2)


def test_a_change_is_seen_behind_the_watermark_and_old_rows_are_not(world: World, adapter: Adapter) -> None:
    ids = world.create(3)
    world.advance(3_600)
    covered = list(adapter.pull(request_for(world)))[-1].covered_until
    world.edit(ids[1], {world.name: "Changed"})
    seen = records(list(adapter.pull(request_for(world, covered_until=covered))))
    assert {key: item.fields[world.name] for key, item in seen.items()} == {ids[1]: "Changed"}


def test_a_commit_that_becomes_visible_late_is_still_seen(world: World, adapter: Adapter) -> None:
    (record_id,) = world.create(1)
    world.advance(3_600)
    world.edit(record_id, {world.name: "Late"}, late_s=40)
    early = list(adapter.pull(request_for(world)))
    assert records(early)[record_id].fields[world.name] != "Late"
    world.advance(60)
    late = list(adapter.pull(request_for(world, covered_until=early[-1].covered_until)))
    assert records(late)[record_id].fields[world.name] == "Late"


def test_many_records_with_one_stamp_are_all_seen(world: World, adapter: Adapter) -> None:
    ids = world.create(430)
    assert set(records(list(adapter.pull(request_for(world))))) == set(ids)


def test_a_pull_goes_on_behind_the_token_of_a_page(world: World, adapter: Adapter) -> None:
    ids = world.create(430)
    pages = adapter.pull(request_for(world))
    first = next(iter(pages))
    rest = list(adapter.pull(request_for(world, token=first.token)))
    again = records([first]).keys() & records(rest).keys()
    assert set(records([first, *rest])) == set(ids)
    assert not again


def test_a_backfill_sees_every_record_and_goes_on_behind_a_token(world: World, adapter: Adapter) -> None:
    ids = world.create(430)
    whole = list(adapter.backfill(request_for(world)))
    first = next(iter(adapter.backfill(request_for(world))))
    rest = [] if first.done else list(adapter.backfill(request_for(world, token=first.token)))
    assert set(records(whole)) == set(ids)
    assert set(records([first, *rest])) == set(ids)
    assert whole[-1].covered_until is not None
    assert whole[-1].covered_until <= adapter.server_now() - timedelta(seconds=adapter.capability.lag_s)


def test_a_deleted_record_is_seen_as_deleted(world: World, adapter: Adapter) -> None:
    ids = world.create(2)
    covered = list(adapter.pull(request_for(world)))[-1].covered_until
    world.delete(ids[0])
    pages = [
        *adapter.pull(request_for(world, covered_until=covered)),
        *adapter.removals(world.object_name, {}),
    ]
    assert [item.ref.record_id for page in pages for item in page.records if item.deleted] == [ids[0]]


def test_a_merge_names_the_loser_or_the_survivor(world: World, adapter: Adapter) -> None:
    ids = world.create(2)
    covered = list(adapter.pull(request_for(world)))[-1].covered_until
    survivor = world.merge(ids[0], ids[1])
    seen = records(list(adapter.pull(request_for(world, covered_until=covered))))
    absorbed = {ref.record_id for ref in seen[survivor].absorbs}
    gone = seen.get(ids[1])
    assert ids[1] in absorbed or (gone and gone.successor and gone.successor.record_id == survivor)


def test_an_old_id_of_a_merge_answers_with_its_survivor(world: World, adapter: Adapter) -> None:
    ids = world.create(2)
    survivor = world.merge(ids[0], ids[1])
    answer = adapter.read(world.object_name, [ids[1]], (world.name,))[ids[1]]
    assert answer.successor is not None
    assert (answer.successor.record_id, answer.succession) == (survivor, "merged")


def test_a_read_tells_absent_from_null(world: World, adapter: Adapter) -> None:
    (record_id,) = world.create(1)
    fields = adapter.read(world.object_name, [record_id], (world.name, world.choice))[record_id].fields
    assert fields[world.choice] is None
    assert world.email not in fields


def test_a_read_leaves_out_what_does_not_exist(world: World, adapter: Adapter) -> None:
    (record_id,) = world.create(1)
    world.delete(record_id)
    assert adapter.read(world.object_name, [record_id, "99999999"], (world.name,)) == {}


def test_a_find_ignores_case_and_what_is_not_there(world: World, adapter: Adapter) -> None:
    world.create(3)
    found = adapter.find(world.object_name, world.email, ["P1@X.example", "nobody@x.example"], (world.email,))
    assert [item.fields[world.email] for item in found] == ["p1@x.example"]
    assert adapter.find(world.object_name, world.email, [], (world.email,)) == []


def test_text_that_looks_like_syntax_is_only_text(world: World, adapter: Adapter) -> None:
    (record_id,) = world.create(1)
    name = "O'Brien \\' OR Name != '' --\n\u2028 Zoë 🙂"
    world.edit(record_id, {world.name: name})
    assert adapter.read(world.object_name, [record_id], (world.name,))[record_id].fields[world.name] == name
    assert adapter.find(world.object_name, world.email, ["x' OR Email != '"], (world.email,)) == []


def test_the_schema_knows_restricted_values(world: World, adapter: Adapter) -> None:
    world.create(1)
    fields = adapter.schema(world.object_name).fields
    assert fields[world.choice].options == ("A", "B", "C", "D")
    assert fields[world.choice].writable


def test_an_object_that_does_not_exist_is_an_error_and_not_an_empty_answer(wire_world: World) -> None:
    adapter = wire_world.adapter()
    name = "Nothing__c" if isinstance(wire_world, SalesforceWorld) else "nothings"
    with pytest.raises(LeadloopError):
        list(adapter.pull(PullRequest(name, ("Id",))))
    adapter.close()


def test_calls_are_counted(wire_world: World) -> None:
    adapter = wire_world.adapter()
    wire_world.create(1)
    list(adapter.pull(request_for(wire_world)))
    logged = [entry for entry in wire_world.requests() if "/oauth" not in entry["path"]]  # type: ignore[attr-defined]
    uncounted = [entry for entry in logged if entry["path"].rstrip("/") == "/services/data"]
    assert adapter.usage().calls == len(logged) - len(uncounted)
    adapter.close()


def test_a_commit_later_than_the_lag_is_still_seen_within_the_overlap(world: World) -> None:
    adapter = world.adapter(covered_check=False)  # without the vendor's own promise: only the overlap helps
    late_s = adapter.capability.lag_s + adapter.capability.overlap_s / 2
    (record_id,) = world.create(1)
    world.advance(3_600)
    world.edit(record_id, {world.name: "Late"}, late_s=late_s)
    world.advance(late_s - 5)
    early = list(adapter.pull(request_for(world)))
    world.advance(10)
    late = list(adapter.pull(request_for(world, covered_until=early[-1].covered_until)))
    assert records(late)[record_id].fields[world.name] == "Late"
    adapter.close()
