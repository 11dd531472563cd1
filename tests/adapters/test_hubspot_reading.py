"""Reading from HubSpot: the vendor's own traps, played by the simulator."""

from __future__ import annotations

import pytest

from connector.errors import BatchRejected, RetryLater
from connector.model import Lane, Outcome, RecordRef, RowWrite
from connector.ports.adapter import Page, PullRequest
from tests.contract.worlds import HubSpotWorld

NAME = PullRequest("contacts", ("lastname",))


@pytest.fixture
def world() -> HubSpotWorld:
    return HubSpotWorld()


def ids(pages: list[Page]) -> list[str]:
    return [item.ref.record_id for page in pages for item in page.records]


def test_a_young_hit_is_read_again_before_it_is_believed(world: HubSpotWorld) -> None:
    (record_id,) = world.create(1)
    world.advance(10)
    world.edit(record_id, {"lastname": "First"})
    world.advance(2)
    world.edit(record_id, {"lastname": "Second"}, late_s=30)
    (page,) = world.adapter().pull(NAME)
    assert [item.fields["lastname"] for item in page.records] == ["Second"]


def test_an_old_hit_is_believed_without_a_second_read(world: HubSpotWorld) -> None:
    world.create(3)
    world.advance(3_600)
    adapter = world.adapter()
    list(adapter.pull(NAME))
    assert adapter.usage().calls == 1


def test_more_records_with_one_stamp_than_a_search_can_page_are_all_seen(world: HubSpotWorld) -> None:
    expected = world.create(10_250)
    world.advance(3_600)
    assert sorted(ids(list(world.adapter().pull(NAME)))) == sorted(expected)


def test_a_walk_that_broke_off_ends_with_its_own_start(world: HubSpotWorld) -> None:
    expected = world.create(450)
    world.advance(3_600)
    first = next(iter(world.adapter().pull(NAME)))
    started = world.clock.now()
    world.advance(7_200)
    rest = list(world.adapter().pull(PullRequest("contacts", ("lastname",), token=first.token)))
    assert sorted(ids([first, *rest])) == sorted(expected)
    assert rest[-1].covered_until is not None
    assert rest[-1].covered_until < started


def test_more_fields_than_a_search_may_name_are_read_by_id(world: HubSpotWorld) -> None:
    names = [f"custom_{index:03d}_with_a_long_name" for index in range(150)]
    definitions = [{"name": name, "label": name, "type": "string", "fieldType": "text"} for name in names]
    world.control("seed", {"properties": {"contacts": definitions}})
    (record_id,) = world.create(1)
    world.edit(record_id, {names[-1]: "value"})
    world.advance(3_600)
    request = PullRequest("contacts", tuple(names))
    for pages in (world.adapter().pull(request), world.adapter().backfill(request)):
        (page,) = pages
        assert page.records[0].fields[names[-1]] == "value"
        assert len(page.records[0].fields) == 150


def test_a_property_that_is_not_defined_is_absent_and_not_null(world: HubSpotWorld) -> None:
    world.create(1)
    request = PullRequest("contacts", ("lastname", "leadloop_grade", "no_such_property"))
    for pages in (world.adapter().pull(request), world.adapter().backfill(request)):
        fields = next(iter(pages)).records[0].fields
        assert fields["leadloop_grade"] is None
        assert "no_such_property" not in fields


def tie(world: HubSpotWorld, contact: str, company: str, types: list[int]) -> None:
    world.control("associate", {"from": ["contacts", contact], "to": ["companies", company], "types": types})


def test_associations_come_with_the_primary_first(world: HubSpotWorld) -> None:
    first, second = world.create(2)
    rows = [{"id": str(900 + index), "properties": {"name": f"C{index}"}} for index in range(3)]
    world.control("seed", {"records": {"companies": rows}})
    tie(world, first, "900", [279])
    tie(world, first, "902", [1, 279])
    request = PullRequest("contacts", ("lastname",), associations=("companies",))
    for pages in (world.adapter().pull(request), world.adapter().backfill(request)):
        found = {item.ref.record_id: item.associations for page in pages for item in page.records}
        assert found == {first: {"companies": ("902", "900")}, second: {"companies": ()}}


def test_a_backfill_with_associations_costs_no_call_more(world: HubSpotWorld) -> None:
    world.create(150)
    adapter = world.adapter()
    list(adapter.backfill(PullRequest("contacts", ("lastname",))))
    plain = adapter.usage().calls
    adapter = world.adapter()
    list(adapter.backfill(PullRequest("contacts", ("lastname",), associations=("companies",))))
    assert adapter.usage().calls == plain


