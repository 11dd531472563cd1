"""The application: what commands and jobs may ask of a company (``App``), and what is injected (``World``).

A question of its own topic goes into a module of its own that takes an ``App`` (as ``connector.roster`` does).
"""

from __future__ import annotations

from connector.app.application import App
from connector.app.world import World

__all__ = ["App", "World"]
