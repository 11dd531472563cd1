"""What comes next on a track, and when: the next human touch, the next step of the programme (PLAYBOOK 7).

Due times are computed from when the track was entered, so they move when a step has passed or a touch was done and not
from day to day. Human touches have clocks: due, late after the promise, escalated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from connector.decide.business_hours import MINUTES_PER_BUSINESS_DAY, Hours, add_business, next_opening
from connector.decide.nurture import ACCOUNT_OWNER, EMAIL, MARKETING, PHONE, HumanTouch, Tactic, Track

NO_MAIL = "no mail is allowed: use another channel"
"""What is next for somebody whose programme may not be sent."""
STEPS_MAX = 1_000
"""A tactic that begins later than so many steps from now is not looked for."""
DUE, KEPT, LATE, ESCALATED = "due", "kept", "late", "escalated"


@dataclass(frozen=True)
class Done:
    """Something a colleague did with the person. ``signal``: as activities name it."""

    at: datetime
    signal: str = "rep_touch_attempt"


@dataclass(frozen=True)
class OnTrack:
    """Where a person stands on the track. ``done``: what colleagues did with the person since ``entered_at``.

    ``preferred_channel``: as the person said it. ``contract_end``: the last day of their contract.
    """

    entered_at: datetime
    done: tuple[Done, ...] = ()
    recycle_until: datetime | None = None
    phone_allowed: bool = True
    mail_allowed: bool = True
    account_owner_id: int | None = None
    former_owner_id: int | None = None
    preferred_channel: str | None = None
    contract_end: date | None = None


@dataclass(frozen=True)
class NextStep:
    """What is due. ``by_person``: somebody must act. ``owner_id`` only where a colleague and not a team answers.

    ``channel`` and ``asset`` of a programme's step; empty for the rest.
    """

    text: str
    due_at: datetime | None
    by_person: bool = False
    accountable: str = MARKETING
    owner_id: int | None = field(default=None)
    channel: str = ""
    asset: str = ""


@dataclass(frozen=True)
class Occasion:
    """One human touch of a track that is planned: the ``number``-th of its kind. ``text``: what to do."""

    touch: HumanTouch
    number: int
    text: str
    due_at: datetime


@dataclass(frozen=True)
class TouchClock:
    """The promise behind a human touch: how long after it is due it may take, and when who is told."""

    promised_minutes: int = MINUTES_PER_BUSINESS_DAY
    escalate_minutes: int = 2 * MINUTES_PER_BUSINESS_DAY

    def late_at(self, due_at: datetime, hours: Hours) -> datetime:
        """When the promise is broken."""
        return add_business(due_at, self.promised_minutes, hours)

    def escalate_at(self, due_at: datetime, hours: Hours) -> datetime:
        """When whoever leads marketing is told."""
        return add_business(due_at, self.escalate_minutes, hours)

    def state(self, due_at: datetime, hours: Hours, now: datetime) -> str:
        """Where an occasion that is not done stands; empty before it is due."""
        if now < due_at:
            return ""
        if now < self.late_at(due_at, hours):
            return DUE
        return LATE if now < self.escalate_at(due_at, hours) else ESCALATED


def next_step(track: Track, place: OnTrack, hours: Hours, now: datetime) -> NextStep:
    """The nearest step of the track: a human touch not done yet, or the programme's next step."""
    occasion = next_occasion(track, place, hours)
    human = None if occasion is None else _human_step(track, place, occasion)
    steps = [step for step in (human, _programme_step(track, place, hours, now)) if step]
    if not steps:
        text = track.step if _some_tactic(track, place) or not track.cadence_days else NO_MAIL
        return NextStep(text, None, accountable=track.accountable, owner_id=_owner(track, place))
    return min(steps, key=lambda step: (step.due_at is None, step.due_at or now, not step.by_person))


def next_occasion(track: Track, place: OnTrack, hours: Hours) -> Occasion | None:
    """The nearest human touch that is not done yet; ``None`` when there is none, or no channel for it."""
    found = [_occasion(touch, place, hours) for touch in track.touches]
    return min((each for each in found if each is not None), key=lambda each: each.due_at, default=None)


def _occasion(touch: HumanTouch, place: OnTrack, hours: Hours) -> Occasion | None:
    """Fold what was done over the planned touches: each counts for one, and for none before the last was due."""
    text = _touch_text(touch, place)
    due_at = _first_due(touch, place, hours)
    number, opened = 0, place.entered_at
    if touch.at_recycle_until or touch.before_contract_end_days is not None:
        opened = due_at or opened  # what was done long before is no answer to the date
    for done in _counting(touch, place.done):
        if due_at is None or number >= touch.times:
            break
        if done.at >= opened:
            number, opened = number + 1, max(due_at, done.at)
            due_at = _after(touch, max(due_at, done.at), hours)
    if text is None or due_at is None or number >= touch.times:
        return None
    return Occasion(touch, number, text, due_at)


def _counting(touch: HumanTouch, done: Sequence[Done]) -> list[Done]:
    counting = (each for each in done if not touch.done_by or each.signal in touch.done_by)
    return sorted(counting, key=lambda each: (each.at, each.signal))


