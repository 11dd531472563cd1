"""What bounds a plan: the level of each system, the run's moment, and how long a refused value rests. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from connector.model import Level, Wire
from connector.ports.documents import to_text
from connector.ports.outbox import Change, Refusal

ANY_FIELD = "*"
REFUSAL_FIRST_WAIT = timedelta(hours=1)
REFUSAL_WAIT_MAX = timedelta(hours=24)


class Limits(Struct, frozen=True):
    """What bounds a plan: the level per system (missing: observe), and the run's moment."""

    levels: Mapping[str, Level]
    now: datetime

    def allows(self, system: str, needed: Level) -> bool:
        """Whether a write that needs ``needed`` may be sent to the system."""
        return self.levels.get(system, Level.OBSERVE).allows(needed)

    def rests(self, refusals: Mapping[str, Refusal], name: str) -> bool:
        """Whether the CRM has refused this field (or the whole record) too lately to try again."""
        return any(
            refusal is not None and refusal.state == "open" and self.now < refusal.last_at + wait_after_refusal(refusal)
            for refusal in (refusals.get(name), refusals.get(ANY_FIELD))
        )


def is_ignored(refusals: Mapping[str, Refusal], name: str, changes: Mapping[str, Change]) -> bool:
    """Whether a person lets this refusal be: of the very values that are to be written, and of no others."""
    refusal = refusals.get(name)
    if refusal is None or refusal.state != "ignored":
        return False
    return refusal.wanted in (None, digest_of(changes, name))  # of an older refusal it is not known what it was about


def digest_of(changes: Mapping[str, Change], name: str) -> str:
    """What a refusal of a field (or of the record) is about, without telling the values."""
    about = {name: changes[name]} if name in changes else changes
    return digest_of_values({field: change.after for field, change in about.items()})


def digest_of_values(values: Mapping[str, Wire]) -> str:
    """Whether values are still the same, without keeping them."""
    text = to_text(dict(sorted(values.items())))
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=12).hexdigest()


def wait_after_refusal(refusal: Refusal) -> timedelta:
    """How long a refused value rests before it is tried again: doubling from an hour to a day."""
    return min(REFUSAL_FIRST_WAIT * (1 << min(max(refusal.attempts, 1) - 1, 10)), REFUSAL_WAIT_MAX)
