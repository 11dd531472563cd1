"""Folders that inherit each other, and the profile for selling to consumers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from connector.errors import BadConfiguration
from connector.playbook import load
from connector.playbook.checks.check import Surroundings, check
from connector.playbook.folders import profiles
from connector.rules.definitions import Definitions
from connector.rules.score_model import CaseRule
from tests.oracle import DAY, Event, Oracle
from tests.playbook.folder import SYSTEMS
from tests.rules.worlds import AS_OF, blank

PRIVATE = {"has_email": True, "email_domain": "gmail.com", "free_mail": True, "country": "de"}


def folder(directory: Path, name: str, **documents: str) -> Path:
    made = directory / name
    made.mkdir()
    for file, text in documents.items():
        (made / f"{file}.toml").write_text(text, encoding="utf-8")
    return made


def exits(path: Path) -> tuple[int, int, int]:
    found = load(path, systems=SYSTEMS).playbook.definitions.stages.exits
    return found.stay_hours, found.lock_days, found.let_go_days


def test_own_keys_over_inherited_ones_over_the_default(tmp_path: Path) -> None:
    folder(tmp_path, "acme", stages="[exits]\nlock_days = 31\nlet_go_days = 200\n")
    following = folder(tmp_path, "acme-next", playbook='inherits = "../acme"\n', stages="[exits]\nlet_go_days = 90\n")
    assert exits(tmp_path / "acme") == (24, 31, 200)
    assert exits(following) == (24, 31, 90)
    assert load(following, systems=SYSTEMS).files["stages.toml"] == "acme-next/stages.toml"
    alone = folder(tmp_path, "alone", playbook='inherits = "default"\n')
    assert load(alone, systems=SYSTEMS).playbook == load(None, systems=SYSTEMS).playbook


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            'inherits = "b2b"\n',
            'acme/playbook.toml: inherits: no profile or folder "b2b"; did you mean "b2c", or the path of a folder '
            "beside this one.",
        ),
        ('inherit = "b2c"\n', 'acme/playbook.toml: inherit: unknown key; did you mean "inherits".'),
        ('inherits = "../acme"\n', "acme/playbook.toml: inherits: inherits itself; let one of them inherit nothing."),
        ("inherits = 3\n", "acme/playbook.toml: inherits: expected text."),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        load(folder(tmp_path, "acme", playbook=text), systems=SYSTEMS)
    assert caught.value.sentence() == sentence


@pytest.fixture
def consumers(tmp_path: Path) -> Path:
    return folder(tmp_path, "shop", playbook='inherits = "b2c"\n')


def test_consumers_are_not_judged_by_employer_role_and_address(consumers: Path) -> None:
    assert profiles() == ["b2c"]
    playbook = load(consumers, systems=SYSTEMS).playbook
    fit = playbook.definitions.scoring.axis("fit")
    asked = {rule.field for rule in fit.rules if isinstance(rule, CaseRule)}
    assert asked.isdisjoint({"seniority", "job_function", "employees", "industry"})
    assert "free_mail" not in playbook.fields_used
    assert "persona_excluded" not in playbook.fields_used
    assert "q_authority" not in {each.field for each in playbook.questions if each.asked}
    assert playbook.promises == load(None, systems=SYSTEMS).playbook.promises


def test_the_profile_contradicts_itself_nowhere(consumers: Path) -> None:
    found = check(load(consumers, systems=SYSTEMS), Surroundings(date(2026, 6, 15)))
    assert [each for each in found if each.severity == "error"] == []


def test_somebody_at_home_who_asks_for_a_demo_goes_to_sales_and_a_blank_record_does_not(consumers: Path) -> None:
    shop, office = (load(each, systems=SYSTEMS).playbook.definitions for each in (consumers, None))
    demo = (Event(1, "hand_raise", AS_OF - 2 * DAY, "demo"),)
    click = (Event(1, "email_click", AS_OF - 2 * DAY),)

    def grade(definitions: Definitions, facts: dict[str, object], events: tuple[Event, ...]) -> tuple[int, bool]:
        verdict = Oracle(definitions, blank(**facts), events, AS_OF).run()
        return verdict.axes["fit"] // 1000, verdict.grade_open == "A" and "qualified_lead" in verdict.rungs

    assert grade(shop, PRIVATE, demo) == (22, True)
    assert grade(office, PRIVATE, demo) == (11, False)
    assert grade(shop, {"has_email": True}, click) == (10, False)
