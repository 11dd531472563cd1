"""Sources on both databases, their costs, and the file that names them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connector.clock import to_micros
from connector.errors import BadConfiguration
from connector.playbook import load
from connector.playbook.sources_file import SOURCE_GROUPS, Sources, parse
from connector.ports.figures import SourceCount
from connector.report.document import Period
from connector.report.sources import source_lines, unlisted
from connector.report.sources_document import sources_document
from connector.report.standing import Standing
from connector.rules.toml import Table
from connector.store.figures import SqlFigures
from connector.store.source_counts import FIRST, LATEST
from connector.store.tables import Activity, Link, Opportunity, OpportunityPerson, Person
from tests.report.rows import ANN, NOW, Rows, ago, healthy, opened

HEADER = (Standing("d" * 32, "signed", "agreed"), ZoneInfo("UTC"), Period())


def deal(rows: Rows, record_id: str, cents: int | None, *people: int | None, **values: Any) -> None:
    system = values.pop("system", "salesforce")
    row = {"system": system, "record_id": record_id, "amount_cents": cents, "is_won": True, "is_closed": True}
    rows.add(Opportunity, **(row | {"deleted": False, "seq": 1} | values))
    for place, person_id in enumerate(people):
        role = {"system": system, "role_id": f"{record_id}-{place}", "record_id": record_id, "person_id": person_id}
        role |= {"link_object": "Contact", "link_record_id": "003", "is_primary": place == 1, "deleted": False}
        rows.add(OpportunityPerson, **role)


def company(rows: Rows) -> None:
    rows.change(Person, of_person_id=ANN, source_first="event", extra={"source_latest": "email"})
    rows.person(2, source_first="event", junk_rule="gibberish")
    rows.person(3, source_first="event", stage="customer")
    rows.cycle(3, 3, qualified_at=ago(days=4), sales_qualified_at=ago(days=3), disposition="won", closed_at=ago(days=1))
    rows.cycle(4, 3, number=2, motion="growth", qualified_at=ago(days=1))
    rows.person(4, source_first="web")
    rows.person(5, source_first="event", merged_into=3)
    rows.person(6, source_first="event")
    rows.change(Link, of_person_id=6, state="deleted")
    deal(rows, "d1", 100_00, ANN, 3)  # for its first contact: the primary one
    deal(rows, "d2", 50_00, 3)
    deal(rows, "h1", 120_00, 3, system="hubspot")  # the same business in the other CRM
    deal(rows, "d3", 900_00, 3, is_won=False)
    deal(rows, "d4", 900_00, 3, deleted=True)
    deal(rows, "d5", None, 4)


def test_people_are_counted_once_by_source(database_url: str) -> None:
    with opened(database_url) as database:
        company(healthy(database))
        healthy(database, 2)
        figures = SqlFigures(database)
        first = {count.source: count for count in figures.sources(1)[FIRST]}
        latest = {count.source: count.people for count in figures.sources(1)[LATEST]}
    assert first["event"] == SourceCount("event", 3, 1, 2, 1, 1, 1, 150_00)
    assert first["web"] == SourceCount("web", 1, 0, 0, 0, 0, 0, 0)
    assert latest == {"email": 1, "event": 2, "web": 1}  # where nothing later is known, by what they came at first


@pytest.mark.parametrize(
    ("hubspot_days", "campaigns", "expected"),
    [
        (None, {}, "web"),
        (None, {"webinar": 9, "trade_show": 30}, "webinar"),
        (5, {}, "email"),
        (5, {"webinar": 9}, "email"),
        (5, {"webinar": 4}, "webinar"),
        (5, {"webinar": 5}, "webinar"),
    ],
)
def test_the_latest_source_is_the_later_word_of_both_crms(
    database_url: str, hubspot_days: int | None, campaigns: dict[str, int], expected: str
) -> None:
    with opened(database_url) as database:
        rows = healthy(database)
        said = {} if hubspot_days is None else {LATEST: "email"}
        since = {LATEST: [10, to_micros(ago(days=hubspot_days or 0))]} if said else {}
        rows.change(Person, of_person_id=ANN, source_first="web", extra=said, provenance=since)
        for number, (channel, days) in enumerate(campaigns.items(), 70):
            row = {"activity_id": number, "person_id": ANN, "signal": "campaign_responded", "channel": channel}
            row |= {"known_at": ago(days=days), "known_seq": 1, "source_key": str(number), "direction": "human"}
            rows.add(Activity, **row, occurred_at=ago(days=days), source="salesforce.CampaignMember")
        found = {count.source for count in SqlFigures(database).sources(1)[LATEST]}
    assert found == {expected}


def test_a_period_holds_those_whose_first_record_was_made_in_it(database_url: str) -> None:
    with opened(database_url) as database:
        rows = healthy(database)
        rows.person(2, source_first="event")
        rows.change(Link, of_person_id=2, created_at=ago(days=5))
        rows.change(Link, of_link_id=10, created_at=ago(days=90))
        rows.change(Link, of_link_id=11, created_at=ago(days=5))
        figures = SqlFigures(database)
        counted = [
            sum(count.people for count in figures.sources(1, *period)[FIRST])
            for period in ((ago(days=6), NOW), (ago(days=100), ago(days=80)), (ago(days=4), None))
        ]
    assert counted == [1, 1, 0]


def test_who_was_converted_came_with_the_lead_and_not_with_the_contact(database_url: str) -> None:
    with opened(database_url) as database:
        rows = healthy(database)
        rows.change(Link, of_link_id=10, created_at=ago(days=90), state="converted")
        rows.change(Link, of_link_id=11, created_at=ago(days=5))
        figures = SqlFigures(database)
        periods = ((ago(days=6), NOW), (ago(days=100), ago(days=80)))
        counted = [sum(count.people for count in figures.sources(1, *period)[FIRST]) for period in periods]
        assert counted == [0, 1]
        rows.change(Link, of_link_id=11, state="deleted")
        assert sum(count.people for count in figures.sources(1, *periods[1])[FIRST]) == 0


COUNTS = [
    SourceCount("event", 100, 10, 40, 20, 10, 5, 250_000_00),
    SourceCount("web", 50, 0, 5, 0, 0, 0, 0),
    SourceCount("direct", 10, 0, 0, 0, 0, 0, 0),
    SourceCount("carrier pigeon", 3, 0, 0, 0, 0, 0, 0),
    SourceCount(None, 7, 0, 0, 0, 0, 0, 0),
]
SOURCES = Sources(
    {"web": "direct"},
    {date(2026, 4, 1): {"event": 3000}, date(2026, 5, 1): {"event": 3100, "paid_search": 1000}},
)


def test_words_become_groups_of_the_closed_list() -> None:
    people = {line.group: line.people for line in source_lines(COUNTS, Sources({"web": "direct"}))}
    assert people == {"event": 100, "direct": 60, "unknown": 7, "other": 3}
    assert unlisted(COUNTS, SOURCES) == {"carrier pigeon": 3}
    assert set(people) <= set(SOURCE_GROUPS)


@pytest.mark.parametrize(
    ("days", "spent"),
    [
        (None, 6100),
        ((date(2026, 4, 1), date(2026, 4, 30)), 3000),
        ((date(2026, 4, 16), date(2026, 5, 10)), 1500 + 1000),
        ((date(2026, 6, 1), date(2026, 6, 30)), None),
    ],
)
def test_costs_are_shared_out_by_days(days: tuple[date, date] | None, spent: int | None) -> None:
    lines = {line.group: line for line in source_lines(COUNTS, SOURCES, days)}
    assert lines["event"].spent == spent


def test_the_report_says_what_a_lead_and_a_customer_cost() -> None:
    lines = source_lines(COUNTS, SOURCES)
    report = sources_document("acme", lines, lines, unlisted(COUNTS, SOURCES), HEADER)
    costs = {row[0]: row[1:] for table in report.tables if table.key == "costs" for row in table.rows}
    assert costs["event"] == (6100, 61, 152, 1220, 40.98)
    assert costs["paid_search"] == (1000, None, None, None, 0.0)
    assert report.sentences == (
        "Most customers came from event: 5 of 5.",
        "Counted as other, because sources.toml names no group for them: carrier pigeon (3).",
    )


def test_the_default_file_and_a_companys_own(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text('[costs."2026-05"]\nevent = 3100\n', encoding="utf-8")
    default = load(None, systems=("salesforce", "hubspot"))
    own = load(tmp_path, systems=("salesforce", "hubspot"))
    assert default.sources.costs == {}
    assert own.sources.costs == {date(2026, 5, 1): {"event": 3100}}
    assert own.sources.group("web") == "direct"
    assert own.playbook.digest == default.playbook.digest  # a month's costs change nothing that was agreed


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"groups": {"web": "directt"}}, "direct"),
        ({"costs": {"May": {"event": 1}}}, 'write [costs."2026-05"]'),
        ({"costs": {"2026-13": {"event": 1}}}, "not a month"),
        ({"costs": {"2026-05": {"evnt": 1}}}, "event"),
        ({"costs": {"2026-05": {"event": -1}}}, "0 or more"),
        ({"cost": {}}, "costs"),
    ],
)
def test_a_mistake_names_file_table_and_key(values: dict[str, object], told: str) -> None:
    with pytest.raises(BadConfiguration) as refused:
        parse(Table(values, "acme/sources.toml"))
    assert "acme/sources.toml" in refused.value.sentence()
    assert told in refused.value.sentence()


def test_the_days_of_a_period_are_the_companys() -> None:
    zone = ZoneInfo("America/New_York")
    period = Period(datetime(2026, 5, 1, 4, tzinfo=UTC), datetime(2026, 6, 1, 4, tzinfo=UTC))
    assert period.days(zone, NOW) == (date(2026, 5, 1), date(2026, 5, 31))
    assert Period(period.since).days(zone, NOW + timedelta(days=365)) is not None
    assert Period().days(zone, NOW) is None
    assert Period(until=period.until).days(zone, NOW) == (date.min, date(2026, 5, 31))
    lines = source_lines(COUNTS, SOURCES, Period(until=period.since).days(zone, NOW))
    assert {line.group: line.spent for line in lines if line.spent} == {"event": 3000}
