"""Where tests keep their files: in memory where the machine has enough of it, for a store waits for its disk."""

from __future__ import annotations

import os
from pathlib import Path

MEMORY = Path("/dev/shm")
FREE_MIN_BYTES = 4 * 1024**3


def fast_folder() -> Path | None:
    """A folder in memory with room for the tests, in which programs may run; ``None``: the usual place."""
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        return None
    there = os.statvfs(MEMORY)
    roomy = there.f_bavail * there.f_frsize >= FREE_MIN_BYTES
    return MEMORY if roomy and not there.f_flag & os.ST_NOEXEC else None


def use_fast_folder() -> None:
    """Let ``tempfile`` and pytest, and every process started from here, keep their files there."""
    place = fast_folder()
    if place is not None and "TMPDIR" not in os.environ:
        os.environ["TMPDIR"] = str(place)
