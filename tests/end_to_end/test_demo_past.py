"""What the demo's seeded past is good for: a verdict on a second playbook, and, with enough people, a trained model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from adapters.simulator.world import generate
from connector.app import App
from connector.app import World as Surroundings
from connector.app.backtest import Asked, backtest
from connector.app.win_model import train_company
from connector.errors import GuardTripped
from connector.ids import SeededIds
from jobs.demo import CONNECTORS
from jobs.demo_company import COMPANY, NEXT_PLAYBOOK, SALESFORCE_SETTINGS, SYSTEMS, secrets_set, write_company
from jobs.demo_systems import running_systems


@contextmanager
def read_in(folder: Path, people: int) -> Iterator[App]:
    """The demo's company after the first full read."""
    world = generate(people=people, seed=0)
    with running_systems(0, world.now) as systems, secrets_set():
        systems.controls["salesforce"].post("settings", SALESFORCE_SETTINGS)
        systems.controls["salesforce"].post("seed", world.salesforce_seed)
        systems.controls["hubspot"].post("seed", world.hubspot_seed)
        settings = write_company(folder, world, systems.urls)
        around = Surroundings(clock=systems.clock, ids=SeededIds("past"))
        with closing(App(settings, CONNECTORS, around)) as app:
            app.backfill(COMPANY)
            yield app


def test_two_years_of_history_give_a_verdict_and_too_few_people_no_model(tmp_path: Path):
    with read_in(tmp_path, 400) as app:
        found = backtest(app, COMPANY, Asked(playbook=tmp_path / NEXT_PLAYBOOK), SYSTEMS)
        with pytest.raises(GuardTripped, match="too few for a model"):
            train_company(app, COMPANY, None, SYSTEMS)
    assert found.history == "the company's own"
    assert found.won >= 20
    assert found.live.auc is not None
    assert found.live.auc > 0.65
    assert {"seniority", "has_email", "industry"}.isdisjoint(found.hidden), "their past is known of most"
    assert "AUC" in found.sentence


def test_a_large_company_trains_a_model_that_knows_better_than_the_base_rate(tmp_path: Path):
    with read_in(tmp_path, 1600) as app:
        model = train_company(app, COMPANY, None, SYSTEMS)
    assert not model.reads_own_fields
    assert not {"email_opt_out", "phone_opt_out"} & set(model.encoding.fields)
    assert model.figures["auc_low"] > 0.5
    assert model.figures["brier"] < model.figures["brier_of_the_base_rate"]
