"""What a second playbook would change, and the cuts of a calibration, for people. Decides layout only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from connector.rules.english import points

if TYPE_CHECKING:
    from connector.report.calibration import Calibration
    from connector.report.shadow import Difference, Mover, Place, RuleChange

RULES_SHOWN = 3


def draw_difference(company: str, found: Difference, keys: Mapping[int, str], console: Console) -> None:
    """Who stands elsewhere, hand-offs a week, and the top movers with the rules that made it."""
    head = (
        f"{company}: of {found.people} people {found.moved} would stand on another rung, {found.regraded} would have "
    )
    console.print(Text(f"{head}another grade; nothing was changed", "bold"))
    for title, moves in (("rung", found.rungs), ("grade", found.grades)):
        for (live, shadow), count in moves.items():
            console.print(Text(f"  {title} {live} -> {shadow}: {count}"))
    for name, weekly in (("live", found.hand_offs_live), ("second", found.hand_offs_shadow)):
        weeks = " ".join(map(str, weekly))
        mean = sum(weekly) / len(weekly) if weekly else 0
        console.print(Text(f"  hand-offs a week, {name} playbook: {mean:.1f} (week by week: {weeks})"))
    if found.movers:
        console.print(Text("who moves most", "bold"))
    for mover in found.movers:
        console.print(Text(f"  {keys.get(mover.person_id, '')}: {_shown(mover.live)} -> {_shown(mover.shadow)}"))
        for line in _why(mover):
            console.print(Text(f"      {line}", "dim"))


def _shown(place: Place) -> str:
    return f"{place.rung} {place.grade} {place.points}"


def _why(mover: Mover) -> Iterator[str]:
    if not mover.rules:
        yield "the same points: entries, edges, floors or ceilings differ"
    for change in mover.rules[:RULES_SHOWN]:
        yield _change(change)


def _change(change: RuleChange) -> str:
    live = "no such rule" if change.live_milli is None else points(change.live_milli)
    shadow = "no such rule" if change.shadow_milli is None else points(change.shadow_milli)
    return f"{change.rule}: {live} -> {shadow}"


def draw_calibration(company: str, figures: Calibration, console: Console) -> None:
    """Hand-offs a week at each cut, against what the team can take."""
    console.print(Text(f"{company}: {figures.sentence}", "bold"), soft_wrap=True)
    weeks = " ".join(map(str, figures.weekly))
    console.print(Text(f"  people who newly had grade {figures.grade}, week by week: {weeks}"), soft_wrap=True)
    table = Table.grid(padding=(0, 2))
    for cut in figures.shown_cuts():
        marks = [mark for mark, edge in (("now", figures.edge), ("fits", figures.fitting_edge)) if edge == cut.edge]
        table.add_row(f"  from {cut.edge}", f"{cut.weekly:.1f} a week", ", ".join(marks))
    console.print(table)
