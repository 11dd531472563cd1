"""What opportunities do to a person: facts latch first, whatever behaviour says (PLAYBOOK 0.3, 4, 9)."""

from __future__ import annotations

from datetime import datetime

from connector.decide.cycles import OpportunityFact, Reason
from connector.decide.fold import Fold
from connector.model import Disposition, Motion, Stage


def follow_opportunities(fold: Fold) -> None:
    """Move stage, disposition and cycle to what the person's opportunities say."""
    if fold.state.stage is Stage.CUSTOMER:
        _follow_growth(fold)
        return
    won = _won(fold)
    if won is not None:
        _win(fold, won)
    elif _open(fold):
        _advance(fold, min(_open(fold), key=_created))
    elif fold.state.stage is Stage.PROSPECT and fold.state.stage_before is not None:
        _fall_out(fold, fold.state.stage_before)


def replay_opportunities(fold: Fold) -> bool:
    """Start a person's history with their opportunities, if there are any: what came before them is not invented."""
    if fold.evidence.opportunities and not holds(fold, Stage.PROSPECT):
        _advance(fold, max(fold.evidence.opportunities, key=_created))
    follow_opportunities(fold)
    return bool(fold.evidence.opportunities)


def holds(fold: Fold, stage: Stage) -> bool:
    """Whether a fact keeps the person at least on ``stage``: nobody can move them below it by hand."""
    if stage is Stage.CUSTOMER:
        return _won(fold) is not None
    return bool(_open(fold)) or _won(fold) is not None


def _win(fold: Fold, won: OpportunityFact) -> None:
    at = _closed(won)
    fold.need_cycle(won.created_at, origin="sales")
    fold.move_stage(Stage.CUSTOMER, at, "crm", won.key)
    fold.move_disposition(Disposition.WON, at, "crm")


def _advance(fold: Fold, opportunity: OpportunityFact) -> None:
    at = opportunity.created_at
    fold.need_cycle(at, origin="sales")
    if fold.state.stage.rank < Stage.PROSPECT.rank:
        before = fold.state.stage
        fold.move_stage(Stage.PROSPECT, at, "crm", opportunity.key)
        fold.change(stage_before=before)
    elif fold.state.stage_before is None:
        # A CRM's word made the person a prospect; from now on an opportunity does.
        qualified = fold.state.cycle is not None and fold.state.cycle.qualified_at is not None
        fold.change(stage_before=Stage.QUALIFIED_LEAD if qualified else Stage.LEAD)
    _confirm_need(fold, at)


def _confirm_need(fold: Fold, at: datetime) -> None:
    cycle = fold.state.cycle
    if cycle is None or cycle.disposition is Disposition.SALES_QUALIFIED:
        return
    # Re-opened: the same cycle goes on, its recycle and clock are cancelled.
    fold.change_cycle(recycle_until=None, recycle_track=None)
    fold.move_disposition(Disposition.SALES_QUALIFIED, at, "crm")
    if cycle.origin != "sales" and cycle.sales_qualified_at is None:
        fold.change_cycle(sales_qualified_at=at)


def _fall_out(fold: Fold, before: Stage) -> None:
    lost = _lost_since(fold, fold.state.stage_since)
    if lost is None:
        fold.move_stage(before, fold.now, "crm", "opportunity_removed")
        fold.say("opportunity_removed")
        return
    at = _closed(lost)
    reason = fold.rules.reasons.get(lost.loss_reason or fold.rules.lost_reason)
    fold.move_disposition(Disposition.LOST, at, "crm", reason.code if reason else None)
    if reason is not None and reason.kind == "disqualify":
        fold.move_disposition(Disposition.DISQUALIFIED, at, "crm", reason.code)
        fold.leave_for_lead(at, "crm", "lost")
        return
    usual = Reason(fold.rules.lost_reason, "recycle", 120, "recycled_timing")
    fold.send_back(reason if reason is not None and reason.kind == "recycle" else usual, at, by="crm")


def _follow_growth(fold: Fold) -> None:
    cycle = fold.state.cycle
    since = cycle.closed_at if cycle is not None and not cycle.is_open else None
    fresh = [each for each in _open(fold) if since is None or each.created_at > since]
    if fold.state.open_cycle is None:
        if fresh and since is not None:
            first = min(fresh, key=_created)
            fold.need_cycle(first.created_at, motion=Motion.GROWTH, origin="sales")
            _confirm_need(fold, first.created_at)
        return
    _settle_growth(fold, bool(_open(fold)))


def _settle_growth(fold: Fold, still_open: bool) -> None:
    cycle = fold.state.open_cycle
    if cycle is None:
        return
    ended = [each for each in fold.evidence.opportunities if each.closed_at and each.closed_at >= cycle.opened_at]
    won = [each for each in ended if each.won]
    if still_open:
        _confirm_need(fold, min(_open(fold), key=_created).created_at)
    elif won:
        fold.move_disposition(Disposition.WON, _closed(min(won, key=_closed)), "crm")
    elif ended and cycle.disposition is Disposition.SALES_QUALIFIED:
        at = _closed(max(ended, key=_closed))
        fold.move_disposition(Disposition.LOST, at, "crm", max(ended, key=_closed).loss_reason)
        fold.close_cycle(at)


def _open(fold: Fold) -> list[OpportunityFact]:
    return [each for each in fold.evidence.opportunities if each.is_open]


def _won(fold: Fold) -> OpportunityFact | None:
    won = [each for each in fold.evidence.opportunities if each.won]
    return min(won, key=lambda each: (_closed(each), each.key), default=None)


def _lost_since(fold: Fold, since: datetime | None) -> OpportunityFact | None:
    lost = [each for each in fold.evidence.opportunities if not each.is_open and not each.won]
    recent = [each for each in lost if since is None or _closed(each) >= since]
    return max(recent, key=lambda each: (_closed(each), each.key), default=None)


def _created(opportunity: OpportunityFact) -> tuple[datetime, str]:
    return opportunity.created_at, opportunity.key


def _closed(opportunity: OpportunityFact) -> datetime:
    return opportunity.closed_at or opportunity.created_at
