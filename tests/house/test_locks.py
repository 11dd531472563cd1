"""The locks are complete, hashed, agree with each other and with pyproject.toml, and name no index."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import ROOT

LOCKS = ("requirements.lock", "requirements-build.lock", "requirements-dev.lock")
HEAVY = ("model",)
"""Extras that `make demo` does not install; the development lock holds them."""
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*])?==(?P<version>[^ ;\\]+)", re.MULTILINE)


def _lock(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


def _pins(file: str) -> dict[str, set[str]]:
    """Name -> versions: one for all Pythons, or one for each range of them."""
    pins: dict[str, set[str]] = {}
    for match in PIN.finditer(_lock(file)):
        pins.setdefault(canonicalize_name(match["name"]), set()).add(match["version"])
    return pins


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _wanted_by_users() -> list[str]:
    project = _project()["project"]
    light = [line for extra, lines in project["optional-dependencies"].items() if extra not in HEAVY for line in lines]
    return [*project["dependencies"], *light]


def _wanted_by_extras() -> list[str]:
    return [line for lines in _project()["project"]["optional-dependencies"].values() for line in lines]


def _wanted_by_group(group: str) -> list[str]:
    lines = _project()["dependency-groups"][group]
    return [line for line in lines if isinstance(line, str)]


def _unmet(wanted: list[str], pins: dict[str, set[str]]) -> list[str]:
    requirements = [Requirement(line) for line in wanted]
    return [str(each) for each in requirements if not _met(each, pins)]


def _met(requirement: Requirement, pins: dict[str, set[str]]) -> bool:
    versions = pins.get(canonicalize_name(requirement.name), set())
    return any(requirement.specifier.contains(version, prereleases=True) for version in versions)


def test_the_lock_of_the_product_meets_every_dependency() -> None:
    assert _unmet(_wanted_by_users(), _pins("requirements.lock")) == []


def test_the_other_locks_meet_their_groups() -> None:
    assert _unmet(_wanted_by_group("build"), _pins("requirements-build.lock")) == []
    assert _unmet([*_wanted_by_group("dev"), *_wanted_by_extras()], _pins("requirements-dev.lock")) == []


def test_an_unmet_dependency_is_found() -> None:
    assert _unmet(["absent>=1", "present>=2", "right>=1"], {"present": {"1.9"}, "right": {"1.0"}}) == [
        "absent>=1",
        "present>=2",
    ]


def test_the_development_lock_holds_the_other_two() -> None:
    development = _pins("requirements-dev.lock")
    for file in LOCKS[:2]:
        assert {name: versions for name, versions in _pins(file).items() if development.get(name) != versions} == {}


@pytest.mark.parametrize("file", LOCKS)
def test_every_pin_has_a_hash(file: str) -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", _lock(file), flags=re.MULTILINE)[1:]
    assert len(entries) == sum(map(len, _pins(file).values())) > 0
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("file", LOCKS)
def test_a_lock_names_no_index_and_no_giant(file: str) -> None:
    assert re.findall(r"://|--index|--extra-index|--find-links|^torch", _lock(file), flags=re.MULTILINE) == []
