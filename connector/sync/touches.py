"""The human touches of a track as real tasks with clocks: who does what until when, and who hears when it is late.

The task is written once it is soon due and stays the same on every run. Whether it was done is read from what
colleagues did with the person (calls, mails, meetings) and from the task being ticked off; the clock of each is kept.
Before go-live nobody is asked for anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from connector.clock import to_micros
from connector.decide.cycles import PersonState
from connector.decide.human_touches import Occasion, OnTrack, TouchState, end, judge, occasions, touch_owner
from connector.decide.messages import TOUCH_DUE, TOUCH_ESCALATED, TOUCH_LATE
from connector.decide.nurture import Track, TrackMove
from connector.ports.decisions import Row
from connector.ports.messages import PlannedMessage
from connector.sync.note import to_ask
from connector.sync.outcome import Outcome
from connector.sync.telling import may_tell
from connector.sync.tracks import place_on, touch_suffix

AHEAD = timedelta(days=3)
"""A task is written so long before it is due: a review in a quarter is nobody's task today."""
RULE = "human touch"
LEAD = "lead"
"""The last part of the key of what the leader of marketing is asked for."""


class Touch(Struct, frozen=True):
    """What is asked of a colleague now: tasks as they are kept with the person, clocks that changed, messages, and when
    to look again.
    """

    tasks: list[dict[str, Any]] | None = None
    rows: tuple[Row, ...] = ()
    messages: tuple[PlannedMessage, ...] = ()
    looks: tuple[datetime, ...] = ()


NOTHING = Touch()


def touch_of(outcome: Outcome, state: PersonState, moved: TrackMove) -> Touch:
    """The clocks of the person's touches; what is asked of whom is that of the nearest one that is not done."""
    row = outcome.facts.row
    if outcome.run.live_since is None or row["provisional"]:
        return NOTHING
    clocks = list(_clocks(outcome, state, None if row["processing_restricted"] else moved.track))
    asked = [clock for clock in clocks if clock.is_asked]
    current = min(asked, key=lambda clock: clock.state.due_at, default=None)
    looks = tuple(sorted({at for clock in clocks for at in clock.looks()}))
    rows = (*(clock.row() for clock in clocks if clock.is_kept), *_ended(outcome, clocks, moved.exit))
    rows = tuple(each for each in rows if _differs(each, outcome.facts.touch_rows))
    if current is None:
        return Touch(rows=rows, looks=looks)
    tasks = None if current.owner_id is None else [current.task()]
    return Touch(tasks, rows, tuple(current.messages()) if may_tell(outcome.run) else (), looks)


