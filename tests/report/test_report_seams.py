"""Reports at the edges: nobody, one person, all rejected, nights of 23 and 25 hours, and names that are code."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from connector.app import App, World
from connector.app.reports import READERS, report
from connector.cli.arguments import moment
from connector.clock import MovedClock
from connector.config import CompanySettings, Settings
from connector.report.document import Period, Report
from connector.report.forms import as_csv, as_json
from connector.report.page import html_page
from connector.report.picture import text_of
from connector.report.terminal import draw_report
from connector.report.week import before
from connector.store.tables import CrmUser, Cycle, DispositionHistory, Person
from tests.report.rows import ANN, NOW, Rows, ago, healthy, opened

SYSTEMS = ("salesforce", "hubspot")
SCRIPT = "<script>alert('1')</script>"


@contextmanager
def asking(url: str, name: str = "company 1", zone: str = "America/New_York") -> Iterator[App]:
    """The application over a store made by hand; nothing is connected."""
    company = CompanySettings(name, None, ZoneInfo(zone), "sandbox", None, "never", {})
    settings = Settings(Path("config.toml"), url, {name: company}, {}, "")
    with closing(App(settings, dict.fromkeys(SYSTEMS), World(clock=MovedClock(NOW)))) as app:  # type: ignore[arg-type]
        yield app


def in_every_form(made: Report) -> str:
    """All forms, one after the other; none may fail, and JSON and CSV must read back."""
    document = json.dumps(as_json(made))
    rows = as_csv(made)
    assert json.loads(document)["schema"] == 1
    assert len(list(csv.reader(io.StringIO(rows)))) >= 1
    return "\n".join((document, rows, html_page(made), text_of(lambda console: draw_report(made, console))))


@pytest.mark.parametrize("name", sorted(READERS))
def test_an_empty_company_has_every_report(name: str, database_url: str) -> None:
    with asking(database_url, "nobody there") as app:
        made = report(app, "nobody there", name)
    assert in_every_form(made)
    for figure in made.figures:
        assert figure.value in (0, None), figure.key
    for table in made.tables:
        assert all(not value for row in table.rows for value in row[1:] if not isinstance(value, str)), table.key


def rejected_all(url: str) -> None:
    with opened(url) as database:
        rows = healthy(database)
        rows.change(Cycle, disposition="rejected", disposition_at=ago(days=3), accepted_at=None)
        rows.change(Person, disposition="rejected")
        move = {"disposition_from": "assigned", "disposition_to": "rejected", "at": ago(days=2), "by": "crm"}
        rows.add(DispositionHistory, person_id=ANN, seq=40, cycle_id=1, reason="timing", **move)


@pytest.mark.parametrize("name", sorted(READERS))
def test_one_person_has_every_report(name: str, sqlite_url: str) -> None:
    with opened(sqlite_url) as database:
        healthy(database)
    with asking(sqlite_url) as app:
        assert in_every_form(report(app, "company 1", name))


@pytest.mark.parametrize("name", sorted(READERS))
def test_all_rejected_has_every_report(name: str, database_url: str) -> None:
    rejected_all(database_url)
    with asking(database_url) as app:
        made = report(app, "company 1", name)
    assert in_every_form(made)
    figures = {figure.key: figure.value for figure in made.figures}
    expected: dict[str, dict[str, float | None]] = {
        "recycle": {"hand_offs_decided": 1, "given_back": 1, "given_back_share": 1.0, "won_later": 0},
        "reps": {"decided": 1, "sql_in_time": 0.0, "sql_late": None, "time_effect": None},
        "handoff": {"handed_off": 1, "kept_share": 1.0},
    }
    assert figures.items() >= expected.get(name, {}).items()


def test_of_one_hand_off_given_back_nothing_is_claimed(sqlite_url: str) -> None:
    rejected_all(sqlite_url)
    with asking(sqlite_url) as app:
        made = report(app, "company 1", "reps")
    assert made.sentences == (
        "Bad leads or bad follow-up cannot be told apart yet: 1 decided hand-offs, none to compare.",
    )


def given_at(rows: Rows, *moments: datetime) -> None:
    for number, at in enumerate(moments, start=50):
        rows.assignment(number, ANN, cycle_id=1, at=at, until=at + timedelta(hours=1), seq=number)


@pytest.mark.parametrize(
    ("zone", "day", "first", "last"),
    [
        ("America/New_York", "2026-03-08", "2026-03-08T05:00Z", "2026-03-09T04:00Z"),  # 23 hours
        ("America/New_York", "2026-11-01", "2026-11-01T04:00Z", "2026-11-02T05:00Z"),  # 25 hours
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00Z", "2026-04-24T21:00Z"),  # midnight does not exist
        ("America/Havana", "2026-11-01", "2026-11-01T04:00Z", "2026-11-02T05:00Z"),  # midnight comes twice
        ("Pacific/Kiritimati", "2026-05-01", "2026-04-30T10:00Z", "2026-05-01T10:00Z"),  # UTC+14
    ],
)
def test_a_day_of_the_company_is_as_long_as_it_is(zone: str, day: str, first: str, last: str, sqlite_url: str) -> None:
    since, until = (datetime.fromisoformat(text) for text in (first, last))
    tick = timedelta(microseconds=1)
    with opened(sqlite_url) as database:
        given_at(healthy(database), since - tick, since, since + timedelta(hours=12), until - tick, until)
    following = f"{datetime.fromisoformat(day) + timedelta(days=1):%Y-%m-%d}"
    with asking(sqlite_url, zone=zone) as app:
        calendar = ZoneInfo(zone)
        asked = Period(moment(day, calendar, "--since"), moment(following, calendar, "--until"))
        made = report(app, "company 1", "handoff", asked)
    figures = {figure.key: figure.value for figure in made.figures}
    assert figures["handed_off"] == 3
    assert asked.text(calendar) == f"since {day} until {following}" or zone == "Africa/Cairo"


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo"])
def test_the_week_before_begins_at_midnight_whatever_the_clocks_did(zone: str) -> None:
    calendar = ZoneInfo(zone)
    monday = datetime(2026, 1, 5, tzinfo=calendar)
    for week in range(104):
        since, until = (monday + timedelta(days=7 * (week + each)) for each in (0, 1))
        earlier = before(Period(since, until))
        assert earlier.since is not None
        assert (earlier.since.hour, earlier.since.minute, earlier.until) == (0, 0, since)
        assert earlier.since.date() == since.date() - timedelta(days=7)


class _Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.said: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not [name for name, _value in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def named(url: str, word: str) -> None:
    """Ann's source, her rep, a rule, a reason and a record are called like this."""
    with opened(url) as database:
        rows = healthy(database)
        rows.change(Person, source_first=word, extra={"source_latest": word}, junk_rule=word)
        rows.change(Cycle, disposition="rejected", disposition_at=ago(days=2), reason=word)
        rows.change(CrmUser, name=word)


