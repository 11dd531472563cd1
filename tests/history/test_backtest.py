"""``leadloop backtest``: two playbooks on a made-up year, judged as it was known then."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.report.backtest import Changes, changes, difference, side
from connector.report.backtest import Grading as GradingRules
from connector.report.judging import Judged, Verdict
from tests.history.shop import Shop, open_shop
from tests.history.year import load_year, tried_folder, write_year


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the year's files."""
    folder = tmp_path_factory.mktemp("year")
    write_year(Shop(folder, None, ""), people=420)  # type: ignore[arg-type]
    return folder


@pytest.fixture
def shop_with_year(year: Path, database_url: str, capsys: pytest.CaptureFixture[str]) -> Shop:
    """The year imported, on each database."""
    shop = open_shop(year, capsys, database_url)
    load_year(shop)
    return shop


def document(shop: Shop, *arguments: str) -> dict[str, Any]:
    code, out, err = shop.run("backtest", "acme", *arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def test_a_worse_playbook_is_called_worse_twice_the_same(shop_with_year: Shop) -> None:
    tried = str(tried_folder(shop_with_year.folder))
    page = shop_with_year.folder / "report.html"
    first = document(shop_with_year, "--playbook", tried, "--html", str(page))
    assert first["better"] is False
    assert "is worse at telling who buys: AUC" in first["sentence"]
    changed = first["hand_over_changes"]
    assert first["tried"]["handed"] - first["live"]["handed"] == changed["more"] - changed["fewer"]
    assert first["tried"]["handed_won"] - first["live"]["handed_won"] == changed["more_won"] - changed["fewer_won"]
    assert first["hand_overs"] in page.read_text(encoding="utf-8")
    assert first["difference"]["high"] < 0
    assert first["live"]["auc"] > 0.65 > first["tried"]["auc"] or first["live"]["auc"] > first["tried"]["auc"] + 0.04
    assert sum(move["people"] for move in first["moves"]) == first["people"]
    assert sum(part["people"] for part in first["live"]["lift"]) == first["decided"]
    assert first["live"]["handed_won"] / first["live"]["handed"] == pytest.approx(first["live"]["precision"], abs=1e-4)
    assert len(first["live"]["weekly"]) == 26
    assert [grade["grade"] for grade in first["live"]["grades"]][-1] == "-"
    assert document(shop_with_year, "--playbook", tried) == first
    _is_alone(page.read_text(encoding="utf-8"), first["sentence"])
    assert document(shop_with_year)["tried"] is None


def _is_alone(text: str, sentence: str) -> None:
    """The page has its plots in it, asks nobody for anything and runs nothing."""
    assert text.count("<svg") == 3
    assert sentence in text
    assert "<script" not in text
    addresses = set(re.findall(r"https?://[^\"'\s<>]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not re.search(r"(?:src|href)=[\"'](?!#)", text)
    assert "@import" not in text
    assert "url(" not in text


def test_the_same_playbook_cannot_be_told_from_itself(lite_shop: Shop, year: Path) -> None:
    copied = open_shop(year, lite_shop.capsys, lite_shop.store)
    load_year(copied)
    folder = lite_shop.folder / "same"
    folder.mkdir()
    (folder / "scoring.toml").write_text("[engagement]\nmax = 29\n", encoding="utf-8")
    found = document(copied, "--playbook", str(folder))
    assert found["better"] is None
    assert "not distinguishable" in found["sentence"]


def test_another_cut_ranks_nobody_otherwise_and_says_whom_it_would_hand_over(lite_shop: Shop, year: Path) -> None:
    """The ranking is the same to the digit, so the first sentence alone would say that nothing changes."""
    copied = open_shop(year, lite_shop.capsys, lite_shop.store)
    load_year(copied)
    folder = lite_shop.folder / "lower"
    folder.mkdir()
    edges = (("A", 30), ("B", 20), ("C", 10), ("D", 0))
    text = "".join(f'[[grades]]\nname = "{name}"\nat_least = {least}\n' for name, least in edges)
    (folder / "scoring.toml").write_text(text + "[hysteresis]\npoints_below = 5\n", encoding="utf-8")
    found = document(copied, "--playbook", str(folder))
    assert found["sentence"].startswith("Both playbooks rank people alike: AUC")
    live, tried, changed = found["live"]["handed"], found["tried"]["handed"], found["hand_over_changes"]
    assert tried > live
    assert (
        f"It would hand over {tried} people instead of {live}: {changed['more']} more, of whom " in found["hand_overs"]
    )
    out = copied.run("backtest", "acme", "--playbook", str(folder))[1]
    assert found["hand_overs"] in out


def test_a_single_day_and_bad_periods(lite_shop: Shop, year: Path) -> None:
    copied = open_shop(year, lite_shop.capsys, lite_shop.store)
    load_year(copied)
    one = document(copied, "--as-of", "2024-05-01", "--since", "2024-05-01")
    assert one["since"] == one["as_of"]
    assert any("one day was judged" in note for note in one["notes"])
    late = document(copied, "--as-of", "2024-10-20")
    assert any("not decided yet" in note for note in late["notes"])
    assert late["decided"] < late["people"]
    code, out, err = copied.run("backtest", "acme", "--as-of", "2024-05-01", "--since", "2024-06-01")
    assert (code, out) == (2, "")
    assert "--since" in err


def test_without_history_there_is_one_sentence(lite_shop: Shop) -> None:
    code, out, err = lite_shop.run("backtest", "acme")
    assert (code, out) == (2, "")
    assert "there is no history yet" in err


def test_knowing_the_deal_afterwards_does_not_help(lite_shop: Shop) -> None:
    """A hand-raise that is logged only for those who bought, and only afterwards, changes no figure."""
    write_year(lite_shop, people=300)
    load_year(lite_shop)
    before = document(lite_shop)
    deals = (lite_shop.folder / "deals.csv").read_text(encoding="utf-8").splitlines()[1:]
    start = datetime(2024, 1, 1, tzinfo=UTC)
    won = [line.split(",")[1] for line in deals if line.endswith("Won")]
    rows = [
        {"who": who, "what": "hand_raise", "at": start.isoformat(), "logged": (start + timedelta(days=400)).isoformat()}
        | {"phase": ""}
        for who in won
    ]
    lite_shop.write("acts.csv", rows)
    code, out, err = lite_shop.run(
        "import", "acme", str(lite_shop.folder / "acts.csv"), "--as", "activity", "--map",
        str(lite_shop.folder / "year.toml"),
    )  # fmt: skip
    assert code == 0, out + err
    assert document(lite_shop) == before


def judged(number: int, live: int, tried: int, won: bool | None, handed: int | None = None) -> Judged:
    first, second = Verdict(live * 1_000, "A" if live > 50 else "-", handed), Verdict(tried * 1_000, "B", None)
    return Judged(number, 0, first, second, won)


def test_whom_only_one_of_both_hands_over_by_hand() -> None:
    both, tried_only = Verdict(1, "A", 0), Verdict(1, "A", 3)
    none = Verdict(1, "-", None)
    people = [
        Judged(1, 0, both, both, True),
        Judged(2, 0, none, tried_only, True),
        Judged(3, 0, none, tried_only, False),
        Judged(4, 0, none, tried_only, None),
        Judged(5, 0, both, none, False),
        Judged(6, 0, none, none, True),
    ]
    assert changes(people) == Changes(more=2, more_won=1, fewer=1, fewer_won=0)


def test_the_figures_of_a_handful_by_hand() -> None:
    people = [judged(1, 90, 1, True, 0), judged(2, 80, 2, False, 1), judged(3, 10, 3, True), judged(4, 5, 4, None, 1)]
    figures = side("live", people, GradingRules(("A", "B"), {"A": 0.5, "B": 0.1}, weeks=3, reps=2), tried=False)
    assert (figures.handed, figures.handed_won, figures.precision, figures.recall) == (2, 1, 0.5, 0.5)
    assert figures.auc == 0.5
    assert (figures.weekly, figures.per_week, figures.per_rep) == ((2, 0), 1.0, 0.5)
    assert [(grade.grade, grade.people, grade.won) for grade in figures.grades] == [("A", 2, 1), ("-", 1, 1)]
    assert figures.brier == 0.25
    assert difference(people) is None  # too few wins to say anything
