"""Every form of a report from one made-up report: terminal, JSON, CSV, and a page that needs nothing from elsewhere."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from connector.report.definitions import DEFINITIONS, Unit
from connector.report.document import Chart, Figure, Period, Report, Table
from connector.report.forms import as_csv, as_json
from connector.report.page import html_page
from connector.report.picture import text_of
from connector.report.standing import Standing
from connector.report.terminal import draw_report
from connector.report.values import shown

EVIL = "</svg><script>alert(1)</script> & [bold]"
REPORT = Report(
    name="made_up",
    title="Made up",
    company="acme",
    standing=Standing("0123456789abcdef0123", "changed", "changed since both teams agreed on 2026-01-31"),
    zone=ZoneInfo("America/New_York"),
    period=Period(datetime(2026, 3, 2, 5, tzinfo=UTC), datetime(2026, 3, 9, 4, tzinfo=UTC)),
    sentences=("One sentence.",),
    figures=(Figure("people", 1_234_567, "a note", before=9), Figure("speed_median", None)),
    tables=(
        Table("sources", "By source", "source", ("people", "conversion"), [(EVIL, 10, 0.25), ("=cmd", 0, None)], "So."),
        Table("wide", "Wide", "who", tuple(DEFINITIONS)[:14], [("x", *range(14))]),
        Table("empty", "Nobody", "who", ("people",), []),
    ),
    charts=(
        Chart("Bars", "bar", (EVIL, "b"), {"people": (3, 1)}),
        Chart("Stacked", "stacked", ("a", "b"), {"kept": (3, 1), "broken": (0, None)}),
        Chart("Line", "line", ("2026-01", "2026-02"), {EVIL: (1, 2)}),
    ),
    further={"people": [1, 2]},
)


class _Page(HTMLParser):
    """What a browser would see: elements, attributes and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_asks_nobody_for_anything_and_runs_nothing() -> None:
    page = html_page(REPORT)
    seen = _Page(page)
    assert seen.elements.count("svg") >= 3
    assert {"script", "link", "img", "iframe", "object", "image", "use"}.isdisjoint(seen.elements)
    loading = [
        name for name, _ in seen.attributes if name in ("src", "href", "xlink:href", "action") or name[:2] == "on"
    ]
    assert loading == []
    assert re.findall(r"url\(|@import", page) == []
    assert "default-src 'none'" in page


def test_what_a_crm_says_stays_text() -> None:
    page = html_page(REPORT)
    assert "<script" not in page
    assert EVIL in "".join(_Page(page).text)


def test_the_page_shows_header_figures_tables_and_each_definition() -> None:
    text = " ".join("".join(_Page(html_page(REPORT)).text).split())
    for said in (
        "Made up of acme",
        "since 2026-03-02 until 2026-03-09",
        "changed since both teams agreed",
        "1 234 567",
    ):
        assert said in text, said
    for one in REPORT.definitions():
        assert one.sentence in text
    assert "25 %" in text
    assert "none" in text


def test_the_same_report_is_the_same_page() -> None:
    assert html_page(REPORT) == html_page(REPORT)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_terminal_form_fits_and_shows_everything(width: int) -> None:
    picture = text_of(lambda console: draw_report(REPORT, console), width=width)
    assert max(len(line) for line in picture.splitlines()) <= width
    words = " ".join(picture.split())
    for said in ("Made up of acme", "changed since both teams", "1 234 567", "25 %", "[bold]", "What the figures mean"):
        assert said in words, said
    assert all(str(number) in words for number in range(14))


def test_the_json_form_has_plain_values_and_their_meaning() -> None:
    document = json.loads(json.dumps(as_json(REPORT)))
    assert (document["schema"], document["report"], document["company"]) == (1, "made_up", "acme")
    assert document["period"] == {"since": "2026-03-02T05:00:00+00:00", "until": "2026-03-09T04:00:00+00:00"}
    assert document["playbook"]["agreement"] == "changed"
    assert document["figures"]["people"] == {"value": 1_234_567, "before": 9, "note": "a note"}
    assert document["figures"]["speed_median"] == {"value": None}
    assert document["tables"]["sources"][1] == {"source": "=cmd", "people": 0, "conversion": None}
    assert document["definitions"]["conversion"]["sentence"] == DEFINITIONS["conversion"].sentence
    assert document["people"] == [1, 2]


def test_the_csv_form_has_one_line_per_number_and_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(REPORT))))
    assert rows[0] == {"table": "figures", "row": "all", "figure": "people", "value": "1234567", "unit": "count"}
    assert rows[1]["row"] == "before"
    assert {row["row"] for row in rows if row["table"] == "sources"} == {EVIL, "'=cmd"}
    assert len(rows) == 3 + 4 + 14


def test_a_column_without_a_definition_is_refused() -> None:
    with pytest.raises(KeyError):
        Table("t", "T", "x", ("no_such_figure",), [])


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, Unit.COUNT, "-"),
        (0, Unit.COUNT, "0"),
        (1_000_000, Unit.COUNT, "1 000 000"),
        (0.1234, Unit.SHARE, "12 %"),
        (0.004, Unit.SHARE, "0.4 %"),
        (0, Unit.SHARE, "0 %"),
        (1, Unit.SHARE, "100 %"),
        (119, Unit.MINUTES, "119 min"),
        (120, Unit.MINUTES, "2.0 h"),
        (4320, Unit.ELAPSED, "3.0 d"),
        (12.34, Unit.DAYS, "12 d"),
        (1.26, Unit.DAYS, "1.3 d"),
        (99_500, Unit.MONEY, "99 500"),
    ],
)
def test_a_value_is_written_for_people(value: float | None, unit: Unit, text: str) -> None:
    assert shown(value, unit) == text


def test_every_definition_is_one_sentence() -> None:
    for one in DEFINITIONS.values():
        assert one.sentence.endswith("."), one.key
        assert len(one.sentence) <= 240, one.key
        assert one.sentence[0].isupper() or one.sentence[0].isdigit(), one.key
        assert one.label == one.label.strip() != "", one.key
