"""The state of a CRM in memory, and what people do to it.

Decides what a reader sees at a moment (a late commit shows its old version until then) and what is refused.
Knows nothing of the port: ``adapter`` speaks to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from connector.clock import Clock
from connector.model import FieldWriter, Wire

INTEGRATION = "integration"
_TICK = timedelta(milliseconds=1)  # stamps may run ahead of a standing clock by microseconds


class Version(Struct, frozen=True):
    """One state of a record; ``visible_at`` is later than ``modified_at`` for a late commit."""

    number: int
    modified_at: datetime
    visible_at: datetime
    fields: Mapping[str, Wire]
    by: str
    deleted: bool = False
    successor: str | None = None
    absorbs: tuple[str, ...] = ()


@dataclass
class MemoryRecord:
    """All versions of one record, oldest first, and the history of its fields, newest first."""

    object: str
    record_id: str
    created_at: datetime
    versions: list[Version]
    history: list[FieldWriter] = field(default_factory=list)

    def seen(self, now: datetime) -> Version | None:
        """What a reader sees: the last version that is visible."""
        return next((version for version in reversed(self.versions) if version.visible_at <= now + _TICK), None)


class MemoryCrm:
    """Records by object and id. ``options``: field -> allowed values; another value is refused.

    ``lost_replies``: that many of the next writes are done, but their answer is lost.
    """

    def __init__(self, clock: Clock, options: Mapping[str, tuple[Wire, ...]] | None = None) -> None:
        self.clock = clock
        self.options = dict(options or {})
        self.lost_replies = 0
        self.calls = 0
        self.members: dict[tuple[str, str], Wire] = {}
        """(collection field, record id) -> the standing of a member there."""
        self._records: dict[tuple[str, str], MemoryRecord] = {}

    def of(self, object_name: str) -> Iterator[MemoryRecord]:
        """Every record of an object, by id."""
        return (item for key, item in sorted(self._records.items()) if key[0] == object_name)

    def record(self, object_name: str, record_id: str) -> MemoryRecord | None:
        """A record, whatever its state."""
        return self._records.get((object_name, record_id))

    def create(self, object_name: str, fields: Mapping[str, Wire], by: str = "person", late_s: float = 0) -> str:
        """A new record; visible ``late_s`` seconds after its stamp. Gives its id."""
        record_id = f"{len(self._records) + 1:06d}"
        now = self.clock.now()
        version = Version(1, now, now + timedelta(seconds=late_s), dict(fields), by)
        record = MemoryRecord(object_name, record_id, now, [version])
        self._records[object_name, record_id] = record
        self._remember(record, fields, by)
        return record_id

    def edit(
        self, object_name: str, record_id: str, fields: Mapping[str, Wire], by: str = "person", late_s: float = 0
    ) -> None:
        """Set fields; visible ``late_s`` seconds after the stamp."""
        record = self._records[object_name, record_id]
        last = record.versions[-1]
        self._append(record, replace(last, fields={**last.fields, **fields}, by=by), late_s)
        self._remember(record, fields, by)

    def delete(self, object_name: str, record_id: str) -> None:
        """Delete; the tombstone stays visible to a pull."""
        record = self._records[object_name, record_id]
        self._append(record, replace(record.versions[-1], deleted=True))

    def merge(self, object_name: str, winner_id: str, loser_id: str) -> None:
        """The loser is gone and names the winner; the winner names the loser."""
        winner, loser = self._records[object_name, winner_id], self._records[object_name, loser_id]
        absorbs = (*winner.versions[-1].absorbs, loser_id)
        self._append(loser, replace(loser.versions[-1], deleted=True, successor=winner_id))
        self._append(winner, replace(winner.versions[-1], absorbs=absorbs))

    def is_allowed(self, name: str, value: Wire) -> bool:
        """Whether a field takes a value; no value is always taken."""
        return value is None or name not in self.options or value in self.options[name]

    def _append(self, record: MemoryRecord, changed: Version, late_s: float = 0) -> None:
        last = record.versions[-1]
        stamp = max(self.clock.now(), last.modified_at + timedelta(microseconds=1))  # one stamp, one version
        visible_at = stamp + timedelta(seconds=late_s)
        record.versions.append(replace(changed, number=last.number + 1, modified_at=stamp, visible_at=visible_at))

    def _remember(self, record: MemoryRecord, fields: Mapping[str, Wire], by: str) -> None:
        now = self.clock.now()
        record.history[:0] = [
            FieldWriter(name, value, now, by, "MEMORY", by == "person") for name, value in fields.items()
        ]
