"""What is installed beside the core, found by entry points: adapters by system, and further commands.

An adapter is imported when it is asked for and not before: an SDK costs most of a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

    from connector.ports.connection import Connect

ADAPTERS = "leadloop.adapters"
COMMANDS = "leadloop.commands"


class Connectors(Mapping[str, "Connect"]):
    """The installed adapters by the name of their system; each is loaded on access."""

    def __init__(self) -> None:
        self._found: dict[str, EntryPoint] = {entry.name: entry for entry in entry_points(group=ADAPTERS)}

    def __getitem__(self, system: str) -> Connect:
        loaded: Connect = self._found[system].load()
        return loaded

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._found))

    def __len__(self) -> int:
        return len(self._found)


def further_commands() -> Iterator[Callable[[typer.Typer], None]]:
    """``register(app)`` of every installed package of commands, in the order of their names."""
    for entry in sorted(entry_points(group=COMMANDS), key=lambda found: found.name):
        yield entry.load()
