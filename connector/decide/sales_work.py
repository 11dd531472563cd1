"""What sales did with a hand-off: accepted, worked, rejected with a reason; and when a recycled person may return.

The reasons and their classes are data (PLAYBOOK 9.3). What happened before go-live is noted and starts nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from connector.decide.cycles import WITH_SALES, WORK_LADDER, CycleState, Reason, Response
from connector.decide.fold import Fold
from connector.model import Disposition, Stage

TRIED_BY_SALES = frozenset({Disposition.ASSIGNED, Disposition.ACCEPTED, Disposition.WORKING})
"""Where a recycle for not being reached can be proposed: the need is not confirmed yet."""

INSTANT = timedelta(microseconds=1)
"""The store's resolution: what must be *later* is at least that much later."""

REFUSED = "rejection_refused"
"""The event of a rejection that says "not reached" while the promised attempts were not made."""

FACT_CHANGED = "fact_changed"

COLLEAGUE = "colleague_came"
"""Why somebody came back who could not decide: another person of the same employer is there."""

UNSPECIFIED = Reason("unspecified", "pending")


def adopt_owner(fold: Fold) -> None:
    """Somebody in sales already works this person since before go-live: theirs, without a hand-off."""
    cycle, owner = fold.state.open_cycle, fold.evidence.owner
    if cycle is None or owner is None or cycle.disposition is not Disposition.OPEN:
        return
    # An owner whom a hand-off of ours has left behind is no owner from before: the person may come back to sales.
    of_sales = owner.active_sales and not owner.by_us and cycle.handed_off_at is None
    if of_sales and cycle.reconstructed and not cycle.adopted and fold.state.stage is Stage.QUALIFIED_LEAD:
        fold.change_cycle(adopted=True)
        fold.change(last_sales_owner_id=owner.user_id)
        fold.move_disposition(Disposition.ASSIGNED, cycle.opened_at, "crm", "adopted")


def follow_work(fold: Fold) -> None:
    """Move the disposition forward by the signs of work, or sideways by a rejection."""
    cycle = fold.state.open_cycle
    held = cycle is not None and cycle.disposition in WITH_SALES
    if cycle is None or not (held or cycle.disposition is Disposition.OPEN):
        return
    # What sales says of a person they were not handed counts from when the cycle came to where it is.
    rejection = _rejection(fold, cycle.handed_off_at if held else cycle.disposition_at + INSTANT)
    if rejection is not None and not any(each.is_open for each in fold.evidence.opportunities):
        _reject(fold, rejection, handed=cycle.handed_off_at is not None)
    if held and fold.state.cycle == cycle and cycle.disposition is not Disposition.REJECTED:
        _advance(fold, cycle)
    _decide_in_time(fold)


def _decide_in_time(fold: Fold) -> None:
    """What waited for somebody's word and got none: a rejection without a reason, a proposed recycle without a veto."""
    cycle, evidence, rules = fold.state.open_cycle, fold.evidence, fold.rules
    if cycle is None:
        return
    owed, proposed = evidence.decide_by, evidence.unreached
    if cycle.disposition is Disposition.REJECTED and owed is not None and owed <= fold.now:
        usual = rules.reasons.get(rules.undecided_reason) or Reason(UNSPECIFIED.code, "recycle", 90, "recycled_timing")
        fold.send_back(replace(usual, code=cycle.reason or UNSPECIFIED.code), fold.now, by="rule")
    elif cycle.disposition in TRIED_BY_SALES and proposed is not None and proposed.until <= fold.now:
        reason = rules.reasons.get(rules.unreached_reason)
        if reason is not None:
            fold.send_back(reason, fold.now, by="rule")


def reopen(fold: Fold) -> None:
    """Open a cycle again that sales disqualified, when the fact behind it has changed (PLAYBOOK 9.3)."""
    cycle = fold.state.cycle
    if cycle is None or cycle.disposition is not Disposition.DISQUALIFIED or fold.state.junk_rule is not None:
        return
    reason = fold.rules.reasons.get(cycle.reason or "")
    if reason is not None and _changed_since(fold, reason, cycle.disposition_at):
        fold.move_disposition(Disposition.OPEN, fold.now, "rule", FACT_CHANGED)


def end_recycle(fold: Fold) -> None:
    """Open a recycled cycle again: the cool-down is over, or a hand-raise or another named sign broke it."""
    cycle = fold.state.open_cycle
    if cycle is None or cycle.disposition is not Disposition.RECYCLED:
        return
    cause = _comes_back(fold, cycle)
    if cause is None:
        return
    earliest = _earliest_return(fold, cycle)
    if cause != "hand_raise" and earliest > fold.now:
        fold.change_cycle(recycle_until=max(earliest, cycle.recycle_until or earliest))
        return
    fold.move_disposition(Disposition.OPEN, fold.now, "rule", cause)
    fold.change_cycle(recycle_until=None, recycle_track=None)


def may_return(fold: Fold) -> bool:
    """Whether the limit of returns leaves room; a hand-raise after the last answer always does (PLAYBOOK 9.4)."""
    cycle = fold.state.open_cycle
    if cycle is None or raised_since(fold, cycle.disposition_at) or raised_since(fold, cycle.handed_off_at):
        return True
    window = timedelta(days=fold.rules.returns_window_days)
    return sum(1 for at in cycle.returned_at if fold.now - at <= window) < fold.rules.returns_max


