"""The company of one schedule: a few people in two CRMs, three colleagues, and a mapping with two-way fields.

Decides who exists before the first run; knows nothing of faults, edits or checks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

START = datetime(2026, 11, 17, 10, tzinfo=UTC)  # a Tuesday morning
LIVE_SINCE = START - timedelta(days=1)
COMPANY = "acme"

ADA, BEN, MAX = "005000000000101AAA", "005000000000102AAA", "005000000000103AAA"
HUBSPOT_USERS = {"9001": 7_001, "9002": 7_002, "9003": 7_003}
REPS = (ADA, BEN)
OWNERS = ("9001", "9002")

PEOPLE_MIN, PEOPLE_MAX = 5, 8
PLACES = (
    "hubspot",
    "lead",
    "contact",
    "both_lead",
    "both_lead",
    "both_lead",
    "both_contact",
    "both_contact",
    "two_leads",
)
MARKETING_ONLY = ("hubspot",) * 12
TITLES = ("VP Marketing", "Head of Sales", "Operations Manager", "Chief Revenue Officer")

FIELDS_TOML = """
[canonical]
phone = { type = "phone", policy = "two_way" }
title = { type = "text", policy = "two_way" }

[salesforce.Lead.fields]
Phone = { read = "phone", write = "phone" }
Title = { read = "title", write = "title" }

[salesforce.Contact.fields]
Phone = { read = "phone", write = "phone" }
Title = { read = "title", write = "title" }

[hubspot.contacts.fields]
phone = { read = "phone", write = "phone" }
jobtitle = { read = "title", write = "title" }
"""

TEAM_TOML = f"""
[[members]]
name = "Ada Sell"
role = "sdr"
salesforce_user_id = "{ADA}"
hubspot_owner_id = "9001"

[[members]]
name = "Ben Sell"
role = "ae"
salesforce_user_id = "{BEN}"
hubspot_owner_id = "9002"

[[members]]
name = "Max Lead"
role = "manager"
salesforce_user_id = "{MAX}"
hubspot_owner_id = "9003"
weight = 0
"""

ROUTING_TOML = '[fallback]\nmember = "Max Lead"\n'

NURTURE_TOML = "".join(
    f"""
[tracks.{track}.human_touch]
text = "call and ask"
first_business_days = 1
times = 1
"""
    for track in ("welcome", "educate")
)
"""Touches that are asked for at once, beside those of the default."""

TWO_WAY = {
    ("salesforce", "Lead", "Phone"): "phone",
    ("salesforce", "Contact", "Phone"): "phone",
    ("hubspot", "contacts", "phone"): "phone",
    ("salesforce", "Lead", "Title"): "title",
    ("salesforce", "Contact", "Title"): "title",
    ("hubspot", "contacts", "jobtitle"): "title",
}
"""(system, object, field) -> the shared field that people change in both CRMs."""


def write_mapping(folder: Path, *, touches: bool = False) -> Path:
    """The company's own mapping files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {"fields": FIELDS_TOML, "team": TEAM_TOML, "routing": ROUTING_TOML}
    if touches:
        files |= {"nurture": NURTURE_TOML, "routing": f'{ROUTING_TOML}[marketing]\nowner = "Max Lead"\n'}
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


@dataclass
class Seeds:
    """What the control planes of both simulators take as ``seed``."""

    salesforce: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    hubspot: list[dict[str, Any]] = field(default_factory=list)


def populate(random: Random, *, touches: bool = False) -> Seeds:
    """The people of one schedule; where touches are asked for, most of them are only in HubSpot."""
    places = (*PLACES, *MARKETING_ONLY) if touches else PLACES
    seeds = Seeds({"User": _users(), "Account": [], "Lead": [], "Contact": []})
    for number in range(random.randint(PEOPLE_MIN, PEOPLE_MAX)):
        place = random.choice(places)
        person = _Person(number, random)
        if place in ("hubspot", "both_lead", "both_contact"):
            seeds.hubspot.append(person.hubspot())
        if place in ("lead", "both_lead", "two_leads"):
            seeds.salesforce["Lead"].append(person.lead(random))
        if place == "two_leads":
            seeds.salesforce["Lead"].append(person.lead(random))
        if place in ("contact", "both_contact"):
            account, contact = person.contact(random)
            seeds.salesforce["Account"].append(account)
            seeds.salesforce["Contact"].append(contact)
    return seeds


