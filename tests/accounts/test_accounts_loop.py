"""Accounts over the whole loop: records of both CRMs joined, people matched, and only those concerned looked at."""

from __future__ import annotations

from datetime import timedelta

import pytest
import tomlkit

from connector.playbook.documents import merged, read_layers
from tests.accounts.office import ADA, BEN, CLEO, NOW, Office, contact, raised, stamp

NORTH, SOUTH, WEST = (f"00100000000000{number}AAA" for number in range(1, 4))
DEAL = "006000000000001AAA"


def account(record_id: str, name: str, **fields):
    return {"Id": record_id, "Name": name, "OwnerId": ADA, **fields}


def opportunity(**fields):
    base = {"Id": DEAL, "Name": "Big one", "StageName": "Prospecting", "Amount": 1000, "OwnerId": BEN}
    return {**base, "CloseDate": "2027-01-31", "AccountId": NORTH, **fields}


def furnish(office: Office) -> None:
    office.org(
        Account=[
            account(NORTH, "North GmbH", Website="https://www.north.example", NumberOfEmployees=300),
            account(SOUTH, "South Inc."),
            account(WEST, "West Ltd", Website="west.example"),
        ],
        Contact=[{"Id": "003000000000001AAA", "LastName": "Nora", "Email": "nora@else.example", "AccountId": NORTH}],
        Lead=[{"LastName": "Sol", "Email": "sol@gmail.com", "Company": "SOUTH", "OwnerId": ADA}],
    )
    companies = [
        {"id": "501", "name": "North Europe", "domain": "north.example", "country": "Germany"},
        {"id": "502", "name": "South", "domain": "south.example"},
    ]
    contacts = [contact(601, "ned@north.example"), contact(602, "hans@gmail.com"), contact(603, "hal@south.example")]
    office.portal(
        companies=companies,
        contacts=contacts,
        ties=[("contacts", "602", "companies", "501", 1)],
    )


def test_records_are_joined_and_people_matched(either_office: Office) -> None:
    office = either_office
    furnish(office)
    office.sync()
    accounts = office.accounts()
    assert accounts[NORTH].account_id == accounts["501"].account_id
    assert accounts[SOUTH].account_id == accounts["502"].account_id
    assert len({row.account_id for row in accounts.values()}) == 3
    assert (accounts[NORTH].joined_by, accounts[SOUTH].joined_by, accounts[WEST].joined_by) == (
        *("domain", "name"),
        "alone",
    )
    north, south = accounts[NORTH].account_id, accounts[SOUTH].account_id
    found = {name: (row.account_id, row.account_match) for name, row in office.people().items()}
    assert found == {
        "nora": (north, "association"),
        "ned": (north, "email_domain"),
        "hans": (north, "association"),
        "sol": (south, "account_name"),
        "hal": (south, "email_domain"),
    }
    assert office.employer_of("ned").people == 3
    # The employer's values are those of its people where their own records have none.
    ned = office.people()["ned"]
    assert (ned.employees, ned.account_name, ned.country) == (300, "North GmbH", "germany")
    assert set(office.statuses().values()) == {"none"}
    told = office.app.explain("acme", "ned@north.example")
    assert told.account is not None
    assert (told.account["matched_by"], told.account["evidence"]) == ("email_domain", {"value": "north.example"})
    assert [record["record_id"] for record in told.account["records"]] == ["501", NORTH]


def test_nothing_is_done_twice_and_a_change_concerns_exactly_its_people(either_office: Office) -> None:
    office = either_office
    furnish(office)
    office.sync()
    ids = {name: row.person_id for name, row in office.people().items()}
    assert office.sync() == set()
    office.edit("Account", NORTH, NumberOfEmployees=500)
    assert office.sync() == {ids["nora"], ids["ned"], ids["hans"]}
    assert office.people()["hans"].employees == 500
    office.org(Opportunity=[opportunity(AccountId=SOUTH)])
    assert office.sync() == {ids["sol"], ids["hal"]}
    assert office.statuses() == {**dict.fromkeys(ids, "none"), "sol": "open_opportunity", "hal": "open_opportunity"}
    office.edit("Opportunity", DEAL, AccountId=NORTH)
    assert office.sync() == set(ids.values())
    assert office.statuses() == {**dict.fromkeys(ids, "open_opportunity"), "sol": "none", "hal": "none"}
    office.edit("Account", WEST, Website="other.example")
    assert office.sync() == set()


