"""People held as suspected bots: the submissions to look at, and who is held until a person says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

FIELD = "suspected_bot"
"""The name under which such a hold is kept."""


class Submitted(Struct, frozen=True):
    """One submission of a form by a person. ``form_key``: the same for one text from one domain, else empty."""

    person_id: int
    at: datetime
    form_key: str


class Held(Struct, frozen=True):
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
