"""How complete the picture is: counted on both databases, and shown with the open findings."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from connector.ports.figures import Coverage
from connector.ports.findings import Finding
from connector.report.coverage import coverage_document
from connector.report.document import Period
from connector.report.standing import Standing
from connector.store.figures import SqlFigures
from connector.store.tables import Link, Person
from tests.report.rows import ANN, healthy, opened
from tests.report.test_hand_off_report import clock

HEADER = (Standing("d" * 32, "signed", "agreed"), ZoneInfo("UTC"), Period())


def test_people_in_scope_are_counted_with_what_they_have(database_url: str) -> None:
    with opened(database_url) as database:
        rows = healthy(database)
        healthy(database, 2)
        rows.change(Person, of_person_id=ANN, track="qualified_b", has_phone=False)
        rows.person(2, stage="suspect", accountable="marketing", email="b@b.example", has_phone=True)
        rows.person(3, stage="lead", accountable="nobody")
        rows.person(4)
        rows.person(5, stage="qualified_lead", junk_rule="gibberish")
        rows.person(6, stage="qualified_lead", processing_restricted=True)
        rows.person(7, stage="qualified_lead", merged_into=ANN)
        rows.person(8, stage="qualified_lead")
        rows.change(Link, of_person_id=8, state="deleted")
        rows.person(9, stage="qualified_lead", accountable="marketing", grade="C")
        rows.person(10, stage="prospect", accountable="sales")
        found = SqlFigures(database).coverage(1)
    assert (found.people, found.open_leads, found.qualified_leads, found.graded) == (6, 5, 2, 2)
    assert (found.owner, found.track, found.next_step) == (2, 1, 1)
    assert found.filled["has_phone"] == 1
    assert (found.filled["email"], found.filled["title"], found.filled["industry"]) == (2, 1, 0)


def test_an_empty_company_has_a_coverage(database_url: str) -> None:
    with opened(database_url) as database:
        found = SqlFigures(database).coverage(9)
    assert found.people == 0
    assert coverage_document("new", found, [], [], HEADER).charts == ()


def test_the_report_shows_shares_and_findings() -> None:
    found = Coverage(people=10, open_leads=4, qualified_leads=2, graded=1, owner=4, track=3, filled={"email": 5})
    finding = Finding("unmapped:LeadSource", "warning", "unmapped", "name a group in sources.toml", 7)
    report = coverage_document("acme", found, [clock("kept", 1), clock("unknown")], [finding], HEADER)
    tables = {table.key: {row[0]: row[1:] for row in table.rows} for table in report.tables}
    assert tables["settled"]["grade (of qualified leads)"] == (1, 0.5)
    assert tables["settled"]["track"] == (3, 0.75)
    assert tables["filled"]["email"] == (5, 0.5)
    assert tables["findings"]["unmapped:LeadSource"] == (7, "name a group in sources.toml")
    assert {figure.key: figure.value for figure in report.figures}["visible_share"] == 0.5
