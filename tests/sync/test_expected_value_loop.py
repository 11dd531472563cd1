"""The expected value of an open qualified lead reaches both CRMs, is explained, and is silent when nothing moves."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from connector.decide.win_model import Encoding, WinModel
from connector.store.value import SqlValueStore
from tests.sync.company_world import COMPANY, START, opened

MODEL = WinModel(0.0, {}, Encoding(words={"industry": ("retail",)}), "the company's own", "", ("", ""), {})
"""A coin: 50 % for everybody."""


def _amount(folder: Path, text: str = "[amount]\nconfigured = 10000\n") -> None:
    mapping = folder / "mapping"
    mapping.mkdir(exist_ok=True)
    (mapping / "value.toml").write_text(text, encoding="utf-8")


def test_the_value_is_written_once_with_the_grade_and_then_there_is_silence(tmp_path: Path) -> None:
    _amount(tmp_path)
    with opened(tmp_path) as world:
        contact = world.contact()
        world.raise_hand(contact)
        world.sync(2)
        assert world.person().grade == "A"
        assert world.person().expected_value == 2_000  # 0.20 for an A, of 10,000
        assert float(world.properties(contact)["leadloop_expected_value"]) == 2_000
        assert [float(lead["Leadloop_Expected_Value__c"]) for lead in world.leads()] == [2_000]
        state = world.states()
        world.sync(2)
        assert world.states() == state
        story = world.app.explain(COMPANY, "vera.bell@customer.example")
        assert story.current["expected_value"] == 2_000
        assert story.worth == ("chance of winning 20 % (configured for grade A)", "expected amount 10,000 (configured)")
        assert world.broken() == []


def test_without_any_amount_nothing_is_made_up(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        contact = world.contact()
        world.raise_hand(contact)
        world.sync(2)
        assert world.person().grade == "A"
        assert world.person().expected_value is None
        assert not world.properties(contact).get("leadloop_expected_value")
        assert world.app.explain(COMPANY, "vera.bell@customer.example").worth == ()


def test_a_model_takes_the_place_of_the_rates_but_never_moves_a_grade(tmp_path: Path) -> None:
    _amount(tmp_path)
    with opened(tmp_path) as world:
        world.app.prepare()
        company = world.app.state(COMPANY).company_id
        store = SqlValueStore(world.app.database)
        store.save_model(company, MODEL, START)
        contact = world.contact()
        world.raise_hand(contact)
        world.sync(2)
        assert (world.person().grade, world.person().expected_value) == ("A", 5_000)
        assert "the model" in world.app.explain(COMPANY, "vera.bell@customer.example").worth[0]
        foreign = WinModel(9.0, {}, Encoding(words={"shop_size": ("big",)}), "imported", "", ("", ""), {})
        store.save_model(company, foreign, datetime(2026, 11, 18, tzinfo=UTC))
        assert "configured for grade A" in world.app.explain(COMPANY, "vera.bell@customer.example").worth[0]
