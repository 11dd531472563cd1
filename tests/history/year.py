"""A made-up year of a company: who came, what they did, who bought. Seeded; buyers ask for contact more often."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.history.shop import Shop

START = datetime(2024, 1, 1, 8, tzinfo=UTC)
TITLES = ("VP Sales", "Marketing Manager", "Head of Operations", "Clerk", "Consultant")
MAP = """
[lead]
key = "id"
when = "came"
[lead.fields]
mail = "email"
job = "title"
size = "employees"
market = "industry"
where = "country"
channel = { feature = "channel" }
pages = { feature = "pages", type = "number" }

[activity]
person = "who"
when = "at"
known = "logged"
signal = { column = "what" }
phase = { column = "phase" }

[deal]
key = "deal"
person = "who"
when = "opened"
closed = "closed"
amount = "amount"
won = { column = "state", is = ["Won"] }
"""


def write_year(shop: Shop, people: int, seed: int = 7) -> None:
    """Leads, activities and deals as three files and their map."""
    chance = random.Random(seed)
    leads: list[dict[str, Any]] = []
    acts: list[dict[str, Any]] = []
    deals: list[dict[str, Any]] = []
    for number in range(people):
        came = START + timedelta(minutes=chance.randrange(300 * 24 * 60))
        warm, good = chance.random() < 0.4, chance.random() < 0.5
        leads.append(_lead(number, came, warm, good, chance))
        acts += _acts(number, came, warm, chance)
        if chance.random() < 0.04 + 0.3 * warm + 0.15 * (warm and good):
            deals.append(_deal(number, came, chance, won=chance.random() < 0.75))
    shop.write("leads.csv", leads)
    shop.write("acts.csv", acts)
    shop.write("deals.csv", deals)
    (shop.folder / "year.toml").write_text(MAP, encoding="utf-8")


def load_year(shop: Shop) -> None:
    """Import the three files."""
    for file, kind in (("leads", "lead"), ("acts", "activity"), ("deals", "deal")):
        path, where = str(shop.folder / f"{file}.csv"), str(shop.folder / "year.toml")
        code, out, err = shop.run("import", "acme", path, "--as", kind, "--map", where)
        assert code == 0, out + err


def tried_folder(folder: Path) -> Path:
    """A playbook whose engagement knows nothing but clicks, which buyers and others make alike."""
    found = folder / "tried"
    found.mkdir(exist_ok=True)
    text = '[engagement]\nmax = 30\n[[engagement.rules]]\nid = "clicks"\nsignal = "email_click"\npoints = 15\n'
    text += 'cap = 30\ndecay = { kind = "linear", days = 60 }\n'
    (found / "scoring.toml").write_text(text, encoding="utf-8")
    return found


def _lead(number: int, came: datetime, warm: bool, good: bool, chance: random.Random) -> dict[str, Any]:
    return {
        "id": f"L{number}",
        "came": came.isoformat(),
        "mail": f"p{number}@firm{number}.example",
        "job": TITLES[chance.randrange(3)] if good else TITLES[chance.randrange(5)],
        "size": 200 if good else chance.randrange(1, 50),
        "market": "software" if good else "retail",
        "where": "United States",
        "channel": "search" if chance.random() < (0.7 if warm else 0.3) else "social",
        "pages": chance.randrange(3, 20) if warm else chance.randrange(0, 8),
    }


def _acts(number: int, came: datetime, warm: bool, chance: random.Random) -> list[dict[str, Any]]:
    found = [_act(number, came + timedelta(days=chance.randrange(1, 40)), "email_click") for _ in range(2)]
    if warm or chance.random() < 0.1:
        found.append(_act(number, came + timedelta(days=chance.randrange(1, 20)), "hand_raise"))
    if warm:
        found.append(_act(number, came + timedelta(days=chance.randrange(1, 30)), "content_download", "decision"))
    return found


def _act(number: int, at: datetime, signal: str, phase: str = "") -> dict[str, Any]:
    return {"who": f"L{number}", "what": signal, "at": at.isoformat(), "logged": at.isoformat(), "phase": phase}


def _deal(number: int, came: datetime, chance: random.Random, *, won: bool) -> dict[str, Any]:
    opened = came + timedelta(days=chance.randrange(25, 50))
    closed = opened + timedelta(days=chance.randrange(5, 40))
    row = {"deal": f"D{number}", "who": f"L{number}", "opened": opened.isoformat(), "closed": closed.isoformat()}
    return row | {"amount": chance.randrange(1_000, 50_000), "state": "Won" if won else "Lost"}
