"""Both simulators as servers on loopback: seeded with the demo company, with scripted faults, on the real time.

Their clocks follow the machine's, because whoever connects waits in real time: a limiter that stood still would
refuse for ever. The control plane may still move a clock forward.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.simulator.http_server import SimulatorServer
from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from adapters.simulator.wire import Fault, Request
from adapters.simulator.world import World, generate
from connector.cli.output import print_document, print_text, say
from connector.errors import BadConfiguration, LeadloopError
from connector.rules.toml import nearest
from jobs.stopping import Stop, stopping_on_signals

Core = SalesforceSimulator | HubSpotSimulator
CREDENTIALS = {
    "salesforce": {"auth": "client_credentials", "client_id": "simulator", "client_secret": "simulator-secret"},
    "hubspot": {"auth": "token", "access_token": "simulator-token"},
}
SLOW_S = 0.2
FLAKY_EVERY = 20
FLAKY_FAULTS = 500


@dataclass(frozen=True)
class Asked:
    """What the command line asked for; ``people``: ``None`` for two empty systems."""

    port_salesforce: int = 8501
    port_hubspot: int = 8502
    seed: int = 0
    people: int | None = None
    faults: str = "none"


@dataclass(frozen=True)
class Profile:
    """How badly a system behaves. ``faults`` are scripted, ``takes_s`` is how long each answer takes."""

    faults: Callable[[], list[Fault]] = list
    takes_s: float = 0.0


def flaky_faults() -> list[Fault]:
    """Every twentieth request fails, each time in another way; what was done may go unanswered."""
    kinds = ("status", "drop_before", "drop_after", "html", "truncate")
    # The first fault that is due wins and the later ones do not count that request: equal gaps need equal steps.
    return [Fault(kinds[number % len(kinds)], skip=(number + 1) * (FLAKY_EVERY - 1)) for number in range(FLAKY_FAULTS)]


PROFILES = {"none": Profile(), "slow": Profile(takes_s=SLOW_S), "flaky": Profile(flaky_faults)}


class RealTime:
    """Keeps a simulator's clock at the machine's time, counted from its start; never moves it back."""

    def __init__(self, core: Core, takes_s: float = 0.0) -> None:
        self._core = core
        self._takes_s = takes_s
        self._began = core.clock.now()
        self._mark = time.monotonic()

    def before(self, request: Request) -> None:
        """Called before every request."""
        if self._takes_s and not request.path.startswith("/_simulator/"):
            time.sleep(self._takes_s)
        self._core.clock.set(self._began + timedelta(seconds=time.monotonic() - self._mark))


def run(asked: Asked, *, as_json: bool = False, stop: Stop | None = None) -> int:
    """Serve until a signal; the exit code."""
    profile = profile_named(asked.faults)
    ending = stop or Stop()
    now = datetime.now(UTC)
    world = None if asked.people is None else generate(people=asked.people, seed=asked.seed, now=now)
    with ExitStack() as stack:
        stack.enter_context(stopping_on_signals(ending))
        urls = {
            "salesforce": stack.enter_context(
                serving(_salesforce(asked.seed, now, world), asked.port_salesforce, profile)
            ).url,
            "hubspot": stack.enter_context(serving(_hubspot(asked.seed, now, world), asked.port_hubspot, profile)).url,
        }
        _announce(urls, as_json=as_json)
        ending.wait()
    say("both simulators have stopped")
    return 0


def profile_named(name: str) -> Profile:
    """The profile of ``--faults``."""
    if name not in PROFILES:
        raise BadConfiguration(f'no fault profile "{name}"', where="--faults", remedy=nearest(name, PROFILES))
    return PROFILES[name]


def serving(core: Core, port: int, profile: Profile) -> SimulatorServer:
    """A server that is not started yet; one sentence when the port is taken."""
    core.faults.faults[:] = profile.faults()
    try:
        return SimulatorServer(core, port, before=RealTime(core, profile.takes_s).before)
    except (OSError, OverflowError) as error:
        raise LeadloopError(
            f"port {port} cannot be used ({type(error).__name__})", where="leadloop simulator", remedy="name another"
        ) from error


def _salesforce(seed: int, now: datetime, world: World | None) -> SalesforceSimulator:
    core = SalesforceSimulator(seed=seed, now=now)
    _seed(core, world.salesforce_seed if world else {"leadloop_fields": True})
    return core


def _hubspot(seed: int, now: datetime, world: World | None) -> HubSpotSimulator:
    core = HubSpotSimulator(seed=seed, now=now)
    _seed(core, world.hubspot_seed if world else {"leadloop_fields": True})
    return core


def _seed(core: Core, body: dict[str, Any]) -> None:
    answer = core.handle(Request("POST", "/_simulator/seed", body=json.dumps(body).encode()))
    if answer.status != 200:
        raise LeadloopError(f"the simulator refused its seed with {answer.status}", where="leadloop simulator")


def _announce(urls: dict[str, str], *, as_json: bool) -> None:
    systems = {name: {"url": url, **CREDENTIALS[name]} for name, url in urls.items()}
    if as_json:
        print_document(systems)
        return
    for name, settings in systems.items():
        told = ", ".join(f"{key} {value}" for key, value in settings.items() if key != "url")
        print_text(f"{name:<11}{settings['url']}   {told}")
    say("the control plane is below /_simulator/; Ctrl-C ends both")
