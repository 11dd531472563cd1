"""What a decision means for one person: hand-off, clock, track, next step, published values, and the rows to store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connector.clock import from_micros
from connector.decide.business_hours import MINUTES_PER_BUSINESS_DAY, add_business, parse_hours
from connector.decide.consent import Channels, ConsentFacts, channels
from connector.decide.cycles import Decision, DispositionMove, PersonState, handed_over
from connector.decide.followup import BROKEN
from connector.decide.nurture import NextStep, OnTrack, Track, TrackFacts, next_step, track_for
from connector.decide.routing import Route
from connector.model import Disposition, Stage
from connector.ports.decisions import PersonDecision, PersonFacts
from connector.ports.evaluation import Evaluation
from connector.sync.clocks import Clocked, fold_clock
from connector.sync.evidence import FORMER_CUSTOMER, NO_TOUCH, Surroundings, owner_of
from connector.sync.hand_off import Desk, due_at
from connector.sync.note import hand_off_note
from connector.sync.person_state import cycle_row, disposition_move_row, stage_move_row, state_columns
from connector.sync.publish import publish
from connector.sync.run import Run
from connector.sync.telling import messages_of, remind_at

NO_STEP = NextStep("", None)
LATE_STEP = "The promised first contact is late: make it now, or give it to somebody else"


@dataclass(frozen=True)
class Outcome:
    """One person's decision with everything needed to carry it out."""

    run: Run
    facts: PersonFacts
    evaluation: Evaluation
    decision: Decision
    around: Surroundings
    desk: Desk


@dataclass(frozen=True)
class Handed:
    """A hand-off wish that was fulfilled."""

    route: Route
    due_at: datetime
    move: DispositionMove


def settle_outcome(outcome: Outcome, why: Callable[[int], str]) -> PersonDecision:
    """The rows to store for one person; ``why`` gives the top reasons in words (asked only when published)."""
    facts, decision, run = outcome.facts, outcome.decision, outcome.run
    state, handed = _hand_over(outcome)
    clocked = fold_clock(
        outcome.facts, state, outcome.around, outcome.desk, run.zone, promise_of_new=_new_promise(outcome, handed)
    )
    track = track_for(_track_facts(outcome, state), run.playbook.tracks)
    step = _next_step(outcome, state, clocked, handed, track)
    published = publish(run, facts.row, outcome.evaluation, state)
    columns = state_columns(state) | published.columns
    if published.is_due and (state.stage.rank >= Stage.LEAD.rank or state.grade):
        columns["published_why"] = why(facts.person_id)
    columns |= _standing(outcome, state, track, step)
    columns["hand_off"] = _note(outcome, state, handed, columns, why)
    columns["next_evaluation_at"] = _next_evaluation(outcome, state, step, clocked)
    moves = [*decision.disposition_moves, *([handed.move] if handed else [])]
    assignment = _assignment(outcome, state, handed)
    return PersonDecision(
        person_id=facts.person_id,
        columns=_changed(facts, columns),
        cycles=_cycles(outcome, state),
        stage_moves=[stage_move_row(move) for move in decision.stage_moves],
        disposition_moves=[disposition_move_row(move) for move in moves],
        score=published.history,
        assignment=assignment,
        ends_assignment=_left_sales(facts, state),
        follow_up=clocked.row,
        follow_up_events=clocked.events,
        track=_track_row(facts, track, run.now),
        ends_track=_ends_track(facts, track),
        moments=_moments(outcome, state, handed),
        messages=messages_of(outcome, clocked, handed, assignment),
    )


def _hand_over(outcome: Outcome) -> tuple[PersonState, Handed | None]:
    decision, wish = outcome.decision, outcome.decision.hand_off
    if wish is None or not outcome.desk.can_route or outcome.facts.row["provisional"]:
        return decision.state, None
    route = outcome.desk.assign(wish, outcome.facts, outcome.around)
    state, move = handed_over(decision.state, outcome.run.now, route.owner_id)
    hours = outcome.desk.hours(route.owner_id, outcome.run.zone)
    return state, Handed(route, due_at(outcome.run.playbook, wish, outcome.run.now, hours), move)


def _new_promise(outcome: Outcome, handed: Handed | None) -> str | None:
    wish = outcome.decision.hand_off
    return wish.promise if handed is not None and wish is not None and handed.route.clock else None


def _track_facts(outcome: Outcome, state: PersonState) -> TrackFacts:
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


def _next_step(
    outcome: Outcome, state: PersonState, clocked: Clocked, handed: Handed | None, track: Track | None
) -> NextStep:
    row, cycle = outcome.facts.row, state.cycle
    if row["processing_restricted"]:
        return NO_STEP
    if cycle is not None and cycle.with_sales:
        if handed is not None:
            return NextStep("First contact by sales", handed.due_at, by_person=True)
        if cycle.disposition is Disposition.ASSIGNED and _is_late(outcome.facts, clocked):
            return _late_step(outcome)
        words = {
            Disposition.ASSIGNED: "First contact by sales",
            Disposition.REJECTED: "Name the reason of the rejection",
        }
        text = words.get(cycle.disposition, "Sales works the lead")
        due = row["next_step_due"] if cycle.disposition is Disposition.ASSIGNED else None
        return NextStep(text, due, by_person=True)
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


def _is_late(facts: PersonFacts, clocked: Clocked) -> bool:
    clock = clocked.row or facts.follow_up
    return clock is not None and clock["state"] == BROKEN and clock["touched_at"] is None


