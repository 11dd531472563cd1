"""Structure, products and decision makers of accounts over the whole loop, on both databases."""

from __future__ import annotations

from datetime import timedelta

from tests.accounts.office import ADA, BEN, Office, contact, raised

GROUP, NORTH = (f"00100000000000{number}AAA" for number in (7, 1))
DEAL = "006000000000001AAA"
NORA = "003000000000001AAA"


A_MINUTE = timedelta(minutes=1)
"""Too short for a reminder or another step of the hand-off to fall due."""


def furnish(office: Office) -> None:
    office.org(
        Account=[
            {"Id": GROUP, "Name": "Group SE", "OwnerId": ADA},
            {"Id": NORTH, "Name": "North GmbH", "OwnerId": ADA, "Website": "north.example", "ParentId": GROUP}
            | {"Ownership": "Private"},
        ],
        Contact=[{"Id": NORA, "FirstName": "Nora", "LastName": "Berg", "Email": "nora@north.example"}],
        Opportunity=[
            {"Id": DEAL, "Name": "Starter", "StageName": "Closed Won", "Amount": 900, "OwnerId": BEN}
            | {"CloseDate": "2026-10-01", "AccountId": NORTH}
        ],
        OpportunityContactRole=[
            {"Id": "00K000000000001EAA", "OpportunityId": DEAL, "ContactId": NORA, "Role": "Economic Buyer"}
        ],
    )
    office.portal(
        companies=[{"id": "501", "name": "North GmbH", "domain": "north.example"}],
        contacts=[
            contact(601, "ned@north.example", hs_buying_role="DECISION_MAKER;CHAMPION"),
            contact(602, "hans@north.example", **raised()),
        ],
    )


def told(office: Office, name: str):
    return office.app.explain("acme", f"{name}@north.example").account


def test_an_account_tells_its_group_what_it_has_and_who_decides(either_office: Office) -> None:
    office = either_office
    furnish(office)
    office.sync()
    account = told(office, "hans")
    assert account["structure"] == "part of Group SE; Private"
    assert account["current_products"] == "Starter"
    assert {(each["name"], each["roles"]) for each in account["decision_makers"]} == {
        ("Nora Berg", ("economic buyer",)),
        ("Ned", ("decision maker",)),
    }
    office.sync()  # the record that the hand-off made comes back
    assert office.sync(A_MINUTE) == set()
    office.edit("Account", GROUP, Name="Grand Group SE")
    office.edit_hubspot("contacts", "601", hs_buying_role="CHAMPION")
    office.sync()
    account = told(office, "hans")
    assert account["structure"] == "part of Grand Group SE; Private"
    assert [each["name"] for each in account["decision_makers"]] == ["Nora Berg"]
    assert office.sync(A_MINUTE) == set()