class Clock(Struct, frozen=True):
    """One occasion with its clock. ``known``: the stored row; ``first_owner_id``: who was asked before the leader."""

    outcome: Outcome
    occasion: Occasion
    key: str
    track: Track
    state: TouchState
    owner_id: int | None
    first_owner_id: int | None
    given_at: datetime | None
    known: Row | None

    @property
    def _hours(self) -> Any:
        return _hours(self.outcome, self.first_owner_id)

    @property
    def is_live(self) -> bool:
        """Who was on the track long before go-live is worked off as a list, not as a flood of tasks."""
        live_since = self.outcome.run.live_since
        return live_since is not None and self.state.due_at >= live_since

    @property
    def is_asked(self) -> bool:
        """Whether a colleague is asked for it now."""
        due = self.outcome.run.now >= self.state.due_at - AHEAD
        return self.occasion.done is None and due and self.is_live

    @property
    def is_kept(self) -> bool:
        """Whether its clock is kept in the store."""
        return self.known is not None or self.is_asked or (self.occasion.done is not None and self.is_live)

    def looks(self) -> Iterator[datetime]:
        """When time alone changes something."""
        if self.occasion.done is not None:
            return
        state, promise = self.state, self.outcome.run.playbook.touch_clock
        told = (promise.escalate_at(state.due_at, self._hours), promise.reassign_at(state.due_at, self._hours))
        for at in (state.due_at - AHEAD, state.due_at, state.late_at + timedelta(microseconds=1), *told):
            if at is not None and at > self.outcome.run.now:
                yield at

    def row(self) -> dict[str, Any]:
        """The clock as it is stored."""
        escalate_at = self.outcome.run.playbook.touch_clock.escalate_at(self.state.due_at, self._hours)
        late = self.occasion.done is None and escalate_at <= self.outcome.run.now and self.is_live
        known: Mapping[str, Any] = self.known or {}
        done = self.occasion.done
        return {
            "key": self.key,
            "track": self.track.name,
            "what": self.occasion.text if self.known is None or done is None else known["what"],
            "number": self.occasion.number,
            "times": self.occasion.touch.times,
            "owner_id": self.owner_id,
            "asked_at": known.get("asked_at") or self.outcome.run.now,
            "touched_by": None if done is None else done.user_id,
            "escalated_at": known.get("escalated_at") or (escalate_at if late else None),
            "given_at": self.given_at,
            **asdict(self.state),
        }

    def task(self) -> dict[str, Any]:
        """The task that asks for it."""
        row = self.outcome.facts.row
        who = " ".join(part for part in (row["first_name"], row["last_name"]) if part)
        text = self.occasion.text[:1].upper() + self.occasion.text[1:]
        times = self.occasion.touch.times
        number = f" {self.occasion.number + 1} of {times}" if times > 1 else ""
        return {
            "key": self.key if self.given_at is None else f"{self.key}:{LEAD}",
            "owner_id": self.owner_id,
            "due_at": self.state.due_at.astimezone(_hours(self.outcome, self.owner_id).zone).isoformat(),
            "subject": f"{text}: {who}".strip(": ")[:255],
            "description": "\n".join(self._lines(text, str(row["published_why"] or "none yet"))),
            "rule": RULE,
            "reason": f"track {self.track.name}: {self.occasion.text}{number}",
        }

    def _lines(self, text: str, why: str) -> Iterator[str]:
        yield f"{text}. Reasons: {why}."
        questions = to_ask(self.outcome, self.outcome.facts.row)
        if questions:
            yield from ("Ask next:", *(f"  {question}" for question in questions))

    def messages(self) -> Iterator[PlannedMessage]:
        """Who is to hear of it by now; a message that exists by its identity is not made again."""
        now, identity = self.outcome.run.now, self.key.replace(":", ".")
        escalate_at = self.outcome.run.playbook.touch_clock.escalate_at(self.state.due_at, self._hours)
        events = ((TOUCH_DUE, self.state.due_at), (TOUCH_LATE, self.state.late_at), (TOUCH_ESCALATED, escalate_at))
        for event, at in events:
            if at <= now:
                yield from self._told(event, identity, self.first_owner_id)
        if self.given_at is not None:
            yield from self._told(TOUCH_DUE, f"{identity}.{LEAD}", self.owner_id)

    def _told(self, event: str, identity: str, user_id: int | None) -> Iterator[PlannedMessage]:
        facts = {"what": self.occasion.text, "due_at": self.state.due_at.isoformat(), "touch": self.key}
        for recipient, channel in self.outcome.run.addressing.of(event):
            yield PlannedMessage(event, recipient, channel, identity, None, user_id, facts)


def _clocks(outcome: Outcome, state: PersonState, track: Track | None) -> Iterator[Clock]:
    if track is None:
        return
    place = place_on(outcome, state, track)
    stay = f"touch:{track.name}:{to_micros(place.entered_at)}"
    known = {touch_suffix(row["key"]): row for row in outcome.facts.touch_rows}
    for occasion in occasions(track, place, outcome.around.hours):
        suffix = f"{stay}:{occasion.name}"
        key = f"{outcome.facts.person_id}:{suffix}"
        yield _clock(outcome, track, place, occasion, (key, known.get(suffix)))


def _clock(outcome: Outcome, track: Track, place: OnTrack, occasion: Occasion, stored: tuple[str, Row | None]) -> Clock:
    key, known = stored
    first = _owner(outcome, track, place, occasion, known)
    due_at, late_at = _times(outcome, occasion, first, known)
    before = TouchState(due_at, late_at) if known is None else _state(known, due_at, late_at)
    visible = outcome.run.playbook.silence.emails_visible
    judged = judge(before, occasion.done, outcome.run.now, emails_visible=visible)
    owner, given_at = _given(outcome, occasion, first, due_at, known)
    return Clock(outcome, occasion, known["key"] if known else key, track, judged, owner, first, given_at, known)


