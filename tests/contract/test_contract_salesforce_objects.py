"""Every Salesforce object that is not a person: read whole, read behind a watermark, gone, and hidden from us."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from adapters.simulator.salesforce.identifiers import to18
from connector.errors import SchemaDrift
from connector.model import RawRecord
from connector.ports.adapter import Adapter, Page, PullRequest
from tests.contract.worlds import SalesforceWorld, open_world

CAMPAIGN, OTHER_CAMPAIGN, LEAD = to18("701000000000001"), to18("701000000000002"), to18("00Q000000000001")
QUEUE, OTHER_QUEUE = to18("00G000000000051"), to18("00G000000000052")
LATER_S = 7_200


@dataclass(frozen=True)
class Case:
    """An object, the field that is read, two records that a person makes, and what the field then holds."""

    name: str
    field: str
    made: tuple[dict[str, Any], dict[str, Any]]
    shown: tuple[Any, Any]


CASES = (
    Case("EmailMessage", "Subject", ({"Subject": "One", "Incoming": True}, {"Subject": "Two"}), ("One", "Two")),
    Case("Campaign", "Name", ({"Name": "One"}, {"Name": "Two"}), ("One", "Two")),
    Case(
        "CampaignMember",
        "Status",
        (
            {"CampaignId": CAMPAIGN, "LeadId": LEAD},
            {"CampaignId": OTHER_CAMPAIGN, "LeadId": LEAD, "Status": "Attended"},
        ),
        ("Sent", "Attended"),
    ),
    Case("Event", "Subject", ({"Subject": "One", "WhoId": LEAD}, {"Subject": "Two", "WhoId": LEAD}), ("One", "Two")),
    Case("GroupMember", "GroupId", ({"GroupId": QUEUE}, {"GroupId": OTHER_QUEUE}), (QUEUE, OTHER_QUEUE)),
    Case("LeadStatus", "ApiName", ({"ApiName": "One"}, {"ApiName": "Two"}), ("One", "Two")),
)
HISTORIES = ("LeadHistory", "ContactHistory")


@pytest.fixture(params=["salesforce", "salesforce-http"])
def org(request: pytest.FixtureRequest) -> Iterator[SalesforceWorld]:
    with open_world(request.param) as opened:
        assert isinstance(opened, SalesforceWorld)
        queues = [{"Id": QUEUE, "Name": "One"}, {"Id": OTHER_QUEUE, "Name": "Two"}]
        lead = {"Id": LEAD, "LastName": "Roe", "Company": "Acme", "OwnerId": opened.person}
        campaigns = [{"Id": CAMPAIGN, "Name": "Fair"}, {"Id": OTHER_CAMPAIGN, "Name": "Webinar"}]
        records = {"Lead": [lead], "Campaign": campaigns, "Group": queues}
        opened.control("seed", {"records": records})
        opened.advance(LATER_S)
        yield opened


@pytest.fixture
def adapter(org: SalesforceWorld) -> Iterator[Adapter]:
    connected = org.adapter()
    yield connected
    connected.close()


def make(org: SalesforceWorld, case: Case, number: int) -> str:
    fields = dict(case.made[number])
    if case.name == "GroupMember":
        fields["UserOrGroupId"] = org.person
    if case.name == "LeadStatus":
        fields["MasterLabel"] = fields["ApiName"]
    return str(org.control("create", {"object": case.name, "fields": fields, "by": org.person})["id"])


def values(pages: list[Page], field: str) -> dict[str, Any]:
    return {item.ref.record_id: item.fields[field] for page in pages for item in page.records if not item.deleted}


def ask(case: Case, **more: Any) -> PullRequest:
    return PullRequest(case.name, (case.field,), **more)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_object_is_read_whole_and_then_what_is_new(org: SalesforceWorld, adapter: Adapter, case: Case) -> None:
    first = make(org, case, 0)
    org.advance(LATER_S)  # so that no overlap reaches back to it
    whole = list(adapter.backfill(ask(case)))
    assert values(whole, case.field)[first] == case.shown[0]
    assert whole[-1].done
    org.advance(LATER_S)
    second = make(org, case, 1)
    later = list(adapter.pull(ask(case, covered_until=whole[-1].covered_until)))
    seen = values(later, case.field)
    assert seen[second] == case.shown[1]
    assert (first in seen) is adapter.capability.objects[case.name].complete


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_record_that_is_gone_is_told_or_missing_in_a_complete_answer(
    org: SalesforceWorld, adapter: Adapter, case: Case
) -> None:
    record_id = make(org, case, 0)
    covered = list(adapter.backfill(ask(case)))[-1].covered_until
    org.advance(LATER_S)
    org.control("delete", {"object": case.name, "id": record_id, "by": org.person})
    pages = list(adapter.pull(ask(case, covered_until=covered)))
    assert record_id not in values(pages, case.field)
    told = [item.ref.record_id for page in pages for item in page.records if item.deleted]
    assert told == ([] if adapter.capability.objects[case.name].complete else [record_id])


@pytest.mark.parametrize("name", [*(case.name for case in CASES), *HISTORIES, "Organization"])
def test_an_object_that_we_may_not_see_says_so(org: SalesforceWorld, adapter: Adapter, name: str) -> None:
    org.control("settings", {"hidden_objects": [name]})
    with pytest.raises(SchemaDrift):
        adapter.schema(name)
    with pytest.raises(SchemaDrift):
        list(adapter.pull(PullRequest(name, ("Id",))))


@pytest.mark.parametrize("bulk", [False, True])
def test_a_history_is_read_behind_the_time_its_rows_were_made(org: SalesforceWorld, bulk: bool) -> None:
    fields = ("LeadId", "Field", "OldValue", "NewValue", "CreatedById", "CreatedDate")
    adapter = org.adapter(bulk=bulk)
    org.edit(LEAD, {"Status": "Working - Contacted"})
    org.advance(LATER_S)
    whole = list(adapter.backfill(PullRequest("LeadHistory", fields)))
    org.edit(LEAD, {"Status": "Nurturing"})
    request = PullRequest("LeadHistory", fields, covered_until=whole[-1].covered_until)
    later = list(adapter.pull(request))
    (old,), (new,) = (rows(whole), rows(later))
    assert (old.fields["NewValue"], new.fields["NewValue"]) == ("Working - Contacted", "Nurturing")
    assert new.modified_at - old.modified_at >= timedelta(seconds=LATER_S)
    assert new.fields["CreatedById"] == org.person
    adapter.close()


def rows(pages: list[Page]) -> list[RawRecord]:
    return [item for page in pages for item in page.records]


def test_an_idle_read_of_every_object_is_one_call(org: SalesforceWorld, adapter: Adapter) -> None:
    for name in ("EmailMessage", "Campaign", "CampaignMember", *HISTORIES, "GroupMember", "LeadStatus", "Organization"):
        covered = list(adapter.backfill(PullRequest(name, ("Id",))))[-1].covered_until
        before = adapter.usage().calls
        list(adapter.pull(PullRequest(name, ("Id",), covered_until=covered)))
        assert adapter.usage().calls - before == 1


def test_the_budget_of_calls_is_what_the_org_says(org: SalesforceWorld, adapter: Adapter) -> None:
    org.control("settings", {"daily_limit": 5_000, "calls_used": 1_200})
    adapter.schema("Campaign")
    usage = adapter.usage()
    assert (usage.limit, usage.used) == (5_000, 1_200 + len(org.requests("/services/data/v")))
