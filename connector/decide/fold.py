"""The steps a lifecycle decision is made of: move a stage, move a disposition, open and close a cycle.

A ``Fold`` collects the steps of one person and the state behind them; which steps are taken is decided in
``lifecycle``, ``sales_work`` and ``opportunities``. At most one cycle is open at any time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from connector.decide.cycles import (
    CLOSED,
    CycleState,
    Decision,
    DispositionMove,
    Event,
    Evidence,
    HandOffWish,
    PersonState,
    Reason,
    Recycle,
    Rules,
    StageMove,
)
from connector.model import Disposition, Motion, Stage


@dataclass
class Fold:
    """One person's decision in the making. ``live_since`` is ``None`` while the company is not live."""

    state: PersonState
    evidence: Evidence
    rules: Rules
    now: datetime
    live_since: datetime | None
    stage_moves: list[StageMove] = field(default_factory=list)
    disposition_moves: list[DispositionMove] = field(default_factory=list)
    closed: list[CycleState] = field(default_factory=list)
    opened: list[CycleState] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    hand_off: HandOffWish | None = None
    recycle: Recycle | None = None

    def decision(self) -> Decision:
        """What came out."""
        return Decision(
            self.state,
            tuple(self.stage_moves),
            tuple(self.disposition_moves),
            tuple(self.closed),
            tuple(self.opened),
            self.hand_off,
            self.recycle,
            tuple(self.events),
        )

    def is_live(self, at: datetime | None) -> bool:
        """Whether evidence of that time may start something; what is older is history (PLAYBOOK 0.7)."""
        return at is not None and self.live_since is not None and at >= self.live_since

    def change(self, **values: Any) -> None:
        """Set fields of the person's state."""
        self.state = replace(self.state, **values)

    def change_cycle(self, **values: Any) -> None:
        """Set fields of the current cycle."""
        if self.state.cycle is not None:
            self.state = replace(self.state, cycle=replace(self.state.cycle, **values))

    def evidence_at(self, stage: Stage) -> datetime:
        """When the evidence for a stage's entry happened, as far as known, and never in the future."""
        evidence = self.evidence
        return min(evidence.rung_at.get(stage) or evidence.last_evidence_at or self.now, self.now)

    def move_stage(self, to: Stage, at: datetime, by: str, reason: str = "") -> None:
        """Move the stage. The entry is never dated before the stage that it follows."""
        before = self.state
        if to is before.stage:
            return
        entered_at = max(at, before.stage_since) if before.stage_since else at
        self.stage_moves.append(StageMove(before.stage, to, entered_at, by, reason, reconstructed=not self.is_live(at)))
        self.change(stage=to, stage_since=entered_at, stage_before=None)
        if to is Stage.QUALIFIED_LEAD and before.cycle is not None and before.cycle.qualified_at is None:
            self.change_cycle(qualified_at=entered_at)

    def move_disposition(self, to: Disposition, at: datetime, by: str, reason: str | None = None) -> None:
        """Move the current cycle's disposition; a final one closes the cycle, any other (re)opens it."""
        cycle = self.state.cycle
        if cycle is None or cycle.disposition is to:
            return
        moved_at = max(at, cycle.disposition_at)
        live = self.is_live(at)
        self.disposition_moves.append(
            DispositionMove(cycle.number, cycle.disposition, to, moved_at, by, reason, reconstructed=not live)
        )
        self.change_cycle(disposition=to, disposition_at=moved_at, reason=reason, closed_at=None)
        if to in CLOSED:
            self.close_cycle(moved_at)

    def close_cycle(self, at: datetime) -> None:
        """End the current cycle."""
        self.change_cycle(closed_at=at, recycle_until=None, recycle_track=None)
        if self.state.cycle is not None:
            self.closed.append(self.state.cycle)

    def need_cycle(self, at: datetime, *, motion: Motion = Motion.NEW_BUSINESS, origin: str = "marketing") -> None:
        """Open the next cycle unless one is open."""
        if self.state.open_cycle is not None:
            return
        number = self.state.cycles + 1
        motion = Motion.PARTNER if self.evidence.partner else motion
        cycle = CycleState(
            number,
            motion,
            opened_at=at,
            disposition=Disposition.OPEN,
            disposition_at=at,
            origin=origin,
            reconstructed=not self.is_live(at),
        )
        self.opened.append(cycle)
        self.change(cycle=cycle, cycles=number)
        self.disposition_moves.append(
            DispositionMove(number, None, Disposition.OPEN, at, "rule", reconstructed=cycle.reconstructed)
        )

    def send_back(self, reason: Reason, at: datetime, *, by: str, until: datetime | None = None) -> None:
        """Recycle the person: back to marketing with a cool-down and a track. History is only noted."""
        ends_at = until or (at + timedelta(days=reason.cooldown_days) if reason.cooldown_days else None)
        live = self.is_live(at)
        self.move_disposition(Disposition.RECYCLED, at, by, reason.code)
        recycles = (self.state.cycle.recycles if self.state.cycle else 0) + (1 if live else 0)
        self.change_cycle(recycle_until=ends_at, recycle_track=reason.track, recycles=recycles)
        self.leave_for_lead(at, by, "recycled")
        if live:
            self.recycle = Recycle(reason.code, ends_at, reason.track, at)

    def leave_for_lead(self, at: datetime, by: str, reason: str) -> None:
        """A qualified lead or prospect whose cycle went back or ended is a lead again (PLAYBOOK 4, exits)."""
        if self.state.stage in (Stage.QUALIFIED_LEAD, Stage.PROSPECT):
            self.move_stage(Stage.LEAD, at, by, reason)

    def say(self, code: str, **detail: object) -> None:
        """Note something people should hear of."""
        event = Event(code, self.now, detail)
        if event not in self.events:
            self.events.append(event)
