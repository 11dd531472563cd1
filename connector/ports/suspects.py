"""People held as suspected bots: the submissions to look at, and who is held until a person says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

FIELD = "suspected_bot"
"""The name under which such a hold is kept."""


@dataclass(frozen=True)
class Submitted:
    """One submission of a form by a person. ``form_key``: the same for one text from one domain, else empty."""

    person_id: int
    at: datetime
    form_key: str


@dataclass(frozen=True)
class Held:
    """A person to be held. ``at``: the submission that shows it."""

    person_id: int
    at: datetime
    why: str


class SuspectStore(Protocol):
    """Reads submissions and keeps holds."""

    def submissions(self, company: int, since: datetime, many: int, alike: int) -> list[Submitted]:
        """Of touched people with ``many`` submissions or more, and of texts of theirs that ``alike`` people or more
        sent; 0 looks for neither. One read."""

    def hold(self, company: int, people: Sequence[Held]) -> int:
        """Hold them, but nobody whom a person released since that submission; returns how many are held anew.

        One transaction, none when nobody is."""

    def release(self, company: int, person_id: int, by: str, at: datetime) -> bool:
        """A person says that it is one; ``False`` when they were not held. The person is decided again."""

    def held(self, company: int) -> int:
        """How many people wait to be looked at."""
