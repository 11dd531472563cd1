"""What an account belongs to and who decides there, as each adapter reads it, in process and over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connector.ports.adapter import PullRequest
from tests.contract.worlds import HubSpotWorld, SalesforceWorld, open_world

GROUP, NORTH, NORA = "001000000000007AAA", "001000000000001AAA", "003000000000001AAA"
DEAL, ROLE = "006000000000001AAA", "00K000000000001EAA"


@pytest.fixture(params=["salesforce", "salesforce-http"])
def org(request: pytest.FixtureRequest) -> Iterator[SalesforceWorld]:
    with open_world(request.param) as world:
        assert isinstance(world, SalesforceWorld)
        accounts = [{"Id": GROUP, "Name": "Group"}, {"Id": NORTH, "Name": "North", "ParentId": GROUP}]
        accounts[1] |= {"Ownership": "Private", "Type": "Customer - Direct"}
        deal = {"Id": DEAL, "Name": "Starter", "StageName": "Prospecting", "CloseDate": "2027-01-31"}
        role = {"Id": ROLE, "OpportunityId": DEAL, "ContactId": NORA, "Role": "Economic Buyer"}
        contacts = [{"Id": NORA, "LastName": "Berg", "AccountId": NORTH}]
        records = {"Account": accounts, "Contact": contacts, "Opportunity": [{**deal, "AccountId": NORTH}]}
        world.control("seed", {"records": {**records, "OpportunityContactRole": [role]}})
        yield world


@pytest.fixture(params=["hubspot", "hubspot-http"])
def portal(request: pytest.FixtureRequest) -> Iterator[HubSpotWorld]:
    with open_world(request.param) as world:
        assert isinstance(world, HubSpotWorld)
        yield world


def read(world: SalesforceWorld | HubSpotWorld, name: str, *fields: str) -> dict[str, dict[str, object]]:
    adapter = world.adapter()
    try:
        pages = list(adapter.backfill(PullRequest(name, fields)))
    finally:
        adapter.close()
    return {item.ref.record_id: dict(item.fields) for page in pages for item in page.records}


def test_an_org_tells_the_account_above_its_ownership_and_roles(org: SalesforceWorld) -> None:
    accounts = read(org, "Account", "Name", "ParentId", "Ownership", "Type")
    assert accounts[NORTH] == {
        "Name": "North",
        "ParentId": GROUP,
        "Ownership": "Private",
        "Type": "Customer - Direct",
    }
    assert accounts[GROUP]["ParentId"] is None
    roles = read(org, "OpportunityContactRole", "OpportunityId", "ContactId", "Role")
    assert roles[ROLE] == {"OpportunityId": DEAL, "ContactId": NORA, "Role": "Economic Buyer"}


def test_a_portal_tells_the_company_above_and_buying_roles(portal: HubSpotWorld) -> None:
    companies = [{"id": "501", "properties": {"name": "Group"}}]
    companies.append({"id": "502", "properties": {"name": "North", "hs_parent_company_id": "501"}})
    contact = {"id": "601", "properties": {"email": "n@x.example", "hs_buying_role": "DECISION_MAKER;CHAMPION"}}
    portal.control("seed", {"records": {"companies": companies, "contacts": [contact]}})
    portal.advance(3600)
    assert read(portal, "companies", "name", "hs_parent_company_id") == {
        "501": {"name": "Group", "hs_parent_company_id": None},
        "502": {"name": "North", "hs_parent_company_id": "501"},
    }
    assert read(portal, "contacts", "hs_buying_role")["601"]["hs_buying_role"] == "DECISION_MAKER;CHAMPION"
