"""Which nurture track a person is on, and what ends it (PLAYBOOK 7).

One track per person: the first by priority whose entry holds, or the one they are on while its exit waits. What comes
next on a track is ``nurture_steps``. Sends nothing: the CRMs' programmes do.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from connector.decide.cycles import WITH_SALES
from connector.model import Disposition, Motion, Stage

MARKETING = "marketing"
ACCOUNT_OWNER = "account_owner"
PARTNER_MANAGER = "partner_manager"
NOBODY = "nobody"
EMAIL, PHONE = "email", "phone"
CHANNELS = (EMAIL, PHONE, "social", "event", "post")
"""How a tactic reaches somebody. Mail and calls need the person's permission; what a person calls ``meeting`` or
``chat`` is no tactic's channel."""


class TrackFacts(Struct, frozen=True):
    """What tracks ask about. ``channel_allowed``: any channel may be used; ``recycle_track``: named by the reason.

    ``conditions``: the tracks whose own condition holds (``when`` of their entry).
    """

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
    conditions: frozenset[str] = frozenset()


class Entry(Struct, frozen=True):
    """When a track takes somebody: every part that is given must hold.

    ``recycled``: for people whose recycle reason names this track. ``channel_allowed``: exactly so.
    ``conditional``: a condition of the playbook's language must hold too; ``TrackFacts.conditions`` says where it does.
    """

    stages: frozenset[Stage] = frozenset()
    grades: frozenset[str] = frozenset()
    motions: frozenset[Motion] = frozenset()
    recycled: bool = False
    channel_allowed: bool | None = None
    former_customer: bool | None = None
    conditional: bool = False


class Tactic(Struct, frozen=True):
    """One thing that a programme sends or does. ``asset``: its name in the CRM that sends it.

    Used from ``min_days`` on the track, and before ``max_days`` where that is given.
    """

    text: str
    channel: str = EMAIL
    asset: str = ""
    min_days: int = 0
    max_days: int | None = None


class HumanTouch(Struct, frozen=True):
    """A real task for a person: the first in ``first_business_days`` or after ``first_days``, then every so often.

    ``before_contract_end_days``: so long before the contract ends, where that is known. ``needs_phone``: only where
    calling is allowed; ``without_phone``: what to do elsewhere, where writing is. ``done_by``: the signals that count
    as done; empty: whatever a colleague does with the person. ``pool``: the team that makes it, instead of marketing.
    """

    text: str
    times: int = 1
    first_business_days: int | None = None
    first_days: int | None = None
    every_business_days: int | None = None
    every_days: int | None = None
    at_recycle_until: bool = False
    before_contract_end_days: int | None = None
    needs_phone: bool = False
    without_phone: str | None = None
    done_by: frozenset[str] = frozenset()
    pool: str = ""


class Exit(Struct, frozen=True):
    """When a track does not end at once: it stays ``days`` long while the grade is one of ``grades``."""

    grades: frozenset[str] = frozenset()
    days: int = 0


AT_ONCE = Exit()


class Track(Struct, frozen=True):
    """One programme. ``tactics``: what is sent, in turn, every ``cadence_days``; ``None``: no steps.

    ``step``: what is said where nothing is sent. ``accountable``: who answers.
    """

    name: str
    priority: int
    entry: Entry
    accountable: str = MARKETING
    step: str = ""
    cadence_days: int | None = None
    human_touch: HumanTouch | None = None
    tactics: tuple[Tactic, ...] = ()
    contract_touch: HumanTouch | None = None
    exit: Exit = AT_ONCE

    @property
    def touches(self) -> tuple[HumanTouch, ...]:
        """The human touches of the track."""
        return tuple(touch for touch in (self.human_touch, self.contract_touch) if touch is not None)


class TrackMove(Struct, frozen=True):
    """Where a person is now. ``exit``: why the track before has ended; empty when it has not.

    ``leaves_since``: since when the track they are on would let them go but waits.
    """

    track: Track | None
    exit: str = ""
    leaves_since: datetime | None = None


def track_for(facts: TrackFacts, tracks: Iterable[Track]) -> Track | None:
    """The person's track; ``None`` for people that sales holds, at stage ``name``, or disqualified."""
    if facts.excluded or facts.disposition in WITH_SALES:
        return None
    closed = facts.disposition in (Disposition.DISQUALIFIED, Disposition.MERGED)
    for track in sorted(tracks, key=lambda track: (track.priority, track.name)):
        if closed and facts.recycle_track == track.name:
            return track  # asked not to be contacted: held visibly, as its reason says
        if closed and track.entry.channel_allowed is not False:
            continue
        if _enters(facts, track):
            return track
    return None


def move(
    facts: TrackFacts, tracks: Iterable[Track], on: str | None, leaves_since: datetime | None, now: datetime
) -> TrackMove:
    """The track from now on. ``on``: the one the person is on; ``leaves_since``: as the last decision left it."""
    known = {track.name: track for track in tracks}
    found = track_for(facts, known.values())
    current = known.get(on or "")
    if on is None or (found is not None and found.name == on):
        return TrackMove(found)
    if current is not None and found is not None and _waits(facts, current, found):
        since = leaves_since or now
        if now - since < timedelta(days=current.exit.days):
            return TrackMove(current, leaves_since=since)
    return TrackMove(found, _exit_reason(facts, current, found))


def _waits(facts: TrackFacts, current: Track, found: Track) -> bool:
    """A lower grade does not end a track at once where its exit says so; everything else does."""
    lower = found.priority > current.priority and found.entry.grades
    return bool(lower) and facts.grade in current.exit.grades and facts.stage is Stage.QUALIFIED_LEAD


def _exit_reason(facts: TrackFacts, current: Track | None, found: Track | None) -> str:
    """What ended a track, by name: the first that is true, from the strongest to the weakest."""
    if facts.excluded:
        return "out_of_scope"
    if facts.disposition in WITH_SALES:
        return "returned_to_sales" if current is not None and current.entry.recycled else "handed_to_sales"
    if facts.disposition in (Disposition.DISQUALIFIED, Disposition.MERGED):
        return f"{facts.disposition.value}: {facts.reason}" if facts.reason else facts.disposition.value
    if not facts.channel_allowed:
        return "no_permission"
    if current is not None and current.entry.channel_allowed is False:
        return "permission_given"
    if facts.disposition is Disposition.RECYCLED and found is not None and facts.recycle_track == found.name:
        return f"recycled: {facts.reason}" if facts.reason else "recycled"
    if current is not None and current.entry.recycled:
        return "cool_down_over"
    return _changed(facts, current, found)


def _changed(facts: TrackFacts, current: Track | None, found: Track | None) -> str:
    """Which part of the entry holds no more."""
    entry = Entry() if current is None else current.entry
    if current is None:
        return "track_removed"
    if facts.former_customer and entry.former_customer is False:
        return "contract_ended"
    if entry.motions and facts.motion not in entry.motions:
        return f"motion_{facts.motion.value}"
    if entry.stages and facts.stage not in entry.stages:
        return f"stage_{facts.stage.value}"
    if entry.grades and facts.grade not in entry.grades:
        return f"grade_{facts.grade or 'none'}"
    if entry.conditional and current.name not in facts.conditions:
        return "condition_ended"
    return "higher_priority" if found is not None and found.priority < current.priority else "entry_ended"


def _enters(facts: TrackFacts, track: Track) -> bool:
    entry = track.entry
    recycled = facts.disposition is Disposition.RECYCLED
    if facts.channel_allowed is False and entry.channel_allowed is None:
        return False
    if entry.conditional and track.name not in facts.conditions:
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
