"""The application: what commands and jobs may ask of a company (``App``), and what is injected (``World``).

A topic with a command of its own has a module of its own here, whose functions take an ``App`` (see ``roster``).
"""

from __future__ import annotations

from connector.app.application import App
from connector.app.world import World

__all__ = ["App", "World"]
