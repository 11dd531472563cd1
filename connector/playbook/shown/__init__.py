"""The agreed definitions in plain English, made of the same values that decide."""

from __future__ import annotations

from connector.playbook.shown.item import Item
from connector.playbook.shown.sections import SECTIONS, Section, sections

__all__ = ["SECTIONS", "Item", "Section", "sections"]
