"""What a colleague is asked, as one task in one CRM: on the person's record there, for the colleague's user there.

Decides where it is written: in the first system that has a record of the person and knows the colleague. What was
written once is not written a second time in another system, when the person gets a record there later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.decide.diff import Desired
from connector.decide.plan import CreateWish
from connector.model import Level, Value
from connector.ports.associations import ASSOCIATION, tie_to
from connector.ports.decisions import UserFacts
from connector.ports.outbox import LinkView, PersonView
from connector.rules.mapping import Mapping as FieldsMapping
from connector.rules.mapping import ObjectMapping

HAND_OFF = {"rule": "hand-off", "reason": "hand-off note"}
"""Why a task is written, where what is asked does not say it itself."""


@dataclass(frozen=True)
class Places:
    """Where tasks may be written."""

    mapping: FieldsMapping
    users: Mapping[int, UserFacts]

    def task(self, person: PersonView, asked: Mapping[str, Any], coming: frozenset[str]) -> CreateWish | None:
        """The task that asks it. ``coming``: systems in which the person is about to get a record."""
        places = [each for each in self.mapping.of_kind("activity") if each.task is not None]
        if any(_target(place, asked) in person.taken for place in places):
            return None
        for place in sorted(places, key=lambda each: each.task_after is not None):
            if place.task_after not in coming:
                wish = self._task(place, person, asked)
                if wish is not None:
                    return wish
        return None

    def _task(self, place: ObjectMapping, person: PersonView, asked: Mapping[str, Any]) -> CreateWish | None:
        links = [link for link in person.links if link.system == place.system and link.object in place.people]
        owner = self.users.get(int(asked["owner_id"]))
        if not links or owner is None or place.system not in owner.owner_ids:
            return None
        values = self._values(place, links[0], asked, owner.owner_ids[place.system])
        why = {name: asked.get(name, word) for name, word in HAND_OFF.items()}
        return CreateWish(
            person_id=person.person_id,
            system=place.system,
            object=place.object,
            kind="task",
            target=_target(place, asked),
            fields={
                name: Desired(value, type_name, "leadloop", Level.ASSIGN, **why)
                for name, (value, type_name) in values.items()
            },
            parent_record_id=links[0].record_id,
        )

    def _values(
        self, place: ObjectMapping, link: LinkView, asked: Mapping[str, Any], owner_id: str
    ) -> dict[str, tuple[Value, str]]:  # fmt: skip
        """Field of theirs -> (value, type)."""
        due_at = datetime.fromisoformat(asked["due_at"])  # in the zone of whoever has to act
        parts: dict[str, tuple[Value, str]] = {
            "subject": (asked["subject"], "text"),
            "description": (asked["description"], "text"),
            "owner": (owner_id, "owner"),
            "due": (due_at.date(), "date"),
            "due_at": (due_at, "instant"),
            "person": (link.record_id, "text"),
        }
        named = place.task or {}
        fields = {name: (value, "text") for name, value in place.task_constants.items()}
        return fields | {
            tie_to(link.object) if field == ASSOCIATION else field: parts[part] for part, field in named.items()
        }


def _target(place: ObjectMapping, asked: Mapping[str, Any]) -> str:
    return f"{place.system}:{place.object}:note:{asked['key']}"
