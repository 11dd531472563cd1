"""Reports as a picture for the terminal: bars, aligned numbers, readable at 80 columns and without colours.

Decides layout only. Nothing is read as markup: a name or a reason from a CRM may hold brackets.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from connector.report.funnel import Funnel
from connector.report.funnel_document import funnel_tables
from connector.report.promises import PromiseCheck
from connector.report.terminal import draw_tables

WIDTH = 80
LABEL_COLUMNS = 16

Drawing = Callable[[Console], None]


def text_of(draw: Drawing, *, width: int = WIDTH) -> str:
    """The drawing as plain text without colours, no line wider than ``width``."""
    target = io.StringIO()
    draw(Console(file=target, width=width, color_system=None, highlight=False, markup=False, emoji=False))
    return "".join(f"{line.rstrip()}\n" for line in target.getvalue().splitlines())


def draw_funnel(figures: Funnel, console: Console) -> None:
    """The funnel: where people stand, the path, the work of both teams, the promises."""
    since = f", since {figures.since:%Y-%m-%d}" if figures.since else ""
    _headline(console, f"Funnel of {figures.company}: {figures.people} people{since}")
    draw_tables(funnel_tables(figures), console)


def draw_promises(checks: Sequence[PromiseCheck], console: Console) -> None:
    """Leadloop's own promises with how each was checked."""
    _headline(console, "What Leadloop promises")
    table = _grid("right", "left", "left")
    for check in checks:
        verdict = {True: "kept", False: "BROKEN", None: "-"}[check.ok]
        style = {True: "green", False: "bold red", None: "dim"}[check.ok]
        sentence = Text(f"{check.sentence}\n", end="").append(check.how, "dim")
        table.add_row(str(check.number), Text(verdict, style), sentence)
    console.print(table)


def _headline(console: Console, text: str) -> None:
    console.print()
    console.print(Text(text, "bold"))


def _grid(*sides: str) -> Table:
    table = Table.grid(padding=(0, 1))
    for place, side in enumerate(sides):
        is_text = side == "left"
        table.add_column(
            justify="left" if is_text else "right",
            overflow="fold",
            no_wrap=not is_text,
            min_width=LABEL_COLUMNS if is_text and not place else 0,
        )
    return table
