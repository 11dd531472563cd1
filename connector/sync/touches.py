"""The human touches of a track as real tasks with clocks: who does what until when, and who hears when it is late.

The task is written once it is soon due and stays the same on every run. That it was done is read from what colleagues
did with the person (calls, mails, meetings), not from the task. Before go-live nobody is asked for anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connector.clock import to_micros
from connector.decide.cycles import PersonState
from connector.decide.messages import TOUCH_DUE, TOUCH_LATE
from connector.decide.nurture import Track
from connector.decide.nurture_steps import Occasion, OnTrack, next_occasion, touch_owner
from connector.ports.messages import PlannedMessage
from connector.sync.outcome import Outcome
from connector.sync.telling import may_tell
from connector.sync.tracks import place_on

AHEAD = timedelta(days=3)
"""A task is written so long before it is due: a review in a quarter is nobody's task today."""


@dataclass(frozen=True)
class Touch:
    """What is asked of a colleague now: tasks as they are kept with the person, messages, and when to look again."""

    tasks: list[dict[str, Any]] | None = None
    messages: tuple[PlannedMessage, ...] = ()
    looks: tuple[datetime, ...] = ()


NOTHING = Touch()


def touch_of(outcome: Outcome, state: PersonState, track: Track | None) -> Touch:
    """The next human touch of the person's track."""
    row, live_since = outcome.facts.row, outcome.run.live_since
    if track is None or live_since is None or row["processing_restricted"] or row["provisional"]:
        return NOTHING
    place, hours, now = place_on(outcome, state, track), outcome.around.hours, outcome.run.now
    occasion = next_occasion(track, place, hours)
    if occasion is None:
        return NOTHING
    clock = outcome.run.playbook.touch_clock
    moments = (occasion.due_at - AHEAD, occasion.due_at, clock.escalate_at(occasion.due_at, hours))
    looks = tuple(at for at in moments if at > now)
    # Who was on the track long before go-live is worked off as a list, not as a flood of tasks.
    if now < moments[0] or occasion.due_at < live_since:
        return Touch(looks=looks)
    owner_id = _owner(outcome, track, place, occasion)
    key = f"{outcome.facts.person_id}:touch:{track.name}:{to_micros(place.entered_at)}:{_name(occasion)}"
    tasks = None if owner_id is None else [_task(outcome, occasion, key, owner_id)]
    events = [event for event, at in ((TOUCH_DUE, moments[1]), (TOUCH_LATE, moments[2])) if at <= now]
    told = tuple(_messages(outcome, events, key, owner_id, occasion)) if may_tell(outcome.run) else ()
    return Touch(tasks, told, looks)


def _owner(outcome: Outcome, track: Track, place: OnTrack, occasion: Occasion) -> int | None:
    """Whose touch it is: the former or the account's owner where the track says so, else who answers in marketing."""
    desk = outcome.desk
    return touch_owner(track, place, occasion) or desk.named(desk.playbook.routing.marketing_owner_of(track.name))


def _name(occasion: Occasion) -> str:
    kind = "contract" if occasion.touch.before_contract_end_days is not None else "touch"
    return f"{kind}{occasion.number}"


def _task(outcome: Outcome, occasion: Occasion, key: str, owner_id: int) -> dict[str, Any]:
    row = outcome.facts.row
    who = " ".join(part for part in (row["first_name"], row["last_name"]) if part)
    text = occasion.text[:1].upper() + occasion.text[1:]
    return {
        "key": key,
        "owner_id": owner_id,
        "due_at": occasion.due_at.isoformat(),
        "subject": f"{text}: {who}".strip(": ")[:255],
        "description": f"{text}. Reasons: {row['published_why'] or 'none yet'}.",
    }


def _messages(
    outcome: Outcome, events: list[str], key: str, owner_id: int | None, occasion: Occasion
) -> Iterator[PlannedMessage]:  # fmt: skip
    facts = {"what": occasion.text, "due_at": occasion.due_at.isoformat()}
    for event in events:
        for recipient, channel in outcome.run.addressing.of(event):
            yield PlannedMessage(event, recipient, channel, key.replace(":", "."), None, owner_id, facts)