def test_a_domain_that_becomes_ambiguous_and_unambiguous_again(office: Office) -> None:
    furnish(office)
    office.sync()
    north = office.people()["ned"].account_id
    office.edit("Account", WEST, Website="https://north.example/")
    office.sync()
    ned = office.people()["ned"]
    assert (ned.account_id, ned.account_match, ned.account_evidence["accounts"]) == (None, "ambiguous", 3)
    assert office.accounts()["501"].account_id != office.accounts()[NORTH].account_id
    assert office.people()["nora"].account_match == "association"
    told = office.app.explain("acme", "ned@north.example")
    assert told.account is not None
    assert told.account["matched_by"] == "ambiguous"
    office.edit("Account", WEST, Website="west.example")
    office.sync()
    ned = office.people()["ned"]
    assert (ned.account_match, ned.account_id) == ("email_domain", office.accounts()[NORTH].account_id)
    assert office.accounts()["501"].account_id == ned.account_id == office.people()["hans"].account_id
    assert north in {row.account_id for row in office.accounts().values()}


@pytest.mark.parametrize("first", ["salesforce", "hubspot"])
def test_the_order_of_arrival_does_not_matter(make_office, first: str) -> None:
    office = make_office()
    org = {"Account": [account(NORTH, "North GmbH"), account(SOUTH, "South")]}
    companies = [{"id": "501", "name": "North", "domain": "north.example", "salesforceaccountid": SOUTH}]
    people = [contact(601, "ned@north.example")]
    office.control("hubspot", "settings", {"salesforce_sync_installed": True})
    steps = [lambda: office.org(**org), lambda: office.portal(companies=companies, contacts=people)]
    for step in steps if first == "salesforce" else reversed(steps):
        step()
        office.sync()
    accounts = office.accounts()
    assert accounts["501"].account_id == accounts[SOUTH].account_id != accounts[NORTH].account_id
    assert accounts["501"].joined_by == "reference"
    assert office.people()["ned"].account_id == accounts[SOUTH].account_id


def test_a_deal_of_a_company_counts_for_its_people(office: Office) -> None:
    furnish(office)
    office.sync()
    deal = {"id": "701", "dealname": "Add-on", "amount": "900", "pipeline": "default", "dealstage": "closedwon"}
    office.portal(
        deals=[{**deal, "closedate": stamp(NOW)}],
        ties=[("deals", "701", "companies", "502", 5)],
    )
    office.sync()
    assert (office.statuses()["sol"], office.statuses()["ned"]) == ("customer", "none")
    assert office.people()["sol"].won_opportunities == 0  # the account's business is not yet the person's


def test_by_time_alone_people_stop_being_active(make_office) -> None:
    rule = """
[[fit.rules]]
id = "busy_account"
when = { field = "account_people_active", at_least = 2 }
points = 3
"""
    office = make_office(scoring=_scoring_with(rule))
    companies = [{"id": "501", "name": "North", "domain": "north.example"}]
    people = [contact(600 + n, f"{name}@north.example", **raised()) for n, name in enumerate(("ann", "bob", "cat"))]
    people[2].pop("recent_conversion_date")
    office.portal(companies=companies, contacts=people)
    office.sync()
    assert {row.account_people for row in office.people().values()} == {3}
    assert {row.account_people_active for row in office.people().values()} == {2}
    office.sync(timedelta(days=13))
    assert office.employer_of("cat").people_active == 2
    office.sync(timedelta(days=3))
    assert office.employer_of("cat").people_active == 0
    assert {row.account_people_active for row in office.people().values()} == {0}


