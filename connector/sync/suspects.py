"""Holding people who submit forms as no person does, until somebody has looked at them (PLAYBOOK 3, rule 11)."""

from __future__ import annotations

from datetime import timedelta

from connector.decide.suspects import suspects
from connector.ports.findings import Finding, FindingStore
from connector.ports.suspects import FIELD, SuspectStore
from connector.sync.run import Run

LOOKED_BACK = timedelta(days=30)
"""Older submissions start nothing any more."""


def hold_suspects(run: Run, store: SuspectStore, findings: FindingStore) -> None:
    """Look at what touched people submitted, hold whom it shows as a bot, and say how many wait."""
    limits = run.playbook.definitions.stages.suspicion
    many = limits.submissions_over + 1 if limits.submissions_over else 0
    found = store.submissions(run.company_id, run.now - LOOKED_BACK, many, limits.same_text_addresses)
    store.hold(run.company_id, suspects(found, limits))
    waiting = store.held(run.company_id)
    if waiting:
        remedy = f"look at them with leadloop explain; leadloop release {run.company} PERSON lets a person go"
        findings.report(run.company_id, Finding(FIELD, "warning", FIELD, remedy, waiting), run.now)
    else:
        findings.settle(run.company_id, FIELD, run.now)
