"""The bytes that the stub server answers with, rendered once from a seed; the same seed gives the same bytes.

A page holds ``ROUND`` in every record id: the server puts a round number there, so that a million records can be
served from a hundred thousand rendered ones.
"""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass

import orjson

ROUND = b"@@"
RENDERED_MAX = 100_000
CONTACTS_PER_PAGE = 100
LEADS_PER_PAGE = 2_000
LEADS_PER_PORTION = 10_000

CONTACT_PROPERTIES = (
    *("email", "firstname", "lastname", "phone", "mobilephone", "jobtitle", "company", "website", "numemployees"),
    *("annualrevenue", "industry", "country", "state", "hs_language", "hs_analytics_source", "hs_email_optout"),
    *("lifecyclestage", "hs_lead_status", "hubspot_owner_id", "leadloop_need"),
    *("createdate", "lastmodifieddate", "hs_object_id"),
)
LEAD_FIELDS = (
    *("Id", "SystemModstamp", "CreatedDate", "LastModifiedById", "IsDeleted", "MasterRecordId", "IsConverted"),
    *("ConvertedContactId", "Email", "FirstName", "LastName", "Phone", "MobilePhone", "Title", "Company", "Website"),
    *("NumberOfEmployees", "AnnualRevenue", "Industry", "Country", "State", "LeadSource", "HasOptedOutOfEmail"),
    *("DoNotCall", "Status", "OwnerId", "Leadloop_Need__c"),
)
_FIRST = ("Anna", "Bruno", "Carla", "David", "Elif", "Frank", "Greta", "Hassan", "Ines", "Jürgen", "Kaito", "Lucía")
_LAST = ("Almeida", "Brückner", "Castillo", "Dubois", "Eriksson", "Fischer", "Green", "Haddad", "Ivanova", "Jones")
_TITLES = ("Director of Marketing", "VP Sales", "Head of Revenue Operations", "Engineer", "Managing Partner")
_INDUSTRIES = ("COMPUTER_SOFTWARE", "FINANCIAL_SERVICES", "MANUFACTURING", "HOSPITAL_HEALTH_CARE", "RETAIL")
_COUNTRIES = ("Germany", "United States", "France", "Spain", "Sweden", "United Kingdom")
_SOURCES = ("ORGANIC_SEARCH", "PAID_SEARCH", "EMAIL_MARKETING", "DIRECT_TRAFFIC", "REFERRALS", "OFFLINE")


@dataclass(frozen=True)
class Someone:
    """What both vendors' records are made of."""

    number: int
    first: str
    last: str
    title: str
    industry: str
    country: str
    source: str
    employees: int
    digits: str
    stamp: str

    @property
    def domain(self) -> str:
        return f"company-{self.number % 9_973:05d}.example"

    @property
    def email(self) -> str:
        return f"person.{self.number:07d}@{self.domain}"


def people(seed: int, count: int) -> list[Someone]:
    chance = random.Random(seed)
    return [_someone(chance, number) for number in range(count)]


def contact_pages(seed: int, count: int, ours: tuple[str, ...] = ()) -> list[bytes]:
    """HubSpot list answers of 100 contacts; the next page is named by its number, the last one names none."""
    rows = [_contact(one, ours) for one in people(seed, count)]
    pages = []
    for start in range(0, count, CONTACTS_PER_PAGE):
        page: dict[str, object] = {"results": rows[start : start + CONTACTS_PER_PAGE]}
        page["paging"] = {"next": {"after": "@@after@@", "link": "https://api.example/next"}}
        pages.append(orjson.dumps(page))
    return pages


def lead_pages(seed: int, count: int, ours: tuple[str, ...] = ()) -> list[bytes]:
    """The record arrays of Salesforce query answers of 2,000 Leads, without their frame."""
    rows = [_lead(one, ours) for one in people(seed, count)]
    return [orjson.dumps(rows[start : start + LEADS_PER_PAGE]) for start in range(0, count, LEADS_PER_PAGE)]


def lead_portions(seed: int, count: int) -> list[bytes]:
    """Bulk 2.0 results of 10,000 rows, each with its header line."""
    rows = [_cells(_lead(one)) for one in people(seed, count)]
    portions = []
    for start in range(0, count, LEADS_PER_PORTION):
        text = io.StringIO(newline="")
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(LEAD_FIELDS)
        writer.writerows(rows[start : start + LEADS_PER_PORTION])
        portions.append(text.getvalue().encode())
    return portions


def _someone(chance: random.Random, number: int) -> Someone:
    day, second = chance.randrange(1, 29), chance.randrange(60)
    return Someone(
        number=number,
        first=chance.choice(_FIRST),
        last=chance.choice(_LAST),
        title=chance.choice(_TITLES),
        industry=chance.choice(_INDUSTRIES),
        country=chance.choice(_COUNTRIES),
        source=chance.choice(_SOURCES),
        employees=chance.randrange(1, 20_000),
        digits=f"{chance.randrange(10**9):09d}",
        stamp=f"2026-{chance.randrange(1, 10):02d}-{day:02d}T{chance.randrange(24):02d}:07:{second:02d}",
    )


def _contact(one: Someone, ours: tuple[str, ...]) -> dict[str, object]:
    record_id = f"1@@{one.number:08d}"
    values = (
        *(one.email, one.first, one.last, f"+49 {one.digits}", None, one.title, f"Company {one.number % 9_973} GmbH"),
        *(f"https://{one.domain}", str(one.employees), None, one.industry, one.country, None, "en", one.source),
        *("false", "lead", None, "7040123", None, "2025-01-02T03:04:05.678Z", f"{one.stamp}.123Z", record_id),
    )
    properties = {**dict(zip(CONTACT_PROPERTIES, values, strict=True)), **dict.fromkeys(ours)}
    stamps = {"createdAt": properties["createdate"], "updatedAt": properties["lastmodifieddate"]}
    return {"id": record_id, "properties": properties, **stamps, "archived": False}


def _lead(one: Someone, ours: tuple[str, ...] = ()) -> dict[str, object]:
    record_id = lead_id(one.number)
    values: tuple[object, ...] = (
        *(record_id, f"{one.stamp}.000+0000", "2025-01-02T03:04:05.000+0000", "005000000000001AAA", False, None),
        *(False, None, one.email, one.first, one.last, f"+49 {one.digits}", None, one.title),
        *(f"Company {one.number % 9_973} GmbH", f"https://{one.domain}", one.employees, None, one.industry),
        *(one.country, None, one.source, False, False, "Open - Not Contacted", "005000000000001AAA", None),
    )
    attributes = {"type": "Lead", "url": f"/services/data/v67.0/sobjects/Lead/{record_id}"}
    return {"attributes": attributes, **dict(zip(LEAD_FIELDS, values, strict=True)), **dict.fromkeys(ours)}


def lead_id(number: int) -> str:
    return f"00Q5@@{number:09d}AAA"


def _cells(row: dict[str, object]) -> list[str]:
    return [_cell(row[name]) for name in LEAD_FIELDS]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).replace(".000+0000", ".000Z")  # Bulk writes Z where REST writes +0000
