"""What the documents promise exists: commands in the README, targets in the Makefile, the same test command in both."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.house.tree import ROOT

COMMAND_LINE = re.compile(r"^  ([a-z][a-z-]*) {2,}\S", re.MULTILINE)
TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)
MAKE_CALL = re.compile(r"(?:^ *|`)make ([a-z]+)\b", re.MULTILINE)
EXAMPLE_OF_HELP = """
Usage: leadloop [OPTIONS] COMMAND [ARGS]...

Options:
  --config <path>  a text that wraps and goes on
                   on the next line

Commands:
  sync     one whole cycle, with a text that
           wraps here
  go-live  stores live_since
"""


def _read(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


def _commands(help_text: str) -> list[str]:
    return COMMAND_LINE.findall(help_text.partition("\nCommands:\n")[2])


def _targets() -> set[str]:
    return set(TARGET.findall(_read("Makefile")))


def _help() -> str:
    """What ``leadloop --help`` prints, wide and without colour."""
    plain = {"COLUMNS": "200", "TERM": "dumb", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    answer = subprocess.run(
        [sys.executable, "-c", "from connector.cli import main; main()", "--help"],
        cwd=ROOT,
        env={**os.environ, **plain},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_commands_are_read_from_the_help() -> None:
    assert _commands(EXAMPLE_OF_HELP) == ["sync", "go-live"]


def test_the_readme_names_every_command() -> None:
    commands = _commands(_help())
    assert {"demo", "sync", "plan", "push", "explain"} <= set(commands)
    readme = _read("README.md")
    assert [command for command in commands if f"leadloop {command}" not in readme] == []


def test_every_make_call_in_the_readme_works() -> None:
    called = set(MAKE_CALL.findall(_read("README.md")))
    assert {"demo", "test"} <= called
    assert called <= _targets()


def test_the_integration_runs_the_readmes_test_command() -> None:
    run = _read(".ci/run")
    assert set(MAKE_CALL.findall(run)) == {"check", "test"}
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize("target", ["setup", "demo", "test", "check", "simulate", "bench", "lock", "clean"])
def test_the_makefile_has_the_target(target: str) -> None:
    assert target in _targets()
    assert re.search(rf"^\.PHONY:.*\b{target}\b", _read("Makefile"), flags=re.MULTILINE)


def test_the_changelog_says_what_comes_next() -> None:
    assert re.search(r"^## \[Unreleased\]$", _read("CHANGELOG.md"), flags=re.MULTILINE)
