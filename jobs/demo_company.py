"""The demo's company folder: configuration and mappings as a customer would write them, made from the seeded world.

Decides nothing about rules: only what differs from the default playbook (who works here, whose domains are whose).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import tomlkit

from adapters.simulator.world import World
from connector.config import Settings, read_settings

COMPANY = "demo"
SYSTEMS = ("hubspot", "salesforce")
NEXT_PLAYBOOK = "mappings/demo-next"
NEXT_EDGE = 65
"""Where grade A begins in the second playbook, which is only tried beside the live one."""
NEXT_FLOOR = {"all": [{"happened": "hand_raise", "within_days": 14}, {"score": "fit", "at_least": 30}]}
"""Who has grade A there whatever the points."""
ASKED_POINTS = 6
"""What a request for contact gives there, on each of two axes."""
TIMEZONE = "America/New_York"
TERRITORY = {
    "name": "dach",
    "when": {"field": "country", "in": ["germany", "austria", "switzerland"]},
    "pool": "dach",
    "requires_skills": ["german"],
}
COSTS = {
    "2026-04": {"paid_search": 4200, "paid_social": 1800, "email": 350},
    "2026-05": {"paid_search": 3900, "paid_social": 2100, "email": 350},
}
"""What the sources cost, in whole units of the currency."""
SECRETS: Mapping[str, str] = {
    "LEADLOOP_DEMO_SALESFORCE_CLIENT": "simulator",
    "LEADLOOP_DEMO_SALESFORCE_SECRET": "canary-salesforce-7f3e1c94",
    "LEADLOOP_DEMO_HUBSPOT_TOKEN": "simulator-token",
}
"""What the environment holds while the demo runs. No log, no error and no row of the store may show a secret."""

CANARIES = tuple(value for name, value in SECRETS.items() if not name.endswith("CLIENT"))
SALESFORCE_SETTINGS = {"client_secret": SECRETS["LEADLOOP_DEMO_SALESFORCE_SECRET"], "sandbox": True}


def write_company(folder: Path, world: World, urls: Mapping[str, str]) -> Settings:
    """Write ``config.toml`` and ``mappings/demo/`` into ``folder`` and read them back as any command would."""
    mappings = folder / "mappings" / COMPANY
    mappings.mkdir(parents=True, exist_ok=True)
    for name, document in _mappings(world).items():
        (mappings / name).write_text(tomlkit.dumps(document), encoding="utf-8")
    _write_next_playbook(folder / NEXT_PLAYBOOK, mappings)
    file = folder / "config.toml"
    file.write_text(tomlkit.dumps(_configuration(urls)), encoding="utf-8")
    return read_settings(file, ("salesforce", "hubspot"))


def _write_next_playbook(folder: Path, live: Path) -> None:
    """What somebody would like to try: whoever asks for a demo counts hardly more than any other visitor, and only who
    fits well goes to sales for it; grade A begins at fewer points. Lists are replaced as a whole."""
    shutil.copytree(live, folder)
    scoring = tomlkit.parse((files("mappings") / "default" / "scoring.toml").read_text(encoding="utf-8"))
    grades, engagement, readiness = (scoring[name] for name in ("grades", "engagement", "readiness"))
    grades[0].update({"at_least": NEXT_EDGE, "floor": NEXT_FLOOR})
    _rule(engagement, "hand_raise").update({"points": ASKED_POINTS, "cap": ASKED_POINTS})
    _rule(readiness, "asked_for_contact").update({"points": ASKED_POINTS})
    tried = {"grades": grades, "engagement": engagement, "readiness": readiness}
    (folder / "scoring.toml").write_text(tomlkit.dumps(tried), encoding="utf-8")


def _rule(axis: Any, name: str) -> Any:
    return next(rule for rule in axis["rules"] if rule["id"] == name)


@contextmanager
def secrets_set() -> Iterator[None]:
    """The environment holds the demo's secrets for the length of the block."""
    before = {name: os.environ.get(name) for name in SECRETS}
    os.environ.update(SECRETS)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _configuration(urls: Mapping[str, str]) -> dict[str, Any]:
    company = {
        "mappings": f"mappings/{COMPANY}",
        "timezone": TIMEZONE,
        "environment": "sandbox",
        "level": "full",
        "approval": "first",
        "salesforce": {
            "url": urls["salesforce"],
            "api_version": "67.0",
            "auth": "client_credentials",
            "client_id": "env:LEADLOOP_DEMO_SALESFORCE_CLIENT",
            "client_secret": "env:LEADLOOP_DEMO_SALESFORCE_SECRET",
        },
        "hubspot": {
            "url": urls["hubspot"],
            "api_version": "2026-09",
            "auth": "token",
            "access_token": "env:LEADLOOP_DEMO_HUBSPOT_TOKEN",
        },
    }
    return {"store": {"url": "sqlite:///leadloop.db"}, "companies": {COMPANY: company}}


def _mappings(world: World) -> dict[str, dict[str, Any]]:
    manager, marketing = (_name_of(world, role) for role in ("manager", "marketing"))
    return {
        "team.toml": dict(world.team),
        "routing.toml": {
            "fallback": {"member": manager},
            "marketing": {"owner": marketing},
            "territories": [TERRITORY],
            "skills": {"language": {"es": "spanish"}},
        },
        "identity.toml": {
            "domains": {"own": world.facts["own_domains"]},
            "competitors": {"domains": world.facts["competitor_domains"]},
        },
        "nurture.toml": {
            "push": {
                "hubspot": {"tracks": {"educate": _list_of(world)}},
                "salesforce": {"tracks": {"qualified_c": _campaign_of(world)}},
            },
        },
        "sources.toml": {"costs": COSTS},
        "stages.toml": {
            "agreement": {"marketing": marketing, "sales": manager, "agreed_on": world.now.date()},
        },
    }


def _list_of(world: World) -> str:
    return str(world.hubspot_seed["lists"][0]["name"])


def _campaign_of(world: World) -> str:
    campaigns = world.salesforce_seed["records"]["Campaign"]
    return next(str(each["Id"]) for each in campaigns if each["Name"].startswith("Nurture"))


def _name_of(world: World, role: str) -> str:
    members: Any = world.team["members"]
    return next(str(member["name"]) for member in members if member["role"] == role)
