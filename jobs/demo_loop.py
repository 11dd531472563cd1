"""The demo's plot: what is done in which order, and what came of each step. It shows nothing and judges nothing.

Every step goes through the application and the real adapters; the world's part is played by the control planes.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adapters.simulator.world import ANSWERS, World, handed_off
from connector.app import App
from connector.app.win_model import train_company
from connector.decide.win_model import WinModel
from connector.errors import LeadloopError
from connector.ports.findings import Finding
from connector.report.calibration import Calibration
from connector.summary import PlanView, Summary
from connector.sync.pull import Pulled
from jobs.demo_company import COMPANY, SYSTEMS
from jobs.demo_systems import Systems
from jobs.demo_wire import Wire, read_wire

LIVE_BEFORE_START = timedelta(days=2)
WEEK = timedelta(days=7)
A_DAY = timedelta(days=1)
PLAN_DELAY_S = 60


@dataclass(frozen=True)
class Sync:
    """One run after the week. ``wire``: what went over the wire during it, from the simulators' logs."""

    title: str
    at: datetime
    summary: Summary
    wire: Wire


@dataclass
class Played:
    """What came of the whole plot. ``seconds``: real time per step; never part of any digest."""

    people: int
    seed: int
    seeded: dict[str, dict[str, int]] = field(default_factory=dict)
    pulled: Pulled = field(default_factory=dict)
    backfill_requests: Mapping[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    model: WinModel | LeadloopError | None = None
    """What was learned of winning from the seeded past, or why nothing was."""
    calibration: Calibration | None = None
    live_since: datetime | None = None
    plan: PlanView | None = None
    before_approval: Wire | None = None
    push: Summary | None = None
    push_wire: Wire | None = None
    week: dict[str, int] = field(default_factory=dict)
    answers: list[tuple[str, str]] = field(default_factory=list)
    """(story, e-mail) of everybody who answered qualifying questions in the week."""
    syncs: list[Sync] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def last(self) -> Sync:
        """The sync of the day after the week."""
        return self.syncs[-1]


@dataclass(frozen=True)
class Plot:
    """The parts of one demo. ``tell`` takes one line of progress."""

    world: World
    systems: Systems
    app: App
    played: Played
    tell: Callable[[str], None]

    def play(self) -> Played:
        """Everything, in order."""
        with self._step("backfill"):
            self._backfill()
        with self._step("model"):
            self._learn()
        with self._step("plan"):
            self._plan()
        with self._step("push"):
            self._push()
        with self._step("week"):
            self._week()
        with self._step("second sync"):
            self._sync("second sync")
        with self._step("third, at once"):
            self._sync("third, at once")
        with self._step("fourth, a day later"):
            self.systems.clock.move_to(self.systems.clock.now() + A_DAY)
            self._sync("fourth, a day later")
        return self.played

    def _backfill(self) -> None:
        self.played.pulled = self.app.backfill(COMPANY)
        self.played.backfill_requests = read_wire(self.systems).requests
        self.played.findings = self.app.stores.findings.open_findings(self.app.state(COMPANY).company_id)

    def _learn(self) -> None:
        """Learn who buys from what was read, if there is enough of it."""
        try:
            self.played.model = train_company(self.app, COMPANY, None, SYSTEMS)
        except LeadloopError as refusal:
            self.played.model = refusal

    def _plan(self) -> None:
        self.played.calibration = self.app.calibration(COMPANY)
        self.played.live_since = self.app.go_live(COMPANY, self.world.now - LIVE_BEFORE_START)
        self.played.plan = self.app.plan(COMPANY)
        self.played.before_approval = read_wire(self.systems)

    def _push(self) -> None:
        assert self.played.before_approval is not None
        self.systems.clock.sleep(PLAN_DELAY_S)  # somebody has to read it
        self.played.push = self.app.push(COMPANY, over_guard=True)
        self.played.push_wire = read_wire(self.systems).since(self.played.before_approval)

    def _week(self) -> None:
        start = self.world.now
        given = handed_off(self.systems.controls["salesforce"].get("dump"))
        steps = self.world.week(given)
        for step in steps:
            self.systems.clock.move_to(start + step.at)
            self.systems.controls[step.system].post(step.route, step.body)
        self.systems.clock.move_to(start + WEEK)
        self.played.week = dict(Counter(step.story for step in steps))
        self.played.answers = [(step.story, str(step.body["email"])) for step in steps if step.story in ANSWERS]

    def _sync(self, title: str) -> None:
        before = read_wire(self.systems)
        summary = self.app.sync(COMPANY)
        wire = read_wire(self.systems).since(before)
        self.played.syncs.append(Sync(title, self.systems.clock.now(), summary, wire))

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        self.tell(f"{name} ...")
        began = time.perf_counter()
        yield
        self.played.seconds[name] = round(time.perf_counter() - began, 1)