def _late_step(outcome: Outcome) -> NextStep:
    """A broken promise nobody made good is not left lying: it gets a new date, once, from when it was noticed."""
    row = outcome.facts.row
    if row["next_step"] == LATE_STEP:
        return NextStep(LATE_STEP, row["next_step_due"], by_person=True)
    hours = parse_hours("09:00-17:00", outcome.run.zone)
    return NextStep(LATE_STEP, add_business(outcome.run.now, MINUTES_PER_BUSINESS_DAY, hours), by_person=True)


def _standing(outcome: Outcome, state: PersonState, track: Track | None, step: NextStep) -> dict[str, Any]:
    """Who answers for the person, on which track, and what is next."""
    cycle = state.cycle
    with_sales = cycle is not None and cycle.with_sales
    owner_id, accountable = _responsible(outcome, state, step, with_sales)
    quiet = state.stage is Stage.NAME and track is None
    return {
        "track": None if with_sales or track is None else track.name,
        "next_step": None if quiet else (step.text or None),
        "next_step_due": None if quiet else step.due_at,
        "owner_id": owner_id,
        "accountable": None if quiet else accountable,
    }


def _responsible(
    outcome: Outcome, state: PersonState, step: NextStep, with_sales: bool
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
    marketing = _named(outcome, outcome.run.playbook.routing.marketing_owner)
    return step.owner_id or marketing, step.accountable


def _named(outcome: Outcome, name: str | None) -> int | None:
    found = (user_id for user_id, member in outcome.desk.members.items() if member.name == name)
    return next(found, None)


def _assignment(outcome: Outcome, state: PersonState, handed: Handed | None) -> dict[str, Any] | None:
    if handed is None or state.cycle is None:
        return None
    wish = outcome.decision.hand_off
    assert wish is not None
    return {
        "cycle_number": state.cycle.number,
        "owner_id": handed.route.owner_id,
        "kind": "return" if state.cycle.returned_at else "hand_off",
        "at": outcome.run.now,
        "until": None,
        "confirmed_at": None,
        "grade": state.grade,
        "promise": wish.promise if handed.route.clock else None,
        "path": [[each.rule, each.taken, each.why] for each in handed.route.path],
        "reasons": {"kind": wish.kind, "evidence_at": wish.evidence_at.isoformat(), "rule": handed.route.rule},
    }


def _moments(outcome: Outcome, state: PersonState, handed: Handed | None) -> dict[str, dict[str, Any]]:
    """Wishes for shared fields: they arise at the hand-off and at the recycle, and at no other time."""
    if handed is not None:
        wishes = {"status": "handed_off", "lead_status": "handed_off"}
        if handed.route.reassigns or handed.route.rule == "keep":
            wishes["owner"] = str(handed.route.owner_id)
        return {
            name: {"value": value, "reason": "handed off", "rule": handed.route.rule} for name, value in wishes.items()
        }
    if outcome.decision.recycle is not None:
        reason = outcome.decision.recycle.reason
        return {
            name: {"value": "recycled", "reason": f"recycled: {reason}", "rule": reason}
            for name in ("status", "lead_status")
        }
    return {}


def _note(
    outcome: Outcome,
    state: PersonState,
    handed: Handed | None,
    columns: dict[str, Any],
    why: Callable[[int], str],
) -> dict[str, Any] | None:
    """The hand-off note of the current hand-off; it goes when sales no longer holds the person."""
    if handed is not None:
        wish = outcome.decision.hand_off
        assert wish is not None
        reasons = columns.get("published_why") or outcome.facts.row["published_why"] or why(outcome.facts.person_id)
        return hand_off_note(outcome, wish, handed.route.owner_id, handed.due_at, reasons)
    kept = outcome.facts.row["hand_off"]
    return kept if state.cycle is not None and state.cycle.with_sales else None


def _left_sales(facts: PersonFacts, state: PersonState) -> bool:
    return facts.assignment is not None and not (state.cycle is not None and state.cycle.with_sales)


def _track_row(facts: PersonFacts, track: Track | None, now: datetime) -> dict[str, Any] | None:
    if track is None or (facts.track is not None and facts.track["track"] == track.name):
        return None
    return {"track": track.name, "at": now, "until": None, "reason": ""}


def _ends_track(facts: PersonFacts, track: Track | None) -> bool:
    return facts.track is not None and (track is None or facts.track["track"] != track.name)


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


def _next_evaluation(outcome: Outcome, state: PersonState, step: NextStep, clocked: Clocked) -> datetime | None:
    """The earliest moment at which time alone may change something."""
    now, days = outcome.run.now, outcome.evaluation.next_change_days
    times: list[datetime | None] = [clocked.due_at, state.locked_until, step.due_at, remind_at(outcome, clocked)]
    if days is not None:
        times.append(from_micros(outcome.run.as_of) + timedelta(days=max(days, 1) - 1))
    if state.grade_low_since is not None:
        times.append(state.grade_low_since + timedelta(days=outcome.run.playbook.rules.grade_margin_days))
    if state.cycle is not None and state.cycle.is_open:
        times.append(state.cycle.recycle_until)
    times += _cold_exits(outcome, state)
    return min((at for at in times if at is not None and at > now), default=None)


def _cold_exits(outcome: Outcome, state: PersonState) -> list[datetime]:
    """When silence alone would end the stage, counted from the later of the last signal and the stage's entry."""
    rules = outcome.run.playbook.rules
    limits = {
        Stage.SUSPECT: rules.suspect_cold_days,
        Stage.LEAD: rules.lead_cold_days,
        Stage.QUALIFIED_LEAD: rules.let_go_days,
    }
    known = [at for at in (state.stage_since, outcome.evaluation.last_signal_at) if at is not None]
    if state.stage not in limits or not known:
        return []
    return [max(known) + timedelta(days=limits[state.stage])]


def _changed(facts: PersonFacts, columns: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in columns.items() if facts.row.get(name) != value}
