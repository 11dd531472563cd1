"""What every adapter must do with lists and campaigns: say who is on them, put on, and take back."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from connector.model import Lane, Outcome, RecordRef, RowWrite, Wire
from connector.ports.adapter import Adapter
from connector.ports.memberships import MEMBERSHIPS, field_of
from tests.contract.worlds import HubSpotWorld, SalesforceWorld, World

CAMPAIGN = "701000000000901AAA"
STANDINGS: Mapping[type, tuple[Wire, Wire, Wire]] = {SalesforceWorld: (None, "Sent", "Responded")}
"""World -> no member, a member, one that has left."""


@pytest.fixture
def collection(world: World) -> str:
    if isinstance(world, SalesforceWorld):
        world.control("seed", {"records": {"Campaign": [{"Id": CAMPAIGN, "Name": "Nurture"}]}})
        return CAMPAIGN
    if isinstance(world, HubSpotWorld):
        lists = [{"id": "7", "name": "Nurture", "processing": "MANUAL"}, {"id": "8", "name": "Filtered"}]
        world.control("seed", {"lists": lists})
    return "7"


def row(adapter: Adapter, record_id: str, collection: str, value: Wire, version: str | None = None) -> RowWrite:
    ref = RecordRef(adapter.capability.system, MEMBERSHIPS, record_id)
    fields = {field_of(collection): value}
    return RowWrite(f"{collection}-{record_id}-{value}", MEMBERSHIPS, fields, ref, version=version)


def standing(adapter: Adapter, record_id: str, collection: str) -> Wire:
    name = field_of(collection)
    return adapter.read(MEMBERSHIPS, [record_id], [name])[record_id].fields.get(name)


def test_somebody_joins_once_and_leaves(world: World, adapter: Adapter, collection: str) -> None:
    absent, joined, left = STANDINGS.get(type(world), (False, True, False))
    first, second = world.create(2)
    assert not standing(adapter, first, collection)
    for _ in range(2):  # whoever is on it already is on it
        rows = [row(adapter, record_id, collection, joined) for record_id in (first, second)]
        outcomes = adapter.write(Lane.OWNED, rows)
        assert {done.action_id: (done.outcome, done.record_id) for done in outcomes} == {
            each.action_id: (Outcome.SENT, each.ref.record_id) for each in rows if each.ref
        }
        assert (standing(adapter, first, collection), standing(adapter, second, collection)) == (joined, joined)
    version = adapter.version(adapter.read(MEMBERSHIPS, [first], [field_of(collection)])[first])
    world.advance(2)
    (done,) = adapter.write(Lane.CONTESTED, [row(adapter, first, collection, left, version)])
    assert done.outcome is Outcome.SENT
    assert (standing(adapter, first, collection) or absent or False) == (left or False)
    assert standing(adapter, second, collection) == joined
    assert adapter.writers(MEMBERSHIPS, [first], [field_of(collection)]) == {}


def test_a_batch_is_one_write_request(world: World, adapter: Adapter, collection: str) -> None:
    _, joined, _ = STANDINGS.get(type(world), (False, True, False))
    records = world.create(20)
    adapter.read(MEMBERSHIPS, records, [field_of(collection)])
    before = adapter.usage().calls
    adapter.write(Lane.OWNED, [row(adapter, record_id, collection, joined) for record_id in records])
    assert adapter.usage().calls - before == 1


@pytest.mark.parametrize("name", ["8", "9999", "Nobody's list"])
def test_a_list_that_cannot_be_changed_refuses_every_row_without_a_request(
    world: World, adapter: Adapter, collection: str, name: str
) -> None:
    if not isinstance(world, HubSpotWorld):
        pytest.skip("lists are HubSpot's")
    first, second = world.create(2)
    outcomes = adapter.write(Lane.OWNED, [row(adapter, record_id, name, True) for record_id in (first, second)])
    assert [(done.outcome, done.field) for done in outcomes] == [(Outcome.REJECTED, field_of(name))] * 2
    assert all(entry["method"] != "PUT" for entry in world.requests("lists"))
    adapter.write(Lane.OWNED, [row(adapter, first, "Nurture", True)])
    assert standing(adapter, first, "7") is True  # by its name as well


def test_what_is_no_campaign_or_gone_from_it_is_said_row_by_row(
    world: World, adapter: Adapter, collection: str
) -> None:  # fmt: skip
    if not isinstance(world, SalesforceWorld):
        pytest.skip("campaigns are Salesforce's")
    (first,) = world.create(1)
    (wrong,) = adapter.write(Lane.OWNED, [row(adapter, first, "Nurture", "Sent")])
    (gone,) = adapter.write(Lane.CONTESTED, [row(adapter, first, collection, "Responded")])
    assert (wrong.outcome, wrong.code) == (Outcome.REJECTED, "NO_SUCH_CAMPAIGN")
    assert gone.outcome is Outcome.GONE
