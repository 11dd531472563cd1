"""Where a person stands with us: on which track, what is next and when, and who answers for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connector.decide.business_hours import parse_hours
from connector.decide.consent import Channels, ConsentFacts, channels
from connector.decide.cycles import PersonState
from connector.decide.nurture import PARTNER_MANAGER, NextStep, OnTrack, Track, TrackFacts, next_step
from connector.model import Stage
from connector.ports.decisions import PersonFacts
from connector.sync.clocks import Clocked
from connector.sync.outcome import Handed, Outcome
from connector.sync.sales_step import FIRST_CONTACT, sales_step
from connector.sync.surroundings import FORMER_CUSTOMER, NO_TOUCH, owner_of

NO_STEP = NextStep("", None)


def track_facts(outcome: Outcome, state: PersonState) -> TrackFacts:
    """What the tracks' entries ask of a person."""
    cycle, allowed = state.cycle, _allowed(outcome)
    return TrackFacts(
        stage=state.stage,
        grade=state.grade,
        disposition=cycle.disposition if cycle else None,
        reason=cycle.reason if cycle else None,
        recycle_track=cycle.recycle_track if cycle else None,
        channel_allowed=allowed.any,
        phone_allowed=allowed.phone,
        former_customer=outcome.facts.row["account_status"] == FORMER_CUSTOMER,
        excluded=not outcome.evaluation.in_scope,
    )


def _allowed(outcome: Outcome) -> Channels:
    row = outcome.facts.row
    basis = (row["extra"] or {}).get("legal_basis")
    return channels(
        ConsentFacts(
            has_email=bool(row["has_email"]),
            has_phone=bool(row["has_phone"]),
            email_opt_out=bool(row["email_opt_out"]),
            phone_opt_out=bool(row["phone_opt_out"]),
            hard_bounced=row["email_quality"] == "hard",
            processing_restricted=bool(row["processing_restricted"]),
            country=row["country"],
            legal_basis=None if basis is None else str(basis),
        ),
        outcome.run.playbook.permission,
    )


def next_step_of(
    outcome: Outcome, state: PersonState, clocked: Clocked, handed: Handed | None, track: Track | None
) -> NextStep:
    """What is due next for the person, and whether somebody must act; nothing for people whose data may not be used."""
    row, cycle = outcome.facts.row, state.cycle
    if row["processing_restricted"]:
        return NO_STEP
    if cycle is not None and cycle.with_sales:
        if handed is not None:
            return NextStep(FIRST_CONTACT, handed.due_at, by_person=True)
        return sales_step(outcome, cycle, clocked)
    if track is None:
        return NO_STEP
    current = outcome.facts.track
    entered = current["at"] if current and current["track"] == track.name else outcome.run.now
    until = cycle.recycle_until if cycle else None
    allowed = _allowed(outcome)
    place = OnTrack(
        entered_at=entered,
        touches_done=_touches(outcome, entered),
        recycle_until=until,
        account_owner_id=_account_owner(outcome.facts),
        phone_allowed=allowed.phone,
        mail_allowed=allowed.email,
    )
    hours = parse_hours("09:00-17:00", outcome.run.zone)
    return next_step(track, place, hours, outcome.run.now)


def _account_owner(facts: PersonFacts) -> int | None:
    account = facts.account
    return None if account is None else account.customer_owner_id or account.owner_id


def _touches(outcome: Outcome, since: datetime) -> int:
    """What colleagues did with the person since then; what the person did is no step of ours."""
    by_colleagues = (touch for touch in outcome.facts.touches if touch.owner_id in outcome.around.users)
    return sum(1 for touch in by_colleagues if touch.signal not in NO_TOUCH and since <= touch.at <= outcome.run.now)


def standing(outcome: Outcome, state: PersonState, track: Track | None, step: NextStep) -> dict[str, Any]:
    """Who answers for the person, on which track, and what is next."""
    cycle = state.cycle
    with_sales = cycle is not None and cycle.with_sales
    owner_id, accountable = _responsible(outcome, state, step, track.name if track else None, with_sales)
    quiet = state.stage is Stage.NAME and track is None
    return {
        "track": None if with_sales or track is None else track.name,
        "next_step": None if quiet else (step.text or None),
        "next_step_due": None if quiet else step.due_at,
        "owner_id": owner_id,
        "accountable": None if quiet else accountable,
    }


def _responsible(
    outcome: Outcome, state: PersonState, step: NextStep, track: str | None, with_sales: bool
) -> tuple[int | None, str | None]:  # fmt: skip
    if with_sales:
        owner = owner_of(outcome.facts, outcome.around)
        given = state.last_sales_owner_id
        if outcome.decision.hand_off is None and owner is not None and owner.active_sales:
            given = owner.user_id
        user = outcome.around.users.get(given or 0)
        has_left = user is not None and not user.active
        # Somebody who left answers for nobody: the fallback does, until it is given to somebody else.
        return outcome.desk.fallback_id if has_left else given, "sales"
    desk = outcome.desk
    if step.accountable == PARTNER_MANAGER:
        return desk.partner_manager(outcome.facts.account), step.accountable
    return step.owner_id or desk.named(desk.playbook.routing.marketing_owner_of(track)), step.accountable
