"""Everything the demo has to tell, gathered in one value; the picture and the JSON document are two views of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.simulator.world import World
from connector.app import App
from connector.report.funnel import Funnel
from connector.report.leaks import LeakReport
from jobs.demo_checks import Verdict
from jobs.demo_company import COMPANY
from jobs.demo_loop import Played
from jobs.demo_nine import Subject, nine_subjects
from jobs.demo_reading import HandOff, Recycled, hand_offs, recycled
from jobs.demo_systems import Systems


@dataclass(frozen=True)
class Told:
    """One demo from beginning to end."""

    played: Played
    verdict: Verdict
    facts: Mapping[str, Any]
    urls: Mapping[str, str]
    funnel: Funnel
    leaks: LeakReport
    hand_offs: tuple[HandOff, ...]
    recycled: tuple[Recycled, ...]
    nine: tuple[Subject, ...]

    @property
    def digest(self) -> str:
        """One name for both final states."""
        both = "".join(self.verdict.digests[name] for name in sorted(self.verdict.digests))
        return hashlib.sha256(both.encode()).hexdigest()

    @property
    def plan_counts(self) -> dict[str, dict[str, int]]:
        """What the first plan would change: per system and object the records, fields, and what is held why."""
        assert self.played.plan is not None
        counts: dict[str, dict[str, int]] = {}
        records: dict[str, set[str]] = {}
        for change in self.played.plan.changes():
            place = f"{change['system']} {change['object']}"
            row = counts.setdefault(place, {"records": 0, "fields": 0, "new": 0})
            row["fields"] += 1
            row[f"held by {change['held_by']}"] = row.get(f"held by {change['held_by']}", 0) + 1
            seen = records.setdefault(place, set())
            key = change["record_id"] or f"new {change['person']}"
            if key not in seen:
                seen.add(key)
                row["records"] += 1
                row["new"] += change["record_id"] is None
        return counts

    @property
    def plan_fields(self) -> dict[str, int]:
        """How often each field would change, the most frequent first."""
        assert self.played.plan is not None
        return dict(Counter(f"{each['system']} {each['field']}" for each in self.played.plan.changes()).most_common())

    @property
    def examples(self) -> list[dict[str, Any]]:
        """A few changes of the plan, of one person who is handed off where there is one."""
        assert self.played.plan is not None
        first = {given.person for given in self.hand_offs[:1]}
        changes = [change for change in self.played.plan.changes() if change["person"] in first or not first]
        wanted = ("grade", "score", "why", "owner", "lifecycle")
        return [found for word in wanted if (found := _first_with(changes, word)) is not None]

    def as_json(self) -> dict[str, Any]:
        """The document of ``leadloop demo --json``."""
        played, verdict = self.played, self.verdict
        assert played.plan is not None
        assert played.push is not None
        return {
            "people": played.people,
            "seed": played.seed,
            "ok": not verdict.failures,
            "failures": verdict.failures,
            "systems": dict(self.urls),
            "world": dict(self.facts),
            "seeded": played.seeded,
            "backfill": {"pulled": played.pulled, "requests": dict(played.backfill_requests)},
            "findings": list(verdict.findings),
            "calibration": played.calibration.as_json() if played.calibration else None,
            "live_since": played.live_since.isoformat() if played.live_since else None,
            "plan": {"digest": played.plan.digest, "guard": played.plan.guard, "counts": self.plan_counts},
            "push": played.push.as_json(),
            "week": played.week,
            "syncs": [_sync(sync) for sync in played.syncs],
            "funnel": self.funnel.as_json(),
            "leaks": {"new": self.leaks.new, "inherited": self.leaks.inherited},
            "hand_offs": [given.as_json() for given in self.hand_offs],
            "recycled": [one.as_json() for one in self.recycled],
            "promises": [check.as_json() for check in verdict.promises],
            "counts": [one.as_json() for one in verdict.comparisons],
            "requests": dict(verdict.requests),
            "digests": dict(verdict.digests),
            "nine": [subject.as_json() for subject in self.nine],
            "digest": self.digest,
            "seconds": played.seconds,
        }


def tell_all(app: App, systems: Systems, world: World, played: Played, verdict: Verdict) -> Told:
    """Gather what there is to tell at the end."""
    company = app.state(COMPANY).company_id
    given = tuple(hand_offs(app.database, company))
    return Told(
        played=played,
        verdict=verdict,
        facts=world.facts,
        urls=systems.urls,
        funnel=app.funnel(COMPANY),
        leaks=app.leaks(COMPANY),
        hand_offs=given,
        recycled=tuple(recycled(app.database, company)),
        nine=nine_subjects(app, given, played),
    )


def _sync(sync: Any) -> dict[str, Any]:
    return {
        "title": sync.title,
        "at": sync.at.isoformat(),
        "written": sync.wire.written(),
        "requests": dict(sync.wire.requests),
        "unpublished": sync.summary.unpublished,
        "summary": sync.summary.as_json(),
    }


def _first_with(changes: list[dict[str, Any]], word: str) -> dict[str, Any] | None:
    return next((change for change in changes if word in str(change["field"]).lower()), None)
