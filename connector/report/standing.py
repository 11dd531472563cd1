"""What a report stands on: which playbook, and whether both teams agreed to it. The header of every report.

How an agreement stands is decided in ``connector.playbook.agreement``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from connector.playbook import Playbook
from connector.playbook.agreement import SIGNED, agreed_digest, standing


@dataclass(frozen=True)
class Standing:
    """The playbook's digest and what is to be said of its agreement. ``state``: see ``playbook.agreement``."""

    digest: str
    state: str
    sentence: str

    @property
    def is_sound(self) -> bool:
        """Both teams signed what is in force, and need not look at it again yet."""
        return self.state == SIGNED

    @property
    def short_digest(self) -> str:
        """As much of the digest as people compare."""
        return self.digest[:12]

    def as_json(self) -> dict[str, str]:
        """As it stands in every report's document."""
        return {"digest": self.digest, "agreement": self.state, "sentence": self.sentence}


def standing_of(playbook: Playbook, today: date) -> Standing:
    """What is to be said of a playbook today."""
    found = standing(playbook.definitions.stages.agreement, agreed_digest(playbook.body), today)
    return Standing(playbook.digest, found.state, found.sentence)
