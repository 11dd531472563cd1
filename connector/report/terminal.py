"""A report on the terminal: readable at 80 columns and without colours. Nothing is read as markup.

A table that is too wide for the terminal is split into several that share the rows' names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Console, JustifyMethod
from rich.table import Table as Grid
from rich.text import Text

from connector.report.definitions import Definition, Unit, definition
from connector.report.document import Figure, Report, Table, Value
from connector.report.values import shown

NAME_COLUMNS_MAX = 26
GAP = 2
BAR_COLUMNS = 30
TEXT_COLUMNS = 28


def draw_report(report: Report, console: Console, *, definitions: bool = True) -> None:
    """Header, what the report says, figures, tables, and what each figure means."""
    console.print(Text(f"{report.title} of {report.company}", "bold"))
    console.print(Text(report.period.text(report.zone), "dim"))
    console.print(Text(f"Playbook {report.standing.short_digest}: {report.standing.sentence}", "dim"))
    for sentence in report.sentences:
        console.print()
        console.print(Text(sentence))
    if report.figures:
        console.print()
        console.print(_figures(report.figures))
    draw_tables(report.tables, console)
    if definitions:
        _draw_definitions(report, console)


def _figures(figures: Sequence[Figure]) -> Grid:
    compared = any(figure.before is not None for figure in figures)
    grid = Grid(box=None, padding=(0, 1), pad_edge=False, header_style="dim", show_header=compared)
    grid.add_column("", overflow="fold")
    grid.add_column("", justify="right", no_wrap=True)
    if compared:
        grid.add_column("before", justify="right", no_wrap=True)
    grid.add_column("", overflow="fold", style="dim")
    for figure in figures:
        unit = figure.definition.unit
        values = [shown(figure.value, unit)] + ([shown(figure.before, unit)] if compared else [])
        grid.add_row(Text(figure.definition.label), *(Text(value) for value in values), Text(figure.note))
    return grid


def draw_tables(tables: Iterable[Table], console: Console) -> None:
    """Tables one under the other."""
    for table in tables:
        _draw_table(table, console)


def _draw_table(table: Table, console: Console) -> None:
    console.print()
    console.print(Text(table.title, "bold"))
    if not table.rows:
        console.print(Text("none", "dim"))
    for part in _parts(table, console.width) if table.rows else ():
        console.print(_grid(table, _roomier(table, part, console.width), console))
    if table.note:
        console.print(Text(table.note, "dim"))


def _parts(table: Table, width: int) -> Iterator[dict[int, int]]:
    """Columns by position with the width they need, as many as fit beside the names, in order."""
    part: dict[int, int] = {}
    used = names = _names_width(table)
    for place, key in enumerate(table.columns):
        wide = _least_width(table, place, definition(key))
        if part and used + GAP + wide > width:
            yield part
            part, used = {}, names
        part[place] = wide
        used += GAP + wide
    yield part


def _roomier(table: Table, part: Mapping[int, int], width: int) -> dict[int, int]:
    """The same columns with the room that is left, so that headings wrap less; a bar needs its own."""
    room = width - _names_width(table) - sum(GAP + wide for wide in part.values())
    room -= GAP + BAR_COLUMNS if table.bars else 0
    found = {}
    for place, wide in part.items():
        more = max(0, min(room, _full_width(table, place, definition(table.columns[place])) - wide))
        found[place] = wide + more
        room -= more
    return found


def _least_width(table: Table, place: int, one: Definition) -> int:
    heading = max(len(word) for word in one.label.split())
    if one.unit is Unit.TEXT:
        return max(heading, min(TEXT_COLUMNS, max(len(str(table.worded(row[place + 1]) or "")) for row in table.rows)))
    return max(heading, *(len(shown(row[place + 1], one.unit)) for row in table.rows))


def _full_width(table: Table, place: int, one: Definition) -> int:
    """What the heading, and a text, take on one line."""
    if one.unit is not Unit.TEXT:
        return len(one.label)
    return max(len(one.label), *(len(str(table.worded(row[place + 1]) or "")) for row in table.rows))


def _names_width(table: Table) -> int:
    return min(NAME_COLUMNS_MAX, max(len(table.by), *(len(_name(row[0])) for row in table.rows)))


def _grid(table: Table, part: Mapping[int, int], console: Console) -> Grid:
    grid = Grid(box=None, padding=(0, 1), pad_edge=False, header_style="dim")
    grid.add_column(table.by, overflow="fold", width=_names_width(table), vertical="top")
    for place, wide in part.items():
        one = definition(table.columns[place])
        side: JustifyMethod = "left" if one.unit is Unit.TEXT else "right"
        grid.add_column(one.label, justify=side, width=wide, vertical="top", overflow="fold")
    if table.bars:
        grid.add_column("", overflow="crop", no_wrap=True)
    most = max((_amount(row[1]) for row in table.rows), default=0)
    for row in table.rows:
        cells = [_cell(table.worded(row[place + 1]), definition(table.columns[place])) for place in part]
        bar = [Text(_bar(_amount(row[1]), most, console), "cyan")] if table.bars else []
        grid.add_row(Text(_name(row[0])), *cells, *bar)
    return grid


def _cell(value: Value, one: Definition) -> Text:
    return Text(shown(value, one.unit), no_wrap=one.unit is not Unit.TEXT)


def _amount(value: Value) -> float:
    return value if isinstance(value, int | float) else 0


def _bar(amount: float, most: float, console: Console) -> str:
    """A bar whose longest is ``BAR_COLUMNS``; one mark at least for anything at all."""
    mark = "█" if (console.encoding or "").lower().startswith("utf") else "#"
    return mark * max(1, int(amount * BAR_COLUMNS // most)) if amount > 0 else ""


def _draw_definitions(report: Report, console: Console) -> None:
    console.print()
    console.print(Text("What the figures mean", "bold"))
    grid = Grid.grid(padding=(0, 1))
    grid.add_column(overflow="fold", max_width=NAME_COLUMNS_MAX)
    grid.add_column(overflow="fold")
    for one in report.definitions():
        grid.add_row(Text(one.label), Text(one.sentence, "dim"))
    console.print(grid)


def _name(value: object) -> str:
    return str(value).replace("_", " ") if value is not None else "(none)"
