"""When two CRMs answer a question differently: which answer does not count, and since when (PLAYBOOK 9.1).

The newest answer of any side counts. That another CRM says otherwise is told once it has lasted a day, because an edit
takes its time to arrive on both sides; neither value is lost. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

LASTS = timedelta(hours=24)
"""What differs for so long differs for good."""
REASON = "the CRMs answer differently for more than a day"
"""Of a conflict about answers. Its field is a question; other conflicts name a field of a CRM."""


class Answer(Struct, frozen=True):
    """What one record says to one question. ``value`` is never blank."""

    field: str
    link_id: int
    system: str
    value: str
    at: datetime


class Contradiction(Struct, frozen=True):
    """``theirs``, of the record ``link_id`` in ``system``, differs from ``ours``, which counts, since ``since``."""

    field: str
    link_id: int
    system: str
    ours: str
    theirs: str
    since: datetime

    @property
    def told_at(self) -> datetime:
        """From when on a person should see it."""
        return self.since + LASTS


def contradictions(answers: Iterable[Answer]) -> list[Contradiction]:
    """Of each question one line for every CRM whose newest answer is another one, in the order of the questions."""
    newest: dict[str, dict[str, Answer]] = {}
    for answer in sorted(answers, key=lambda each: (each.at, -each.link_id)):
        newest.setdefault(answer.field, {})[answer.system] = answer
    found: list[Contradiction] = []
    for field, by_system in newest.items():
        counts = max(by_system.values(), key=lambda each: (each.at, -each.link_id))
        for system, other in sorted(by_system.items()):
            if other.value.casefold() != counts.value.casefold():
                since = max(counts.at, other.at)
                found.append(Contradiction(field, other.link_id, system, counts.value, other.value, since))
    return sorted(found, key=lambda each: (each.field, each.system))
