"""How often the interpreter looks for cycles of garbage: rarely, because a run makes millions of objects without any.

What the imports make stays as long as the process does, so it is not looked at while they run, nor afterwards.
Without this a fifth of a pull is spent on walking over records that are freed anyway when their page is stored, and a
seventh of the start on walking over classes.
"""

from __future__ import annotations

import gc

NEW_OBJECTS = 50_000
"""Objects made, less those freed, before the youngest are looked at (Python's own choice is 700)."""


def collect_rarely() -> None:
    """Once per process, before anything heavy is imported."""
    gc.set_threshold(NEW_OBJECTS, 20, 100)


def keep_imported() -> None:
    """Once per process, when everything is imported."""
    gc.freeze()
