"""What the product noticed and a person should see: one row per cause, with a count and a remedy."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from msgspec import Struct


class Finding(Struct, frozen=True):
    """One cause. ``severity``: error, warning or note."""

    name: str
    severity: str
    code: str
    remedy: str
    count: int


class FindingStore(Protocol):
    """The findings of a company."""

    def report(self, company: int, finding: Finding, at: datetime) -> None:
        """The cause exists now, ``count`` times."""

    def settle(self, company: int, name: str, at: datetime) -> None:
        """The cause is gone."""

    def open_findings(self, company: int) -> list[Finding]:
        """Every cause that exists, the worst first."""
