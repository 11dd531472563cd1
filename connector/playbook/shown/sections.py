"""Every section of ``leadloop playbook show``, in the order in which the definitions are applied."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from msgspec import Struct

from connector.playbook.agreement import agreed_digest, review_day, standing
from connector.playbook.playbook import Playbook
from connector.playbook.shown import ladder, people, points
from connector.playbook.shown.item import Item


class Section(Struct, frozen=True):
    """A part of the definitions. ``intro``: how to read it."""

    name: str
    title: str
    intro: str
    items: tuple[Item, ...]

    def as_json(self) -> dict[str, Any]:
        """The section for scripts."""
        return {
            "name": self.name,
            "title": self.title,
            "intro": self.intro,
            "items": [{"id": item.id, "text": item.text, "lines": list(item.lines)} for item in self.items],
        }


def _agreement(playbook: Playbook, today: date) -> Iterator[Item]:
    agreement, digest = playbook.definitions.stages.agreement, agreed_digest(playbook.body)
    now = standing(agreement, digest, today)
    yield Item("state", now.sentence)
    if agreement.marketing or agreement.sales:
        yield Item("signers", f"marketing: {agreement.marketing or 'nobody'}; sales: {agreement.sales or 'nobody'}")
    due = review_day(agreement)
    if due is not None:
        yield Item("review", f"to be looked at together by {due}")
    if agreement.notes:
        yield Item("notes", agreement.notes)
    yield Item(
        "digest", f"these definitions: {digest}" + (f"; agreed on: {agreement.digest}" if agreement.digest else "")
    )


Maker = Callable[[Playbook], Iterator[Item]]
_MAKERS: Mapping[str, tuple[str, str, Maker]] = {
    "scope": ("Who takes part", "People outside are stored, and never scored, routed or written.", ladder.scope),
    "junk": ("Who is set aside", "The first that holds disqualifies, with its reason.", ladder.junk),
    "holds": (
        "Who waits",
        "Held until somebody has looked: no score, no hand-off, no move by behaviour.",
        ladder.holds,
    ),
    "stages": (
        "Stages",
        "A stage is entered by one of its paths and left only as said here, never because points decayed.",
        ladder.stages,
    ),
    "moves": ("How stages move", "", ladder.moves),
    "fit": ("Score: fit", "Who they are. It does not fade.", points.axis("fit")),
    "engagement": ("Score: engagement", "What they did. It fades with its age.", points.axis("engagement")),
    "readiness": ("Score: readiness", "What they answered.", points.axis("readiness")),
    "phases": ("Buying phase", "The first that holds, else awareness.", points.phases),
    "grades": ("Grades", "Only open qualified leads have one.", points.grades),
    "questions": ("Qualifying questions", "In the order in which they are asked.", people.questions),
    "tracks": ("Nurture tracks", "One for each person: the first whose entry holds.", people.tracks),
    "routing": ("Who gets a hand-off", "The first that finds somebody.", people.routing),
    "promises": ("Promises", "In business hours of the owner, from the confirmed assignment.", people.promises),
    "silence": ("When nobody answers", "", people.silence),
    "reasons": ("Reasons", "The closed list behind a rejection or a return to marketing.", people.reasons),
    "recycling": ("Coming back", "", people.recycling),
    "statuses": ("What a status shows", "Where sales fills in no response, the status stands for it.", people.statuses),
}
SECTIONS = ("agreement", *_MAKERS)
"""The names of all sections, in order."""


def sections(playbook: Playbook, today: date, wanted: tuple[str, ...] = ()) -> list[Section]:
    """The sections by name, or all of them."""
    found = [
        Section("agreement", "Agreement", "", tuple(_agreement(playbook, today))),
        *(Section(name, title, intro, tuple(make(playbook))) for name, (title, intro, make) in _MAKERS.items()),
    ]
    return [each for each in found if not wanted or each.name in wanted]
