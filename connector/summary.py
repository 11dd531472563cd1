"""What a run came to and what a plan holds, in the outside contract's form (DESIGN section 6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from connector.errors import LeadloopError
from connector.model import OutboxState
from connector.ports.outbox import OutboxEntry
from connector.report.leaks import LeakReport
from connector.sync.cycle import CycleResult
from connector.sync.run import Run

GRADES = ("A", "B", "C", "D")
LEFT_OVER = (OutboxState.REJECTED, OutboxState.DEAD)


class Summary(Struct, frozen=True):
    """One run, in counts only. ``problem``: why it stopped, if it did. ``messages``: sent to colleagues.
    ``unpublished``: scores that moved and were not written.
    """

    run_id: int
    company: str
    status: str
    pulled: Mapping[str, Mapping[str, int]]
    people: Mapping[str, int]
    stage_moves: int
    grades: Mapping[str, int]
    handed_off: int
    recycled: int
    plan_id: int | None
    planned: int
    pushed: Mapping[str, int]
    failed: int
    held: int
    conflicts: int
    leaks: int
    leaks_inherited: int
    api_calls: Mapping[str, int]
    unpublished: int = 0
    held_by: Mapping[str, int] = field(default_factory=dict)
    problem: LeadloopError | None = None
    messages: int = 0

    @property
    def exit_code(self) -> int:
        """0 done, 1 leftovers, 3 stopped."""
        return {"ok": 0, "partial": 1}.get(self.status, 3)

    def as_json(self) -> dict[str, Any]:
        """The document of ``leadloop sync COMPANY --json``."""
        names = (
            "run_id",
            "company",
            "status",
            "pulled",
            "people",
            "stage_moves",
            "grades",
            "handed_off",
            "recycled",
            "plan_id",
            "planned",
            "pushed",
            "failed",
            "held",
            "conflicts",
            "leaks",
            "leaks_inherited",
            "api_calls",
        )
        return {"schema": 1, **{name: getattr(self, name) for name in names}}


def summarize(
    run: Run,
    result: CycleResult,
    leaks: LeakReport,
    grades: Mapping[str, int],
    entries: Sequence[OutboxEntry],
    conflicts: int,
) -> Summary:
    """The summary of a run. ``entries``: the rows of its plan as they stand now."""
    pushed = {
        system: result.pushed.written.get(system, 0) + result.settled.written.get(system, 0) for system in run.adapters
    }
    held = _held(entries)
    failed = len({entry.row.target for entry in entries if entry.state in LEFT_OVER})
    problem = _problem(run, result)
    only_level = set(held) <= {"level"}
    status = "stopped" if problem else ("partial" if failed or conflicts or not only_level else "ok")
    return Summary(
        run_id=run.run_id,
        company=run.company,
        status=status,
        pulled=result.pulled,
        people={
            "new": result.resolved.new,
            "changed": len(result.decided.changed),
            "merged": result.resolved.merged,
        },
        stage_moves=result.decided.stage_moves,
        grades={grade: grades.get(grade, 0) for grade in GRADES},
        handed_off=result.decided.handed_off,
        recycled=result.decided.recycled,
        plan_id=result.plans[0].plan_id if result.plans else None,
        planned=len({entry.row.target for entry in entries}),
        pushed=pushed,
        failed=failed,
        held=len({entry.row.target for entry in entries if _is_held(entry)}),
        conflicts=conflicts,
        leaks=leaks.new,
        leaks_inherited=leaks.inherited,
        api_calls={system: adapter.usage().calls for system, adapter in run.adapters.items()},
        unpublished=result.decided.unpublished,
        held_by=held,
        problem=problem,
        messages=result.told.sent,
    )


def _is_held(entry: OutboxEntry) -> bool:
    # A plan that was applied is closed, and what was held back of it is cancelled until the next plan.
    return entry.state in (OutboxState.PLANNED, OutboxState.CANCELLED) and entry.row.held_by is not None


def _held(entries: Sequence[OutboxEntry]) -> dict[str, int]:
    held: dict[str, int] = {}
    for entry in entries:
        if _is_held(entry):
            why = str(entry.row.held_by)
            held[why] = held.get(why, 0) + 1
    return held


def _problem(run: Run, result: CycleResult) -> LeadloopError | None:
    if result.waiting is not None:
        return result.waiting
    for system, error in sorted({**result.settled.stopped, **result.pushed.stopped}.items()):
        if isinstance(error, LeadloopError):
            return error
        return LeadloopError(f"writing to {system} stopped ({type(error).__name__})", where=run.company)
    return None


class PlanView(Struct, frozen=True):
    """A stored plan with its rows, for people and scripts."""

    company: str
    plan_id: int | None
    digest: str
    entries: tuple[OutboxEntry, ...]
    person_keys: Mapping[int, str]
    guard: str | None = None

    def changes(self) -> Iterator[dict[str, Any]]:
        """Every field change, in the outside contract's form (DESIGN section 6)."""
        for entry in self.entries:
            row = entry.row
            for name, change in sorted(row.changes.items()):
                yield {
                    "person": self.person_keys.get(row.person_id, ""),
                    "system": row.system,
                    "object": row.object,
                    "record_id": row.record_id,
                    "field": name,
                    "before": change.before,
                    "after": change.after,
                    "rule": change.rule,
                    "reason": change.reason,
                    "held_by": change.held_by or row.held_by,
                }

    def as_json(self) -> dict[str, Any]:
        """The document of ``leadloop plan --json``."""
        return {
            "schema": 1,
            "plan_id": self.plan_id,
            "company": self.company,
            "digest": self.digest,
            "changes": list(self.changes()),
        }
