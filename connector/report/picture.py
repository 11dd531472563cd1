"""Reports as a picture for the terminal: bars, aligned numbers, readable at 80 columns and without colours.

Decides layout only. Nothing is read as markup: a name or a reason from a CRM may hold brackets.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from connector.report.funnel import Funnel, PromiseTally
from connector.report.leaks import SENTENCES, LeakReport
from connector.report.promises import PromiseCheck
from connector.report.shares import percent

WIDTH = 80
BAR_COLUMNS = 36
LABEL_COLUMNS = 16
PEOPLE_SHOWN_MAX = 20

Drawing = Callable[[Console], None]


def text_of(draw: Drawing, *, width: int = WIDTH) -> str:
    """The drawing as plain text without colours, no line wider than ``width``."""
    target = io.StringIO()
    draw(Console(file=target, width=width, color_system=None, highlight=False, markup=False, emoji=False))
    return "".join(f"{line.rstrip()}\n" for line in target.getvalue().splitlines())


def draw_funnel(report: Funnel, console: Console) -> None:
    """The funnel: where people stand, the path, the work of both teams, the promises."""
    since = f", since {report.since:%Y-%m-%d}" if report.since else ""
    _headline(console, f"Funnel of {report.company}: {report.people} people{since}")
    console.print(_stage_bars(report, console))
    _sentence(console, "set aside", _listed(report.set_aside))
    _sentence(console, "no living record", str(report.gone) if report.gone else "")
    _headline(console, "The path")
    console.print(_path(report, console))
    _sentence(console, "left out", f"{report.sales_origin} who began at sales" if report.sales_origin else "")
    _headline(console, "Marketing and sales")
    for name, counts in _team_counts(report):
        _sentence(console, name, _listed(counts) or "none")
    _headline(console, "Follow-up promises")
    console.print(_promise_table([*report.promises, report.follow_up]))


def draw_leaks(report: LeakReport, console: Console) -> None:
    """New leaks, then inherited ones: counts by code, and the first people of each."""
    _headline(console, f"Leaks of {report.company}: {report.new} new, {report.inherited} inherited")
    for inherited in (False, True):
        counts = report.by_code(inherited=inherited)
        if not counts:
            continue
        _headline(console, "Inherited from before go-live" if inherited else "New")
        for code, count in counts.items():
            _sentence(console, str(count), f"{SENTENCES[code]} ({code})")
        people = [one for one in report.people if one.inherited is inherited]
        for one in people[:PEOPLE_SHOWN_MAX]:
            where = "; ".join(one.records) or one.person
            _sentence(console, one.stage, f"{where}: {', '.join(one.codes)}")
        if len(people) > PEOPLE_SHOWN_MAX:
            _sentence(console, "", f"and {len(people) - PEOPLE_SHOWN_MAX} more (--csv lists all)")


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


def _stage_bars(report: Funnel, console: Console) -> Table:
    table = _grid("left", "right", "left")
    most = max(report.stages.values(), default=0)
    for stage, count in report.stages.items():
        table.add_row(_words(stage), str(count), Text(_bar(count, most, console), "cyan"))
    return table


def _path(report: Funnel, console: Console) -> Table:
    table = _grid("left", "right", "right", "left")
    most = max((step.reached for step in report.path), default=0)
    for place, step in enumerate(report.path):
        conversion = percent(step.conversion) if place else ""
        table.add_row(_words(step.name), str(step.reached), conversion, Text(_bar(step.reached, most, console), "blue"))
    return table


def _team_counts(report: Funnel) -> Iterable[tuple[str, Mapping[str, int]]]:
    yield (
        "moments",
        {name.replace("_", " ").upper() if len(name) == 3 else name: n for name, n in report.moments.items()},
    )
    yield "open grades", report.grades
    yield "dispositions", report.dispositions
    yield "hand-offs", {"all": sum(report.hand_offs.values()), **report.hand_offs} if report.hand_offs else {}
    yield "recycled", report.recycled


def _promise_table(tallies: Sequence[PromiseTally]) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="dim")
    table.add_column("", overflow="fold")
    for heading in ("kept", "broken", "running", "unknown", "waiting", "ended", "median", "p90"):
        table.add_column(heading, justify="right", no_wrap=True)
    for tally in tallies:
        states = (tally.kept, tally.broken, tally.running, tally.unknown, tally.waiting, tally.ended)
        times = (_minutes(tally.median_minutes), _minutes(tally.p90_minutes))
        broken = Text(str(tally.broken), "bold red" if tally.broken else "")
        cells: list[str | Text] = [str(states[0]), broken, *(str(state) for state in states[2:]), *times]
        table.add_row(_words(tally.promise), *cells)
    return table


def _bar(count: int, most: int, console: Console) -> str:
    """A bar whose longest is ``BAR_COLUMNS``; one mark at least for anybody at all."""
    mark = "█" if (console.encoding or "").lower().startswith("utf") else "#"
    return mark * (max(1, count * BAR_COLUMNS // most) if count else 0)


def _minutes(value: int | None) -> str:
    """Minutes for people: ``45 min``, ``3.5 h``."""
    if value is None:
        return "-"
    return f"{value} min" if value < 120 else f"{value / 60:.1f} h"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{_words(name)} {count}" for name, count in counts.items())


def _words(name: str) -> str:
    return name.replace("_", " ")


def _headline(console: Console, text: str) -> None:
    console.print()
    console.print(Text(text, "bold"))


def _sentence(console: Console, name: str, said: str) -> None:
    """A label and its sentence, wrapped under itself; nothing for an empty sentence."""
    if not said:
        return
    table = Table.grid(padding=(0, 1))
    table.add_column(min_width=LABEL_COLUMNS, overflow="fold")
    table.add_column(overflow="fold")
    table.add_row(Text(name, "dim"), Text(said))
    console.print(table)


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