def _times(
    outcome: Outcome, occasion: Occasion, owner_id: int | None, known: Row | None
) -> tuple[datetime, datetime]:  # fmt: skip
    """When it is due and late. What is decided stays where it was; before that it follows the track's dates."""
    if known is not None and (not _state(known, known["due_at"], known["late_at"]).is_open or occasion.done):
        return known["due_at"], known["late_at"]
    if known is not None and known["due_at"] == occasion.due_at:
        return known["due_at"], known["late_at"]
    late_at = outcome.run.playbook.touch_clock.late_at(occasion.due_at, _hours(outcome, owner_id))
    return occasion.due_at, late_at


def _owner(outcome: Outcome, track: Track, place: OnTrack, occasion: Occasion, known: Row | None) -> int | None:
    """Whose touch it is: the former or the account's owner where the track says so, the team that the track names, else
    who answers in marketing. It stays with whom it was given to, and with whom the track's last touch was given to.
    """
    desk = outcome.desk
    if known is not None and (occasion.done is not None or known["given_at"] is not None):
        return known["owner_id"]  # type: ignore[no-any-return]
    if occasion.done is not None:
        return occasion.done.user_id
    named = touch_owner(track, place, occasion)
    if named is not None:
        return named
    marketing = desk.named(desk.playbook.routing.marketing_owner_of(track.name))
    pool = occasion.touch.pool
    if not pool or not desk.can_route:
        return marketing
    before = [row for row in outcome.facts.touch_rows if row["track"] == track.name and row["given_at"] is None]
    kept = known or max(before, key=lambda row: (row["due_at"], row["key"]), default=None)
    if kept is not None and kept["owner_id"] is not None and desk.can_touch(kept["owner_id"]):
        return kept["owner_id"]  # type: ignore[no-any-return]
    live_since = outcome.run.live_since
    if outcome.run.now < occasion.due_at - AHEAD or live_since is None or occasion.due_at < live_since:
        return marketing  # nobody is asked, so nobody's turn is taken
    return desk.draw(pool, outcome.facts, outcome.around) or marketing


def _given(
    outcome: Outcome, occasion: Occasion, owner_id: int | None, due_at: datetime, known: Row | None
) -> tuple[int | None, datetime | None]:
    """Who has to see to it now: the leader of marketing, when nobody did for too long."""
    if known is not None and known["given_at"] is not None:
        return known["owner_id"], known["given_at"]
    desk, run = outcome.desk, outcome.run
    lead = desk.named(desk.playbook.routing.marketing_lead)
    at = run.playbook.touch_clock.reassign_at(due_at, _hours(outcome, owner_id))
    late = occasion.done is None and at is not None and at <= run.now
    if not late or lead in (None, owner_id) or run.live_since is None or due_at < run.live_since:
        return owner_id, None
    return lead, run.now


def _ended(outcome: Outcome, clocks: list[Clock], why: str) -> Iterator[dict[str, Any]]:
    """Touches of a track that is over, or that nobody may make any more, stop counting."""
    current = {clock.key for clock in clocks}
    visible = outcome.run.playbook.silence.emails_visible
    for row in outcome.facts.touch_rows:
        before = _state(row, row["due_at"], row["late_at"])
        if row["key"] not in current and before.is_open:
            yield {**_plain(row), **asdict(end(before, why, outcome.run.now, emails_visible=visible))}


def _state(row: Row, due_at: datetime, late_at: datetime) -> TouchState:
    told = (row[name] for name in ("state", "touched_at", "broken_at", "decided_by"))
    return TouchState(due_at, late_at, *told)


def _plain(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("company", "person_id")}


def _differs(row: Mapping[str, Any], stored: tuple[Row, ...]) -> bool:
    before = next((each for each in stored if each["key"] == row["key"]), None)
    return before is None or any(before[name] != value for name, value in row.items())


def _hours(outcome: Outcome, owner_id: int | None) -> Any:
    return outcome.around.hours if owner_id is None else outcome.desk.hours(owner_id, outcome.run.zone)
