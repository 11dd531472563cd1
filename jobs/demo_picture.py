"""The demo for the terminal: what happens and why it matters, section by section, readable at 80 columns.

Decides layout only. Nothing is read as markup: a name or a reason from a CRM may hold brackets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from connector.report.funnel_document import funnel_tables
from connector.report.picture import draw_promises
from connector.report.terminal import draw_tables
from jobs.demo_checks import Comparison
from jobs.demo_company import COMPANY
from jobs.demo_loop import Sync
from jobs.demo_reading import HandOff
from jobs.demo_story import Told

HAND_OFFS_SHOWN = 3
TABLES_SHOWN = ("stages", "path", "promises")
RECYCLED_SHOWN = 3
FIELDS_SHOWN = 3
STEPS_SHOWN = 4
VALUE_LENGTH_MAX = 52
DIGEST_SHOWN = 40
RULES = {
    "person_opportunity": "owns their open opportunity",
    "account_opportunity": "owns the account's opportunity",
    "customer_owner": "looks after this customer",
    "account_owner": "owns the account",
    "last_sales_owner": "had them before",
    "same_account": "has a colleague of theirs",
    "keep": "had the record already",
    "pool": "next in turn",
    "fallback": "nobody else could",
}


def draw_demo(told: Told, console: Console) -> None:
    """Everything, in the order in which it happened; the verdict is the last line."""
    _beginning(told, console)
    _first_sight(told, console)
    _plan(told, console)
    _week(told, console)
    _syncs(told, console)
    _funnel(told, console)
    _hand_offs(told, console)
    _recycled(told, console)
    _nine(told, console)
    _promises(told, console)
    _proof(told, console)
    _verdict(told, console)


def _beginning(told: Told, console: Console) -> None:
    played, facts = told.played, told.facts
    _headline(console, f"Leadloop demo: one company of {played.people} people in two CRMs (seed {played.seed})")
    console.print("Both are simulators, started for this demo. Everything goes over HTTP; time is theirs.")
    rows = [(name, f"{told.urls[name]}  {_counts(_largest(records))}, ...") for name, records in played.seeded.items()]
    only = f"{facts['only_hubspot']} only in HubSpot, {facts['only_lead']} only a Lead, "
    only += f"{facts['only_contact']} only a Contact, {facts['in_both']} in both"
    twice = f"{facts['several_leads']} have several Leads, {facts['second_address']} a second address"
    _rows(console, [*rows, ("people", only), ("", twice)])


def _first_sight(told: Told, console: Console) -> None:
    played = told.played
    _headline(console, "First sight: everything is read once, nothing is written")
    read = {name: sum(objects.values()) for name, objects in played.pulled.items()}
    _rows(console, [(name, f"{read[name]} records in {played.backfill_requests[name]} requests") for name in read])
    for finding in told.verdict.findings:
        console.print(Text(f"finding: {finding}", "bold red"))
    calibration = played.calibration
    assert calibration is not None
    assert played.live_since is not None
    weeks = " ".join(str(count) for count in calibration.weekly)
    _rows(
        console,
        [
            ("grade A a week", f"{weeks} (mean {calibration.mean:.1f}); the team can take {calibration.capacity}"),
            ("live since", f"{played.live_since:%A %d %B, %H:%M} UTC{_asked(calibration.question)}"),
        ],
    )


def _plan(told: Told, console: Console) -> None:
    plan = told.played.plan
    assert plan is not None
    total = sum(row["records"] for row in told.plan_counts.values())
    _headline(console, f"The plan: what would be written, and why ({total} records)")
    for place, row in sorted(told.plan_counts.items()):
        held = {name: count for name, count in row.items() if name not in ("records", "fields", "new")}
        new = f", {row['new']} of them new" if row["new"] else ""
        _rows(console, [(place, f"{row['records']} records{new}; {row['fields']} fields, {_counts(held)}")])
    if plan.guard:
        _rows(console, [("guard", f"{plan.guard}: asks a person")])
    fields = dict(list(told.plan_fields.items())[:FIELDS_SHOWN])
    _rows(console, [("most often", _counts(fields))])
    if told.examples:
        console.print(Text(f"for example {_named(told)}:", "dim"))
        _rows(console, [(f"  {each['field']}", _change(each)) for each in told.examples])
    _rows(console, _pushed(told))


def _pushed(told: Told) -> list[tuple[str, str]]:
    push, wire = told.played.push, told.played.push_wire
    assert push is not None
    assert wire is not None
    written = ", ".join(f"{name} {count} records" for name, count in sorted(wire.written().items()))
    left = f"failed {push.failed}, held {push.held}, conflicts {push.conflicts}"
    return [("pushed by a person", f"{written}; {left} (this push is the approval)")]


def _week(told: Told, console: Console) -> None:
    _headline(console, "A week passes: what people do in both CRMs")
    console.print(Text("; ".join(f"{name} {count}" for name, count in _worded(told.played.week).items())))


def _syncs(told: Told, console: Console) -> None:
    _headline(console, "After the week: one sync with work, two with silence")
    for sync in told.played.syncs:
        _rows(console, [(sync.title, _synced(sync))])


def _synced(sync: Sync) -> str:
    summary = sync.summary
    changed = sum(sum(objects.values()) for objects in summary.pulled.values())
    written = sum(sync.wire.written().values())
    decided = f"; {summary.handed_off} handed off, {summary.recycled} recycled" if written else ""
    quiet = f"; {summary.unpublished} scores moved unpublished" if summary.unpublished else ""
    return f"{changed} changed records read, {written} written{decided}{quiet}"


def _funnel(told: Told, console: Console) -> None:
    _headline(console, f"The funnel: {told.funnel.people} people (leadloop report {COMPANY} funnel has the rest)")
    draw_tables([table for table in funnel_tables(told.funnel) if table.key in TABLES_SHOWN], console)


def _hand_offs(told: Told, console: Console) -> None:
    _headline(console, f"Hand-offs: {len(told.hand_offs)}, each with its reason")
    for given in _various(told.hand_offs):
        who = ", ".join(part for part in (given.name, given.title) if part)
        line = f"{given.grade}  {who} -> {given.owner}, {RULES.get(given.rule, given.rule)}; promise {given.promise}"
        console.print(Text(line))
        console.print(Text(f"   because {given.why}", "dim"))
    if len(told.hand_offs) > HAND_OFFS_SHOWN:
        console.print(Text(f"and {len(told.hand_offs) - HAND_OFFS_SHOWN} more (--json gives all)", "dim"))


def _recycled(told: Told, console: Console) -> None:
    _headline(console, f"Recycled: {len(told.recycled)} people are not lost, they come back")
    for one in told.recycled[:RECYCLED_SHOWN]:
        source = "given back by sales" if one.from_hand_off else "opportunity lost"
        until = f", back on {one.until:%Y-%m-%d}" if one.until else ""
        _rows(console, [(one.name, f"{one.reason.replace('_', ' ')}: {source} on {one.since:%Y-%m-%d}{until}")])
    if len(told.recycled) > RECYCLED_SHOWN:
        console.print(Text(f"and {len(told.recycled) - RECYCLED_SHOWN} more (--json gives all)", "dim"))
    _rows(console, [("leaks", f"{told.leaks.new} new, {told.leaks.inherited} inherited from before")])


def _nine(told: Told, console: Console) -> None:
    _headline(console, "The playbook at work: nine subjects, and the command that says more")
    for number, subject in enumerate(told.nine, start=1):
        console.print(Text(f"{number} {subject.title}", "bold"), Text(f"({subject.command})", "dim"))
        table = Table.grid(padding=(0, 1))
        table.add_column(min_width=2)
        table.add_column(overflow="fold")
        for label, text in subject.said:
            table.add_row("", Text(f"{label}: {text}" if label else text))
        console.print(table)


def _promises(told: Told, console: Console) -> None:
    checks = told.verdict.promises
    draw_promises([check for check in checks if check.ok is not None], console)
    unchecked = ", ".join(f"{check.number} {check.sentence}" for check in checks if check.ok is None)
    console.print(Text(f"not checked here: {unchecked or 'nothing'}", "dim"))


def _proof(told: Told, console: Console) -> None:
    verdict, seconds = told.verdict, dict(told.played.seconds)
    _headline(console, "Proof that it went over the wire")
    requests = ", ".join(f"{name} {count}" for name, count in verdict.requests.items())
    _rows(console, [("API requests", f"{requests}, counted by the simulators")])
    same = ", ".join(_compared(one) for one in verdict.comparisons if one.holds and one.in_the_systems)
    _rows(console, [("counted twice", f"{same}: in their state and in our store the same")])
    for one in verdict.comparisons:
        if not one.holds:
            differs = f"{_plain(one.in_the_systems)} there; {_plain(one.in_our_store)} here"
            _rows(console, [(one.name, differs)], style="bold red")
    _rows(console, [(f"state of {name}", digest[:DIGEST_SHOWN]) for name, digest in verdict.digests.items()])
    _rows(console, [("digest of both", told.digest[:DIGEST_SHOWN])])
    took = seconds.pop("all", sum(seconds.values()))
    slowest = sorted(seconds.items(), key=lambda step: -step[1])[:STEPS_SHOWN]
    _rows(console, [("took", f"{took:g} s: " + ", ".join(f"{name} {spent:g}" for name, spent in slowest) + ", ...")])


def _verdict(told: Told, console: Console) -> None:
    console.print()
    failures = told.verdict.failures
    for failure in failures:
        console.print(Text(failure, "bold red"))
    checked = sum(check.ok is not None for check in told.verdict.promises)
    good = f"Leadloop kept its promises: {checked} of {len(told.verdict.promises)} checked here, none broken."
    console.print(Text(f"FAILED: {len(failures)}" if failures else good, "bold red" if failures else "bold green"))


# -- small parts -----------------------------------------------------------------------------------------


def _headline(console: Console, text: str) -> None:
    console.print()
    console.print(Text(text, "bold"))


def _rows(console: Console, rows: Iterable[tuple[str, str]], *, style: str = "") -> None:
    table = Table.grid(padding=(0, 1))
    table.add_column(min_width=20, overflow="fold", style="dim")
    table.add_column(overflow="fold")
    for label, said in rows:
        table.add_row(Text(label), Text(said, style))
    console.print(table)


def _various(given: Sequence[HandOff]) -> list[HandOff]:
    """Some hand-offs that show as many kinds as possible, in their order."""
    kinds = {(each.rule, each.promise): each for each in reversed(given)}
    chosen = list(kinds.values())[::-1][:HAND_OFFS_SHOWN]
    chosen += [each for each in given if each not in chosen][: HAND_OFFS_SHOWN - len(chosen)]
    return sorted(chosen, key=given.index)


def _compared(one: Comparison) -> str:
    return one.name if isinstance(one.in_the_systems, dict) else f"{one.name} {one.in_the_systems}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _plain(value: Any) -> str:
    return (
        _counts({name.replace("_", " "): count for name, count in value.items()})
        if isinstance(value, dict)
        else str(value)
    )


def _largest(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda entry: -entry[1])[:3])


def _worded(week: Mapping[str, int]) -> dict[str, int]:
    words = {"FORM": "form submissions", "EMAIL": "clicks in e-mails", "CRM_UI": "edits in HubSpot"}
    counts: dict[str, int] = {}
    for story, count in week.items():
        source, colon, _rest = story.partition(":")
        name = words.get(source, story if not colon else f"{source} by a form")
        counts[name] = counts.get(name, 0) + count
    return counts


def _asked(question: str | None) -> str:
    return f"; it asked: {question}" if question else ""


def _named(told: Told) -> str:
    given = told.hand_offs[0] if told.hand_offs else None
    return f"{given.name}, {given.title}" if given else "one person"


def _change(change: Mapping[str, Any]) -> str:
    before, after = (_short(_value(change[side]), VALUE_LENGTH_MAX) for side in ("before", "after"))
    why = "; ".join(part for part in (change["rule"], change["reason"]) if part and part != "leadloop")
    return f"{before} -> {after}" + (f"   ({why})" if why else "")


def _value(value: object) -> str:
    return "(empty)" if value in (None, "") else str(value)


def _short(text: str, length_max: int) -> str:
    return text if len(text) <= length_max else f"{text[: length_max - 3]}..."
