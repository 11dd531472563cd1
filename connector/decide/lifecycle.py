"""Where a person stands: one pure fold from a state and new evidence to moves (PLAYBOOK 0, 3, 4, 9).

Order: scope, junk, facts, a person's own move, sales' work, end of a recycle, rungs, cold exits, grade, hand-off. A
stage is latched: it is left by a named exit and never because points decayed. Evidence from before ``live_since`` is
reconstructed history: it sets states and starts no hand-off, clock or recycle. Knows no CRM and reads no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from connector.decide.cycles import (
    WITH_SALES,
    CycleState,
    Decision,
    Evidence,
    HandOffWish,
    PersonState,
    Rules,
    StageSet,
)
from connector.decide.fold import Fold
from connector.decide.grades import steady_grade
from connector.decide.opportunities import follow_opportunities, holds, replay_opportunities
from connector.decide.sales_work import adopt_owner, end_recycle, follow_work, may_return, raised_since, reopen
from connector.model import Disposition, Motion, Stage

BY_RULE = (Stage.SUSPECT, Stage.LEAD, Stage.QUALIFIED_LEAD)
"""Stages entered by behaviour; the two above are facts."""

PASSES_MAX = 8

ENDED = frozenset({Disposition.DISQUALIFIED, Disposition.MERGED})
"""Behaviour does not bring these people back: a fact or a person does."""


def decide(
    state: PersonState, evidence: Evidence, rules: Rules, now: datetime, live_since: datetime | None
) -> Decision:
    """Every move that follows from the evidence, and the state behind them. Deciding again moves nothing."""
    if not evidence.in_scope:
        return Decision(state)
    fold = Fold(state, evidence, rules, now, live_since)
    if not _set_aside_junk(fold):
        (_move if evidence.hold_rule is None else _hold)(fold)
    return fold.decision()


def _move(fold: Fold) -> None:
    if fold.state.stage_since is None:
        _first_contact(fold)
    for _ in range(PASSES_MAX):
        before = fold.state
        _pass(fold)
        if fold.state == before:
            break
    _grade(fold)
    _hand_off(fold)


def _hold(fold: Fold) -> None:
    """Somebody must look at the person first: facts and sales' work are followed, and behaviour moves nothing."""
    if fold.state.stage_since is None:
        return
    for _ in range(PASSES_MAX):
        before = fold.state
        for follow in (follow_opportunities, _follow_person, adopt_owner, follow_work):
            follow(fold)
        if fold.state == before:
            break


def _pass(fold: Fold) -> None:
    """Every kind of move once. One may make another possible, so passes follow until nothing moves."""
    follow_opportunities(fold)
    _follow_person(fold)
    _want_more(fold)
    adopt_owner(fold)
    reopen(fold)
    follow_work(fold)
    end_recycle(fold)
    _climb(fold)
    _cool(fold)


def _set_aside_junk(fold: Fold) -> bool:
    """Disqualify while a junk rule holds, and undo exactly that when it ends."""
    rule, before = fold.evidence.junk_rule, fold.state.junk_rule
    if rule is None:
        if before is not None:
            fold.change(junk_rule=None)
            fold.move_disposition(Disposition.OPEN, fold.now, "rule", "junk_ended")
        return False
    fold.change(grade=None, grade_current=None, grade_low_since=None, stage_since=fold.state.stage_since or fold.now)
    cycle = fold.state.cycle
    if before is not None or cycle is None or cycle.is_open:
        fold.change(junk_rule=rule)
        if before is None:
            fold.need_cycle(fold.now)
            fold.move_disposition(Disposition.DISQUALIFIED, fold.now, "rule", fold.evidence.junk_reason or rule)
    return True


def _first_contact(fold: Fold) -> None:
    """Start at the highest of what the rungs and the CRMs say (ARCHITECTURE 2.2)."""
    found = fold.evidence.crm_stage
    says_customer = found is not None and found.stage is Stage.CUSTOMER
    if not says_customer and replay_opportunities(fold):
        return
    way = _way(fold, [stage for stage in BY_RULE if _effective(fold, stage)])
    rung = way[-1] if way else Stage.NAME
    if found is not None and found.stage.rank > rung.rank:
        _enter(fold, found.stage, found.at, "crm")
    for step in way if fold.state.stage is Stage.NAME else ():
        _enter(fold, step, fold.evidence_at(step), "rule")
    if fold.state.stage_since is None:
        fold.change(stage_since=fold.now)


def _enter(fold: Fold, stage: Stage, at: datetime, by: str, reason: str = "") -> None:
    if stage.rank >= Stage.SUSPECT.rank:
        fold.need_cycle(at, origin="marketing" if stage.rank <= Stage.QUALIFIED_LEAD.rank else "sales")
    fold.move_stage(stage, at, by, reason)
    if stage is Stage.CUSTOMER:
        fold.move_disposition(Disposition.WON, at, by)


