"""Migrations are one chain: two that were written at once with the same number are noticed before they meet."""

from __future__ import annotations

import re

from tests.house.tree import ROOT

VERSIONS = ROOT / "connector" / "store" / "migrations" / "versions"


def test_every_migration_follows_the_one_numbered_before_it() -> None:
    found = [
        (path.name, *re.findall(r'^(?:revision|down_revision) = (?:"(\w+)"|None)$', path.read_text("utf-8"), re.M))
        for path in sorted(VERSIONS.glob("0*.py"))
    ]
    numbers = [f"{number:04}" for number in range(1, len(found) + 1)]
    assert found == [
        (name, number, before)
        for (name, *_), number, before in zip(found, numbers, ["", *numbers], strict=False)
        if name.startswith(f"{number}_")
    ]
