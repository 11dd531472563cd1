"""The playbooks and mappings, TOML only: ``default`` is complete, a company's own folder holds what differs.

A package so that ``importlib.resources.files("mappings")`` finds the defaults in a checkout and in an
installed wheel alike; it holds no code and must stay that way.
"""

from __future__ import annotations