def _follow_person(fold: Fold) -> None:
    """A person's own move is evidence: forward it is taken, backward it is taken and locks the stage."""
    found, since = fold.evidence.crm_stage, fold.state.stage_since
    if found is None or not found.by_person or since is None or found.at <= since:
        return
    if found.stage.rank > fold.state.stage.rank:
        _lift(fold, found)
    elif found.stage.rank < fold.state.stage.rank and not holds(fold, fold.state.stage):
        fold.move_stage(found.stage, found.at, "human", found.who)
        fold.change(locked_until=found.at + timedelta(days=fold.rules.lock_days))


def _lift(fold: Fold, found: StageSet) -> None:
    cycle = fold.state.open_cycle
    if cycle is not None and cycle.disposition is Disposition.RECYCLED:
        fold.move_disposition(Disposition.OPEN, found.at, "human", "set_by_a_person")
        fold.change_cycle(recycle_until=None, recycle_track=None)
    _enter(fold, found.stage, found.at, "human", found.who)
    fold.change(locked_until=None)


def _climb(fold: Fold) -> None:
    """Take the highest rung that holds. Closed cycles and cool-downs hold a person back; a person's lock does too."""
    state = fold.state
    if _is_locked(fold) or (state.cycle is not None and state.cycle.disposition in ENDED):
        return
    held = [stage for stage in BY_RULE if _effective(fold, stage) and not _held_back(fold, stage)]
    for step in _way(fold, held):
        _enter(fold, step, fold.evidence_at(step), "rule")


def _way(fold: Fold, held: list[Stage]) -> list[Stage]:
    """The moves up to the highest of these stages that may be gone to (``[moves]`` of the playbook)."""
    way = fold.rules.moves.way(fold.state.stage.value, {stage.value for stage in held})
    return [Stage(step) for step in way]


def _held_back(fold: Fold, stage: Stage) -> bool:
    if stage is not Stage.QUALIFIED_LEAD or fold.state.open_cycle is None:
        return False
    return fold.state.open_cycle.disposition is Disposition.RECYCLED or not may_return(fold)


def _is_locked(fold: Fold) -> bool:
    until = fold.state.locked_until
    if until is None or until <= fold.now:
        return False
    return not raised_since(fold, until - timedelta(days=fold.rules.lock_days))


def _effective(fold: Fold, stage: Stage) -> bool:
    """Whether an entry rule holds and its own exit does not: else a person would go in and out for ever."""
    signal_at = fold.evidence.last_signal_at or fold.evidence_at(stage)
    quiet = fold.now - signal_at >= _quiet_limit(fold.rules, stage)
    engaged = stage is Stage.QUALIFIED_LEAD and fold.evidence.engagement_milli > 0
    return stage in fold.evidence.rungs and (not quiet or engaged)


def _quiet_limit(rules: Rules, stage: Stage) -> timedelta:
    days = {Stage.SUSPECT: rules.suspect_cold_days, Stage.LEAD: rules.lead_cold_days}
    return timedelta(days=days.get(stage, rules.let_go_days))


def _cool(fold: Fold) -> None:
    """The named ways down: cold after so long without a signal, let go by marketing. Not within a day of entry."""
    stage, since, cycle = fold.state.stage, fold.state.stage_since, fold.state.open_cycle
    if stage not in BY_RULE or since is None or (cycle is not None and cycle.disposition is not Disposition.OPEN):
        return
    quiet_since = max(since, fold.evidence.last_signal_at or since)
    too_soon = fold.now - since < timedelta(hours=fold.rules.settle_hours)
    if too_soon or fold.now - quiet_since < _quiet_limit(fold.rules, stage) or _still_engaged(fold, stage):
        return
    if _effective(fold, stage):
        return  # without any signal an answer or a fact is what entered, and it would enter again at once
    below = fold.rules.left_for.get(stage, list(Stage)[stage.rank - 1])
    if not fold.rules.moves.allows(stage.value, below.value):
        return
    fold.move_stage(below, fold.now, "rule", "let_go" if stage is Stage.QUALIFIED_LEAD else "cold")


def _still_engaged(fold: Fold, stage: Stage) -> bool:
    evidence = fold.evidence
    hot = evidence.engagement_milli > 0 or evidence.grade == fold.rules.hand_off_grade
    return stage is Stage.QUALIFIED_LEAD and hot


