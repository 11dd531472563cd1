"""How explain tells a person's employer: the match with its evidence, and why there is none."""

from __future__ import annotations

from datetime import UTC, datetime

from connector.report.sentences import Names
from connector.report.story_account import account_lines, account_of

EMPLOYER = {
    "status": "open_opportunity",
    "status_since": datetime(2026, 3, 1, tzinfo=UTC),
    "status_why": "salesforce:006A is open",
    "people": 3,
    "people_active": 1,
    "owner_id": 70,
    "opportunity_owner_id": 71,
    "customer_owner_id": None,
    "records": [
        {"system": "hubspot", "record_id": "501", "name": "North", "joined_by": "domain"},
        {"system": "salesforce", "record_id": "001A", "name": None, "joined_by": "alone"},
    ],
}


def lines(person, employer):
    return list(account_lines(account_of(person, employer, Names({70: "Rita Rep"}))))


def test_the_match_and_the_standing_are_told():
    person = {"account_match": "email_domain", "account_evidence": {"value": "north.example"}}
    assert lines(person, EMPLOYER) == [
        ("hubspot", "North 501 (joined by domain)"),
        ("salesforce", "001A"),
        ("matched by", "email domain: north.example"),
        ("status", "open opportunity, salesforce:006A is open"),
        ("owner", "Rita Rep"),
        ("opportunity owner", "user 71"),
        ("people", "3, 1 of them active in the last 14 days"),
    ]


def test_an_association_names_the_record():
    person = {"account_match": "association", "account_evidence": {"system": "salesforce", "record_id": "001A"}}
    assert ("matched by", "association: salesforce 001A") in lines(person, EMPLOYER)


def test_why_there_is_none():
    evidence = {"by": "email_domain", "value": "shared.example", "accounts": 2}
    assert lines({"account_match": "ambiguous", "account_evidence": evidence}, None) == [
        ("none", "the email domain shared.example is that of 2 accounts")
    ]
    assert lines({"account_match": None, "account_evidence": None}, None) == []
