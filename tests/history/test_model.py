"""The chance of winning: trained on what was known when people were decided, refused when there is too little."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.decide.expected_value import ValueRules
from connector.decide.win_model import Encoding, WinModel, from_body, make_encoding
from connector.errors import GuardTripped
from connector.ports.history import Known
from connector.report.training import Example, Origin, require_enough, train
from tests.history.shop import Shop
from tests.history.year import load_year, write_year

START = datetime(2025, 1, 1, tzinfo=UTC)
ORIGIN = Origin("acme", "imported", START, frozenset({"sf_status"}), dated=True)
ROOT = Path(__file__).parents[2]


def examples(seed: int, count: int = 1_200, *, leak: bool = False) -> list[Example]:
    """People whose channel and pages say something of buying; ``leak``: and a field that says everything."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        good, pages = chance.random() < 0.5, chance.randrange(0, 20)
        won = chance.random() < 0.05 + 0.2 * good + 0.01 * pages
        values: dict[str, Any] = {"channel": "search" if good else "social", "pages": float(pages)}
        if leak:
            values["sf_status"] = "converted" if won else "open"
        found.append(Example(START + timedelta(hours=number), Known(values, {}), "mon", won))
    return found


def test_the_floor_is_refused_with_the_reason() -> None:
    rules = ValueRules()
    require_enough("acme", 1_000, 120, rules)
    for people, wins in ((999, 400), (5_000, 119)):
        with pytest.raises(GuardTripped, match=f"{people} decided people with {wins} wins are too few") as caught:
            require_enough("acme", people, wins, rules)
        assert "observed rates of the grades" in caught.value.sentence()


def test_training_is_judged_on_the_newer_and_the_same_every_time() -> None:
    model = train(examples(1), ORIGIN)
    figures = model.figures
    assert figures["tested_people"] == 240
    assert 0.6 < figures["auc"] < 0.8
    assert figures["auc_low"] < figures["auc"] < figures["auc_high"]
    assert figures["brier"] < figures["brier_of_the_base_rate"]
    assert sum(row["people"] for row in figures["reliability"]) == 240
    again = train(list(reversed(examples(1))), ORIGIN)
    assert again.as_body() == model.as_body()
    assert again.digest == model.digest


def test_a_field_that_sales_fills_in_is_not_read() -> None:
    honest, leaking = train(examples(2), ORIGIN), train(examples(2, leak=True), ORIGIN)
    assert leaking.weights == honest.weights
    assert leaking.figures == honest.figures


def test_when_an_answer_was_given_is_no_feature() -> None:
    """A date only grows: it would tell old people from new ones, and nothing of anybody's wish to buy."""
    people = [Known({"q_need": "specific", "q_need_at": n, "q_color": "red", "q_color_at": n}, {}) for n in range(60)]
    encoding = make_encoding(people, [n % 2 == 0 for n in range(60)], left_out=frozenset(), dated=False)
    assert encoding.fields == ("q_color", "q_need")
    assert replace(train(examples(1), ORIGIN), encoding=encoding).reads_own_fields == ()


def test_what_is_stored_scores_as_what_was_trained() -> None:
    model = train(examples(3), ORIGIN)
    stored = from_body(json.loads(json.dumps(model.as_body())))
    assert stored == model
    good = Known({"channel": "Search", "pages": 19.0}, {})
    bad, unknown = Known({"channel": "social", "pages": 0.0}, {}), Known({}, {})
    assert stored.chance(bad, "mon") < stored.chance(unknown, "tue") < stored.chance(good, "mon") < 1


def test_a_model_is_a_sum_that_can_be_done_by_hand() -> None:
    model = WinModel(-1.0, {"channel=search": 2.0}, Encoding(words={"channel": ("search",)}), "x", "", ("", ""))
    assert model.chance(Known({"channel": "SEARCH"}, {}), None) == pytest.approx(0.7310586)
    assert model.chance(Known({"channel": "fax"}, {}), None) == pytest.approx(0.2689414)


@pytest.fixture
def trained(lite_shop: Shop) -> Shop:
    """A year big enough for a model."""
    write_year(lite_shop, people=1_900)
    load_year(lite_shop)
    return lite_shop


def model(shop: Shop, word: str = "train") -> dict[str, Any]:
    code, out, err = shop.run("model", word, "acme", "--json")
    assert code == 0, err
    return json.loads(out)


def test_the_command_trains_shows_and_is_not_fooled_by_the_future(trained: Shop) -> None:
    first = model(trained)
    assert first["figures"]["auc"] > 0.6
    assert {name: first[name] for name in ("digest", "weights")} == {
        name: model(trained, "show")[name] for name in ("digest", "weights")
    }
    assert "AUC" in trained.run("model", "show", "acme")[1]
    assert first["used_on_live_people"] is False  # it reads channel and pages, which no CRM delivers
    _plant(trained)
    after = model(trained)
    assert after["weights"] == first["weights"]
    assert after["figures"] == first["figures"]


def _plant(shop: Shop) -> None:
    """Signs of buyers only: one logged after they were decided, one that happened after it."""
    deals = [line.split(",") for line in (shop.folder / "deals.csv").read_text(encoding="utf-8").splitlines()[1:]]
    won = [cells for cells in deals if cells[-1] == "Won"]
    came = {
        line.split(",")[0]: datetime.fromisoformat(line.split(",")[1])
        for line in (shop.folder / "leads.csv").read_text(encoding="utf-8").splitlines()[1:]
    }
    rows = []
    for cells in won:
        at = came[cells[1]]
        late = {"who": cells[1], "what": "meeting_held", "phase": ""}
        rows.append(late | {"at": at.isoformat(), "logged": (at + timedelta(hours=1)).isoformat()})
        rows.append(late | {"at": (at + timedelta(minutes=1)).isoformat(), "logged": ""})
    shop.write("acts.csv", rows)
    code, out, err = shop.run(
        "import",
        "acme",
        str(shop.folder / "acts.csv"),
        "--as",
        "activity",
        "--map",
        str(shop.folder / "year.toml"),
    )
    assert code == 0, out + err


def test_too_few_people_are_refused_by_the_command(lite_shop: Shop) -> None:
    write_year(lite_shop, people=60)
    load_year(lite_shop)
    code, out, err = lite_shop.run("model", "train", "acme")
    assert (code, out) == (3, "")
    assert "too few for a model (floor: 1000 people and 120 wins)" in err
    assert len(err.strip().splitlines()) == 1
    code, _out, err = lite_shop.run("model", "show", "acme")
    assert code == 2
    assert "no model was trained" in err


WITHOUT = """
import sys
from dataclasses import replace
sys.modules["sklearn"] = None
from datetime import UTC, datetime
from connector.errors import BadConfiguration
from connector.report.training import _logistic
from connector.decide.win_model import Encoding, WinModel
from connector.ports.history import Known
assert 0 < WinModel(0.5, {}, Encoding(), "x", "", ("", "")).chance(Known(), None) < 1
try:
    _logistic([], [], 1.0)
except BadConfiguration as error:
    print(error.sentence())
"""


def test_without_the_extra_scoring_works_and_training_says_so() -> None:
    ended = subprocess.run([sys.executable, "-c", WITHOUT], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("leadloop model train: scikit-learn is not installed; install leadloop[model]")
