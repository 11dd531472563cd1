"""A person's place on their nurture track, gathered from what is stored: what its entry asks, what was done on it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from connector.clock import to_micros
from connector.decide.consent import Channels, ConsentFacts, channels
from connector.decide.cycles import CycleState, PersonState
from connector.decide.human_touches import TICKED, Done, OnTrack
from connector.decide.nurture import Track, TrackFacts, TrackMove, move
from connector.model import Disposition
from connector.ports.decisions import PersonFacts, Row
from connector.sync.outcome import Outcome
from connector.sync.surroundings import FORMER_CUSTOMER, NO_TOUCH

PAID_FOR = ("true", "yes", "1", "marketable")


def track_move(outcome: Outcome, state: PersonState) -> TrackMove:
    """The track from now on, and what ended the one before."""
    current = outcome.facts.track
    on, since = (current["track"], current["leaves_since"]) if current else (None, None)
    return move(_track_facts(outcome, state), outcome.run.playbook.tracks, on, since, outcome.run.now)


def track_row(facts: PersonFacts, moved: TrackMove, now: datetime) -> dict[str, Any] | None:
    """The row of a track that was entered just now."""
    if moved.track is None or not changes_track(facts, moved):
        return None
    return {"track": moved.track.name, "at": now, "until": None, "reason": "", "leaves_since": None}


def changes_track(facts: PersonFacts, moved: TrackMove) -> bool:
    """Whether the track is another one than before."""
    name = None if moved.track is None else moved.track.name
    return (None if facts.track is None else facts.track["track"]) != name


def track_exit(facts: PersonFacts, moved: TrackMove) -> str | None:
    """Why the track before has ended; ``None``: there was none, or it goes on."""
    return moved.exit if facts.track is not None and changes_track(facts, moved) else None


def track_change(facts: PersonFacts, moved: TrackMove) -> Row:
    """Columns of the current track that have changed."""
    if facts.track is None or changes_track(facts, moved) or facts.track["leaves_since"] == moved.leaves_since:
        return {}
    return {"leaves_since": moved.leaves_since}


def ends_at(moved: TrackMove) -> list[datetime]:
    """When a track that waits to end will end by itself; empty when none does."""
    if moved.track is None or moved.leaves_since is None:
        return []
    return [moved.leaves_since + timedelta(days=moved.track.exit.days)]


def place_on(outcome: Outcome, state: PersonState, track: Track) -> OnTrack:
    """Where the person stands on the track."""
    facts, cycle, allowed = outcome.facts, state.cycle, _allowed(outcome)
    current = facts.track
    entered = current["at"] if current and current["track"] == track.name else outcome.run.now
    extra = facts.row["extra"] or {}
    owner_id, former_id = _account_owner(outcome), _former_owner(outcome, state)
    return OnTrack(
        entered_at=entered,
        done=_done(outcome, entered, {owner_id, former_id}),
        recycle_until=cycle.recycle_until if cycle else None,
        phone_allowed=allowed.phone,
        mail_allowed=allowed.email,
        account_owner_id=owner_id,
        former_owner_id=former_id,
        preferred_channel=_text(extra.get("preferred_channel")),
        contract_end=_day(extra.get("contract_end")),
        ticked=_ticked(facts, f"touch:{track.name}:{to_micros(entered)}:"),
    )


def touch_suffix(key: str) -> str:
    """What names a touch apart from the person: people are merged, and the touch stays the same."""
    return key.partition(":")[2]


def _track_facts(outcome: Outcome, state: PersonState) -> TrackFacts:
    cycle, allowed = state.cycle, _allowed(outcome)
    return TrackFacts(
        stage=state.stage,
        grade=state.grade,
        disposition=cycle.disposition if cycle else None,
        reason=cycle.reason if cycle else None,
        recycle_track=_named_track(outcome, cycle) if cycle else None,
        motion=cycle.motion if cycle else TrackFacts.motion,
        channel_allowed=allowed.any,
        phone_allowed=allowed.phone,
        former_customer=outcome.facts.row["account_status"] == FORMER_CUSTOMER,
        excluded=not outcome.evaluation.in_scope,
        conditions=outcome.answers,
    )


def _named_track(outcome: Outcome, cycle: CycleState) -> str | None:
    """The track that the reason names; a cycle that was ended by one keeps no track of its own."""
    if cycle.disposition is not Disposition.DISQUALIFIED:
        return cycle.recycle_track
    reason = outcome.run.playbook.rules.reasons.get(cycle.reason or "")
    return reason.track if reason is not None else None


def _allowed(outcome: Outcome) -> Channels:
    row = outcome.facts.row
    extra = row["extra"] or {}
    marketable = extra.get("marketable")
    return channels(
        ConsentFacts(
            has_email=bool(row["has_email"]),
            has_phone=bool(row["has_phone"]),
            email_opt_out=bool(row["email_opt_out"]),
            phone_opt_out=bool(row["phone_opt_out"]),
            hard_bounced=row["email_quality"] == "hard",
            processing_restricted=bool(row["processing_restricted"]),
            country=row["country"],
            legal_basis=_text(extra.get("legal_basis")),
            marketable=None if marketable is None else str(marketable).casefold() in PAID_FOR,
            source=row["source_first"],
        ),
        outcome.run.playbook.permission,
    )


def _account_owner(outcome: Outcome) -> int | None:
    """Who looks after the customer, else who owns the account; never somebody who has left."""
    account = outcome.facts.account
    owners = (account.customer_owner_id, account.owner_id) if account is not None else ()
    return next((owner for owner in owners if _is_active(outcome, owner)), None)


def _former_owner(outcome: Outcome, state: PersonState) -> int | None:
    """Who had the person in sales, while they are still with us."""
    owner = state.last_sales_owner_id
    return owner if _is_active(outcome, owner) else None


def _is_active(outcome: Outcome, user_id: int | None) -> bool:
    user = outcome.around.users.get(user_id or 0)
    return user is not None and user.active


def _done(outcome: Outcome, since: datetime, owners: set[int | None]) -> tuple[Done, ...]:
    """What colleagues of the roster, and who answers for the track, did with the person since then.

    What the person did is no step of ours, and what an integration did is nobody's.
    """
    counted = (outcome.desk.members.keys() | owners) - {None}
    return tuple(
        Done(touch.at, touch.signal, touch.source_key, touch.owner_id)
        for touch in outcome.facts.touches
        if touch.owner_id in counted and touch.signal not in NO_TOUCH and since <= touch.at <= outcome.run.now
    )


def _ticked(facts: PersonFacts, stay: str) -> dict[str, Done]:
    """The touches of this stay on the track whose task somebody ticked off, by name."""
    found = ((touch_suffix(key), touch) for key, touch in facts.ticked.items())
    return {
        suffix.removeprefix(stay): Done(touch.at, TICKED, touch.source_key, touch.owner_id)
        for suffix, touch in found
        if suffix.startswith(stay)
    }


def _text(value: object) -> str | None:
    return None if value in (None, "") else str(value)


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None
