"""What the writing steps are handed: the outbox, the connected CRMs, what may be written, and the injected world."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from msgspec import Struct, field

from connector.clock import Clock
from connector.ids import Ids
from connector.model import Lane, Level, RawRecord, RecordRef, RowWrite
from connector.ports.adapter import Adapter, ObjectCapability
from connector.ports.outbox import Outbox, OutboxEntry, RowResult, Stamp

Found = Callable[[OutboxEntry, Sequence[RawRecord]], None]


def ignore_found(entry: OutboxEntry, records: Sequence[RawRecord]) -> None:
    """The next pull shows the found record anyway."""


def no_note(line: str) -> None:
    """No progress is shown."""


class Writing(Struct, frozen=True):
    """One company's writing in one run. ``note`` hears of every batch behind us: a place to stop between batches.

    ``levels``: per system; a missing one is observe. ``find_fields``: (system, object) of a create -> the (object,
    field) pairs in which its e-mail is looked for first. ``families``: (system, object) -> family of a new link.
    """

    company_id: int
    run_id: int
    outbox: Outbox
    adapters: Mapping[str, Adapter]
    levels: Mapping[str, Level]
    clock: Clock
    ids: Ids
    digest: str | None = None
    families: Mapping[tuple[str, str], str] = field(default_factory=dict)
    find_fields: Mapping[tuple[str, str], tuple[tuple[str, str], ...]] = field(default_factory=dict)
    on_found: Found = ignore_found
    note: Callable[[str], None] = no_note

    def stamp(self) -> Stamp:
        """This run, now."""
        return Stamp(self.run_id, self.clock.now(), self.digest)

    def allowed_levels(self, system: str) -> tuple[Level, ...]:
        """What rows may need to be sent to ``system`` now; empty: nothing."""
        level = self.levels.get(system, Level.OBSERVE)
        return tuple(needed for needed in Level if needed is not Level.OBSERVE and level.allows(needed))


class PushReport(Struct):
    """What a push came to. ``written``: system -> records; ``stopped``: system -> why it was given up for this run."""

    written: dict[str, int] = field(default_factory=dict)
    results: list[RowResult] = field(default_factory=list)
    cancelled: int = 0
    stopped: dict[str, Exception] = field(default_factory=dict)

    def add_written(self, system: str, count: int) -> None:
        """Count records that were written."""
        if count:
            self.written[system] = self.written.get(system, 0) + count

    def absorb(self, later: PushReport) -> None:
        """Count a later push of the same run in."""
        for system, count in later.written.items():
            self.add_written(system, count)
        self.results.extend(later.results)
        self.cancelled += later.cancelled
        self.stopped |= later.stopped


def row_write(entry: OutboxEntry, version: str | None = None) -> RowWrite:
    """An outbox row as it goes to an adapter."""
    row = entry.row
    new = row.lane is Lane.CREATE
    ref = None if new or row.record_id is None else RecordRef(row.system, row.object, row.record_id)
    return RowWrite(
        action_id=entry.action_id,
        object=row.object,
        fields={name: change.after for name, change in row.changes.items()},
        ref=ref,
        external_key=row.external_key if new else None,
        expected={} if new else {name: change.before for name, change in row.changes.items()},
        version=version,
        intent_at=entry.intent_at,
    )


def batches(
    entries: Sequence[OutboxEntry], capability: ObjectCapability, lane: Lane
) -> Iterator[Sequence[OutboxEntry]]:  # fmt: skip
    """The rows in the portions that one request may hold; ``entries`` are ordered by parent record."""
    size = max(capability.batch_size_max.get(lane, 1), 1)
    parents = groupby(entries, key=lambda entry: entry.row.parent_record_id if capability.one_parent else None)
    for together in (list(rows) for _, rows in parents):
        for start in range(0, len(together), size):
            yield together[start : start + size]


def fields_of(entries: Sequence[OutboxEntry]) -> tuple[str, ...]:
    """Every field that these rows write, sorted."""
    return tuple(sorted({name for entry in entries for name in entry.row.changes}))


def read_records(adapter: Adapter, object_name: str, entries: Sequence[OutboxEntry]) -> dict[str, RawRecord]:
    """Strongly consistent values of what these rows write, by record id, in reads of the vendor's size."""
    size = adapter.capability.objects[object_name].read_size_max
    ids = sorted({entry.row.record_id for entry in entries if entry.row.record_id is not None})
    found: dict[str, RawRecord] = {}
    for start in range(0, len(ids), size):
        found |= adapter.read(object_name, ids[start : start + size], fields_of(entries))
    return found
