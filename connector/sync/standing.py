"""Where a person stands with us: on which track, what is next and when, and who answers for it."""

from __future__ import annotations

from typing import Any

from connector.decide.cycles import PersonState
from connector.decide.nurture import PARTNER_MANAGER, Track
from connector.decide.nurture_steps import NextStep, next_step
from connector.model import Stage
from connector.sync.clocks import Clocked
from connector.sync.outcome import Handed, Outcome
from connector.sync.sales_step import FIRST_CONTACT, sales_step
from connector.sync.surroundings import owner_of
from connector.sync.tracks import place_on

NO_STEP = NextStep("", None)


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
    return next_step(track, place_on(outcome, state, track), outcome.around.hours, outcome.run.now)


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
