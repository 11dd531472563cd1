"""The example configuration loads as it is, on a machine where none of its secrets is set."""

from __future__ import annotations

import tomllib
from importlib.metadata import entry_points

import pytest

from connector.config import read_settings
from connector.errors import BadConfiguration
from tests.house.tree import ROOT

EXAMPLE = ROOT / "config.example.toml"
SYSTEMS = tuple(sorted(entry.name for entry in entry_points(group="leadloop.adapters")))


def test_the_installed_adapters_are_the_systems() -> None:
    assert SYSTEMS == ("hubspot", "memory", "salesforce")


def test_the_example_loads_and_shows_both_systems() -> None:
    settings = read_settings(EXAMPLE, SYSTEMS)
    assert settings.companies
    assert all({"salesforce", "hubspot"} <= set(company.systems) for company in settings.companies.values())


def test_the_example_names_its_secrets_and_holds_none(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings(EXAMPLE, SYSTEMS)
    systems = [system for company in settings.companies.values() for system in company.systems.values()]
    references = [(system, key, value) for system in systems for key, value in system.references.items()]
    assert references
    for system, key, value in references:
        assert value.startswith("env:")
        monkeypatch.delenv(value.removeprefix("env:"), raising=False)
        with pytest.raises(BadConfiguration, match=value.removeprefix("env:")):
            system.secret(key)


def test_the_example_shows_every_part() -> None:
    assert {"store", "companies", "schedule", "web"} <= set(tomllib.loads(EXAMPLE.read_text(encoding="utf-8")))
