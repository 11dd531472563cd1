"""The SOQL engine, by tables: which rows a condition finds, in which order, and what is refused."""

from __future__ import annotations

import pytest

from adapters.simulator.salesforce.soql_parser import parse
from tests.simulator.salesforce.salesforce_client import OWNER, Client

LEADS: list[dict[str, object]] = [
    {
        "LastName": "Alpha",
        "Email": "a@x.co",
        "Title": "CEO",
        "AnnualRevenue": 100,
        "LastModifiedDate": "2026-03-01T00:00:01Z",
    },
    {"LastName": "beta", "Email": "B@x.co", "AnnualRevenue": 200.5, "LastModifiedDate": "2026-03-01T00:00:02Z"},
    {"LastName": "Gamma", "Title": "VP 100%", "DoNotCall": True, "LastModifiedDate": "2026-02-20T00:00:00Z"},
    {"LastName": "O'Neil", "Title": "", "OwnerId": OWNER, "LastModifiedDate": "2026-03-02T09:00:00Z"},
]


@pytest.fixture(scope="module")
def org():
    client = Client()
    client.control("seed", {"records": {"Lead": [{**lead, "Company": "Acme"} for lead in LEADS]}})
    return client


CONDITIONS = [
    ("LastName = 'ALPHA'", "Alpha"),
    ("LastName != 'alpha'", "beta Gamma O'Neil"),
    ("LastName <> 'alpha' AND Email != null", "beta"),
    ("LastName > 'b'", "beta Gamma O'Neil"),
    ("Email = null", "Gamma O'Neil"),
    ("Title != 'CEO'", "beta Gamma O'Neil"),
    ("Title = ''", ""),
    ("LastName = 'O\\'Neil'", "O'Neil"),
    ("LastName LIKE '%A'", "Alpha beta Gamma"),
    ("LastName LIKE '_eta'", "beta"),
    ("Title LIKE '%100\\%'", "Gamma"),
    ("(NOT LastName LIKE '%a')", "O'Neil"),
    ("LastName IN ('alpha', 'BETA')", "Alpha beta"),
    ("LastName NOT IN ('alpha', 'BETA')", "Gamma O'Neil"),
    ("Email IN (null, 'a@x.co')", "Alpha Gamma O'Neil"),
    ("AnnualRevenue >= 100 AND AnnualRevenue < 2.005E2", "Alpha"),
    ("AnnualRevenue < 0", ""),
    ("DoNotCall = true", "Gamma"),
    ("DoNotCall != TRUE", "Alpha beta O'Neil"),
    ("(LastName = 'Alpha' OR LastName = 'beta') AND Email LIKE 'b%'", "beta"),
    ("SystemModstamp = 2026-03-01T00:00:01Z", "Alpha"),
    ("SystemModstamp > 2026-03-01T00:00:01.500Z", "beta O'Neil"),
    ("SystemModstamp >= 2026-03-01T01:00:02+01:00", "beta O'Neil"),
    ("SystemModstamp = TODAY", "O'Neil"),
    ("SystemModstamp = YESTERDAY", "Alpha beta"),
    ("SystemModstamp < YESTERDAY", "Gamma"),
    ("SystemModstamp = LAST_N_DAYS:5", "Alpha beta O'Neil"),
    ("SystemModstamp = LAST_MONTH", "Gamma"),
    ("SystemModstamp >= THIS_MONTH", "Alpha beta O'Neil"),
    ("SystemModstamp = N_DAYS_AGO:10", "Gamma"),
    ("SystemModstamp = THIS_WEEK", "Alpha beta O'Neil"),
    ("SystemModstamp > LAST_QUARTER", "Alpha beta Gamma O'Neil"),
    ("SystemModstamp = NEXT_N_DAYS:3", ""),
    (f"OwnerId = '{OWNER[:15]}'", "O'Neil"),
    ("Owner.Name = 'ruiz'", "O'Neil"),
    ("Lead.Owner.Type = 'User' AND Lead.LastName = 'beta'", "beta"),
    (f"OwnerId IN (SELECT Id FROM User WHERE Email = 'dana@acme.example' OR Id = '{OWNER}')", "O'Neil"),
    ("LastName IN (SELECT LastName FROM Contact)", ""),
]


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS, ids=[entry[0] for entry in CONDITIONS])
def test_condition(org, condition, expected):
    rows = org.soql(f"SELECT LastName FROM Lead WHERE {condition} ORDER BY LastName")
    assert " ".join(row["LastName"] for row in rows) == expected


