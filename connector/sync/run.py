"""One run of the loop for one company: what every step is handed. Frozen at the start, one snapshot of the rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from connector.clock import Clock, end_of_day, to_micros
from connector.decide.messages import Addressing
from connector.executor import Executor
from connector.ids import Ids
from connector.model import Level
from connector.playbook import Playbook
from connector.sync.reading import Reading

NO_MESSAGES = Addressing()


class Run(Reading, frozen=True, kw_only=True):
    """Company, moment, rules and the injected world of one run.

    ``as_of`` is the end of the company's local day in microseconds (exclusive): the quantised instant of scoring.
    ``live_since`` is ``None`` while the company is not live. ``addressing``: who hears of what; empty where no
    channel is configured.
    """

    run_id: int
    zone: ZoneInfo
    clock: Clock
    ids: Ids
    executor: Executor
    playbook: Playbook
    levels: Mapping[str, Level]
    live_since: datetime | None
    addressing: Addressing = NO_MESSAGES

    @property
    def as_of(self) -> int:
        """The end of the company's day that ``now`` lies in."""
        return to_micros(end_of_day(self.now, self.zone))
