"""One run of the loop for one company: what every step is handed. Frozen at the start, one snapshot of the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from connector.clock import Clock, end_of_day, to_micros
from connector.decide.messages import Addressing
from connector.executor import Executor
from connector.ids import Ids
from connector.model import Level
from connector.playbook import Playbook
from connector.ports.adapter import Adapter
from connector.rules.mapping import Mapping as FieldsMapping

NO_MESSAGES = Addressing()


@dataclass(frozen=True)
class Run:
    """Company, moment, rules and the injected world of one run.

    ``as_of`` is the end of the company's local day in microseconds (exclusive): the quantised instant of scoring.
    ``live_since`` is ``None`` while the company is not live. ``note`` takes one line of progress (stderr).
    ``addressing``: who hears of what; empty where no channel is configured.
    ``environment``: production or sandbox.
    """

    company_id: int
    company: str
    run_id: int
    now: datetime
    zone: ZoneInfo
    clock: Clock
    ids: Ids
    executor: Executor
    adapters: Mapping[str, Adapter]
    mapping: FieldsMapping
    playbook: Playbook
    levels: Mapping[str, Level]
    live_since: datetime | None
    note: Callable[[str], None]
    addressing: Addressing = NO_MESSAGES
    environment: str = "production"

    @property
    def as_of(self) -> int:
        """The end of the company's day that ``now`` lies in."""
        return to_micros(end_of_day(self.now, self.zone))