def _users() -> list[dict[str, Any]]:
    rows = ((ADA, "Ada", "Sell"), (BEN, "Ben", "Sell"), (MAX, "Max", "Lead"))
    return [
        {
            "Id": user_id,
            "FirstName": first,
            "LastName": last,
            "Username": f"{first}@seller.example".lower(),
            "Email": f"{first}@seller.example".lower(),
            "Alias": first.lower(),
        }
        for user_id, first, last in rows
    ]


def owners() -> list[dict[str, Any]]:
    """The same colleagues as HubSpot owners."""
    names = (("9001", "Ada", "Sell"), ("9002", "Ben", "Sell"), ("9003", "Max", "Lead"))
    return [
        {
            "id": owner_id,
            "email": f"{first}@seller.example".lower(),
            "firstName": first,
            "lastName": last,
            "userId": HUBSPOT_USERS[owner_id],
            "type": "PERSON",
        }
        for owner_id, first, last in names
    ]


class _Person:
    def __init__(self, number: int, random: Random) -> None:
        self.number = number
        self.email = f"person{number}@customer{number % 3}.example"
        self.phone = f"+1555{number:07d}"
        self.title = random.choice(TITLES)
        self.strong = random.random() < 0.6
        self.raises_hand = random.random() < 0.5
        self.created = START - timedelta(days=random.randint(20, 300), minutes=random.randint(0, 900))
        self.last_name = f"Name{number}"

    def hubspot(self) -> dict[str, Any]:
        properties: dict[str, Any] = {
            "email": self.email,
            "firstname": "Pat",
            "lastname": self.last_name,
            "phone": self.phone,
            "jobtitle": self.title,
            "company": f"Customer {self.number % 3}",
            "country": "United States",
            "lifecyclestage": "subscriber",
        }
        if self.strong:
            properties |= {"numemployees": "100-500", "industry": "COMPUTER_SOFTWARE"}
        if self.raises_hand:
            properties |= hand_raise(START - timedelta(hours=2, minutes=self.number))
        return {"properties": properties, "createdAt": self.created.isoformat()}

    def lead(self, random: Random) -> dict[str, Any]:
        return {
            "FirstName": "Pat",
            "LastName": self.last_name,
            "Company": f"Customer {self.number % 3}",
            "Email": self.email.upper() if random.random() < 0.3 else self.email,
            "Phone": self.phone,
            "Title": self.title,
            "Country": "United States",
            "NumberOfEmployees": 200 if self.strong else 5,
            "Status": "Open - Not Contacted",
            "OwnerId": random.choice((*REPS, MAX)),
            "CreatedDate": salesforce_moment(self.created),
        }

    def contact(self, random: Random) -> tuple[dict[str, Any], dict[str, Any]]:
        created = salesforce_moment(self.created)
        account_id = f"001{self.number:012d}AAA"
        account = {"Id": account_id, "Name": f"Customer {self.number % 3} Inc", "NumberOfEmployees": 300}
        contact = {
            "AccountId": account_id,
            "FirstName": "Pat",
            "LastName": self.last_name,
            "Email": self.email,
            "Phone": self.phone,
            "Title": self.title,
            "OwnerId": random.choice(REPS),
            "CreatedDate": created,
        }
        return {**account, "CreatedDate": created, "OwnerId": contact["OwnerId"]}, contact


def hand_raise(at: datetime) -> dict[str, str]:
    """A submitted form, as the contact shows it."""
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {"recent_conversion_event_name": "Demo request", "recent_conversion_date": moment}


def salesforce_moment(at: datetime) -> str:
    """A stamp in Salesforce's form."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
