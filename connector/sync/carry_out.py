"""Carrying out a decision about one person: hand-off, clock, track, published values, as the rows to store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from connector.decide.cycles import HandOffWish, PersonState, handed_over
from connector.model import Disposition, Stage
from connector.ports.decisions import PersonDecision, PersonFacts
from connector.sync.background import Background
from connector.sync.clocks import REASSIGN, Clocked, fold_clock, given_on, new_clock, reassigned_event, reassignment
from connector.sync.contradictions import conflicts_of, differing
from connector.sync.departure import departure
from connector.sync.hand_off import due_at
from connector.sync.keeping import marketing_owner_wish
from connector.sync.next_look import next_evaluation
from connector.sync.note import hand_off_note
from connector.sync.outcome import Handed, Outcome
from connector.sync.person_state import cycle_row, disposition_move_row, stage_move_row, state_columns
from connector.sync.publish import publish
from connector.sync.sales_step import tasks_of
from connector.sync.standing import next_step_of, standing
from connector.sync.telling import messages_of
from connector.sync.touches import touch_of
from connector.sync.tracks import ends_at, track_change, track_exit, track_move, track_row

HANDED_OFF = {"status": "handed_off", "lead_status": "handed_off"}
"""Fields of sales' status at the hand-off."""


def carry_out(outcome: Outcome, background: Background) -> PersonDecision:
    """The rows to store for one person; ``background`` is asked only about the published and the handed over."""
    clocked = fold_clock(outcome)
    left = departure(outcome)
    again = left or reassignment(outcome, clocked)
    if again is not None:
        outcome = replace(outcome, decision=replace(outcome.decision, hand_off=again))
    facts, decision, run = outcome.facts, outcome.decision, outcome.run
    state, handed = _hand_over(outcome)
    if again is not None and handed is not None:
        clocked = given_on(outcome, clocked)
    moved = track_move(outcome, state)
    track = moved.track
    step = next_step_of(outcome, state, clocked, handed, track)
    published = publish(run, facts.row, outcome.evaluation, state)
    columns = state_columns(state) | published.columns
    if published.is_due and (state.stage.rank >= Stage.LEAD.rank or state.grade):
        columns["published_why"] = background.why(facts.person_id)
    columns |= standing(outcome, state, track, step)
    touch = touch_of(outcome, state, moved)
    differ = differing(run, facts)
    columns["tasks"] = tasks_of(outcome, state) or touch.tasks
    columns["hand_off"] = _note(outcome, state, handed, columns, background)
    columns["next_evaluation_at"] = next_evaluation(
        outcome, state, step, clocked, [*ends_at(moved), *touch.looks, *(each.told_at for each in differ)]
    )
    moves = [*decision.disposition_moves, *([handed.move] if handed is not None and handed.move else [])]
    assignment = _assignment(outcome, state, handed, background)
    return PersonDecision(
        person_id=facts.person_id,
        columns=_changed(facts, columns),
        cycles=_cycles(outcome, state),
        stage_moves=[stage_move_row(move) for move in decision.stage_moves],
        disposition_moves=[disposition_move_row(move) for move in moves],
        score=published.history,
        assignment=assignment,
        ends_assignment=_left_sales(facts, state),
        follow_ups=_clocks(outcome, clocked, handed),
        follow_up_events=[
            *clocked.events,
            *([reassigned_event(outcome, left=left is not None)] if again and handed else []),
        ],
        track=track_row(facts, moved, run.now),
        track_exit=track_exit(facts, moved),
        track_change=track_change(facts, moved),
        touches=touch.rows,
        moments=_moments(outcome, state, handed, columns["owner_id"]),
        messages=[*messages_of(outcome, clocked, handed, assignment), *touch.messages],
        answers=conflicts_of(run, facts, differ),
    )


def _hand_over(outcome: Outcome) -> tuple[PersonState, Handed | None]:
    decision, wish = outcome.decision, outcome.decision.hand_off
    if wish is None or not outcome.desk.can_route or outcome.facts.row["provisional"]:
        return decision.state, None
    refused = decision.state.cycle is not None and decision.state.cycle.disposition is Disposition.REROUTED
    if refused and outcome.desk.find(wish, outcome.facts, outcome.around).owner_id in wish.excluded:
        return decision.state, None  # the fallback gave it back, too: marketing has it until somebody else can
    route = outcome.desk.assign(wish, outcome.facts, outcome.around)
    if wish.kind == REASSIGN:  # the same hand-off with somebody else: its times stay
        state, move = replace(decision.state, last_sales_owner_id=route.owner_id), None
    else:
        state, move = handed_over(decision.state, outcome.run.now, route.owner_id)
    hours = outcome.desk.hours(route.owner_id, outcome.run.zone)
    return state, Handed(route, due_at(outcome.run.playbook, wish, outcome.run.now, hours), move)


