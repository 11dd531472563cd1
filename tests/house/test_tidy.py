"""The shape of the code only gets tidier: sizes, names, first lines, and words that have no place in the repository."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import ROOT, name, product_files, python_files, text_files

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
NAMES_THAT_SAY_NOTHING = frozenset({"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"})

# A migration is one step, frozen on the day it was written: splitting it would only hide its order.
FROZEN = "connector/store/migrations/versions/"

# In pieces, so that this file passes its own test.
INDEX_HOSTS = ("py" + "pi.org", "python" + "hosted.org", "anaconda" + ".org", "py" + "pi.python.org")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me)/[a-z]")


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _line_count(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


def _long_functions(source: str, file: str) -> list[str]:
    return [
        f"{file}:{node.lineno}: {node.name} has {_line_count(node)} lines"
        for node in _functions(ast.parse(source))
        if _line_count(node) > FUNCTION_LINES_MAX
    ]


def _forbidden_words(text: str) -> list[str]:
    hosts = [host for host in INDEX_HOSTS if host in text]
    return hosts + MACHINE_PATHS.findall(text)


def _opening_faults(source: str) -> list[str]:
    tree = ast.parse(source)
    if not ast.get_docstring(tree):
        return ["starts with no docstring"]
    code = tree.body[1:]
    if code and not (isinstance(code[0], ast.ImportFrom) and code[0].module == "__future__"):
        return ["does not import annotations from __future__ first"]
    return []


def _living_files() -> list[Path]:
    return [path for path in product_files() if not name(path).startswith(FROZEN)]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_there_is_something_to_look_at() -> None:
    names = {name(path) for path in python_files()}
    assert {"connector/errors.py", "tests/house/test_tidy.py"} <= names
    assert "Makefile" in {name(path) for path, _ in text_files()}


def test_every_file_fits_in_the_head() -> None:
    sizes = {name(path): len(_read(path).splitlines()) for path in _living_files()}
    assert {file: lines for file, lines in sizes.items() if lines > FILE_LINES_MAX} == {}


def test_every_function_fits_on_a_screen() -> None:
    long = [fault for path in _living_files() for fault in _long_functions(_read(path), name(path))]
    assert long == [], "\n".join(long)


def test_every_name_says_something() -> None:
    named = {name(path): {path.stem, *path.relative_to(ROOT).parts[:-1]} for path in python_files()}
    assert [file for file, words in named.items() if words & NAMES_THAT_SAY_NOTHING] == []


def test_every_module_says_first_what_it_is_for() -> None:
    faults = [f"{name(path)} {fault}" for path in python_files() for fault in _opening_faults(_read(path))]
    assert faults == [], "\n".join(faults)


def test_no_file_names_an_index_or_a_place_on_one_machine() -> None:
    found = {name(path): words for path, text in text_files() if (words := _forbidden_words(text))}
    assert found == {}


def test_a_long_function_is_found() -> None:
    source = "def long():\n" + "    x = 1\n" * FUNCTION_LINES_MAX
    assert _long_functions(source, "a.py") == ["a.py:1: long has 61 lines"]
    assert _long_functions(source.replace("    x = 1\n", "", 1), "a.py") == []


@pytest.mark.parametrize("text", [f"--index-url https://{INDEX_HOSTS[0]}/simple", "see /ro" + "ot/notes"])
def test_a_forbidden_word_is_found(text: str) -> None:
    assert _forbidden_words(text) != []
    assert _forbidden_words("a homework, adapters/workers, https://acme.my.salesforce.com/home") == []


def test_a_bad_opening_is_found() -> None:
    assert _opening_faults("import os") != []
    assert _opening_faults('"""Says what."""\nimport os') != []
    assert _opening_faults('"""Says what."""\n') == []
    assert _opening_faults('"""Says what."""\nfrom __future__ import annotations\nimport os') == []
