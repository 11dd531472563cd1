"""Marketing keeps a person: whether the record in the CRM may get marketing's owner (PLAYBOOK 8.1).

Who answers is recorded in our own fields. The owner in a CRM is written only where nobody else is: blank, a queue,
somebody inactive, the integration user, or somebody we gave the person to in this cycle.
"""

from __future__ import annotations

from typing import Any

from connector.decide.cycles import PersonState
from connector.model import Disposition
from connector.ports.decisions import LinkState
from connector.sync.outcome import Outcome

NOT_OURS = ("adopt", "marketing")


def marketing_owner_wish(outcome: Outcome, state: PersonState, owner_id: int | None) -> dict[str, dict[str, Any]]:
    """The wish to write who answers now as the owner, at the moment when it became them; else nothing."""
    cycle, facts = state.cycle, outcome.facts
    if owner_id is None or cycle is None or not cycle.is_open or cycle.with_sales or outcome.run.live_since is None:
        return {}
    graded = state.grade is not None or cycle.disposition is Disposition.RECYCLED
    given = _given_in_cycle(outcome)
    if not graded or facts.row["owner_id"] == owner_id or (cycle.reconstructed and not given):
        return {}
    member = outcome.desk.members.get(owner_id)
    if member is None or member.role not in outcome.run.playbook.marketing_roles:
        return {}
    links = [link for link in facts.links if link.is_primary]
    if not links or not all(_is_free(outcome, link, given) for link in links):
        return {}
    return {"owner": {"value": str(owner_id), "reason": "marketing keeps the person", "rule": "marketing"}}


def _given_in_cycle(outcome: Outcome) -> frozenset[int]:
    """Whom we gave the person to in this cycle."""
    facts = outcome.facts
    number = facts.cycle["cycle_id"] if facts.cycle else None
    given = {past.owner_id for past in facts.had_by if past.cycle_id == number}
    current = facts.assignment
    if current is not None and current["cycle_id"] == number and current["kind"] not in NOT_OURS:
        given.add(current["owner_id"])
    return frozenset(given)


def _is_free(outcome: Outcome, link: LinkState, given: frozenset[int]) -> bool:
    owner = link.mapped.get("owner")
    if owner in (None, ""):
        return True
    adapter = outcome.run.adapters.get(link.ref.system)
    if adapter is not None and adapter.is_ours(str(owner)):
        return True
    user = outcome.around.users.get(link.owner_id or 0)
    # An owner whom we do not know is somebody.
    return user is not None and (user.kind == "queue" or not user.active or user.user_id in given)
