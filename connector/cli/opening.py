"""From the global options to an open application: configuration, adapters, progress, closing.

The only place of the command line that wires the application; imports it when a command runs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import typer
from msgspec import Struct

if TYPE_CHECKING:
    from connector.app import App
    from connector.config import Settings
    from connector.logs import Log

ERASE_LINE = "\r\x1b[2K"
PROGRESS_COLUMNS = 78


class Invocation(Struct, frozen=True):
    """The global options of one call."""

    config: Path
    verbose: bool = False

    def settings(self) -> Settings:
        """The configuration, typed and checked; ``BadConfiguration`` names the mistake."""
        from connector.cli.connectors import Connectors
        from connector.config import read_settings

        return read_settings(self.config, tuple(Connectors()))

    def log(self) -> Log | None:
        """Structured lines on stderr when ``--verbose`` asks for them."""
        if not self.verbose:
            return None
        from connector.clock import SystemClock
        from connector.logs import Log

        return Log(SystemClock())


class Progress:
    """One line of progress on a terminal, overwritten by the next; nothing where nobody watches."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._watched = stream.isatty()

    def note(self, line: str) -> None:
        """Show a line."""
        if self._watched:
            self._stream.write(ERASE_LINE + line[:PROGRESS_COLUMNS])
            self._stream.flush()

    def clear(self) -> None:
        """Leave an empty line for what follows."""
        if self._watched:
            self._stream.write(ERASE_LINE)
            self._stream.flush()


def invocation(context: typer.Context) -> Invocation:
    """The global options, from inside a command."""
    found = context.obj
    assert isinstance(found, Invocation)
    return found


@contextmanager
def opened(context: typer.Context) -> Iterator[App]:
    """The application of this call; closed at the end, whatever happens."""
    called = invocation(context)
    settings = called.settings()
    from connector.app import App, World
    from connector.cli.collecting import keep_imported
    from connector.cli.connectors import Channels, Connectors
    from connector.executor import ThreadExecutor

    progress = Progress(sys.stderr)
    world = World(executor=ThreadExecutor(), note=_noting(called, progress), channels=Channels())
    app = App(settings, Connectors(), world)
    keep_imported()
    try:
        yield app
    finally:
        progress.clear()
        app.close()


def _noting(called: Invocation, progress: Progress) -> Callable[[str], None]:
    log = called.log()
    if log is None:
        return progress.note
    return lambda line: log.event("progress", step=line)