def raised_since(fold: Fold, since: datetime | None) -> bool:
    """Whether a hand-raise that may start something came later than ``since``."""
    raised_at = fold.evidence.last_hand_raise_at
    return since is not None and raised_at is not None and raised_at > since and fold.is_live(raised_at)


def _advance(fold: Fold, cycle: CycleState) -> None:
    signs, response = fold.evidence.signs, fold.evidence.response
    said_yes_at = response.at if response is not None and response.accepted else None
    since = cycle.handed_off_at
    first_touch_at = _after(since, signs.first_touch_at)
    accepted_at = _first(_after(since, said_yes_at), _after(since, signs.accepted_at), first_touch_at)
    working_at = _first(_after(since, signs.second_touch_at), _after(since, signs.working_at))
    qualified_at = _after(since, signs.sales_qualified_at)
    steps = ((Disposition.ACCEPTED, accepted_at), (Disposition.WORKING, working_at))
    for disposition, at in (*steps, (Disposition.SALES_QUALIFIED, qualified_at)):
        _step(fold, disposition, at)
    fold.change_cycle(
        first_touch_at=cycle.first_touch_at or first_touch_at,
        accepted_at=cycle.accepted_at or accepted_at,
        sales_qualified_at=cycle.sales_qualified_at or qualified_at,
    )


def _step(fold: Fold, to: Disposition, at: datetime | None) -> None:
    cycle = fold.state.cycle
    if at is None or cycle is None:
        return
    if WORK_LADDER.index(to) > WORK_LADDER.index(cycle.disposition):
        fold.move_disposition(to, at, "crm")


def _rejection(fold: Fold, since: datetime | None) -> Response | None:
    response = fold.evidence.response
    if response is not None and not response.accepted and _after(since, response.at):
        return response
    by_status_at = _after(since, fold.evidence.signs.rejected_at)
    return Response(accepted=False, at=by_status_at) if by_status_at else None


def _reject(fold: Fold, answer: Response, *, handed: bool) -> None:
    reason = fold.rules.reasons.get(answer.reason or "", UNSPECIFIED)
    live = fold.is_live(answer.at)
    tried = fold.evidence.signs.tried
    if live and handed and reason.needs_attempts and not tried.enough:
        fold.say(REFUSED, reason=reason.code, answered_at=answer.at, attempts=tried.attempts)
        return
    fold.move_disposition(Disposition.REJECTED, answer.at, "human", reason.code)
    _settle_rejection(fold, reason, answer, live=live)


def _settle_rejection(fold: Fold, reason: Reason, answer: Response, *, live: bool) -> None:
    match reason.kind:
        case "recycle":
            fold.send_back(reason, answer.at, by="human", until=answer.until)
        case "disqualify":
            fold.move_disposition(Disposition.DISQUALIFIED, answer.at, "human", reason.code)
            fold.leave_for_lead(answer.at, "human", "disqualified")
        case "merge":
            fold.move_disposition(Disposition.MERGED, answer.at, "human", reason.code)
            fold.leave_for_lead(answer.at, "human", "merged")
        case "reroute":
            to = Disposition.REROUTED if live else Disposition.OPEN
            fold.move_disposition(to, answer.at, "human", reason.code)
        case _ if not live:
            # Nobody will be asked for the reason of an old answer: it counts as "not now".
            fold.send_back(Reason(reason.code, "recycle", 90, "recycled_timing"), answer.at, by="human")


def _comes_back(fold: Fold, cycle: CycleState) -> str | None:
    if raised_since(fold, cycle.disposition_at):
        return "hand_raise"
    if cycle.recycle_until is not None and cycle.recycle_until <= fold.now:
        return "cool_down_over"
    reason = fold.rules.reasons.get(cycle.reason or "")
    if reason is None or Stage.QUALIFIED_LEAD not in fold.evidence.rungs:
        return None
    if _changed_since(fold, reason, cycle.disposition_at):
        return FACT_CHANGED
    colleague_at = fold.evidence.colleague_at
    if reason.colleague_breaks and colleague_at is not None and colleague_at > cycle.disposition_at:
        return COLLEAGUE
    signal_at = fold.evidence.last_signal_at
    if reason.signal_breaks and signal_at is not None and signal_at > cycle.disposition_at:
        return "signal"
    waited = fold.now >= cycle.disposition_at + timedelta(days=reason.rise_after_days)
    rose = reason.rise_milli is not None and fold.evidence.engagement_rise_milli >= reason.rise_milli
    return "engagement_rise" if rose and waited else None


def _changed_since(fold: Fold, reason: Reason, since: datetime) -> bool:
    changed_at = fold.evidence.changed_at
    return any(name in changed_at and changed_at[name] > since for name in reason.change_breaks)


def _earliest_return(fold: Fold, cycle: CycleState) -> datetime:
    last = max(cycle.returned_at, default=None)
    return last + timedelta(days=fold.rules.returns_apart_days) if last else cycle.disposition_at


def _after(since: datetime | None, at: datetime | None) -> datetime | None:
    return at if at is not None and (since is None or at >= since) else None


def _first(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
