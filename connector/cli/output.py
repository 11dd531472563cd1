"""What a command prints: one JSON document, text, or a drawing on stdout; sentences on stderr.

A reader that goes away early (``| head``) is no error: the work was done.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from connector.errors import LeadloopError

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA = 1


def print_document(document: dict[str, Any]) -> None:
    """The one JSON document of a command, with ``schema`` first; moments as ISO text."""
    import json

    numbered = {"schema": SCHEMA, **document}
    print_text(json.dumps(numbered, ensure_ascii=False, indent=2, default=_plain))


def print_text(text: str) -> None:
    """Text on stdout, ended by one line break."""
    with _stdout():
        sys.stdout.write(text.rstrip("\n") + "\n")
        sys.stdout.flush()


def print_drawing(draw: Callable[[Console], None]) -> None:
    """A picture for people, as wide as their terminal."""
    from rich.console import Console

    class Paper(Console):
        """Rich ends the process with code 1 when the reader has gone; here that is decided in one place."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    with _stdout():
        draw(Paper(highlight=False, markup=False, emoji=False))
        sys.stdout.flush()


def say(sentence: str) -> None:
    """One sentence on stderr."""
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


@contextmanager
def _stdout() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        _forget_stdout()
    except OSError as error:
        _forget_stdout()
        raise LeadloopError(
            f"the output cannot be written ({error.strerror})", where="stdout", remedy="make room or name another file"
        ) from error


def _plain(value: object) -> object:
    isoformat = getattr(value, "isoformat", None)
    if isoformat is None:
        raise TypeError(f"{type(value).__name__} has no form in JSON")
    return isoformat()


def _forget_stdout() -> None:
    # Without this the interpreter complains once more when it flushes stdout at its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