def test_an_association_error_is_not_an_empty_answer(world: HubSpotWorld) -> None:
    world.create(1)
    body = '{"status":"COMPLETE","results":[],"errors":[{"category":"INTERNAL_ERROR","message":"x"}],"numErrors":1}'
    world.faults({"kind": "status", "path": "/associations/", "status": 207, "body": body})
    with pytest.raises(RetryLater):
        list(world.adapter().pull(PullRequest("contacts", ("lastname",), associations=("companies",))))


def test_owners_are_listed_with_the_ones_who_left(world: HubSpotWorld) -> None:
    owner = {"email": "o@x.example", "firstName": "O", "lastName": "P", "userId": 9, "type": "PERSON"}
    rows = [{**owner, "id": "7", "archived": False}, {**owner, "id": "8", "archived": True}]
    world.control("seed", {"owners": rows})
    (page,) = world.adapter().pull(PullRequest("owners", ("email", "archived")))
    assert {item.ref.record_id: item.fields["archived"] for item in page.records} == {"7": False, "8": True}
    assert not any(item.deleted for item in page.records)


def test_the_stages_of_deals_are_records(world: HubSpotWorld) -> None:
    (page,) = world.adapter().pull(PullRequest("pipelines", ("pipeline_id", "probability")))
    stages = {item.ref.record_id: item.fields for item in page.records}
    assert stages["closedwon"]["pipeline_id"] == "default"


def test_references_to_the_other_crm_are_identity(world: HubSpotWorld) -> None:
    world.control("settings", {"salesforce_sync_installed": True})
    (record_id,) = world.create(1)
    lead = "00Q5g00000Ab12CEAR"
    document = {"object": "contacts", "id": record_id, "properties": {"salesforceleadid": lead}}
    world.control("edit", {**document, "by": None, "source": "SALESFORCE"})
    (page,) = world.adapter().pull(NAME)
    assert page.records[0].same_as == (RecordRef("salesforce", "Lead", lead),)
    assert set(page.records[0].fields) == {"lastname"}


def test_after_a_conversion_only_the_contact_is_who_it_is(world: HubSpotWorld) -> None:
    world.control("settings", {"salesforce_sync_installed": True})
    (record_id,) = world.create(1)
    properties = {"salesforceleadid": "00Q5g00000Ab12CEAR", "salesforcecontactid": "0035g00000Xy98Q"}
    document = {"object": "contacts", "id": record_id, "properties": properties}
    world.control("edit", {**document, "by": None, "source": "SALESFORCE"})
    (page,) = world.adapter().pull(NAME)
    # An id of 15 characters is the same record as the one of 18 that Salesforce itself answers with.
    assert page.records[0].same_as == (RecordRef("salesforce", "Contact", "0035g00000Xy98QAAR"),)


def test_every_merged_id_is_absorbed(world: HubSpotWorld) -> None:
    first, second, third = world.create(3)
    survivor = world.merge(world.merge(first, second), third)
    (page,) = world.adapter().pull(NAME)
    absorbed = {ref.record_id for ref in page.records[0].absorbs}
    assert {first, second, third} - {survivor} <= absorbed


def test_an_id_that_was_merged_away_is_unknown_after_a_batch_and_found_by_reading(world: HubSpotWorld) -> None:
    first, second = world.create(2)
    survivor = world.merge(first, second)
    adapter = world.adapter()
    rows = [
        RowWrite(item, "contacts", {"leadloop_grade": "A"}, RecordRef("hubspot", "contacts", item))
        for item in (second, survivor)
    ]
    outcomes = {outcome.action_id: outcome.outcome for outcome in adapter.write(Lane.OWNED, rows)}
    assert outcomes == {second: Outcome.UNKNOWN, survivor: Outcome.SENT}
    assert adapter.read("contacts", [second], ())[second].successor == RecordRef("hubspot", "contacts", survivor)


def test_a_conflict_in_a_batch_of_creates_names_the_record_that_exists(world: HubSpotWorld) -> None:
    existing, *_ = world.create(2)
    rows = [
        RowWrite(f"c{index}", "contacts", {"email": f"p{index}@x.example", "lastname": "N"}, external_key=f"k{index}")
        for index in (0, 50)
    ]
    adapter = world.adapter()
    with pytest.raises(BatchRejected) as caught:
        adapter.write(Lane.CREATE, rows)
    assert caught.value.record_id == existing
    (outcome,) = adapter.write(Lane.CREATE, rows[:1])
    assert (outcome.outcome, outcome.record_id) == (Outcome.REJECTED, existing)
    (outcome,) = adapter.write(Lane.CREATE, rows[1:])
    assert outcome.outcome is Outcome.SENT