def _scoring_with(rule: str) -> str:
    rules = merged(read_layers(None)["scoring.toml"]).values["fit"]["rules"]
    own = tomlkit.parse(rule).unwrap()
    return tomlkit.dumps({"fit": {"rules": [*rules, *own["fit"]["rules"]]}})


@pytest.mark.parametrize(("fallback", "stage"), [(False, "name"), (True, "prospect")])
def test_an_opportunity_without_a_person_may_be_the_sole_contacts(make_office, fallback: bool, stage: str) -> None:
    office = make_office(identity=f"[accounts]\nfallback = {str(fallback).lower()}\n")
    people = [{"Id": "003000000000001AAA", "LastName": "Nora", "Email": "nora@north.example", "AccountId": NORTH}]
    office.org(Account=[account(NORTH, "North")], Contact=people)
    office.org(Opportunity=[opportunity()])
    office.sync()
    assert (office.people()["nora"].stage, office.people()["nora"].account_status) == (stage, "open_opportunity")
    # A second contact: nobody can say any more whose it is.
    office.org(Contact=[{"LastName": "Nils", "Email": "nils@north.example", "AccountId": NORTH}])
    office.sync()
    assert {row.open_opportunities for row in office.people().values()} == {0}


def test_a_lead_goes_to_who_knows_the_account(office: Office) -> None:
    office.org(
        Account=[
            account(NORTH, "North", Website="north.example", OwnerId=BEN),
            account(SOUTH, "South", Website="south.example", OwnerId=CLEO, Type="Customer - Direct"),
            account(WEST, "West", Website="west.example", OwnerId=ADA),
        ],
        Opportunity=[opportunity(AccountId=WEST, OwnerId=BEN)],
    )
    strong = {"numemployees": "100-500", "industry": "COMPUTER_SOFTWARE", "country": "United States", **raised()}
    office.portal(
        contacts=[
            contact(601, "ned@north.example", **strong),
            contact(602, "sue@south.example", **strong),
            contact(603, "wes@west.example", **strong),
            contact(604, "new@fresh.example", **strong),
        ],
        companies=[{"id": "501", "name": "Fresh", "domain": "fresh.example"}],
    )
    office.sync()
    assert office.given_to("ned") == ("Ben Sell", "account_owner")
    assert office.given_to("sue") == ("Cleo Care", "customer_owner")
    assert office.given_to("wes") == ("Ben Sell", "account_opportunity")
    first = office.given_to("new")
    assert first[1] == "pool"
    office.portal(contacts=[contact(605, "two@fresh.example", **{**strong, **raised(office.salesforce.clock.now())})])
    office.sync()
    assert office.given_to("two") == (first[0], "same_account")


def test_two_new_leads_of_one_account_go_to_one_colleague(office: Office) -> None:
    strong = {"numemployees": "100-500", "industry": "COMPUTER_SOFTWARE", "country": "United States", **raised()}
    names = ("one", "two", "six")
    office.portal(
        contacts=[contact(600 + n, f"{name}@fresh.example", **strong) for n, name in enumerate(names)],
        companies=[{"id": "501", "name": "Fresh", "domain": "fresh.example"}],
    )
    office.sync()
    given = [office.given_to(name) for name in names]
    assert len({owner for owner, _ in given}) == 1
    assert sorted(str(rule) for _, rule in given) == ["pool", "same_account", "same_account"]


def test_people_of_a_merged_account_are_those_of_the_survivor(either_office: Office) -> None:
    office = either_office
    furnish(office)
    office.sync()
    office.control("hubspot", "merge", {"object": "companies", "primary": "502", "other": "501", "by": 7004})
    office.sync()
    survivors = [row for row in office.accounts().values() if row.system == "hubspot" and not row.deleted]
    assert len(survivors) == 1
    assert office.people()["nora"].account_id == office.accounts()[NORTH].account_id
    assert office.people()["hans"].account_id == survivors[0].account_id
    assert survivors[0].account_id == office.accounts()[SOUTH].account_id != office.accounts()[NORTH].account_id
