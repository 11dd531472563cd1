"""Reading from Salesforce: the vendor's own traps, played by the simulator."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connector.errors import RetryLater, SchemaDrift, StaleToken
from connector.model import Lane, Outcome, RecordRef, RowWrite
from connector.ports.adapter import Adapter, Page, PullRequest
from tests.contract.worlds import NOW, SalesforceWorld

NAME = PullRequest("Lead", ("LastName",))
AWKWARD = 'a "quoted"\nline, Zoë 🙂 \u2028 end'


@pytest.fixture
def world() -> SalesforceWorld:
    return SalesforceWorld()


def ids(pages: list[Page]) -> list[str]:
    return [item.ref.record_id for page in pages for item in page.records]


def test_more_rows_with_one_stamp_than_a_page_holds_are_seen_once_each(world: SalesforceWorld) -> None:
    expected = world.create(4_100)
    pages = list(world.adapter().pull(NAME))
    assert sorted(ids(pages)) == sorted(expected)
    assert len(pages) == 3


def test_pages_that_shrink_are_no_end(world: SalesforceWorld) -> None:
    expected = world.create(2_500)
    world.control("settings", {"page_size_shrinks": True})
    assert sorted(ids(list(world.adapter().pull(NAME)))) == sorted(expected)


def test_a_page_in_the_middle_moves_the_watermark_below_its_last_stamp(world: SalesforceWorld) -> None:
    world.create(2_000)
    world.advance(60)
    world.create(1)
    world.advance(3_600)
    first, last = world.adapter().pull(NAME)
    assert first.covered_until == NOW - timedelta(seconds=1)
    assert (first.done, last.done) == (False, True)


def test_an_open_transaction_holds_the_watermark_at_its_start(world: SalesforceWorld) -> None:
    (record_id,) = world.create(1)
    world.advance(3_600)
    started = world.clock.now()
    world.edit(record_id, {"LastName": "Late"}, late_s=7_200)
    world.advance(1_800)
    covered = list(world.adapter().pull(NAME))[-1].covered_until
    assert covered is not None
    assert covered <= started
    world.advance(6_000)
    again = world.adapter().pull(PullRequest("Lead", ("LastName",), covered_until=covered))
    assert [item.fields["LastName"] for page in again for item in page.records] == ["Late"]


def test_an_idle_cycle_costs_one_query_and_the_covered_check(world: SalesforceWorld) -> None:
    adapter = world.adapter()
    list(adapter.pull(NAME))
    assert adapter.usage().calls == 2
    list(adapter.pull(PullRequest("Contact", ("LastName",))))
    list(adapter.removals("Lead", {}))
    assert adapter.usage().calls == 3


def test_a_converted_lead_names_its_contact(world: SalesforceWorld) -> None:
    (record_id,) = world.create(1)
    document = {"id": record_id, "by": world.person, "opportunity": None, "status": "Closed - Converted"}
    world.control("convert", document)
    adapter = world.adapter()
    (page,) = adapter.pull(NAME)
    read = adapter.read("Lead", [record_id], ("LastName",))[record_id]
    for item in (page.records[0], read):
        assert item.succession == "converted"
        assert item.successor is not None
        assert item.successor.object == "Contact"
    ref = RecordRef("salesforce", "Lead", record_id)
    (outcome,) = adapter.write(Lane.OWNED, [RowWrite("a1", "Lead", {"Leadloop_Grade__c": "A"}, ref)])
    assert (outcome.outcome, outcome.code) == (Outcome.GONE, "CANNOT_UPDATE_CONVERTED_LEAD")


def test_a_write_does_not_start_the_assignment_rules(world: SalesforceWorld) -> None:
    (record_id,) = world.create(1)
    owner = world.records()[record_id]["OwnerId"]
    ref = RecordRef("salesforce", "Lead", record_id)
    adapter = world.adapter()
    for lane in (Lane.OWNED, Lane.CONTESTED):
        adapter.write(lane, [RowWrite("a1", "Lead", {"Title": lane.value}, ref)])
        assert world.records()[record_id]["Title"] == lane.value
    assert world.records()[record_id]["OwnerId"] == owner


def test_only_queues_are_pulled_of_the_groups(world: SalesforceWorld) -> None:
    rows = [{"Name": "Inbound", "Type": "Queue"}, {"Name": "Everyone", "Type": "Regular"}]
    world.control("seed", {"records": {"Group": rows}})
    pages = list(world.adapter().pull(PullRequest("Group", ("Name", "Type"))))
    assert {item.fields["Type"] for page in pages for item in page.records} == {"Queue"}


def test_a_user_shows_whether_it_is_active(world: SalesforceWorld) -> None:
    pages = list(world.adapter().pull(PullRequest("User", ("LastName", "IsActive"))))
    active = {item.fields["LastName"]: item.fields["IsActive"] for page in pages for item in page.records}
    assert active["Ruiz"] is True


def test_bulk_and_keyset_answer_the_same(world: SalesforceWorld) -> None:
    first, *_ = world.create(5)
    fields = {"Description": AWKWARD, "Leadloop_Score__c": 41, "Leadloop_Recycled__c": True}
    world.edit(first, {**fields, "Leadloop_Next_Step_Due__c": "2026-12-01T09:30:00Z"})
    names = (*fields, "Leadloop_Next_Step_Due__c", "Leadloop_Recycle_Until__c", "Owner.Name", "NumberOfEmployees")
    request = PullRequest("Lead", names)
    by_bulk = {item.ref: item for page in world.adapter(bulk=True).backfill(request) for item in page.records}
    by_rest = {item.ref: item for page in world.adapter(bulk=False).backfill(request) for item in page.records}
    assert by_bulk == by_rest
    assert by_rest[RecordRef("salesforce", "Lead", first)].fields["Description"] == AWKWARD


def test_above_two_thousand_rows_the_backfill_is_a_bulk_job(world: SalesforceWorld) -> None:
    expected = world.create(2_001)
    adapter = world.adapter()
    assert sorted(ids(list(adapter.backfill(NAME)))) == sorted(expected)
    assert world.requests("/jobs/query")
    assert adapter.usage().calls < 12


def test_a_bulk_job_is_gone_on_with_and_not_started_anew(world: SalesforceWorld) -> None:
    expected = world.create(10_500)
    first = next(iter(world.adapter().backfill(NAME)))
    assert not first.done
    rest = list(world.adapter().backfill(PullRequest("Lead", ("LastName",), token=first.token)))
    assert sorted(ids([first, *rest])) == sorted(expected)
    created = [entry for entry in world.requests("/jobs/query") if entry["method"] == "POST"]
    assert len(created) == 1


def test_a_job_that_is_no_longer_kept_is_a_stale_token(world: SalesforceWorld) -> None:
    token = {"job": "750000000000099AAA", "locator": "", "started": NOW.isoformat()}
    with pytest.raises(StaleToken):
        list(world.adapter().backfill(PullRequest("Lead", ("LastName",), token=token)))


def test_a_field_hidden_in_the_middle_is_drift(world: SalesforceWorld) -> None:
    (record_id,) = world.create(1)
    adapter = world.adapter()
    world.control("settings", {"hidden_fields": ["Lead.Title"]})
    for ask in (
        lambda: list(adapter.pull(PullRequest("Lead", ("Title",)))),
        lambda: adapter.read("Lead", [record_id], ("Title",)),
    ):
        with pytest.raises(SchemaDrift):
            ask()


def test_a_locator_that_expired_is_asked_for_again(world: SalesforceWorld) -> None:
    world.create(2_300)
    adapter = world.adapter()
    world.control("seed", {"records": {"Lead": [{"LastName": "Same", "Company": "Acme"}] * 2_100}})
    error = '[{"message":"invalid query locator","errorCode":"INVALID_QUERY_LOCATOR"}]'
    world.faults({"kind": "status", "path": "/query/01g", "status": 400, "body": error})
    assert len(adapter.find("Lead", "LastName", ["same"], ("LastName",))) == 2_100


@pytest.mark.parametrize("kind", ["drop_before", "truncate", "html"])
def test_a_read_survives_a_broken_answer(world: SalesforceWorld, kind: str) -> None:
    expected = world.create(3)
    adapter = world.adapter(covered_check=False)
    world.faults({"kind": kind, "path": "/queryAll", "times": 2})
    assert ids(list(adapter.pull(NAME))) == expected


def test_a_read_that_stays_broken_says_so(world: SalesforceWorld) -> None:
    adapter = world.adapter(covered_check=False)
    world.faults({"kind": "html", "path": "/queryAll", "times": 99})
    with pytest.raises(RetryLater):
        list(adapter.pull(NAME))


def tasks(count: int, person_id: str) -> list[RowWrite]:
    fields = {"WhoId": person_id, "Subject": "Call", "Status": "Not Started", "Priority": "Normal"}
    return [RowWrite(f"t{index}", "Task", fields, intent_at=NOW) for index in range(count)]


def test_a_task_without_a_key_is_found_by_person_subject_and_time(world: SalesforceWorld) -> None:
    ids_of_people = world.create(2)
    adapter: Adapter = world.adapter()
    (row,) = tasks(1, ids_of_people[0])
    other = RowWrite("other", "Task", {**row.fields, "WhoId": ids_of_people[1]}, intent_at=NOW)
    assert adapter.probe([row, other]) == {}
    adapter.write(Lane.CREATE, [row])
    (task_id,) = world.control("dump", method="GET")["records"]["Task"]
    assert adapter.probe([row, other]) == {"t0": task_id}


def test_an_earlier_task_of_the_same_kind_is_not_taken_for_ours(world: SalesforceWorld) -> None:
    (person_id,) = world.create(1)
    adapter = world.adapter()
    adapter.write(Lane.CREATE, tasks(1, person_id))
    world.advance(86_400)
    later = RowWrite("later", "Task", tasks(1, person_id)[0].fields, intent_at=world.clock.now())
    assert adapter.probe([later]) == {}


def test_two_intents_are_two_tasks(world: SalesforceWorld) -> None:
    (person_id,) = world.create(1)
    adapter = world.adapter()
    adapter.write(Lane.CREATE, tasks(1, person_id))
    assert len(adapter.probe(tasks(2, person_id))) == 1


def test_a_create_whose_record_was_deleted_is_not_brought_back(world: SalesforceWorld) -> None:
    adapter = world.adapter()
    row = RowWrite("a1", "Lead", {"LastName": "New", "Company": "Acme"}, external_key="k1", intent_at=NOW)
    (created,) = adapter.write(Lane.CREATE, [row])
    world.delete(created.record_id or "")
    assert adapter.probe([row]) == {"a1": created.record_id}


def test_a_full_contested_batch_is_one_call_and_each_row_stands_alone(world: SalesforceWorld) -> None:
    leads = world.create(25)
    adapter = world.adapter()
    read = adapter.read("Lead", leads, ("LastName",))
    world.advance(2)
    world.edit(leads[7], {"LastName": "Person"})
    rows = [
        RowWrite(key, "Lead", {"Title": "VP"}, item.ref, version=adapter.version(item)) for key, item in read.items()
    ]
    calls = adapter.usage().calls
    outcomes = {outcome.action_id: outcome.outcome for outcome in adapter.write(Lane.CONTESTED, rows)}
    assert adapter.usage().calls == calls + 1
    assert outcomes.pop(leads[7]) is Outcome.CONFLICT
    assert set(outcomes.values()) == {Outcome.SENT}
