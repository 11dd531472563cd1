"""Whether the demo holds: Leadloop's own promises with evidence, and its counts against the simulators' own state.

The evidence comes from the simulators wherever they can tell; the store is asked only for what it alone knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from adapters.simulator.world import expected
from connector.app import App
from connector.errors import LeadloopError
from connector.report.funnel import Funnel
from connector.report.promises import Evidence, PromiseCheck, broken, check_promises
from connector.sync.roster import LEFT_BEHIND, WITHOUT_USER
from jobs.demo_company import CANARIES, COMPANY
from jobs.demo_loop import Played
from jobs.demo_reading import HandOff, hand_offs, journal_counts, stored_text_holds, tasks_confirmed
from jobs.demo_systems import Systems
from jobs.demo_wire import lost_edits, read_wire

QUIET_SYNCS = 2
EXPLAINED_MAX = 25
PERSONAL = "@"
DEPARTED = (WITHOUT_USER, LEFT_BEHIND)
"""What is found when somebody leaves the company, as one does in the week."""


@dataclass(frozen=True)
class Comparison:
    """One number (or table of numbers) as the systems' dumps have it, and as our store has it."""

    name: str
    in_the_systems: Any
    in_our_store: Any

    @property
    def holds(self) -> bool:
        """Whether both are the same."""
        return bool(self.in_the_systems == self.in_our_store)

    def as_json(self) -> dict[str, Any]:
        """As it stands in the demo's document."""
        return asdict(self) | {"holds": self.holds}


@dataclass(frozen=True)
class Verdict:
    """Everything that was checked. ``mistakes``: 500s of the simulators, which are no fault of the product's."""

    promises: tuple[PromiseCheck, ...]
    comparisons: tuple[Comparison, ...]
    requests: Mapping[str, int]
    digests: Mapping[str, str]
    findings: tuple[str, ...]
    mistakes: int

    @property
    def failures(self) -> list[str]:
        """Why the demo fails, one sentence each; empty when it holds."""
        sentences = [f"promise {check.number} is broken: {check.sentence} ({check.how})" for check in self.broken]
        sentences += [f"{one.name}: our store differs from the systems" for one in self.comparisons if not one.holds]
        sentences += [f"finding: {finding}" for finding in self.findings]
        if self.mistakes:
            sentences.append(f"a simulator made {self.mistakes} mistakes of its own")
        return sentences

    @property
    def broken(self) -> tuple[PromiseCheck, ...]:
        """Promises that were checked and did not hold."""
        return broken(self.promises)


def judge(app: App, systems: Systems, played: Played, lines: list[str], folder: Path) -> Verdict:
    """Check everything. ``lines``: whatever was logged or told; ``folder``: the company's folder with its store."""
    dumps = systems.dumps()
    counted = expected(dumps["salesforce"], dumps["hubspot"])
    report = app.funnel(COMPANY)
    company = app.state(COMPANY).company_id
    given = hand_offs(app.database, company)
    return Verdict(
        promises=check_promises(_evidence(app, systems, played, counted, shown=_shown(lines, folder))),
        comparisons=_comparisons(counted, report, given, tasks_confirmed(app.database, company)),
        requests=read_wire(systems).requests,
        digests=systems.digests(),
        findings=tuple(
            f"{each.name}: {each.remedy}"
            for each in app.stores.findings.open_findings(company)
            # A note is nothing to be put right; that a colleague is switched off belongs to the story.
            if each.severity != "note" and each.name not in DEPARTED
        ),
        mistakes=systems.mistakes,
    )


def _evidence(app: App, systems: Systems, played: Played, counted: Mapping[str, Any], *, shown: int) -> Evidence:
    company = app.state(COMPANY).company_id
    wire = read_wire(systems)
    assert played.before_approval is not None
    return Evidence(
        violations={found.name: found.count for found in app.violations(COMPANY)[COMPANY]},
        created_twice=len(counted["duplicate_tasks"]) + len(counted["duplicate_leadloop_ids"]),
        blind_resends=wire.resent,
        edits_lost=lost_edits(systems, app.reporting.open_conflicts(company)),
        quiet_writes=tuple(sum(sync.wire.written().values()) for sync in played.syncs[-QUIET_SYNCS:]),
        unapproved_writes=len(played.before_approval.writes),
        deletes=wire.deletes,
        leaks_new=app.leaks(COMPANY).new,
        unexplained=_unexplained(app, company),
        secrets_shown=shown,
        journal=journal_counts(app.database, company),
        served=wire.written(),
    )


def _unexplained(app: App, company: int) -> int:
    """Hand-offs whose explanation, asked anew, differs from what is stored or cannot be given."""
    people = [given.person for given in hand_offs(app.database, company)][:EXPLAINED_MAX]
    return sum(not _agrees(app, person) for person in people)


def _agrees(app: App, person: str) -> bool:
    try:
        told = app.explain(COMPANY, person)
    except LeadloopError:
        return False
    return told.points is not None and told.points.agrees and bool(told.timeline)


def _shown(lines: list[str], folder: Path) -> int:
    """Secrets or addresses in anything that was told, and files of the company that hold a secret."""
    told = sum(1 for line in lines if PERSONAL in line or any(canary in line for canary in CANARIES))
    return told + stored_text_holds(folder, CANARIES)


def _comparisons(
    counted: Mapping[str, Any], report: Funnel, given: list[HandOff], tasks: int
) -> tuple[Comparison, ...]:
    recycled = sum(counted["recycled"].values())
    return (
        Comparison("people by stage", _filled(counted["funnel"]), _filled(report.stages)),
        Comparison("open leads by grade", _filled(counted["grades"]), _filled(report.grades)),
        Comparison("people handed off", counted["handed_off"], len({each.person for each in given})),
        Comparison("hand-off notes", counted["tasks_created"], tasks),
        Comparison("people recycled", recycled, report.dispositions.get("recycled", 0)),
        Comparison("people whose records disagree", len(counted["stage_disagreements"]), 0),
    )


def _filled(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}
