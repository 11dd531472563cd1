"""What a report stands on: which playbook, and whether both teams agreed to it. The header of every report.

Decides the words; what was agreed is read elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from connector.playbook import Playbook

AGREED, UNSIGNED, CHANGED, OUTDATED = "agreed", "unsigned", "changed", "outdated"


@dataclass(frozen=True)
class Standing:
    """The playbook's digest and what is to be said of its agreement.

    ``state``: agreed, unsigned, changed (since it was agreed) or outdated (its review is overdue).
    """

    digest: str
    state: str
    sentence: str

    @property
    def short_digest(self) -> str:
        """As much of the digest as people compare."""
        return self.digest[:12]

    def as_json(self) -> dict[str, str]:
        """As it stands in every report's document."""
        return {"digest": self.digest, "agreement": self.state, "sentence": self.sentence}


def standing_of(playbook: Playbook, today: date) -> Standing:
    """What is to be said of a playbook today."""
    agreement = playbook.definitions.stages.agreement
    if not agreement.signed:
        return Standing(playbook.digest, UNSIGNED, "the definitions are not agreed yet (stages.toml: [agreement])")
    who = f"agreed on {agreement.agreed_on} by {agreement.marketing} (marketing) and {agreement.sales} (sales)"
    if agreement.review_by is not None and agreement.review_by < today:
        return Standing(playbook.digest, OUTDATED, f"{who}; its review was due {agreement.review_by}")
    return Standing(playbook.digest, AGREED, who)