ORDERS = [
    ("ORDER BY LastName DESC", "O'Neil Gamma beta Alpha"),
    ("ORDER BY AnnualRevenue, LastName DESC", "O'Neil Gamma Alpha beta"),
    ("ORDER BY AnnualRevenue NULLS LAST, LastName", "Alpha beta Gamma O'Neil"),
    ("ORDER BY AnnualRevenue DESC, LastName", "Gamma O'Neil beta Alpha"),
    ("ORDER BY AnnualRevenue DESC NULLS LAST, LastName LIMIT 3", "beta Alpha Gamma"),
    ("ORDER BY LastName LIMIT 2 OFFSET 1", "beta Gamma"),
    ("ORDER BY SystemModstamp ASC NULLS FIRST FOR VIEW", "Gamma Alpha beta O'Neil"),
    ("LIMIT 0", ""),
]


@pytest.mark.parametrize(("clauses", "expected"), ORDERS, ids=[entry[0] for entry in ORDERS])
def test_order(org, clauses, expected):
    rows = org.soql(f"SELECT Id, LastName FROM Lead {clauses}")
    assert " ".join(row["LastName"] for row in rows) == expected


REFUSED = [
    ("SELECT Foo FROM Lead", "INVALID_FIELD"),
    ("SELECT Owner.Foo FROM Lead", "INVALID_FIELD"),
    ("SELECT Boss.Name FROM Lead", "INVALID_FIELD"),
    ("SELECT Id FROM Laed", "INVALID_TYPE"),
    ("SELECT Id FROM Name", "INVALID_TYPE"),
    ("SELECT Id FORM Lead", "MALFORMED_QUERY"),
    ("SELECT * FROM Lead", "MALFORMED_QUERY"),
    ("SELECT Id FROM Lead WHERE", "MALFORMED_QUERY"),
    ("SELECT Id FROM Lead WHERE Id IN ()", "MALFORMED_QUERY"),
    ('SELECT Id FROM Lead WHERE LastName = "x"', "MALFORMED_QUERY"),
    ("SELECT Id FROM Lead WHERE LastName = 'x", "MALFORMED_QUERY"),
    ("SELECT Id FROM Lead LIMIT 1 Foo", "MALFORMED_QUERY"),
    ("SELECT Id, Id FROM Lead", "MALFORMED_QUERY"),
    ("SELECT Id FROM Lead WHERE LastName = 'a' AND Email = 'b' OR Title = 'c'", "MALFORMED_QUERY"),
    ("SELECT Id FROM Lead WHERE LastName = 5", "INVALID_FIELD"),
    ("SELECT Id FROM Lead WHERE AnnualRevenue = '5'", "INVALID_FIELD"),
    ("SELECT Id FROM Lead WHERE DoNotCall = 'true'", "INVALID_FIELD"),
    ("SELECT Id FROM Lead WHERE ConvertedDate = 2026-01-01T00:00:00Z", "INVALID_FIELD"),
    ("SELECT Id FROM Lead WHERE SystemModstamp > 2026-01-01", "INVALID_FIELD"),
    ("SELECT Id FROM Lead WHERE SystemModstamp > '2026-01-01T00:00:00Z'", "INVALID_FIELD"),
    ("SELECT Id FROM Lead WHERE Description = 'x'", "INVALID_FIELD"),
    ("SELECT Id FROM Lead ORDER BY Description", "INVALID_FIELD"),
    ("SELECT Id FROM Lead WHERE Id = 'nobody'", "INVALID_QUERY_FILTER_OPERATOR"),
    ("SELECT Id FROM Lead WHERE DoNotCall > true", "INVALID_QUERY_FILTER_OPERATOR"),
    ("SELECT Id FROM Lead WHERE AnnualRevenue LIKE '5'", "INVALID_QUERY_FILTER_OPERATOR"),
    ("SELECT Id FROM Lead WHERE Status INCLUDES ('a')", "INVALID_QUERY_FILTER_OPERATOR"),
    ("SELECT Id FROM Lead OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
    ("SELECT FIELDS(ALL) FROM Lead", "MALFORMED_QUERY"),
    ("SELECT FIELDS(CUSTOM) FROM Lead LIMIT 201", "MALFORMED_QUERY"),
    ("SELECT LastName, COUNT(Id) FROM Lead", "MALFORMED_QUERY"),
    ("SELECT (SELECT Id FROM Pets) FROM Lead", "INVALID_TYPE"),
    ("SELECT Id FROM Lead WHERE LastName = '" + "x" * 4001 + "'", "MALFORMED_QUERY"),
    ("", "MALFORMED_QUERY"),
]


@pytest.mark.parametrize(("text", "code"), REFUSED, ids=[entry[0][:60] for entry in REFUSED])
def test_refused(org, text, code):
    assert org.refused("GET", "query", q=text) == (400, code)


def test_an_error_shows_its_place(org):
    _, errors = org.call("GET", "query", q="SELECT Foo FROM Lead")
    message = errors[0]["message"]
    assert message.startswith(
        "\nSELECT Foo FROM Lead\n       ^\nERROR at Row:1:Column:8\nNo such column 'Foo' on entity"
    )
    _, errors = org.call("GET", "query", q="SELECT Id\nFORM Lead")
    assert "ERROR at Row:2:Column:1\nunexpected token: 'FORM'" in errors[0]["message"]


def test_too_long_a_statement():
    client = Client()
    text = "SELECT Id FROM Lead WHERE Id = null" + " " * 100_000
    body = {"operation": "query", "query": text}
    assert client.refused("POST", "jobs/query", body) == (400, "QUERY_TOO_COMPLICATED")


def test_counts_and_groups(org):
    status, page = org.call("GET", "query", q="SELECT COUNT() FROM Lead WHERE Email != null")
    assert (status, page) == (200, {"totalSize": 2, "done": True, "records": []})
    _, page = org.call("GET", "query", q="SELECT COUNT(Id) c, MAX(SystemModstamp) FROM Lead")
    assert page["records"] == [
        {"attributes": {"type": "AggregateResult"}, "c": 4, "expr0": "2026-03-02T09:00:00.000+0000"}
    ]
    rows = org.soql("SELECT DoNotCall, COUNT(Id) c, SUM(AnnualRevenue) s FROM Lead GROUP BY DoNotCall")
    assert sorted(rows, key=lambda row: row["c"]) == [
        {"DoNotCall": True, "c": 1, "s": None},
        {"DoNotCall": False, "c": 3, "s": 301.0},
    ]


def test_field_groups(org):
    row = org.soql("SELECT FIELDS(ALL) FROM Lead LIMIT 1")[0]
    assert {"SystemModstamp", "Leadloop_Grade__c", "IsConverted"} <= set(row)
    assert set(org.soql("SELECT FIELDS(CUSTOM) FROM Task LIMIT 200")) == set()


def test_parents_and_children():
    client = Client()
    lead = client.lead(OwnerId=OWNER)
    client.control("create", {"object": "Task", "fields": {"Subject": "Call", "WhoId": lead}, "by": OWNER})
    text = (
        "SELECT Id, MasterRecord.Name, CreatedBy.Name, (SELECT Subject FROM Tasks), (SELECT Id FROM Events) FROM Lead"
    )
    assert client.soql(text) == [
        {
            "Id": lead,
            "MasterRecord": None,
            "CreatedBy": {"Name": "Ruiz"},
            "Tasks": {"totalSize": 1, "done": True, "records": [{"Subject": "Call"}]},
            "Events": None,
        }
    ]
    task = client.soql("SELECT Who.Type, Who.Name, What.Name, Owner.Email FROM Task")[0]
    assert task == {
        "Who": {"Type": "Lead", "Name": "Doe"},
        "What": None,
        "Owner": {"Email": "dana@acme.example"},
    }


def test_field_names_answer_in_the_vendors_case(org):
    assert org.soql("select LASTNAME, owner.NAME from lead l where l.lastname = 'Alpha'") == [
        {"LastName": "Alpha", "Owner": {"Name": "Integration User"}}
    ]


def test_parsing_is_pure():
    assert parse("SELECT Id FROM Lead") is parse("SELECT Id FROM Lead")
