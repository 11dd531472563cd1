"""Which nurture track a person is on, what comes next there, and who answers for it (PLAYBOOK 7).

One track per person: the first by priority whose entry holds. Due times are computed from when the track was entered,
so they move when a step has passed and not from day to day. Sends nothing: the CRMs' programmes do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from connector.decide.business_hours import MINUTES_PER_BUSINESS_DAY, Hours, add_business, next_opening
from connector.decide.cycles import WITH_SALES
from connector.model import Disposition, Motion, Stage

MARKETING = "marketing"
ACCOUNT_OWNER = "account_owner"
PARTNER_MANAGER = "partner_manager"
NOBODY = "nobody"
NO_MAIL = "no mail is allowed: use another channel"
"""What is next for somebody whose programme may not be sent."""


@dataclass(frozen=True)
class TrackFacts:
    """What tracks ask about. ``channel_allowed``: any channel may be used; ``recycle_track``: named by the reason."""

    stage: Stage
    grade: str | None = None
    disposition: Disposition | None = None
    reason: str | None = None
    recycle_track: str | None = None
    motion: Motion = Motion.NEW_BUSINESS
    channel_allowed: bool = True
    phone_allowed: bool = True
    former_customer: bool = False
    excluded: bool = False


@dataclass(frozen=True)
class Entry:
    """When a track takes somebody: every part that is given must hold.

    ``recycled``: for people whose recycle reason names this track. ``channel_allowed``: exactly so.
    """

    stages: frozenset[Stage] = frozenset()
    grades: frozenset[str] = frozenset()
    motions: frozenset[Motion] = frozenset()
    recycled: bool = False
    channel_allowed: bool | None = None
    former_customer: bool | None = None


@dataclass(frozen=True)
class HumanTouch:
    """A real task for a person: the first in ``first_business_days`` or after ``first_days``, then every so often.

    ``needs_phone``: only where calling is allowed; ``without_phone``: what to do elsewhere, where writing is.
    """

    text: str
    times: int = 1
    first_business_days: int | None = None
    first_days: int | None = None
    every_business_days: int | None = None
    every_days: int | None = None
    at_recycle_until: bool = False
    needs_phone: bool = False
    without_phone: str | None = None


@dataclass(frozen=True)
class Track:
    """One programme. ``cadence_days``: a step every so many days; ``None``: no steps. ``accountable``: who answers."""

    name: str
    priority: int
    entry: Entry
    accountable: str = MARKETING
    step: str = ""
    cadence_days: int | None = None
    human_touch: HumanTouch | None = None


@dataclass(frozen=True)
class OnTrack:
    """Where a person stands on the track. ``touches_done``: human touches made since ``entered_at``."""

    entered_at: datetime
    touches_done: int = 0
    recycle_until: datetime | None = None
    phone_allowed: bool = True
    mail_allowed: bool = True
    account_owner_id: int | None = None


@dataclass(frozen=True)
class NextStep:
    """What is due. ``by_person``: somebody must act. ``owner_id`` only where a colleague and not a team answers."""

    text: str
    due_at: datetime | None
    by_person: bool = False
    accountable: str = MARKETING
    owner_id: int | None = field(default=None)


def track_for(facts: TrackFacts, tracks: Iterable[Track]) -> Track | None:
    """The person's track; ``None`` for people that sales holds, at stage ``name``, or disqualified."""
    if facts.excluded or facts.disposition in WITH_SALES:
        return None
    closed = facts.disposition in (Disposition.DISQUALIFIED, Disposition.MERGED)
    for track in sorted(tracks, key=lambda track: (track.priority, track.name)):
        if closed and track.entry.channel_allowed is not False:
            continue
        if _enters(facts, track):
            return track
    return None


def next_step(track: Track, place: OnTrack, hours: Hours, now: datetime) -> NextStep:
    """The nearest step of the track: a human touch not done yet, or the programme's next step."""
    steps = [step for step in (_human_step(track, place, hours), _programme_step(track, place, hours, now)) if step]
    if not steps:
        text = track.step if place.mail_allowed or not track.cadence_days else NO_MAIL
        return NextStep(text, None, accountable=track.accountable, owner_id=_owner(track, place))
    return min(steps, key=lambda step: (step.due_at is None, step.due_at or now, not step.by_person))


def _enters(facts: TrackFacts, track: Track) -> bool:
    entry = track.entry
    recycled = facts.disposition is Disposition.RECYCLED
    if facts.channel_allowed is False and entry.channel_allowed is None:
        return False
    if recycled and facts.recycle_track and entry.channel_allowed is None and not entry.motions:
        return facts.recycle_track == track.name
    return not entry.recycled and all(
        (
            not entry.stages or facts.stage in entry.stages,
            not entry.grades or facts.grade in entry.grades,
            not entry.motions or facts.motion in entry.motions,
            entry.channel_allowed is None or entry.channel_allowed is facts.channel_allowed,
            entry.former_customer is None or entry.former_customer is facts.former_customer,
        )
    )


def _human_step(track: Track, place: OnTrack, hours: Hours) -> NextStep | None:
    touch = track.human_touch
    text = None if touch is None else _touch_text(touch, place)
    if touch is None or text is None or place.touches_done >= touch.times:
        return None
    due_at = _touch_due(touch, place, hours)
    if due_at is None:
        return None
    return NextStep(text, due_at, by_person=True, accountable=track.accountable, owner_id=_owner(track, place))


def _touch_text(touch: HumanTouch, place: OnTrack) -> str | None:
    """No call where calling is not allowed: the other way, if there is one and writing is allowed."""
    if not touch.needs_phone or place.phone_allowed:
        return touch.text
    return touch.without_phone if place.mail_allowed else None


def _touch_due(touch: HumanTouch, place: OnTrack, hours: Hours) -> datetime | None:
    if touch.at_recycle_until:
        return place.recycle_until and next_opening(place.recycle_until, hours)
    business_days = (touch.first_business_days or 0) + place.touches_done * (touch.every_business_days or 0)
    days = (touch.first_days or 0) + place.touches_done * (touch.every_days or 0)
    start = place.entered_at + timedelta(days=days)
    if business_days:
        return add_business(start, business_days * MINUTES_PER_BUSINESS_DAY, hours)
    return next_opening(start, hours)


def _programme_step(track: Track, place: OnTrack, hours: Hours, now: datetime) -> NextStep | None:
    if not track.cadence_days or not place.mail_allowed:
        return None  # what a programme sends is mail
    due_at = _first_after(place.entered_at, track.cadence_days, hours, now)
    return NextStep(track.step, due_at, accountable=track.accountable, owner_id=_owner(track, place))


def _first_after(entered_at: datetime, cadence_days: int, hours: Hours, now: datetime) -> datetime:
    """The first step of the programme that is not past: steps fall on the opening of a working day."""
    entered_on = entered_at.astimezone(hours.zone).date()
    number = max(1, (now - entered_at) // timedelta(days=cadence_days))
    while True:
        day = entered_on + timedelta(days=number * cadence_days)
        due_at = next_opening(datetime.combine(day, time(), tzinfo=hours.zone), hours)
        if due_at >= now:
            return due_at
        number += 1


def _owner(track: Track, place: OnTrack) -> int | None:
    return place.account_owner_id if track.accountable == ACCOUNT_OWNER else None
