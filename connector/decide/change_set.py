"""The shape of one record's change set: which lane and level follow from the changes it holds."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter

from msgspec.structs import replace

from connector.decide.diff import is_owned
from connector.model import Lane
from connector.ports.memberships import KIND as MEMBER
from connector.ports.outbox import Change, PlannedRow


def reshape(row: PlannedRow, changes: Mapping[str, Change], held_by: str | None) -> PlannedRow:
    """``row`` with other changes: owned only when every field is ours alone; the highest level that any needs."""
    owned = all(is_owned(change.policy) for change in changes.values())
    kept = row.lane is Lane.CREATE or row.kind == MEMBER
    lane = row.lane if kept else Lane.OWNED if owned else Lane.CONTESTED
    level = max((change.level for change in changes.values()), key=attrgetter("rank"))
    return replace(row, changes=dict(sorted(changes.items())), lane=lane, level=level, held_by=held_by)


def split_by_hold(row: PlannedRow, changes: Mapping[str, Change]) -> list[PlannedRow]:
    """One row for what is free, and one for each reason to be held."""
    found = {change.held_by for change in changes.values()}
    if len(found) == 1:
        return [reshape(row, changes, found.pop())]
    reasons = sorted(found, key=lambda reason: (reason is not None, reason))
    return [
        reshape(row, {name: change for name, change in changes.items() if change.held_by == reason}, reason)
        for reason in reasons
    ]
