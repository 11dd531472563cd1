"""A whole run over some adapters, with the playbook that is shipped: for what comes after a pull."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from msgspec.structs import asdict

from bench.pulling import reading
from connector.clock import SystemClock
from connector.executor import SerialExecutor
from connector.ids import RandomIds
from connector.model import Level
from connector.playbook import load
from connector.ports.adapter import Adapter
from connector.sync.run import Run


def run_of(adapters: Mapping[str, Adapter]) -> Run:
    """Live for nobody, and allowed everything."""
    return Run(
        **asdict(reading(adapters)),
        run_id=1,
        zone=ZoneInfo("UTC"),
        clock=SystemClock(),
        ids=RandomIds(),
        executor=SerialExecutor(),
        playbook=load(None, systems=tuple(adapters)).playbook,
        levels=dict.fromkeys(adapters, Level.FULL),
        live_since=None,
    )
