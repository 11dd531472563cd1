"""Routing over the whole loop: territories, partners, marketing's owners, and the leads of colleagues who left."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.accounts.conftest import MakeOffice
from tests.accounts.office import ADA, BEN, MAX, NOW, Office, contact, raised

MIA = "005000000000105AAA"
FITTING = {"numemployees": "100-500", "industry": "COMPUTER_SOFTWARE", "country": "Germany", "jobtitle": "VP Marketing"}
HUBSPOT_ID = {ADA: "9001", BEN: "9002", MAX: "9004", MIA: "9005"}


def member(name: str, role: str, user: str, *more: str) -> str:
    ids = f'salesforce_user_id = "{user}"\nhubspot_owner_id = "{HUBSPOT_ID[user]}"\n'
    return f'[[members]]\nname = "{name}"\nrole = "{role}"\n{ids}' + "\n".join(more) + "\n"


ADA_SELL = member("Ada Sell", "sdr", ADA)
BEN_SELL = member("Ben Sell", "ae", BEN, 'pools = ["dach", "default"]', 'skills = ["german"]', "weight = 1")
MAX_LEAD = member("Max Lead", "manager", MAX)
MIA_MAIL = member("Mia Mail", "marketing", MIA)
FALLBACK = '[fallback]\nmember = "Max Lead"\n'
DACH = """
[[territories]]
name = "dach"
when = { field = "country", is = "germany" }
pool = "dach"
requires_skills = ["german"]
"""


def furnished(make_office: MakeOffice, *members: str, routing: str = "") -> Office:
    office = make_office(team="\n".join(members), routing=FALLBACK + routing)
    mia = {"Id": MIA, "FirstName": "Mia", "LastName": "Mail", "Username": "mia@seller.example"}
    office.org(User=[{**mia, "Email": "mia@seller.example", "Alias": "mia"}])
    owner = {"id": "9005", "email": "mia@seller.example", "firstName": "Mia", "lastName": "Mail", "userId": 7005}
    office.control("hubspot", "seed", {"owners": [owner]})
    return office


def lead_of(office: Office, email: str) -> dict[str, Any]:
    answer = office.control_get("salesforce", "dump")["records"].get("Lead", {})
    return next(row for row in answer.values() if row["Email"] == email)


def hubspot_owner(office: Office, record_id: str) -> str | None:
    contacts = office.control_get("hubspot", "dump")["records"]["contacts"]
    return contacts[record_id].get("hubspot_owner_id")


def test_a_territory_gives_to_its_pool_and_the_rest_to_the_default_one(make_office: MakeOffice) -> None:
    office = furnished(make_office, ADA_SELL, BEN_SELL, MAX_LEAD, routing=DACH)
    people: list[dict[str, Any]] = [
        contact(601, "dora@gmail.com", **FITTING, **raised()),
        contact(602, "fred@gmail.com", **raised()),
    ]
    people[1] |= {**FITTING, "country": "France"}
    office.portal(contacts=people)
    office.sync()
    assert office.given_to("dora") == ("Ben Sell", "territory")
    assert office.given_to("fred") == ("Ada Sell", "pool")
    assert lead_of(office, "dora@gmail.com")["OwnerId"] == BEN


def given(office: Office, *, after: int = 2) -> None:
    """One person handed to Ada, confirmed."""
    office.portal(contacts=[contact(601, "hans@gmail.com", **FITTING, **raised())])
    for _ in range(after):
        office.sync()
    assert office.given_to("hans") == ("Ada Sell", "pool")
    assert (lead_of(office, "hans@gmail.com")["OwnerId"], hubspot_owner(office, "601")) == (ADA, "9001")


def writes_nothing(office: Office) -> None:
    before = [office.control_get(system, "digest")["digest"] for system in ("salesforce", "hubspot")]
    office.sync(after=timedelta(0))
    assert [office.control_get(system, "digest")["digest"] for system in ("salesforce", "hubspot")] == before


@pytest.mark.parametrize("worked", [False, True])
def test_the_leads_of_somebody_who_left_go_to_somebody_else_in_both_systems(
    make_office: MakeOffice, *, worked: bool
) -> None:
    office = furnished(make_office, ADA_SELL, BEN_SELL, MAX_LEAD)
    given(office)
    writes_nothing(office)
    lead = lead_of(office, "hans@gmail.com")["Id"]
    if worked:
        office.control(
            "salesforce", "edit", {"object": "Lead", "id": lead, "by": ADA, "fields": {"Status": "Working - Contacted"}}
        )
        office.sync()
        assert office.people()["hans"].disposition == "accepted"
    status = lead_of(office, "hans@gmail.com")["Status"]
    office.edit("User", ADA, IsActive=False)
    office.sync()
    assert (lead_of(office, "hans@gmail.com")["OwnerId"], hubspot_owner(office, "601")) == (BEN, "9002")
    assert lead_of(office, "hans@gmail.com")["Status"] == status
    assert office.given_to("hans") == ("Ben Sell", "pool")
    writes_nothing(office)


def test_who_takes_over_what_was_being_sold_is_told_why_and_nothing_is_written_twice(make_office: MakeOffice) -> None:
    """Called, converted with an opportunity, then the rep leaves: next is the new owner's first contact."""
    office = furnished(make_office, ADA_SELL, BEN_SELL, MAX_LEAD)
    given(office)
    lead = lead_of(office, "hans@gmail.com")["Id"]
    call = {"WhoId": lead, "OwnerId": ADA, "Subject": "Call", "TaskSubtype": "Call", "Status": "Completed"}
    call |= {"Priority": "Normal", "ActivityDate": NOW.date().isoformat(), "CallType": "Outbound"}
    office.control("salesforce", "create", {"object": "Task", "fields": call, "by": ADA})
    deal = {"Name": "New", "StageName": "Qualification", "CloseDate": "2027-03-01", "Amount": 18000}
    conversion = {"id": lead, "by": ADA, "opportunity": deal, "status": "Closed - Converted"}
    office.control("salesforce", "convert", conversion)
    office.sync()
    assert office.people()["hans"].disposition == "sales_qualified"
    office.edit("User", ADA, IsActive=False)
    office.sync()
    tasks = office.control_get("salesforce", "dump")["records"]["Task"].values()
    assert [row["Subject"] for row in tasks if row["OwnerId"] == BEN] == [
        "A lead: Hans was with a colleague who has left, and is yours now"
    ]
    assert office.people()["hans"].next_step == "First contact by sales"
    writes_nothing(office)
    assert office.people()["hans"].next_step == "First contact by sales"


