"""The unmodified vendor library works against the simulated org."""

from __future__ import annotations

import pytest
import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceExpiredSession, SalesforceMalformedRequest

from adapters.simulator.in_process import InProcessAdapter
from tests.simulator.salesforce.salesforce_client import Client


@pytest.fixture
def org():
    return Client()


@pytest.fixture
def session(org):
    with requests.Session() as made:
        made.trust_env = False
        made.mount("https://", InProcessAdapter(org.simulator))
        made.headers["Sforce-Auto-Assign"] = "FALSE"
        yield made


@pytest.fixture
def library(session):
    return Salesforce(instance="acme.my.salesforce.com", session_id="simulator-token", version="67.0", session=session)


def test_query_all_follows_locators(org, library):
    org.control("seed", {"records": {"Lead": [{"LastName": f"L{n}", "Company": "c"} for n in range(2500)]}})
    found = library.query_all("SELECT Id, Owner.Name FROM Lead ORDER BY Id")
    assert (found["totalSize"], found["done"], len(found["records"])) == (2500, True, 2500)
    assert found["records"][0]["Owner"]["Name"] == "Integration User"


def test_rows(library):
    made = library.Lead.create({"LastName": "Doe", "Company": "Acme"})
    assert library.Lead.update(made["id"], {"Title": "CEO"}) == 204
    assert library.Lead.get(made["id"])["Title"] == "CEO"
    assert library.Lead.upsert("Leadloop_Id__c/k1", {"LastName": "New", "Company": "Acme"}) == 201
    assert library.Lead.upsert("Leadloop_Id__c/k1", {"Title": "CTO"}) == 200
    assert library.Lead.get_by_custom_id("Leadloop_Id__c", "k1")["Title"] == "CTO"
    assert library.Lead.delete(made["id"]) == 204
    names = {field["name"] for field in library.Lead.describe()["fields"]}
    assert "Leadloop_Stage__c" in names
    assert any(entry["name"] == "Lead" for entry in library.describe()["sobjects"])


def test_composite_by_restful(library):
    records = [{"attributes": {"type": "Lead"}, "Leadloop_Id__c": "k1", "LastName": "a", "Company": "b"}]
    rows = library.restful("composite/sobjects/Lead/Leadloop_Id__c", method="PATCH", json={"records": records})
    assert rows[0]["created"]
    part = {"method": "GET", "url": f"/services/data/v67.0/sobjects/Lead/{rows[0]['id']}", "referenceId": "r"}
    answer = library.restful("composite", method="POST", json={"compositeRequest": [part]})
    assert answer["compositeResponse"][0]["body"]["LastName"] == "a"
    assert library.restful("limits")["DailyApiRequests"]["Max"] == 100_000


def test_errors_reach_the_library(library, org):
    with pytest.raises(SalesforceMalformedRequest, match="REQUIRED_FIELD_MISSING"):
        library.Lead.create({"LastName": "Doe"})
    org.control("settings", {"static_token_valid": False})
    with pytest.raises(SalesforceExpiredSession):
        library.query("SELECT Id FROM Lead")


def test_bulk_query(org, library):
    org.control("settings", {"bulk_delay_s": 0})
    for number in range(3):
        org.lead(LastName=f"L{number}")
    pages = list(library.bulk2.Lead.query("SELECT Id, LastName FROM Lead", max_records=2, wait=0))
    lines = [line for page in pages for line in page.splitlines()]
    assert [len(page.splitlines()) for page in pages] == [3, 2]
    assert '"Id","LastName"' in lines


def test_login_with_client_credentials(session):
    library = Salesforce(
        consumer_key="simulator",
        consumer_secret="simulator-secret",
        domain="acme.my",
        version="67.0",
        session=session,
    )
    assert library.sf_instance == "acme.my.salesforce.com"
    assert library.query("SELECT Id FROM User")["totalSize"] == 4
