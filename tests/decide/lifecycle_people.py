"""People and evidence for the tests of the lifecycle: somebody hot, with sales, recycled, quiet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from connector.decide.cycles import (
    CycleState,
    Evidence,
    PersonState,
    Reason,
    Rules,
    handed_over,
)
from connector.decide.lifecycle import decide
from connector.model import Disposition, Motion, Stage

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
LIVE = NOW - timedelta(days=100)
REASONS = {
    reason.code: reason
    for reason in (
        Reason("timing", "recycle", 90, "recycled_timing", rise_milli=15_000, rise_after_days=30),
        Reason("unresponsive", "recycle", 60, "recycled_unreached", signal_breaks=True, needs_attempts=True),
        Reason("no_authority", "recycle", 0, "qualified_c", change_breaks=("title",), colleague_breaks=True),
        Reason("no_decision", "recycle", 120, "recycled_timing"),
        Reason("lost_price", "recycle", 180, "recycled_timing"),
        Reason("no_fit", "disqualify", change_breaks=("title", "account_name")),
        Reason("wrong_owner", "reroute"),
        Reason("duplicate", "merge"),
        Reason("unspecified", "pending"),
    )
}
RULES = Rules(REASONS)
HELD = frozenset({Stage.SUSPECT, Stage.LEAD, Stage.QUALIFIED_LEAD})


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def hot(**changes) -> Evidence:
    """A hand-raise two days ago of somebody who fits."""
    values: dict[str, Any] = {
        "rungs": HELD,
        "total_milli": 76_000,
        "engagement_milli": 20_000,
        "grade": "A",
        "last_hand_raise_at": ago(2),
        "last_signal_at": ago(2),
        "last_evidence_at": ago(2),
    }
    return Evidence(**(values | changes))


def seen(**changes) -> PersonState:
    return replace(PersonState(stage_since=ago(90)), **changes)


def run(state: PersonState, evidence: Evidence, *, now=NOW, live=LIVE):
    return decide(state, evidence, RULES, now, live)


def with_sales(*, handed_off_days=10.0, **changes) -> PersonState:
    """A person who was handed to user 7."""
    at = ago(handed_off_days)
    cycle = CycleState(1, Motion.NEW_BUSINESS, at, Disposition.OPEN, at, qualified_at=at)
    state = PersonState(Stage.QUALIFIED_LEAD, stage_since=at, cycle=cycle, cycles=1, grade="A", grade_current="A")
    state, _ = handed_over(state, at, 7)
    assert state.cycle is not None
    return replace(state, cycle=replace(state.cycle, **changes))


def recycled(*, days=20.0, until=70.0, code="timing", **changes) -> PersonState:
    state = with_sales(handed_off_days=days + 10)
    assert state.cycle is not None
    cycle = replace(
        state.cycle,
        disposition=Disposition.RECYCLED,
        disposition_at=ago(days),
        reason=code,
        recycles=1,
        recycle_until=NOW + timedelta(days=until),
        recycle_track="recycled_timing",
        **changes,
    )
    return replace(state, stage=Stage.LEAD, stage_since=ago(days), cycle=cycle, grade=None, grade_current=None)


def quiet(**changes) -> Evidence:
    return Evidence(last_signal_at=ago(40), last_evidence_at=ago(40), rungs=HELD, grade="B", **changes)