def _clocks(outcome: Outcome, clocked: Clocked, handed: Handed | None) -> list[Mapping[str, Any]]:
    """The current clock if it changed, and the one of an assignment made just now; it waits for the confirmation."""
    wish = outcome.decision.hand_off
    promised = handed is not None and wish is not None and handed.route.clock
    rows = [] if clocked.row is None else [clocked.row]
    return [*rows, new_clock(wish.promise)] if promised and wish is not None else rows


def _assignment(
    outcome: Outcome, state: PersonState, handed: Handed | None, background: Background
) -> dict[str, Any] | None:
    if handed is None or state.cycle is None:
        return None
    wish = outcome.decision.hand_off
    assert wish is not None
    return {
        "cycle_number": state.cycle.number,
        "owner_id": handed.route.owner_id,
        "kind": REASSIGN if wish.kind == REASSIGN else "return" if state.cycle.returned_at else "hand_off",
        "at": outcome.run.now,
        "until": None,
        "confirmed_at": None,
        "grade": state.grade,
        "promise": wish.promise if handed.route.clock else None,
        "path": [[each.rule, each.taken, each.why] for each in handed.route.path],
        "evidence_at": wish.evidence_at,
        "reasons": _reasons(outcome, wish, handed, background),
    }


def _reasons(outcome: Outcome, wish: HandOffWish, handed: Handed, background: Background) -> dict[str, Any]:
    """Why the hand-off was made, for people and reports: entry path, rules that gave points, source.

    ``rule``: of the routing. ``before``: who had it and did nothing.
    """
    known = outcome.facts.assignment
    if wish.kind == REASSIGN and known is not None:
        return {**(known["reasons"] or {}), "rule": handed.route.rule, "before": sorted(wish.excluded)}
    points = background.points(outcome.facts.person_id)
    return {
        "kind": wish.kind,
        "rule": handed.route.rule,
        "path": outcome.evaluation.paths.get(Stage.QUALIFIED_LEAD.value),
        "rules": sorted(line.rule for line in points if line.milli > 0),
        "source": outcome.facts.row["source_first"],
        "evidence_at": wish.evidence_at.isoformat(),
    }


def _moments(
    outcome: Outcome, state: PersonState, handed: Handed | None, owner_id: int | None
) -> dict[str, dict[str, Any]]:
    """Wishes for shared fields: they arise at the hand-off and the recycle, and when marketing begins to answer."""
    if handed is not None:
        # Somebody else goes on where the former owner stopped: only the owner changes.
        wishes = {} if handed.move is None else dict(HANDED_OFF)
        if handed.route.reassigns or handed.route.rule == "keep":
            wishes["owner"] = str(handed.route.owner_id)
        return {
            name: {"value": value, "reason": "handed off", "rule": handed.route.rule} for name, value in wishes.items()
        }
    keeps = marketing_owner_wish(outcome, state, owner_id)
    if outcome.decision.recycle is not None:
        reason = outcome.decision.recycle.reason
        return keeps | {
            name: {"value": "recycled", "reason": f"recycled: {reason}", "rule": reason} for name in HANDED_OFF
        }
    return keeps


def _note(
    outcome: Outcome,
    state: PersonState,
    handed: Handed | None,
    columns: dict[str, Any],
    background: Background,
) -> dict[str, Any] | None:
    """The hand-off note of the current hand-off; it goes when sales no longer holds the person."""
    if handed is not None:
        wish = outcome.decision.hand_off
        assert wish is not None
        reasons = (
            columns.get("published_why")
            or outcome.facts.row["published_why"]
            or background.why(outcome.facts.person_id)
        )
        activities = background.activities(outcome.facts.person_id)
        return hand_off_note(outcome, wish, handed, reasons, activities)
    kept = outcome.facts.row["hand_off"]
    return kept if state.cycle is not None and state.cycle.with_sales else None


def _left_sales(facts: PersonFacts, state: PersonState) -> bool:
    return facts.assignment is not None and not (state.cycle is not None and state.cycle.with_sales)


def _cycles(outcome: Outcome, state: PersonState) -> list[dict[str, Any]]:
    decision, known = outcome.decision, outcome.facts.cycle
    engagement = known["recycle_engagement_milli"] if known else None
    if decision.recycle is not None:
        engagement = outcome.evaluation.engagement_milli
    cycles = {each.number: each for each in (*decision.opened, *decision.closed)}
    if state.cycle is not None:
        cycles[state.cycle.number] = state.cycle
    rows = [cycle_row(cycle, engagement) for _, cycle in sorted(cycles.items())]
    if known is not None:
        rows = [row for row in rows if any(known.get(name) != value for name, value in row.items())]
    return rows


def _changed(facts: PersonFacts, columns: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in columns.items() if facts.row.get(name) != value}
