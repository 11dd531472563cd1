"""A company's playbook and mapping, loaded: the defaults, overlaid by the company's own files, typed and checked."""

from __future__ import annotations

from connector.playbook.loading import Loaded, load
from connector.playbook.playbook import Playbook

__all__ = ["Loaded", "Playbook", "load"]
