"""What the human touches say: asked for, made in time, late, not to be seen; by track, by attempt and by colleague.

Pure arithmetic over rows that the store gave; the words ``kept`` and ``broken`` mean what they mean of hand-offs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from connector.decide.followup import BROKEN, ENDED, KEPT, RUNNING, UNKNOWN, WAITING
from connector.ports.figures import TouchMade
from connector.report.document import Figure, Table, Value
from connector.report.hand_offs import grouped
from connector.report.people_names import Names
from connector.report.shares import share
from connector.report.statistics import wilson

COLUMNS = (
    *("touches_asked", "touches_made", "touches_kept", "touches_broken", "touches_unknown"),
    *("touches_running", "touches_given", "touches_kept_share"),
)


def touch_figures(rows: Sequence[TouchMade]) -> tuple[Figure, ...]:
    """The figures of every touch together."""
    counted = _states(rows)
    decided = counted[KEPT] + counted[BROKEN]
    between = wilson(counted[KEPT], decided)
    sure = f"; 95 % sure: {between.low * 100:.0f} to {between.high * 100:.0f} %" if between else ""
    return (
        Figure("touches_asked", _asked(rows)),
        Figure("touches_kept_share", share(counted[KEPT], decided), f"{counted[KEPT]} of {decided}{sure}"),
        Figure("touches_broken", counted[BROKEN]),
    )


def touch_tables(rows: Sequence[TouchMade], names: Names) -> tuple[Table, ...]:
    """By track, by number (the first touch, the second ...) and by colleague."""
    return (
        _table("touches", "Human touches by track", "track", rows, lambda row: row.track),
        _table("attempts", "Human touches by attempt", "attempt", rows, _attempt),
        _table("touched_by", "Human touches by colleague", "colleague", rows, lambda row: names.of(row.owner_id)),
    )


def _attempt(row: TouchMade) -> str:
    return f"{row.track}: {row.number + 1} of {row.times}"


def _table(key: str, title: str, by: str, rows: Sequence[TouchMade], name: Callable[[TouchMade], str]) -> Table:
    return Table(key, title, by, COLUMNS, [(group, *_values(found)) for group, found in grouped(rows, name).items()])


def _values(rows: Sequence[TouchMade]) -> tuple[Value, ...]:
    counted = _states(rows)
    return (
        _asked(rows),
        sum(row.touched_at is not None for row in rows),
        counted[KEPT],
        counted[BROKEN],
        counted[UNKNOWN],
        counted[RUNNING] + counted[WAITING],
        sum(row.given for row in rows),
        share(counted[KEPT], counted[KEPT] + counted[BROKEN]),
    )


def _states(rows: Sequence[TouchMade]) -> Counter[str]:
    return Counter(row.state for row in rows)


def _asked(rows: Sequence[TouchMade]) -> int:
    return sum(row.state != ENDED for row in rows)
