"""A statement that is built and compiled once per database, and then given to the driver with rows of plain values.

Building a statement and ordering the values of each row anew costs more than storing them. Only what runs with many
rows, or often, belongs here. It knows no table.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

Build = Callable[[Connection], Any]
"""The statement in the words of the connection's database."""

Convert = Callable[[Any], Any]


class Prepared:
    """An INSERT or UPDATE for many rows. ``names``: its bound values, in the order in which rows give them.

    ``plain``: those that come as the driver takes them (the text of a document). Columns with a default of their own
    that ``names`` leaves out get that default, as in any INSERT.
    """

    def __init__(self, build: Build, names: Sequence[str], plain: Collection[str] = ()) -> None:
        self._build = build
        self.names = tuple(names)
        self._plain = frozenset(plain)
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, rows: Iterable[Sequence[Any]]) -> None:
        """Execute it for all rows at once; nothing happens without any."""
        compiled = self._compiled.get(connection.dialect.name)
        if compiled is None:
            compiled = _Compiled(connection, self._build(connection), self.names, self._plain)
            self._compiled[connection.dialect.name] = compiled
        values = compiled.values(rows)
        if values:
            connection.exec_driver_sql(compiled.text, values)


class _Compiled:
    """The text for one driver, and how a row's values become what it takes."""

    def __init__(self, connection: Connection, statement: Any, names: tuple[str, ...], plain: Collection[str]) -> None:
        compiled = statement.compile(dialect=connection.dialect, column_keys=names)
        self.text = str(compiled)
        defaults = {column.key: column.default.arg for column in getattr(compiled, "insert_prefetch", ())}
        fixed = {name: bound.value for name, bound in compiled.binds.items() if name not in names} | defaults
        self._order = tuple(compiled.positiontup or compiled.binds) if compiled.positional else (*names, *fixed)
        places = {name: place for place, name in enumerate((*names, *fixed))}
        self._picked = [places[name] for name in self._order]
        self._fixed = tuple(fixed.values())
        self._is_in_order = not fixed and self._picked == list(range(len(names)))
        self._is_positional = bool(compiled.positional)
        kinds = {name: compiled.binds[name].type.dialect_impl(connection.dialect) for name in self._order}
        converts = [None if name in plain else kinds[name].bind_processor(connection.dialect) for name in self._order]
        self._convert = [(place, each) for place, each in enumerate(converts) if each is not None]

    def values(self, rows: Iterable[Sequence[Any]]) -> list[Any]:
        """What the driver takes: tuples, or dictionaries where values are named."""
        if self._is_in_order:
            ordered = [list(row) for row in rows]
        else:
            ordered = [[given[place] for place in self._picked] for given in ((*row, *self._fixed) for row in rows)]
        for place, convert in self._convert:
            for row in ordered:
                row[place] = convert(row[place])
        if self._is_positional:
            return [tuple(row) for row in ordered]
        return [dict(zip(self._order, row, strict=True)) for row in ordered]
