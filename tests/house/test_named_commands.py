"""Every command and option that a sentence, a page or a mapping file names exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from connector.cli.commands import build
from tests.house.tree import ROOT

NAMED = re.compile(r"\bleadloop ([a-z][a-z-]*)((?: +(?:--[a-z-]+|[A-Za-z0-9_{}./@-]+|\[[^\]]*\]))*)")
OPTION = re.compile(r"--[a-z][a-z-]*")
CODE = re.compile(r"`([^`\n]+)`|^ {4}(leadloop .*)$", re.MULTILINE)
NO_COMMAND = frozenset({"process", "again"})
"""Words that follow the product's name in a sentence."""


def commands(group: Any, path: str = "") -> Iterator[tuple[str, set[str], set[str]]]:
    """(name, its options, its subcommands) of everything that is installed."""
    for name, command in group.commands.items():
        options = {option for parameter in command.params for option in parameter.opts}
        below = getattr(command, "commands", {})
        for each in below.values():
            options |= {option for parameter in each.params for option in parameter.opts}
        yield name, options | {"--help"}, set(below)


INSTALLED = {name: options for name, options, _ in commands(typer.main.get_command(build()))}


def sentences(path: Path) -> Iterator[str]:
    """What a file says to people: its texts (but for docstrings), or the code in a page."""
    text = path.read_text("utf-8")
    if path.suffix == ".toml":
        yield text
        return
    if path.suffix == ".md":
        yield from (first or second for first, second in CODE.findall(text))
        return
    tree = ast.parse(text)
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(each.value) if isinstance(each, ast.Constant) else "X" for each in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def wrong(text: str) -> Iterator[str]:
    for name, rest in NAMED.findall(text):
        if name not in INSTALLED and name not in NO_COMMAND:
            yield f"leadloop {name}"
        yield from (
            f"leadloop {name} {option}"
            for option in OPTION.findall(rest)
            if name in INSTALLED and option not in INSTALLED[name]
        )


FILES = sorted(
    path
    for folder, kinds in (("connector", "py"), ("adapters", "py"), ("jobs", "py"), ("docs", "md"), ("mappings", "toml"))
    for path in (ROOT / folder).rglob(f"*.{kinds}")
)


def test_nothing_names_a_command_or_option_that_does_not_exist() -> None:
    files = [*FILES, ROOT / "README.md", ROOT / "config.example.toml"]
    found = [f"{path.relative_to(ROOT)}: {each}" for path in files for text in sentences(path) for each in wrong(text)]
    assert found == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("run leadloop resume acme", []),
        ("leadloop conflicts acme --take X", []),
        ("leadloop erorrs", ["leadloop erorrs"]),
        ("leadloop errors COMPANY --retr", ["leadloop errors --retr"]),
    ],
)
def test_the_search_finds_what_is_wrong(text: str, found: list[str]) -> None:
    assert list(wrong(text)) == found
