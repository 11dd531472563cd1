"""Somebody who left holds nobody: what we gave them goes to somebody else, also what they were working.

Left is who is switched off in a CRM or no longer in the roster. What a person gave them, or has given on since, is not
ours to give: that is a finding (``connector.sync.roster``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.decide.cycles import HandOffWish
from connector.sync.clocks import OURS, REASSIGN
from connector.sync.outcome import Outcome
from connector.sync.surroundings import sales_link

OWNER_LEFT = "owner_left"
ONLY_TOLD = ("keep", "person_opportunity")
"""Rules by which a hand-off leaves the owner as a person set it."""


def departure(outcome: Outcome) -> HandOffWish | None:
    """The wish to give a hand-off of somebody who left to somebody else; ``None``: it stays."""
    assignment, cycle = outcome.facts.assignment, outcome.decision.state.cycle
    if assignment is None or cycle is None or not cycle.with_sales or outcome.decision.hand_off is not None:
        return None
    reasons: Mapping[str, Any] = assignment["reasons"] or {}
    ours = assignment["kind"] in OURS and reasons.get("rule") not in ONLY_TOLD
    owner_id = assignment["owner_id"]
    if not ours or outcome.desk.is_here(owner_id) or not outcome.desk.anybody_is_here or _given_on(outcome, owner_id):
        return None
    before = frozenset({owner_id, *reasons.get("before", ())})
    evidence_at = assignment["evidence_at"] or assignment["at"]
    promise = assignment["promise"] or reasons.get("kind") or "by_score"
    promise = promise if promise in outcome.run.playbook.promises else "by_score"
    return HandOffWish(REASSIGN, promise, evidence_at, cycle.motion, assignment["grade"], before, OWNER_LEFT)


def _given_on(outcome: Outcome, owner_id: int) -> bool:
    """Whether the record has another owner by now, who is there."""
    link = sales_link(outcome.facts, outcome.around)
    if link is None or link.owner_id in (None, owner_id):
        return False
    user = outcome.around.users.get(link.owner_id)
    return user is not None and user.active and user.kind == "user"
