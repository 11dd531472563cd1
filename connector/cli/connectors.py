"""What is installed beside the core, found by entry points: adapters by system, channels, further commands.

An adapter is imported when it is asked for and not before: an SDK costs most of a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import typer

ADAPTERS = "leadloop.adapters"
CHANNELS = "leadloop.channels"
COMMANDS = "leadloop.commands"


class Installed(Mapping[str, Any]):
    """What a group of entry points offers by name; each is loaded on access."""

    def __init__(self, group: str) -> None:
        self._found: dict[str, EntryPoint] = {entry.name: entry for entry in entry_points(group=group)}

    def __getitem__(self, name: str) -> Any:
        return self._found[name].load()

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._found))

    def __len__(self) -> int:
        return len(self._found)


class Connectors(Installed):
    """The installed adapters by the name of their system."""

    def __init__(self) -> None:
        super().__init__(ADAPTERS)

    def remedies(self) -> dict[str, Mapping[str, str]]:
        """System -> code of its errors -> what a person can do, where its package has a module ``remedies``."""
        found: dict[str, Mapping[str, str]] = {}
        for name, entry in self._found.items():
            module = f"{entry.module}.remedies"
            if find_spec(module) is not None:
                found[name] = import_module(module).REMEDIES
        return found


class Channels(Installed):
    """The installed kinds of channels to colleagues."""

    def __init__(self) -> None:
        super().__init__(CHANNELS)


def further_commands() -> Iterator[Callable[[typer.Typer], None]]:
    """``register(app)`` of every installed package of commands, in the order of their names."""
    for entry in sorted(entry_points(group=COMMANDS), key=lambda found: found.name):
        yield entry.load()
