"""The roster against the CRMs' users: members are one person in all systems, and what does not fit is a finding."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from connector.decide.roster import Listed, present, split_members, strangers, without_user
from connector.playbook import Playbook
from connector.ports.findings import Finding, FindingStore
from connector.ports.roster import RosterStore
from connector.sync.run import Run

WITHOUT_USER, STRANGERS = "roster_without_user", "roster_strangers"
LEFT_BEHIND = "left_behind"
NAMED_MAX = 12


def listed_of(playbook: Playbook) -> list[Listed]:
    """The roster's names, ids and addresses."""
    return [Listed(member.name, member.ids, member.email, member.only_in) for member in playbook.team]


def match_roster(run: Run, store: RosterStore, findings: FindingStore) -> None:
    """Before deciding: make one user of a member's users, and report members nobody can work as."""
    team = listed_of(run.playbook)
    if not team:
        return
    seats = store.seats(run.company_id)
    store.unify(run.company_id, split_members(seats, team))
    absent = [f"{name} ({system})" for name, system in without_user(seats, team, run.levels)] if seats else []
    remedy = f"they have no active user or no id there; correct team.toml: {_some(absent)}"
    _tell(run, findings, Finding(WITHOUT_USER, "warning", WITHOUT_USER, remedy, len(absent)))
    _sweep(run, store, findings)


def _sweep(run: Run, store: RosterStore, findings: FindingStore) -> None:
    """Who left: what we gave them is given to somebody else by the decisions that follow, the rest is told."""
    here = present(store.seats(run.company_id), listed_of(run.playbook))
    if not here:
        return
    touched = store.touch_departed(run.company_id, here)
    if touched:
        run.note(f"{run.company}: {touched} people were with somebody who has left")
    left = store.left_behind(run.company_id, here)
    named = _some([f"{system} {owner_id} ({count})" for (system, owner_id), count in sorted(left.items())])
    remedy = f"we did not give these leads to their owners, who have left; give them to somebody: {named}"
    _tell(run, findings, Finding(LEFT_BEHIND, "warning", LEFT_BEHIND, remedy, sum(left.values())))


def report_strangers(run: Run, store: RosterStore, findings: FindingStore) -> None:
    """Active owners of open leads who are not in the roster: their work would not count. Reads every open lead."""
    team = listed_of(run.playbook)
    if not team:
        return
    found = strangers(store.seats(run.company_id), team, store.open_leads(run.company_id))
    named = _some([f"{system} {owner_id} ({count} open)" for (system, owner_id), count in found.items()])
    remedy = f"add them to team.toml (leadloop team {run.company} --write) or give their leads away: {named}"
    _tell(run, findings, Finding(STRANGERS, "warning", STRANGERS, remedy, len(found)))


def is_new_day(last_run_at: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    """Whether this is the first run of the company's day."""
    return last_run_at is None or last_run_at.astimezone(zone).date() != now.astimezone(zone).date()


def _tell(run: Run, findings: FindingStore, finding: Finding) -> None:
    if finding.count:
        findings.report(run.company_id, finding, run.now)
    else:
        findings.settle(run.company_id, finding.name, run.now)


def _some(items: Sequence[str]) -> str:
    told = ", ".join(items[:NAMED_MAX])
    return told if len(items) <= NAMED_MAX else f"{told} and {len(items) - NAMED_MAX} more"
