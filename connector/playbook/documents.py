"""The files of a mapping folder: found, read, the company's laid over the defaults, digested.

Which file a mistake is blamed on is approximate: as soon as a company has a file of its own, every mistake in the
merged document is said to be in that file. The defaults are sound by themselves (a test loads them), so it takes a
key of the company's to make one; what is wrong may still be that its key does not go with a default one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from connector.errors import BadConfiguration
from connector.playbook.folders import INHERITANCE_FILE, lineage
from connector.rules.toml import Table, nearest, overlay, parse

MAPPING_FILE = "fields.toml"
PLAYBOOK_FILES = (
    *("identity.toml", "stages.toml", "scoring.toml", "qualifying.toml", "team.toml", "routing.toml", "nurture.toml"),
    *("followup.toml", "messages.toml", "value.toml"),
)
SOURCES_FILE = "sources.toml"
"""For the reports alone: not part of what was agreed, and of no digest."""

FILES = (MAPPING_FILE, *PLAYBOOK_FILES, SOURCES_FILE)


Layers = tuple[tuple[str, str], ...]
"""The layers of one document as (label, text): the default, what the folder inherits, the folder's own."""


def read_layers(folder: Path | None) -> dict[str, Layers]:
    """The texts of every document by file name.

    ``BadConfiguration`` for a folder that is not there and a file nobody reads.
    """
    default, *others = lineage(folder)
    own = [_own_files(each) for each in others]
    return {
        name: tuple(_layer(path) for path in (default / name, *(each[name] for each in own if name in each)))
        for name in FILES
    }


def merged(layers: Layers) -> Table:
    """One document: each layer's keys over those below; lists and conditions are replaced as a whole.

    ``BadConfiguration`` for what is not TOML.
    """
    values: dict[str, Any] = {}
    for label, text in layers:
        values = overlay(values, parse(text, label))
    return Table(values, layers[-1][0])


def plain(value: Any) -> Any:
    """A TOML value as JSON has it: dates and times as ISO text."""
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def digest_of(body: Mapping[str, Any]) -> str:
    """Names a body by its values: the order of keys and what stood in comments do not matter."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _own_files(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.is_dir() or path.suffix == ".md" or path.name.startswith(".") or path.name.endswith("~"):
            continue
        if path.name == INHERITANCE_FILE:
            continue
        if path.name not in FILES:
            choices = (*FILES, INHERITANCE_FILE)
            raise BadConfiguration(
                "unknown file", where=f"{folder.name}/{path.name}", remedy=nearest(path.name, choices)
            )
        found[path.name] = path
    return found


def _layer(path: Path) -> tuple[str, str]:
    label = f"{path.parent.name}/{path.name}"
    try:
        return label, path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfiguration(
            f"cannot be read ({type(error).__name__})", where=label, remedy="check the file and save it as UTF-8"
        ) from error
