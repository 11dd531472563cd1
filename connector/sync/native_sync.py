"""The step that looks for the CRMs' own integration: a finding, its copied activities, and where fields are written.

Decides nothing itself; ``connector.decide.native_sync`` says what follows from what was seen.
"""

from __future__ import annotations

from connector.decide.native_sync import Sides, sides_in_force
from connector.ports.findings import Finding
from connector.sync.resolve import Resolved
from connector.sync.run import Run
from connector.sync.stores import Stores

FINDING = "native_sync"


def notice_native_sync(run: Run, stores: Stores, resolved: Resolved) -> None:
    """Say that the integration runs, and let what it copied count once. Nothing is asked of a CRM."""
    rules = run.playbook.native_sync
    is_seen = _is_seen(run, stores)
    if resolved.people or not is_seen:
        _tell(run, stores, is_seen=is_seen)
    if rules.runs(is_seen):
        stores.native_sync.mark_copies(run.company_id, rules.copies)


def sides(run: Run, stores: Stores) -> Sides:
    """In which system each shared field is written by this run."""
    return sides_in_force(run.playbook.native_sync, _is_seen(run, stores))


def _is_seen(run: Run, stores: Stores) -> bool:
    mode = run.playbook.native_sync.mode
    return mode == "auto" and stores.native_sync.is_seen(run.company_id, sorted(run.adapters))


def _tell(run: Run, stores: Stores, *, is_seen: bool) -> None:
    if not is_seen:
        stores.findings.settle(run.company_id, FINDING, run.now)
        return
    count = stores.native_sync.carriers(run.company_id, sorted(run.adapters))
    systems = " and ".join(sorted(run.adapters))
    remedy = (
        f"{systems} also sync by an integration of their own: each shared field is now written in one of them only "
        "([one_side] in identity.toml) and copied activities count once; "
        'if that integration is gone, write native_sync = "off" in identity.toml'
    )
    run.note(f"{run.company}: {count} records carry the ids of another integration between {systems}")
    stores.findings.report(run.company_id, Finding(FINDING, "note", FINDING, remedy, count), run.now)
