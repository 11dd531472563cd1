"""What ``leadloop playbook check`` says of ``[moves]``: stages nobody can enter, and exits that lead nowhere."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from connector.playbook import load
from connector.playbook.checks.check import Surroundings, check
from tests.playbook.folder import SYSTEMS, write

NO_WAY = "nobody can ever enter {}: no allowed move leads there"
NO_EXIT = "{} may not go to {} ([moves]), so nobody ever leaves it so"
TABLE = "acme/stages.toml: [moves] {}"


def told(folder: Path, moves: str) -> set[tuple[str, str, str]]:
    """Severity, place and message of what is found about moves."""
    loaded = load(write(folder, stages=f"[moves]\n{moves}\n"), systems=SYSTEMS)
    found = check(loaded, Surroundings(today=date(2026, 6, 15)))
    return {
        (each.severity, each.place, each.message)
        for each in found
        if "no allowed move" in each.message or "nobody ever leaves" in each.message
    }


@pytest.mark.parametrize(
    ("moves", "found"),
    [
        ('name = ["suspect", "lead"]', set()),  # qualified leads come by way of lead
        ('name = ["suspect"]\nsuspect = ["name", "lead"]', set()),
        ('name = ["qualified_lead"]\nqualified_lead = ["lead", "suspect", "name"]', {"suspect", "lead"}),
        ('name = ["suspect"]\nsuspect = ["name"]', {"lead", "qualified_lead"}),
        ('name = ["lead"]\nlead = ["name", "suspect"]', {"suspect", "qualified_lead"}),
        ('name = ["prospect"]', {"suspect", "lead", "qualified_lead"}),  # what a fact brings is no way up by rules
    ],
)
def test_a_stage_to_which_no_moves_lead_is_an_error_at_its_own_key(tmp_path: Path, moves: str, found: set[str]) -> None:
    assert told(tmp_path, moves) == {("error", TABLE.format(stage), NO_WAY.format(stage)) for stage in found}


@pytest.mark.parametrize(
    ("moves", "table", "stage", "below"),
    [
        ('suspect = ["lead"]', "stages.suspect] cold_to", "suspect", "name"),
        ('qualified_lead = ["prospect"]', "exits] let_go_to", "qualified_lead", "lead"),
    ],
)
def test_an_exit_that_no_move_allows_is_an_error_where_the_exit_stands(
    tmp_path: Path, moves: str, table: str, stage: str, below: str
) -> None:
    place = {each for _, each, message in told(tmp_path, moves) if message == NO_EXIT.format(stage, below)}
    assert [each.partition("[")[2] for each in place] == [table]
