"""Calls counted like money: a sync in which nothing has changed, and 500 changes among many records."""

from __future__ import annotations

from collections.abc import Mapping

from bench.parts import Part, markdown_table
from bench.processes import run
from bench.pull_suite import served

CHANGED = 500
CALLS_MAX = 5


def idle(people: int) -> Part:
    """The requests of a sync in which nothing has changed, as both simulators counted them."""
    answer = run("bench.idling", people).answer
    calls, allowed = answer["calls"], answer["allowed"]
    text = (
        f"A sync of {people} people in which nothing has changed: {calls} calls ({_joined(answer['by_system'])}),"
        f" allowed {allowed}: one for each of {answer['objects']} objects and two per"
        f" system; {answer['writes']} writes."
    )
    rows = [("idle_sync_calls", str(calls), str(allowed), str(allowed))]
    remains = [f"`idle_sync_calls` is at {calls}, allowed are {allowed}."] if calls > allowed else []
    numbers = {"idle_sync_calls": calls, "idle_sync_calls_allowed": allowed, "idle_sync_writes": answer["writes"]}
    return Part(numbers, rows, text, remains)


def changes(records: int) -> Part:
    """The calls of an incremental pull that finds 500 changed records among many, per system."""
    lines = [("system", "calls", "changed records landed", "CPU s")]
    numbers: dict[str, float] = {}
    with served(records, changed=CHANGED) as (url, files):
        for system, way in (("hubspot", "rest"), ("salesforce", "bulk")):
            answer = run("bench.changing", system, url, files.empty_store(), way).answer
            assert answer["changed"] == CHANGED, answer
            numbers |= {f"changes_calls_{system}": answer["calls"], f"changes_cpu_s_{system}": answer["cpu_s"]}
            lines.append((system, str(answer["calls"]), str(answer["changed"]), str(answer["cpu_s"])))
    most = max(numbers[f"changes_calls_{system}"] for system in ("hubspot", "salesforce"))
    rows = [("changes_calls", f"{most:.0f}", "", f"{CALLS_MAX}")]
    remains = [f"`changes_calls` is at {most}, to {CALLS_MAX}."] if most > CALLS_MAX else []
    text = (
        f"{CHANGED} changed records among {records:,}, the second pull of one object with its removals:\n\n"
        f"{markdown_table(lines)}\n\n"
        "HubSpot: three searches of 200 and the list of archived records. A hit younger than the search index's lag is"
        " read again by id, 100 at a time; here all are older."
    )
    return Part({**numbers, "changes_calls": most}, rows, text, remains)


def _joined(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
