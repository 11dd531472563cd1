"""``docs/`` names every key that the playbook's files understand: the parsers say which those are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.playbook import load
from connector.rules.toml import Table
from tests.house.tree import ROOT
from tests.playbook.folder import SYSTEMS, write

# Keys of these tables are names that a company gives: reasons, tracks, answers, pools, fields.
NAMED = re.compile(
    r".*(^|\.)(reasons|tracks|questions|steps|knock_outs|phrases|kind_caps|regions|promises|stages|pools|language|product"
    r"|by_track|order|win\.grades|status_signs\.\w+|push|readiness\.rules\[\d+\]\.points|push\.\w+\.tracks)$"
)
SYSTEM_KEY = re.compile(f"^({'|'.join(SYSTEMS)})_")
FILES = ("stages", "scoring", "qualifying", "nurture", "routing", "team", "followup", "messages", "value")
RICH = {
    "team": '[regions.eu]\ntimezone = "UTC"\n[[members]]\nname = "Max"\nrole = "sdr"\nsalesforce_user_id = "5"\n'
    "away = [{ first_day = 2026-12-21, last_day = 2026-12-31 }]\n",
    "routing": '[fallback]\nmember = "Max"\n[pools.default]\ndaily_max = 3\n[[territories]]\nname = "all"\n'
    'pool = "default"\nwhen = { field = "country", known = true }\n',
}


@pytest.fixture
def understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str, str]]:
    """(file, table, key) of every key that was asked for while a playbook loaded."""
    tables: list[Table] = []
    made = Table.__init__

    def remember(self: Table, *arguments: object) -> None:
        made(self, *arguments)  # type: ignore[arg-type]
        tables.append(self)

    monkeypatch.setattr(Table, "__init__", remember)
    load(write(tmp_path, **RICH), systems=SYSTEMS)
    return set(_keys(tables))


def _keys(tables: list[Table]) -> Iterator[tuple[str, str, str]]:
    for table in tables:
        file = table.file.rpartition("/")[2].removesuffix(".toml")
        if file in FILES and not NAMED.fullmatch(table.path):
            for key in table._known:
                yield file, table.path, SYSTEM_KEY.sub("SYSTEM_", key)


def test_every_key_is_explained(understood: set[tuple[str, str, str]]) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md")))
    assert {"cold_days", "signals_at_least", "ask_next", "paired_sdr", "points_below"} <= {
        key for *_, key in understood
    }
    named = re.findall(r"[\w-]+", " ".join(re.findall(r"`[^`\n]+`", text)))
    words = {SYSTEM_KEY.sub("SYSTEM_", word) for word in named}
    missing = {(file, table, key) for file, table, key in understood if key not in words}
    assert sorted(missing) == []


def test_every_file_and_command_is_named() -> None:
    text = (ROOT / "docs" / "playbook.md").read_text(encoding="utf-8")
    assert [file for file in FILES if f"{file}.toml" not in text] == []
    assert [command for command in ("show", "check", "agree") if f"leadloop playbook {command}" not in text] == []
