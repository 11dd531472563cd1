"""A plan for people: records with their changes, why each is made, and what keeps it back.

Decides layout only. Nothing is read as markup: a value from a CRM may hold brackets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from connector.summary import PlanView

RECORDS_SHOWN = 50
Change = dict[str, Any]


def draw_plan(view: PlanView, console: Console, *, everything: bool = False) -> None:
    """The records of a plan (the first fifty, or all) and its totals."""
    changes = list(view.changes())
    if not changes:
        console.print(f"{view.company}: nothing to change")
        return
    records = [list(group) for _, group in groupby(changes, key=_record)]
    shown = records if everything else records[:RECORDS_SHOWN]
    for group in shown:
        _draw_record(group, console)
    if len(shown) < len(records):
        console.print(f"\nand {len(records) - len(shown)} more records (--all shows them, --json gives every change)")
    for line in _totals(view, changes, len(records)):
        console.print(Text(line, "bold"), soft_wrap=True)


def _record(change: Change) -> tuple[str, str, str, str]:
    return change["system"], change["object"], change["record_id"] or "(new)", change["person"]


def _draw_record(changes: list[Change], console: Console) -> None:
    system, name, record_id, _ = _record(changes[0])
    console.print()
    console.print(Text(f"{system} {name} {record_id}", "bold"))
    table = Table.grid(padding=(0, 2))
    for widest in (console.width // 3, console.width, console.width // 3):
        table.add_column(overflow="fold", max_width=widest)
    for change in changes:
        table.add_row(Text(f"  {change['field']}"), Text(_values(change)), Text(_why(change), "dim"))
    console.print(table)


def _values(change: Change) -> str:
    return f"{_shown(change['before'])} -> {_shown(change['after'])}"


def _shown(value: object) -> str:
    return "(empty)" if value is None or value == "" else str(value)


def _why(change: Change) -> str:
    why = [part for part in (change["rule"], change["reason"]) if part]
    held = [f"held by {change['held_by']}"] if change["held_by"] else []
    return "; ".join((*why, *held))


def _totals(view: PlanView, changes: Iterable[Change], records: int) -> Iterator[str]:
    held = Counter(change["held_by"] for change in changes if change["held_by"])
    kept_back = ", ".join(f"{count} by {why}" for why, count in sorted(held.items())) or "none"
    yield ""
    yield f"{view.company}: plan {view.plan_id} changes {records} records; fields held: {kept_back}"
    if view.guard:
        yield f"a guard stopped it: {view.guard}; leadloop push {view.company} --over-guard pushes it all the same"
