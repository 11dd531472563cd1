"""The tables of the store by name; ``every.py`` lists them, and says what they have in common.

Making all of them takes as long as reading twenty thousand records, so what needs few of them (a pull, a command's
help) imports those from their modules, and ``every.py`` is only loaded when somebody asks for a table here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connector.store.tables.every import *  # noqa: F403


def __getattr__(name: str) -> Any:
    if name.startswith("__") and name != "__all__":
        raise AttributeError(name)
    return getattr(import_module("connector.store.tables.every"), name)