def _want_more(fold: Fold) -> None:
    """A customer's hand-raise opens a growth cycle, a former customer's a winback; the stage stays."""
    raised_at, last = fold.evidence.last_hand_raise_at, fold.state.cycle
    if fold.state.stage is not Stage.CUSTOMER or raised_at is None or not fold.is_live(raised_at):
        return
    if last is None or (last.closed_at is not None and raised_at > last.closed_at):
        motion = Motion.WINBACK if fold.evidence.former_customer else Motion.GROWTH
        fold.need_cycle(raised_at, motion=motion)
        fold.change_cycle(qualified_at=raised_at)


def _grade(fold: Fold) -> None:
    cycle = fold.state.open_cycle
    graded = fold.state.stage is Stage.QUALIFIED_LEAD and cycle is not None
    if not graded or cycle is None or cycle.disposition is Disposition.RECYCLED:
        fold.change(grade=None, grade_current=None, grade_low_since=None)
        return
    before, low_since = fold.state.grade_current, fold.state.grade_low_since
    grade, low_since = steady_grade(before, low_since, fold.evidence, fold.rules, fold.now)
    shown = cycle.grade_at_handoff if cycle.disposition in WITH_SALES and cycle.grade_at_handoff else grade
    fold.change(grade=shown, grade_current=grade, grade_low_since=low_since)


def _hand_off(fold: Fold) -> None:
    cycle, evidence = fold.state.open_cycle, fold.evidence
    if cycle is None or evidence.provisional or cycle.motion is Motion.PARTNER or not _is_free(fold, cycle):
        return
    growth = fold.state.stage is Stage.CUSTOMER and cycle.motion in (Motion.GROWTH, Motion.WINBACK)
    ready = fold.state.stage is Stage.QUALIFIED_LEAD and fold.state.grade_current == fold.rules.hand_off_grade
    evidence_at = _live_evidence(fold, cycle)
    if evidence_at is None or not (growth or (ready and may_return(fold))):
        return
    kind, promise = _kind(fold, cycle, growth=growth)
    excluded = _refused_by(fold) if cycle.disposition is Disposition.REROUTED else frozenset()
    fold.hand_off = HandOffWish(kind, promise, evidence_at, cycle.motion, fold.state.grade_current, excluded)


def _is_free(fold: Fold, cycle: CycleState) -> bool:
    """Nobody in sales has it, or they had it from before go-live and a new hand-raise calls for a promise."""
    if cycle.disposition in (Disposition.OPEN, Disposition.REROUTED):
        return True
    untouched = cycle.disposition is Disposition.ASSIGNED and cycle.adopted and cycle.handed_off_at is None
    return untouched and raised_since(fold, cycle.disposition_at)


def _live_evidence(fold: Fold, cycle: CycleState) -> datetime | None:
    """What starts the hand-off: evidence since go-live, or the end of a cool-down that began since."""
    moments = [fold.evidence.last_hand_raise_at, fold.evidence.last_evidence_at]
    if cycle.recycles or cycle.disposition is Disposition.REROUTED:
        moments.append(cycle.disposition_at)
    return max((at for at in moments if at is not None and fold.is_live(at)), default=None)


def _kind(fold: Fold, cycle: CycleState, *, growth: bool) -> tuple[str, str]:
    fresh_since = fold.now - timedelta(days=fold.rules.hand_raise_fresh_days)
    raised = raised_since(fold, fresh_since)
    if growth:
        return "growth", "growth"
    if cycle.recycles:
        return "returned", "hand_raise" if raised_since(fold, cycle.handed_off_at) and raised else "returned"
    return ("hand_raise", "hand_raise") if raised else ("by_score", "by_score")


def _refused_by(fold: Fold) -> frozenset[int]:
    owner = fold.evidence.owner
    people = {fold.state.last_sales_owner_id, owner.user_id if owner else None}
    return frozenset(each for each in people if each is not None)


class LadderWords(Struct, frozen=True):
    """A CRM's own words for the ladder, as data. ``by_stage``: a missing stage is not written."""

    by_stage: Mapping[Stage, str]
    sales_qualified: str | None = None


def lifecycle_for(
    stage: Stage, disposition: Disposition | None, words: LadderWords, *, subscribed: bool = False
) -> str | None:
    """The word to show for a person, ``None``: write nothing. A suspect's word needs an allowed subscription."""
    if stage is Stage.SUSPECT and not subscribed:
        return None
    if stage is Stage.QUALIFIED_LEAD and disposition is Disposition.SALES_QUALIFIED:
        return words.sales_qualified or words.by_stage.get(stage)
    return words.by_stage.get(stage)


def status_for(decision: Decision, handed_off: bool, words: Mapping[str, str]) -> str | None:
    """The status to write at one of its two moments, ``handed_off`` and ``recycled`` (PLAYBOOK 8.3); else ``None``."""
    if handed_off:
        return words.get("handed_off")
    return words.get("recycled") if decision.recycle is not None else None
