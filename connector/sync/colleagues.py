"""People who come back when somebody else of their employer comes in: asked of those alone who wait for it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from connector.model import Disposition
from connector.ports.decisions import DecisionStore, PersonFacts
from connector.sync.run import Run


def touch_waiting(run: Run, store: DecisionStore) -> None:
    """Whoever waits for a colleague is decided again when one of theirs is."""
    reasons = _reasons(run)
    if reasons:
        store.touch_waiting(run.company_id, reasons)


def with_colleagues(run: Run, store: DecisionStore, people: Sequence[PersonFacts]) -> list[PersonFacts]:
    """The same people; those who wait for a colleague with when one was last seen."""
    reasons = _reasons(run)
    waiting = {
        each.person_id: each.account.account_id
        for each in people
        if each.account is not None
        and each.cycle is not None
        and each.cycle["disposition"] == Disposition.RECYCLED.value
        and each.cycle["reason"] in reasons
    }
    if not waiting:
        return list(people)
    seen = store.colleagues(run.company_id, waiting, run.playbook.definitions.stages.interest)
    return [replace(each, colleague_at=seen.get(each.person_id)) for each in people]


def _reasons(run: Run) -> list[str]:
    return sorted(code for code, reason in run.playbook.rules.reasons.items() if reason.colleague_breaks)
