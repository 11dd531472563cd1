"""What every figure means: one sentence each, the same in each report, form, mail and in the docs.

The sentences stand in ``figures.toml`` beside this file. A figure that is not there cannot be shown.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files


class Unit(StrEnum):
    """How a value is counted; ``None`` as a value means that it cannot be known."""

    COUNT = "count"
    SHARE = "share"
    """0 to 1."""
    POINTS = "points"
    """A difference of two shares, -1 to 1."""
    MINUTES = "minutes"
    """Minutes of business hours."""
    ELAPSED = "elapsed"
    """Minutes as they pass, day and night."""
    DAYS = "days"
    MONEY = "money"
    """Whole units of the company's own currency."""
    RATIO = "ratio"
    TEXT = "text"


@dataclass(frozen=True)
class Definition:
    """One figure. ``key`` names it for programs, ``label`` for people; ``sentence`` says what is counted."""

    key: str
    label: str
    unit: Unit
    sentence: str


def _read() -> dict[str, Definition]:
    text = (files("connector.report") / "figures.toml").read_text(encoding="utf-8")
    return {
        key: Definition(key, row["label"], Unit(row["unit"]), row["is"]) for key, row in tomllib.loads(text).items()
    }


DEFINITIONS: Mapping[str, Definition] = _read()
"""Every figure by key."""


def definition(key: str) -> Definition:
    """A figure's definition; a ``KeyError`` for one that nobody defined."""
    return DEFINITIONS[key]
