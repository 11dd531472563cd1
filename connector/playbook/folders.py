"""Which folders a playbook is read from: a company's own, and what that one inherits, up to the default.

``playbook.toml`` in a folder names one other: a profile that is shipped (``b2c``), or a folder beside it.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from connector.errors import BadConfiguration
from connector.rules.toml import Table, load, nearest

INHERITANCE_FILE = "playbook.toml"
DEFAULT = "default"
DEPTH_MAX = 5


def shipped() -> Path:
    """The folder with the default playbook and the profiles."""
    return Path(str(files("mappings")))


def profiles() -> list[str]:
    """The names of the shipped profiles beside the default."""
    return sorted(path.name for path in shipped().iterdir() if _is_profile(path))


def lineage(folder: Path | None) -> list[Path]:
    """The folders to be read, the most general first; the default is always the first."""
    found: list[Path] = []
    current = folder
    while current is not None:
        if not current.is_dir():
            raise BadConfiguration(
                "no such folder", where=str(current), remedy="create it, or correct the path that names it"
            )
        if current.resolve() in [each.resolve() for each in found] or len(found) == DEPTH_MAX:
            raise BadConfiguration(
                "inherits itself" if len(found) < DEPTH_MAX else f"more than {DEPTH_MAX} folders inherit each other",
                where=f"{found[-1].name}/{INHERITANCE_FILE}: inherits",
                remedy="let one of them inherit nothing",
            )
        found.append(current)
        current = _inherited(current)
    return [shipped() / DEFAULT, *reversed(found)]


def _inherited(folder: Path) -> Path | None:
    path = folder / INHERITANCE_FILE
    if not path.exists():
        return None
    table = Table(load(path), f"{folder.name}/{INHERITANCE_FILE}")
    name = table.text("inherits", DEFAULT)
    table.finish()
    if name == DEFAULT:
        return None
    if name in profiles():
        return shipped() / name
    if not (folder / name).is_dir():
        choices = [DEFAULT, *profiles()]
        remedy = nearest(name, choices) + ", or the path of a folder beside this one"
        raise table.error("inherits", f'no profile or folder "{name}"', remedy)
    return folder / name


def _is_profile(path: Path) -> bool:
    return path.is_dir() and path.name != DEFAULT and any(path.glob("*.toml"))
