"""How often the interpreter looks for cycles of garbage: rarely, because a run makes millions of objects without any.

What the imports made stays as long as the process does, so it is not looked at again. Without this a fifth of a pull
is spent on walking over records that are freed anyway when their page is stored.
"""

from __future__ import annotations

import gc

NEW_OBJECTS = 50_000
"""Objects made, less those freed, before the youngest are looked at (Python's own choice is 700)."""


def collect_rarely() -> None:
    """Once per process, when everything is imported."""
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 100)