def test_the_turns_are_remembered_from_run_to_run(make_office: MakeOffice) -> None:
    """One hand-off in each run, so only the store knows whose turn it is: weights 2 and 1."""
    office = furnished(make_office, ADA_SELL + "weight = 2\n", BEN_SELL, MAX_LEAD)
    owners = []
    for number in range(6):
        properties = {**FITTING, **raised(NOW + timedelta(minutes=20 * number))}
        office.portal(contacts=[contact(601 + number, f"p{number}@gmail.com", **properties)])
        office.sync()
        owners.append(office.given_to(f"p{number}")[0])
    assert owners == ["Ada Sell", "Ben Sell", "Ada Sell"] * 2


def test_leaving_the_roster_is_leaving(make_office: MakeOffice) -> None:
    office = furnished(make_office, ADA_SELL, BEN_SELL, MAX_LEAD)
    given(office)
    office.write("team", f"{BEN_SELL}\n{MAX_LEAD}")
    office.sync()
    assert (lead_of(office, "hans@gmail.com")["OwnerId"], hubspot_owner(office, "601")) == (BEN, "9002")


def test_what_we_did_not_give_is_listed_and_left_alone(make_office: MakeOffice) -> None:
    office = furnished(make_office, ADA_SELL, BEN_SELL, MAX_LEAD)
    given(office)
    lead = lead_of(office, "hans@gmail.com")["Id"]
    # A person gave it to a colleague, who is the one to leave.
    office.edit("Lead", lead, OwnerId=BEN)
    office.sync()
    office.edit("User", ADA, IsActive=False)
    office.sync()
    assert lead_of(office, "hans@gmail.com")["OwnerId"] == BEN
    assert office.findings().get("left_behind") is None


def test_a_lead_from_before_of_somebody_who_left_is_a_finding(make_office: MakeOffice) -> None:
    office = furnished(make_office, ADA_SELL, BEN_SELL, MAX_LEAD)
    old: dict[str, Any] = {
        "LastName": "Alt",
        "Email": "alt@gmail.com",
        "Company": "Alt",
        "Title": "VP Marketing",
        "OwnerId": ADA,
    }
    old |= {"NumberOfEmployees": 200, "Country": "Germany", "Industry": "Computer Software", "Status": "Working"}
    office.org(Lead=[old])
    office.portal(
        contacts=[contact(601, "alt@gmail.com", **FITTING, **raised(NOW - timedelta(days=5)))],
    )
    office.sync()
    assert office.people()["alt"].disposition in ("assigned", "accepted", "working")
    office.edit("User", ADA, IsActive=False)
    office.sync()
    assert lead_of(office, "alt@gmail.com")["OwnerId"] == ADA
    found = office.findings()["left_behind"]
    assert (found.severity, found.count) == ("warning", 1)
    assert ADA in found.remedy


BY_TRACK = '[marketing]\nowner = "Max Lead"\n\n[marketing.by_track]\nqualified_b = "Mia Mail"\n'
SILENT_B = {**FITTING, "jobtitle": "Marketing Manager"}


@pytest.mark.parametrize(
    ("owner", "expected"),
    [(None, "9005"), ("9001", "9001")],
)
def test_marketings_owner_is_written_where_nobody_else_is(
    make_office: MakeOffice, owner: str | None, expected: str
) -> None:
    """A person whom marketing keeps: the track's owner is recorded, and written only where the record has nobody."""
    office = furnished(make_office, ADA_SELL, MAX_LEAD, MIA_MAIL, routing=BY_TRACK)
    unfit: dict[str, Any] = {"jobtitle": "Accountant", "country": "Germany"}
    properties = {**unfit, **raised(), **({"hubspot_owner_id": owner} if owner else {})}
    office.portal(contacts=[contact(601, "bea@gmail.com", **properties)])
    office.sync()
    person = office.people()["bea"]
    assert (person.grade, person.track) == ("B", "qualified_b")
    assert office.app.explain("acme", "bea@gmail.com").responsible == "Mia Mail"
    assert hubspot_owner(office, "601") == expected
    office.sync()
    writes_nothing(office)
