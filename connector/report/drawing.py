"""The chart library, imported without what it leaves behind. Every module that draws takes it from here."""

from __future__ import annotations

import sys

import pygal
from pygal.style import Style

# pygal 3.1 appends an import finder of the protocol that Python 3.12 dropped; in 3.11 every later import would warn.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]

__all__ = ["Style", "pygal"]