@pytest.mark.parametrize("name", sorted(READERS))
def test_a_name_that_is_a_script_stays_a_word(name: str, sqlite_url: str) -> None:
    named(sqlite_url, SCRIPT)
    with asking(sqlite_url) as app:
        made = report(app, "company 1", name)
    page = _Elements(html_page(replace(made, company=SCRIPT)))
    assert {"script", "link", "img", "iframe", "object"}.isdisjoint(page.seen)
    assert SCRIPT in "".join(page.said)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\n=", "\uff1d"])
@pytest.mark.parametrize("name", sorted(READERS))
def test_a_name_that_is_a_formula_is_text_in_a_spreadsheet(name: str, start: str, sqlite_url: str) -> None:
    named(sqlite_url, f"{start}cmd|' /C calc'!A0")
    with asking(sqlite_url) as app:
        rows = list(csv.reader(io.StringIO(as_csv(report(app, "company 1", name)))))
    for row in rows:
        for value in row:
            assert not value.startswith(("=", "+", "@", "\t", "\r", "\n", "\uff1d")), row
            assert not value.startswith("-") or value.lstrip("-").replace(".", "").isdigit(), row
    if name == "handoff":
        assert [row for row in rows if "cmd|" in row[1]]


def test_the_moments_asked_for_are_those_of_the_calendar() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert moment("2026-03-29", berlin, "--since") == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert moment("2026-03-29T09:00:00+05:00", berlin, "--since") == datetime(2026, 3, 29, 4, tzinfo=UTC)
    assert moment("2026-10-25T12:00", berlin, "--since") == datetime(2026, 10, 25, 11, tzinfo=UTC)


@pytest.mark.parametrize(("days", "said"), [(7, "after 0 the week before"), (30, "after 0 the time before")])
def test_what_is_compared_is_called_what_it_is(days: int, said: str, sqlite_url: str) -> None:
    with opened(sqlite_url) as database:
        healthy(database)
    zone = ZoneInfo("America/New_York")
    until = datetime(NOW.year, NOW.month, NOW.day, tzinfo=zone)
    with asking(sqlite_url) as app:
        made = report(app, "company 1", "week", Period(until - timedelta(days=days), until))
    assert said in made.sentences[0]
