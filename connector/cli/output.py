"""What a command prints: one JSON document, text, or a drawing on stdout; sentences on stderr.

A reader that goes away early (``| head``) is no error: the work was done.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

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
    try:
        sys.stdout.write(text.rstrip("\n") + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()


def print_drawing(draw: Callable[[Console], None]) -> None:
    """A picture for people, as wide as their terminal."""
    from rich.console import Console

    try:
        draw(Console(highlight=False, markup=False, emoji=False))
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()


def say(sentence: str) -> None:
    """One sentence on stderr."""
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


def _plain(value: object) -> object:
    isoformat = getattr(value, "isoformat", None)
    if isoformat is None:
        raise TypeError(f"{type(value).__name__} has no form in JSON")
    return isoformat()


def _forget_stdout() -> None:
    # Without this the interpreter complains once more when it flushes stdout at its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