def _touch_text(touch: HumanTouch, place: OnTrack) -> str | None:
    """No call where calling is not allowed: the other way, if there is one and writing is allowed."""
    if not touch.needs_phone or place.phone_allowed:
        return touch.text
    return touch.without_phone if place.mail_allowed else None


def _first_due(touch: HumanTouch, place: OnTrack, hours: Hours) -> datetime | None:
    if touch.at_recycle_until:
        return place.recycle_until and next_opening(place.recycle_until, hours)
    if touch.before_contract_end_days is not None:
        if place.contract_end is None:
            return None
        day = place.contract_end - timedelta(days=touch.before_contract_end_days)
        return next_opening(max(datetime.combine(day, time(), tzinfo=hours.zone), place.entered_at), hours)
    start = place.entered_at + timedelta(days=touch.first_days or 0)
    return _in_business_days(start, touch.first_business_days, hours)


def _after(touch: HumanTouch, at: datetime, hours: Hours) -> datetime | None:
    if touch.every_business_days is None and touch.every_days is None:
        return None
    return _in_business_days(at + timedelta(days=touch.every_days or 0), touch.every_business_days, hours)


def _in_business_days(start: datetime, days: int | None, hours: Hours) -> datetime:
    return add_business(start, days * MINUTES_PER_BUSINESS_DAY, hours) if days else next_opening(start, hours)


def touch_owner(track: Track, place: OnTrack, occasion: Occasion) -> int | None:
    """Who makes a touch where the track names somebody; ``None``: the team that answers for it."""
    former = place.former_owner_id if occasion.touch.at_recycle_until else None
    return former or _owner(track, place)


def _human_step(track: Track, place: OnTrack, occasion: Occasion) -> NextStep:
    owner = touch_owner(track, place, occasion)
    return NextStep(occasion.text, occasion.due_at, by_person=True, accountable=track.accountable, owner_id=owner)


def _programme_step(track: Track, place: OnTrack, hours: Hours, now: datetime) -> NextStep | None:
    if not track.cadence_days or not _some_tactic(track, place):
        return None
    for number, due_at in _steps(place.entered_at, track.cadence_days, hours, now):
        if place.recycle_until is not None and track.entry.recycled and due_at > place.recycle_until:
            return None  # the cool-down is over then, and with it this track
        tactic = _tactic(track, place, number)
        if tactic is not None:
            owner = _owner(track, place)
            by = {"channel": tactic.channel, "asset": tactic.asset}
            return NextStep(_words(tactic), due_at, tactic.channel == PHONE, track.accountable, owner, **by)
        if number * track.cadence_days > _last_day(track):
            return None
    return None


def _steps(entered_at: datetime, cadence_days: int, hours: Hours, now: datetime) -> Iterator[tuple[int, datetime]]:
    """The next steps of the programme that are not past: they fall on the opening of a working day."""
    entered_on = entered_at.astimezone(hours.zone).date()
    first = max(1, (now - entered_at) // timedelta(days=cadence_days))
    for number in range(first, first + STEPS_MAX):
        day = entered_on + timedelta(days=number * cadence_days)
        due_at = next_opening(datetime.combine(day, time(), tzinfo=hours.zone), hours)
        if due_at >= now:
            yield number, due_at


def _tactic(track: Track, place: OnTrack, number: int) -> Tactic | None:
    """The tactic whose turn it is; where its channel is not allowed, one that is, the preferred channel first."""
    days = number * (track.cadence_days or 0)
    current = [each for each in tactics_of(track) if each.min_days <= days < (each.max_days or days + 1)]
    if not current:
        return None
    turn = (number - 1) % len(current)
    in_turn = [*current[turn:], *current[:turn]]
    allowed = [each for each in in_turn if is_allowed(each.channel, place)]
    if not allowed or in_turn[0] is allowed[0]:
        return allowed[0] if allowed else None
    return min(allowed, key=lambda each: each.channel != place.preferred_channel)


def tactics_of(track: Track) -> tuple[Tactic, ...]:
    """The tactics of a track; where only a step is named, that one, by mail."""
    return track.tactics or ((Tactic(track.step),) if track.cadence_days else ())


def is_allowed(channel: str, place: OnTrack) -> bool:
    """Mail and calls need permission; what is not sent to an address of the person does not."""
    return {EMAIL: place.mail_allowed, PHONE: place.phone_allowed}.get(channel, True)


def _some_tactic(track: Track, place: OnTrack) -> bool:
    return any(is_allowed(each.channel, place) for each in tactics_of(track))


def _last_day(track: Track) -> int:
    return max((each.min_days for each in tactics_of(track)), default=0)


def _words(tactic: Tactic) -> str:
    asset = f" ({tactic.asset})" if tactic.asset else ""
    return f"{tactic.text}{asset}" if tactic.channel == EMAIL else f"{tactic.text}{asset}, by {tactic.channel}"


def _owner(track: Track, place: OnTrack) -> int | None:
    return place.account_owner_id if track.accountable == ACCOUNT_OWNER else None
