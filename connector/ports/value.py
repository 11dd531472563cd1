"""What expected values are made of: the trained model and the company's own record of wins."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from connector.decide.expected_value import Track, ValueRules
from connector.decide.win_model import WinModel


class ValueStore(Protocol):
    """The model and the record."""

    def save_model(self, company: int, model: WinModel, at: datetime) -> None:
        """A new model; the ones before stay, but count no more. One transaction."""

    def model(self, company: int) -> WinModel | None:
        """The newest model."""

    def record(self, company: int, rules: ValueRules, now: datetime) -> Track:
        """Rates of decided cycles by grade, medians of won amounts, and further purchases per won account."""
