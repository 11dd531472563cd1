"""What comes next on a track, and when: the next human touch, the next step of the programme (PLAYBOOK 7).

Due times are computed from when the track was entered, so they move when a step has passed or a touch was done and not
from day to day. When a human touch is due and whether it is done: ``human_touches``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from msgspec import Struct, field

from connector.decide.business_hours import Hours, next_opening
from connector.decide.human_touches import Occasion, OnTrack, next_occasion, team_owner, touch_owner
from connector.decide.nurture import EMAIL, MARKETING, PHONE, Tactic, Track

NO_MAIL = "no mail is allowed: use another channel"
"""What is next for somebody whose programme may not be sent."""
STEPS_MAX = 1_000
"""A tactic that begins later than so many steps from now is not looked for."""


class NextStep(Struct, frozen=True):
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


def next_step(track: Track, place: OnTrack, hours: Hours, now: datetime) -> NextStep:
    """The nearest step of the track: a human touch not done yet, or the programme's next step."""
    occasion = next_occasion(track, place, hours)
    human = None if occasion is None else _human_step(track, place, occasion)
    steps = [step for step in (human, _programme_step(track, place, hours, now)) if step]
    if not steps:
        text = track.step if _some_tactic(track, place) or not track.cadence_days else NO_MAIL
        return NextStep(text, None, accountable=track.accountable, owner_id=team_owner(track, place))
    return min(steps, key=lambda step: (step.due_at is None, step.due_at or now, not step.by_person))


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
            owner = team_owner(track, place)
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
