"""docs/figures.md says of each figure and report what the code says, no more and no less."""

from __future__ import annotations

import re

from connector.app.reports import READERS
from connector.cli.looking import ReportName
from connector.report.definitions import DEFINITIONS
from tests.house.tree import ROOT

ROW = re.compile(r"^\| (?P<label>[^|]+) \| `(?P<key>\w+)` \| (?P<sentence>[^|]+) \|$", re.MULTILINE)
REPORT = re.compile(r"^\| `(\w+)` \| [^|]+ \|$", re.MULTILINE)


def _page() -> str:
    return (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")


def test_each_definition_stands_on_the_page_in_the_same_words() -> None:
    told = {row["key"]: (row["label"], row["sentence"]) for row in ROW.finditer(_page())}
    assert told == {key: (one.label, one.sentence) for key, one in DEFINITIONS.items()}


def test_each_report_is_on_the_page_and_offered_by_the_command() -> None:
    assert set(REPORT.findall(_page())) == set(READERS) == {name.value for name in ReportName}
