"""The terminal, CSV, JSON and HTML of one report carry the same numbers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from connector.app.reports import READERS
from connector.playbook import load
from connector.report.definitions import DEFINITIONS
from connector.report.values import shown

NAMES_WRAP_FROM = 26
WRAPPED = ("findings", "new", "inherited")
OWN_CSV = ("funnel", "leaks")
Printed = Callable[..., str]


class _Cells(HTMLParser):
    """Every row of every table of a page, and the big numbers above them, as text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tiles: list[str] = []
        self._into: list[str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "b"):
            self._into = self.rows[-1] if tag == "td" else self.tiles
            self._into.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "b"):
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into[-1] += data


LABELS: Mapping[str, str] = load(None, systems=("salesforce", "hubspot")).playbook.reason_labels


def _worded(key: str, value: Any) -> Any:
    """What people read where the document has a code."""
    if key == "main_reason":
        return LABELS.get(value, value)
    return value.replace("_", " ") if key == "stage" else value


def _written(row: dict[str, Any]) -> list[str]:
    """A row of the JSON document as people read it: its name, and each value by its unit."""
    name, *keys = row
    values = [shown(_worded(key, row[key]), DEFINITIONS[key].unit) for key in keys]
    return [str(row[name]).replace("_", " ") if row[name] is not None else "(none)", *values]


def _tables(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    assert any(document["tables"].values()) or document["figures"]
    return document["tables"]


@pytest.mark.parametrize("name", sorted(READERS))
def test_the_page_has_the_documents_numbers(name: str, printed: Printed, tmp_path: Path) -> None:
    document = json.loads(printed(name, "--json"))
    printed(name, "--html", str(tmp_path / "page.html"))
    page = _Cells((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert page.tiles == [
        shown(one["value"], DEFINITIONS[key].unit) for key, one in document["figures"].items()
    ]  # fmt: skip
    assert [row for row in page.rows if row] == [_written(row) for table in _tables(document).values() for row in table]


@pytest.mark.parametrize("name", sorted(READERS))
def test_the_terminal_has_the_documents_numbers(name: str, printed: Printed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    document = json.loads(printed(name, "--json"))
    lines = {" ".join(line.replace("█", "").split()) for line in printed(name).splitlines()}
    for key, one in document["figures"].items():
        value = " ".join(shown(one["value"], DEFINITIONS[key].unit).split())
        assert any(line.startswith(f"{DEFINITIONS[key].label} {value}") for line in lines), key
    for table, rows in _tables(document).items():
        for row in rows if table not in WRAPPED else ():
            written = _written(row)
            if len(written[0]) <= NAMES_WRAP_FROM:
                assert " ".join(" ".join(written).split()) in lines, (table, written)


@pytest.mark.parametrize("name", sorted(READERS.keys() - set(OWN_CSV)))
def test_the_csv_has_the_documents_numbers(name: str, printed: Printed) -> None:
    document = json.loads(printed(name, "--json"))
    lines = list(csv.DictReader(io.StringIO(printed(name, "--csv"))))
    expected = [("figures", "all", key, _plain(one["value"])) for key, one in document["figures"].items()]
    for table, rows in _tables(document).items():
        for row in rows:
            by, *keys = row
            expected += [(table, str(row[by]), key, _plain(row[key])) for key in keys]
    found = [(row["table"], row["row"], row["figure"], row["value"]) for row in lines if row["row"] != "before"]
    assert found == expected
    before = {row["figure"]: row["value"] for row in lines if row["row"] == "before"}
    assert before == {k: _plain(one["before"]) for k, one in document["figures"].items() if "before" in one}


def test_the_list_of_leaks_names_everybody_in_csv_too(printed: Printed) -> None:
    document = json.loads(printed("leaks", "--json"))
    rows = list(csv.DictReader(io.StringIO(printed("leaks", "--csv"))))
    assert [(row["person"], row["codes"]) for row in rows] == [
        (one["person"], ";".join(one["codes"])) for one in document["people"]
    ]
    assert sum(row["inherited"] == "False" for row in rows) == document["figures"]["leaks_new"]["value"]


def test_the_funnels_csv_has_its_documents_counts(printed: Printed) -> None:
    document = json.loads(printed("funnel", "--json"))
    rows = {(row["part"], row["name"]): row for row in csv.DictReader(io.StringIO(printed("funnel", "--csv")))}
    for part, counts in (("stage", document["stages"]), ("moment", document["moments"]), ("grade", document["grades"])):
        assert {name: int(row["value"]) for (each, name), row in rows.items() if each == part} == counts
    path = {step["name"]: (str(step["reached"]), _plain(step["conversion"])) for step in document["path"]}
    assert {name: (row["value"], row["share"]) for (part, name), row in rows.items() if part == "path"} == path


def _plain(value: object) -> str:
    return "" if value is None else str(value)
