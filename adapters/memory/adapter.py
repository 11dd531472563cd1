"""The port, kept in the plainest way on a ``MemoryCrm``: what the other adapters are compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from adapters.memory.crm import INTEGRATION, MemoryCrm, MemoryRecord, Version
from connector.errors import Unconfirmed
from connector.model import FieldWriter, Lane, Outcome, RawRecord, RecordRef, RowOutcome, RowWrite, Wire
from connector.ports.adapter import (
    Capability,
    FieldSchema,
    ObjectCapability,
    ObjectSchema,
    Page,
    PullRequest,
    Usage,
)
from connector.ports.connection import Connection
from connector.ports.memberships import MEMBERSHIPS

PAGE_SIZE_MAX = 200
_OBJECTS = ("contacts", "companies", "deals", "owners")


class MemoryAdapter:
    """One CRM in memory. Options: ``lag_s``, ``overlap_s``, ``objects`` (their names)."""

    def __init__(self, connection: Connection, crm: MemoryCrm) -> None:
        self._system = connection.system
        self._crm = crm
        self._key_fields = dict(connection.key_fields)
        names = connection.options.get("objects", _OBJECTS)
        self._objects = tuple(str(name) for name in names) if isinstance(names, list | tuple) else _OBJECTS
        self._lag = timedelta(seconds=float(str(connection.options.get("lag_s", 60))))
        self._overlap = timedelta(seconds=float(str(connection.options.get("overlap_s", 600))))

    @property
    def capability(self) -> Capability:
        """Everything is allowed, 100 rows at a time."""
        sizes = {Lane.OWNED: 100, Lane.CONTESTED: 25, Lane.CREATE: 100}
        objects = {name: ObjectCapability(name, sizes, key_field=self._key_fields.get(name)) for name in self._objects}
        objects[MEMBERSHIPS] = ObjectCapability(MEMBERSHIPS, sizes)
        lag_s, overlap_s = self._lag.total_seconds(), self._overlap.total_seconds()
        return Capability(self._system, objects, conditional_writes=True, lag_s=lag_s, overlap_s=overlap_s)

    def server_now(self) -> datetime:
        """The clock's time: there is no other server."""
        return self._crm.clock.now()

    def schema(self, object_name: str) -> ObjectSchema:
        """Every field that any record has, and every restricted one."""
        names = {name for item in self._crm.of(object_name) for name in item.versions[-1].fields}
        fields = {
            name: FieldSchema(name, "text", writable=True, options=self._options(name))
            for name in sorted(names | set(self._crm.options))
        }
        return ObjectSchema(object_name, fields)

    def _options(self, name: str) -> tuple[str, ...]:
        return tuple(str(value) for value in self._crm.options.get(name, ()))

    def pull(self, request: PullRequest) -> Iterator[Page]:
        """Changed records by stamp and id, deleted ones included."""
        since = request.since if request.covered_until is None else request.covered_until - self._overlap
        return self._pages(request, since, with_deleted=True)

    def backfill(self, request: PullRequest) -> Iterator[Page]:
        """Live records by stamp and id."""
        return self._pages(request, request.since, with_deleted=False)

    def _pages(self, request: PullRequest, since: datetime | None, *, with_deleted: bool) -> Iterator[Page]:
        self._crm.calls += 1
        covered = self.server_now() - self._lag
        behind = (str(request.token.get("stamp", "")), str(request.token.get("id", "")))
        if request.covered_until is not None:
            behind = ("", "")
        found = [item for item in self._visible(request.object) if with_deleted or not item[1].deleted]
        found = [item for item in found if since is None or item[1].modified_at >= since]
        found = sorted((item for item in found if _position(item) > behind), key=_position)
        for start in range(0, max(len(found), 1), PAGE_SIZE_MAX):
            portion = found[start : start + PAGE_SIZE_MAX]
            done = start + PAGE_SIZE_MAX >= len(found)
            stamp, record_id = _position(portion[-1]) if portion else behind
            records = tuple(self._record(item, version, request.fields) for item, version in portion)
            yield Page(records, {"stamp": stamp, "id": record_id}, covered if done else None, done)

    def _visible(self, object_name: str) -> list[tuple[MemoryRecord, Version]]:
        now = self.server_now()
        seen = ((item, item.seen(now)) for item in self._crm.of(object_name))
        return [(item, version) for item, version in seen if version is not None]

    def removals(self, object_name: str, token: Mapping[str, object]) -> Iterator[Page]:
        """Nothing: ``pull`` carries them."""
        yield Page((), token, done=True)

    def read(self, object_name: str, record_ids: Sequence[str], fields: Sequence[str]) -> dict[str, RawRecord]:
        """Live records by id; a merged-away one has its successor set."""
        self._crm.calls += 1
        if object_name == MEMBERSHIPS:
            return {record_id: self._standing(record_id, fields) for record_id in record_ids}
        wanted = set(record_ids)
        return {
            item.record_id: self._record(item, version, fields)
            for item, version in self._visible(object_name)
            if item.record_id in wanted and (not version.deleted or version.successor)
        }

    def find(self, object_name: str, field_name: str, values: Sequence[str], fields: Sequence[str]) -> list[RawRecord]:
        """Live records whose field holds one of the values, whatever the case."""
        self._crm.calls += 1
        wanted = {value.lower() for value in values}
        return [
            self._record(item, version, fields)
            for item, version in self._visible(object_name)
            if not version.deleted and str(version.fields.get(field_name) or "").lower() in wanted
        ]

    def probe(self, rows: Sequence[RowWrite]) -> dict[str, str]:
        """By external key, deleted records included."""
        self._crm.calls += 1
        found = {row.action_id: self._by_key(row) for row in rows}
        return {action_id: item.record_id for action_id, item in found.items() if item is not None}

    def _by_key(self, row: RowWrite) -> MemoryRecord | None:
        key_field = self._key_fields.get(row.object, "")
        items = self._crm.of(row.object)
        return next((item for item in items if item.versions[-1].fields.get(key_field) == row.external_key), None)

    def write(self, lane: Lane, rows: Sequence[RowWrite]) -> list[RowOutcome]:
        """Row by row; a lost reply raises after everything was done."""
        self._crm.calls += 1
        outcomes = [self._written(lane, row) for row in rows]
        if self._crm.lost_replies > 0:
            self._crm.lost_replies -= 1
            raise Unconfirmed("the answer to a write was lost", where=self._system)
        return outcomes

    def _written(self, lane: Lane, row: RowWrite) -> RowOutcome:
        refused = next((name for name, value in row.fields.items() if not self._crm.is_allowed(name, value)), None)
        if refused is not None:
            return RowOutcome(row.action_id, Outcome.REJECTED, code="INVALID_OPTION", field=refused)
        if lane is Lane.CREATE:
            return self._created(row)
        if row.object == MEMBERSHIPS and row.ref is not None:
            self._crm.members |= {(name, row.ref.record_id): value for name, value in row.fields.items()}
            return RowOutcome(row.action_id, Outcome.SENT, record_id=row.ref.record_id)
        item = self._crm.record(row.object, row.ref.record_id) if row.ref else None
        if item is None or item.versions[-1].deleted:
            return RowOutcome(row.action_id, Outcome.GONE, code="NOT_FOUND")
        if lane is Lane.CONTESTED and row.version not in (None, str(item.versions[-1].number)):
            return RowOutcome(row.action_id, Outcome.CONFLICT, code="PRECONDITION_FAILED")
        self._crm.edit(row.object, item.record_id, row.fields, INTEGRATION)
        return RowOutcome(row.action_id, Outcome.SENT, record_id=item.record_id)

    def _created(self, row: RowWrite) -> RowOutcome:
        item = self._by_key(row)
        if item is not None:
            self._crm.edit(row.object, item.record_id, row.fields, INTEGRATION)
            return RowOutcome(row.action_id, Outcome.SENT, record_id=item.record_id)
        key_field = self._key_fields.get(row.object)
        fields = {**row.fields, **({key_field: row.external_key} if key_field else {})}
        record_id = self._crm.create(row.object, fields, INTEGRATION)
        return RowOutcome(row.action_id, Outcome.SENT, record_id=record_id, created=True)

    def writers(
        self, object_name: str, record_ids: Sequence[str], fields: Sequence[str]
    ) -> dict[str, list[FieldWriter]]:
        """The history of the fields, newest first."""
        items = (self._crm.record(object_name, record_id) for record_id in record_ids)
        return {
            item.record_id: [entry for entry in item.history if entry.field in fields]
            for item in items
            if item is not None
        }

    def version(self, record: RawRecord) -> str | None:
        """The number of the version that was visible with this stamp."""
        item = self._crm.record(record.ref.object, record.ref.record_id)
        versions = item.versions if item else []
        numbers = [seen.number for seen in versions if seen.modified_at == record.modified_at]
        return str(numbers[-1]) if numbers else None

    def is_ours(self, writer: str) -> bool:
        """Whether the integration wrote."""
        return writer == INTEGRATION

    def encode(self, object_name: str, field_name: str, value: object) -> Wire:
        """Texts, numbers and booleans as they are; times as ISO text."""
        if isinstance(value, datetime | date):
            return value.isoformat()
        return value if isinstance(value, str | int | float | bool | None) else str(value)

    def usage(self) -> Usage:
        """Calls so far; no budget."""
        return Usage(calls=self._crm.calls)

    def close(self) -> None:
        """Nothing is held open."""

    def _record(self, item: MemoryRecord, version: Version, fields: Sequence[str]) -> RawRecord:
        return RawRecord(
            ref=self._ref(item.object, item.record_id),
            modified_at=version.modified_at,
            fields={} if version.successor else {name: version.fields.get(name) for name in fields},
            created_at=item.created_at,
            deleted=version.deleted,
            successor=self._ref(item.object, version.successor) if version.successor else None,
            succession="merged" if version.successor else "",
            absorbs=tuple(self._ref(item.object, record_id) for record_id in version.absorbs),
            modified_by=version.by,
        )

    def _standing(self, record_id: str, fields: Sequence[str]) -> RawRecord:
        values = {name: self._crm.members.get((name, record_id), False) for name in fields}
        return RawRecord(self._ref(MEMBERSHIPS, record_id), self.server_now(), values)

    def _ref(self, object_name: str, record_id: str) -> RecordRef:
        return RecordRef(self._system, object_name, record_id)


def _position(found: tuple[MemoryRecord, Version]) -> tuple[str, str]:
    return found[1].modified_at.isoformat(timespec="microseconds"), found[0].record_id
