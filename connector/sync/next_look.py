"""When to look at a person again: the earliest moment at which time alone may change something."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from connector.clock import from_micros
from connector.decide.cycles import PersonState
from connector.decide.nurture_steps import NextStep
from connector.model import Stage
from connector.sync.clocks import Clocked
from connector.sync.outcome import Outcome


def next_evaluation(
    outcome: Outcome, state: PersonState, step: NextStep, clocked: Clocked, on_track: Sequence[datetime]
) -> datetime | None:  # fmt: skip
    """The earliest moment at which time alone may change something. ``on_track``: what the track waits for."""
    now, days = outcome.run.now, outcome.evaluation.next_change_days
    times: list[datetime | None] = [clocked.look_at, state.locked_until, step.due_at, *_waits(outcome), *on_track]
    if days is not None:
        times.append(from_micros(outcome.run.as_of) + timedelta(days=max(days, 1) - 1))
    if state.grade_low_since is not None:
        times.append(state.grade_low_since + timedelta(days=outcome.run.playbook.rules.grade_margin_days))
    if state.cycle is not None and state.cycle.is_open:
        times.append(state.cycle.recycle_until)
    times += _cold_exits(outcome, state)
    return min((at for at in times if at is not None and at > now), default=None)


def _waits(outcome: Outcome) -> list[datetime | None]:
    """Until when somebody's word is waited for: a reason, or the veto against a recycle."""
    unreached = outcome.evidence.unreached
    return [outcome.evidence.decide_by, unreached.until if unreached is not None else None]


def _cold_exits(outcome: Outcome, state: PersonState) -> list[datetime]:
    """When silence alone would end the stage, counted from the later of the last signal and the stage's entry.

    Of somebody without any signal the newest answer or profile change stands for it.
    """
    rules = outcome.run.playbook.rules
    limits = {
        Stage.SUSPECT: rules.suspect_cold_days,
        Stage.LEAD: rules.lead_cold_days,
        Stage.QUALIFIED_LEAD: rules.let_go_days,
    }
    heard = outcome.evaluation.last_signal_at or outcome.evidence.last_evidence_at
    known = [at for at in (state.stage_since, heard) if at is not None]
    if state.stage not in limits or not known:
        return []
    return [max(known) + timedelta(days=limits[state.stage])]
