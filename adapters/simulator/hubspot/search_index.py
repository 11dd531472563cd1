"""Decides what search can see: a copy of each record's properties that follows writes after a lag.

Must not know filters. During the lag search shows the old values, or nothing for a new record (sheet 2.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush


@dataclass(frozen=True, order=True)
class _Pending:
    due: datetime
    sequence: int
    object_name: str
    record_id: str


class SearchIndex:
    """Properties per object type and record id as search sees them."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[str, Mapping[str, str]]] = {}
        self._sequence_seen: dict[tuple[str, str], int] = {}
        self._pending: list[_Pending] = []
        self._snapshots: dict[int, Mapping[str, str]] = {}
        self._sequence = 0

    def note(self, key: tuple[str, str], properties: Mapping[str, str], now: datetime, lag_s: float) -> None:
        """Take a copy of a record's properties; it becomes visible ``lag_s`` after ``now``."""
        self._sequence += 1
        self._snapshots[self._sequence] = dict(properties)
        heappush(self._pending, _Pending(now + timedelta(seconds=lag_s), self._sequence, *key))

    def forget(self, object_name: str, record_id: str) -> None:
        """Drop a record at once; archived, merged and erased records are never found."""
        self._seen.get(object_name, {}).pop(record_id, None)

    def visible(self, object_name: str, now: datetime) -> Mapping[str, Mapping[str, str]]:
        """Record id to properties as of now."""
        while self._pending and self._pending[0].due <= now:
            self._apply(heappop(self._pending))
        return self._seen.get(object_name, {})

    def _apply(self, pending: _Pending) -> None:
        snapshot = self._snapshots.pop(pending.sequence)
        key = (pending.object_name, pending.record_id)
        if pending.sequence >= self._sequence_seen.get(key, 0):
            self._sequence_seen[key] = pending.sequence
            self._seen.setdefault(pending.object_name, {})[pending.record_id] = snapshot
