"""A company that is not connected to anything, a folder of files, and the command line run in it."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connector.cli.commands import run
from connector.store.database import Database

LEADS = """
[lead]
key = "id"
when = { column = "came", format = "%Y-%m-%d %H:%M", timezone = "America/Sao_Paulo" }
unknown = ["Select"]

[lead.fields]
mail = "email"
job = "title"
size = { field = "employees" }
origin = { field = "source_first", values = { "Paid" = "paid_search", "Web" = "organic_search" }, otherwise = "other" }
score = { feature = "visits", type = "number", at = "scored" }

[activity]
person = "who"
when = "at"
known = "logged"
signal = { column = "what", values = { "Demo form" = "hand_raise", "Paper" = "content_download" } }
phase = "decision"

[deal]
key = "deal"
person = "who"
when = "opened"
closed = "closed"
amount = "amount"
won = { column = "state", is = ["Won"] }
"""


@dataclass
class Shop:
    """The folder with configuration, map and files."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    store: str

    def write(self, name: str, rows: Sequence[Mapping[str, Any]]) -> Path:
        """A CSV file of these rows."""
        path = self.folder / name
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return path

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """One command: exit code, stdout, stderr."""
        code = run(["--config", str(self.folder / "config.toml"), *arguments])
        printed = self.capsys.readouterr()
        return code, printed.out, printed.err

    def load(self, name: str, kind: str, map_text: str = LEADS) -> tuple[int, dict[str, Any]]:
        """Import a file with a map; exit code and document."""
        path = self.folder / "map.toml"
        path.write_text(map_text, encoding="utf-8")
        code, out, err = self.run(
            "import", "acme", str(self.folder / name), "--as", kind, "--map", str(path), "--json"
        )  # fmt: skip
        assert out, err
        return code, json.loads(out)

    def database(self) -> Database:
        """The store behind the command line."""
        return Database(self.store)


def open_shop(folder: Path, capsys: pytest.CaptureFixture[str], store: str) -> Shop:
    """A company without systems."""
    text = f'[store]\nurl = "{store}"\n[companies.acme]\ntimezone = "Europe/Berlin"\n'
    (folder / "config.toml").write_text(text, encoding="utf-8")
    return Shop(folder, capsys, store)
