"""The demo's two simulated CRMs as real servers, their control planes, and the clock that drives them.

Everything here goes over HTTP. It decides nothing about people and knows nothing of the product but its clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from adapters.simulator.http_server import SimulatorServer
from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.salesforce.simulator import SalesforceSimulator

ANSWER_WAIT_S = 120
Document = Mapping[str, Any]


class ControlPlane:
    """What stands under ``/_simulator/`` of one simulator; never part of the API's log or limits."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy of the machine has no business on the loopback address

    def get(self, route: str, **parameters: str) -> Any:
        """The answer's document; ``RuntimeError`` with the simulator's own sentence for a mistake."""
        return self._document(
            self._session.get(f"{self.url}/_simulator/{route}", params=parameters, timeout=ANSWER_WAIT_S)
        )

    def post(self, route: str, document: Document) -> Any:
        """Likewise, with a body."""
        return self._document(
            self._session.post(f"{self.url}/_simulator/{route}", json=document, timeout=ANSWER_WAIT_S)
        )

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    @staticmethod
    def _document(answer: requests.Response) -> Any:
        document = answer.json()
        if answer.status_code != 200:
            raise RuntimeError(f"the simulator refused {answer.request.path_url}: {document.get('error', document)}")
        return document


class DemoClock:
    """A clock in step with both simulators: whoever waits moves all three, so that limits and job delays follow."""

    def __init__(self, start: datetime, controls: Mapping[str, ControlPlane]) -> None:
        self._now = start.astimezone(UTC)
        self._controls = controls

    def now(self) -> datetime:
        """The virtual time."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Pass ``seconds`` of virtual time at once, everywhere."""
        if seconds > 0:
            self.move_to(self._now + timedelta(seconds=seconds))

    def move_to(self, moment: datetime) -> None:
        """Move forward to ``moment``, everywhere; never back."""
        moment = moment.astimezone(UTC)
        if moment <= self._now:
            return
        for control in self._controls.values():
            control.post("clock", {"now": moment.isoformat()})
        self._now = moment


@dataclass(frozen=True)
class Systems:
    """Both running simulators by name, and the clock they share."""

    servers: Mapping[str, SimulatorServer]
    controls: Mapping[str, ControlPlane]
    clock: DemoClock

    @property
    def urls(self) -> dict[str, str]:
        """Where each answers."""
        return {name: server.url for name, server in self.servers.items()}

    @property
    def mistakes(self) -> int:
        """Requests that a simulator answered with a 500 because of a mistake of its own."""
        return sum(len(server.failures) for server in self.servers.values())

    def dumps(self) -> dict[str, Any]:
        """The whole state of both."""
        return {name: control.get("dump") for name, control in self.controls.items()}

    def digests(self) -> dict[str, str]:
        """The SHA-256 of each whole state, worked out by the simulators."""
        return {name: str(control.get("digest")["digest"]) for name, control in self.controls.items()}

    def counts(self) -> dict[str, Any]:
        """The API requests that each has seen, grouped by route."""
        return {name: control.get("requests", count="1") for name, control in self.controls.items()}


@contextmanager
def running_systems(seed: int, start: datetime) -> Iterator[Systems]:
    """Both simulators on free loopback ports for the length of the block, at the virtual time ``start``."""
    servers = {
        "salesforce": SimulatorServer(SalesforceSimulator(seed=seed, now=start)),
        "hubspot": SimulatorServer(HubSpotSimulator(seed=seed, now=start)),
    }
    controls = {name: ControlPlane(server.url) for name, server in servers.items()}
    try:
        for server in servers.values():
            server.start()
        yield Systems(servers, controls, DemoClock(start, controls))
    finally:
        for control in controls.values():
            control.close()
        for server in servers.values():
            server.stop()
