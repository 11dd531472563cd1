"""What bounds a plan: the level of each system, the run's moment, and how long a refused value rests. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.model import Level
from connector.ports.outbox import Refusal

ANY_FIELD = "*"
REFUSAL_FIRST_WAIT = timedelta(hours=1)
REFUSAL_WAIT_MAX = timedelta(hours=24)


@dataclass(frozen=True)
class Limits:
    """What bounds a plan: the level per system (missing: observe), and the run's moment."""

    levels: Mapping[str, Level]
    now: datetime

    def allows(self, system: str, needed: Level) -> bool:
        """Whether a write that needs ``needed`` may be sent to the system."""
        return self.levels.get(system, Level.OBSERVE).allows(needed)

    def rests(self, refusals: Mapping[str, Refusal], name: str) -> bool:
        """Whether the CRM has refused this field (or the whole record) too lately to try again."""
        refusal = refusals.get(name) or refusals.get(ANY_FIELD)
        return refusal is not None and self.now < refusal.last_at + wait_after_refusal(refusal)


def wait_after_refusal(refusal: Refusal) -> timedelta:
    """How long a refused value rests before it is tried again: doubling from an hour to a day."""
    return min(REFUSAL_FIRST_WAIT * (1 << min(max(refusal.attempts, 1) - 1, 10)), REFUSAL_WAIT_MAX)
