"""The world around the product in one schedule: time passes, people edit, requests fail, the process dies.

Every request of the product is a place where something may happen before and after it, every commit likewise. All
chance comes from one seeded generator, so that one seed is one history.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from adapters.simulator.hubspot.simulator import HubSpotSimulator
from adapters.simulator.salesforce.simulator import SalesforceSimulator
from adapters.simulator.wire import Fault, FaultPlan, Request, Response
from tests.simulation.colleagues import Colleagues
from tests.simulation.swarm import ON_WRITES_MORE, Swarm
from tests.simulation.witness import Sent, Witness

Look = Callable[[], None]
"""Called after every commit: what must hold at any moment."""


class Crash(BaseException):
    """The process dies here. No ``except Exception`` may keep it alive."""


class SharedTime:
    """The product's clock: the CRMs' time with a constant skew. Waiting moves everybody on."""

    def __init__(self, nature: Nature, skew_s: float) -> None:
        self._nature = nature
        self._skew = timedelta(seconds=skew_s)

    def now(self) -> datetime:
        return self._nature.now() + self._skew

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self._nature.advance(seconds)


class Nature:
    """Everything that is not the product. ``stormy``: faults and crashes; ``lively``: people edit."""

    def __init__(
        self,
        salesforce: SalesforceSimulator,
        hubspot: HubSpotSimulator,
        witness: Witness,
        mixture: Swarm,
        random: Random,
    ) -> None:
        self.simulators: dict[str, Any] = {"salesforce": salesforce, "hubspot": hubspot}
        self.witness = witness
        self.mixture = mixture
        self.random = random
        self.colleagues = Colleagues(salesforce, hubspot, witness, mixture, random)
        self.stormy = True
        self.lively = True
        self.dead = False
        self.life = 0
        self.crashes = 0
        self.look: Look = lambda: None
        self._sent: Sent | None = None
        self._locked = False

    def now(self) -> datetime:
        """The CRMs' time."""
        moment: datetime = self.simulators["salesforce"].clock.now()
        return moment

    def advance(self, seconds: float) -> None:
        """Time passes for everybody."""
        for simulator in self.simulators.values():
            simulator.clock.advance(seconds)

    def before(self, system: str) -> Callable[[Request], None]:
        """The hook in front of a simulator's requests."""

        def happen(request: Request) -> None:
            self._must_live()
            self.witness.step += 1
            self.witness.requests += 1
            self.advance(self.random.choice((0.02, 0.1, 0.4, 1.3)))
            self._maybe_edit()
            self._sent = self.witness.begin(system, request, self.life)
            self._maybe_contend()
            self._choose_fault(system, request)
            self._maybe_crash()

        return happen

    def after(self, system: str) -> Callable[[Request, Response | None], None]:
        """The hook behind a simulator's requests."""

        def happen(request: Request, response: Response | None) -> None:
            self.witness.step += 1
            sent, self._sent = self._sent, None
            self.witness.drain(None if sent is None else sent.position)
            self._unlock()
            plan = self.simulators[system].faults
            fault = next((fault.kind for fault in plan.faults if fault.times <= 0), "")
            self.simulators[system].faults = FaultPlan()
            if sent is not None:
                _note_answer(sent, response, fault)
            answer = (0, b"") if response is None else (response.status, response.body)
            self.witness.note(system, request.method, request.path, request.query, request.body, fault, *answer)
            self._maybe_edit()
            if sent is not None and self._would_crash():
                sent.heard = False
                self._die()
            if sent is None:
                self._maybe_crash()

        return happen

    def checkpoint(self, moment: str) -> None:
        """The hook around every commit."""
        self._must_live()
        self._maybe_crash()
        if moment == "after commit":
            self.look()

    def revive(self) -> None:
        """A new process."""
        self.dead = False
        self.life += 1
        self._sent = None

    def _must_live(self) -> None:
        if self.dead:
            raise Crash

    def _would_crash(self) -> bool:
        rate = self.mixture.crash_rate if self.stormy and self.crashes < self.mixture.crashes_max else 0.0
        rate = rate * 3 if self._sent is not None else rate
        return self.random.random() < rate

    def _maybe_crash(self) -> None:
        if self._would_crash():
            self._die()

    def _die(self) -> None:
        self.crashes += 1
        self.dead = True
        self._unlock()
        for simulator in self.simulators.values():
            simulator.faults = FaultPlan()
        self.witness.note("crash")
        raise Crash

    def _maybe_edit(self) -> None:
        if self.lively and self.random.random() < self.mixture.edit_rate:
            self.colleagues.act(self.now())

    def _maybe_contend(self) -> None:
        if self.lively and self._sent is not None and self.random.random() < self.mixture.contend_rate:
            self.colleagues.contend(self._sent)

    def _choose_fault(self, system: str, request: Request) -> None:
        if not self.stormy:
            return
        for kind, rate in self.mixture.faults.items():
            writes = self._sent is not None
            if (kind == "lie" and not writes) or (kind == "limited" and system != "hubspot"):
                continue
            share = rate if writes or kind not in ON_WRITES_MORE else rate / 4
            if self.random.random() < share:
                self._apply_fault(system, kind)
                return

    def _apply_fault(self, system: str, kind: str) -> None:
        if kind == "lock":
            self._lock(system)
            return
        statuses = {"busy": self.random.choice((500, 502, 503)), "limited": 429}
        fault = Fault("status" if kind in statuses else kind, status=statuses.get(kind, 503))
        self.simulators[system].faults = FaultPlan([fault])

    def _lock(self, system: str) -> None:
        if system != "salesforce" or self._sent is None:
            return
        ids = [row.record_id for row in self._sent.rows if row.record_id]
        if ids:
            self.simulators["salesforce"].org.settings.merge({"locked_ids": [self.random.choice(ids)]})
            self._locked = True

    def _unlock(self) -> None:
        if self._locked:
            self.simulators["salesforce"].org.settings.merge({"locked_ids": []})
            self._locked = False


def _note_answer(sent: Sent, response: Response | None, fault: str) -> None:
    """Whether the product heard the CRM's own answer, and which rows that answer refused."""
    sent.fault = fault
    sent.status = 0 if response is None else response.status
    sent.heard = response is not None and fault == ""
    if response is None or fault:
        return
    if response.status >= 400:
        sent.refused = {row.intent.action_id for row in sent.rows if row.intent is not None}
        return
    sent.refused = _refused_rows(sent, response)


def _refused_rows(sent: Sent, response: Response) -> set[str]:
    document = json.loads(response.body or b"null")
    if isinstance(document, list):
        done = [bool(entry.get("success")) for entry in document]
    elif isinstance(document, dict) and "compositeResponse" in document:
        done = [entry["httpStatusCode"] < 300 for entry in document["compositeResponse"]]
    else:
        traces = {entry.get("objectWriteTraceId") for entry in (document or {}).get("results", ())}
        done = [row.intent is not None and row.intent.action_id in traces for row in sent.rows]
    pairs = zip(sent.rows, done, strict=False)
    return {row.intent.action_id for row, fine in pairs if row.intent is not None and not fine}
