"""Everything a read-back means, in the caller's one transaction.

The outbox row, the settled pair, the journal, the landed version and the link of a new record move together: a
crash leaves all of it or nothing (ARCHITECTURE 2.1, the last line of its crash table).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, select, update

from connector.decide.readback import LOST_RACE_RULE
from connector.model import Lane, OutboxState
from connector.ports.outbox import Change, FieldResult, PlannedRow, RowResult, SettledPair, Stamp
from connector.store import baseline, conflicts, journal, refusals
from connector.store.counters import next_seq, reserve
from connector.store.landing_rows import echoed
from connector.store.outcomes import set_each
from connector.store.plans import outbox_values, unsettle
from connector.store.prepared import Prepared
from connector.store.refusals import Refused
from connector.store.sql import chunks, insert_new, table
from connector.store.tables import Assignment, Landing, Link, LinkEvent, MatchKey, OutboxRow
from connector.store.types import BigId, Document, Instant

_outbox, _landing, _link = table(OutboxRow), table(Landing), table(Link)
_link_event, _match_key, _assignment = table(LinkEvent), table(MatchKey), table(Assignment)

_HERE = [_landing.c[name] == bindparam(f"k_{name}") for name in ("company", "system", "object")]
_LANDED = select(*(_landing.c[name] for name in ("record_id", "fields", "facts", "deleted_at", "modified_at"))).where(
    *_HERE, _landing.c.record_id.in_(bindparam("k_ids", expanding=True))
)
_THIS = (*_HERE, _landing.c.record_id == bindparam("k_record"))
_ADDRESS = ("k_company", "k_system", "k_object", "k_record")
_ECHO = {
    "fields": bindparam("v_fields", type_=Document),
    "content_hash": bindparam("v_hash"),
    "modified_at": bindparam("v_modified_at", type_=Instant),
}
_REFRESH = Prepared(
    lambda connection: update(_landing).where(*_THIS).values(**_ECHO),
    ("v_fields", "v_hash", "v_modified_at", *_ADDRESS),
    plain=("v_fields",),  # a text already, hashed as such
)
_TOUCH = Prepared(
    lambda connection: update(_landing).where(*_THIS).values(seq=bindparam("v_seq", type_=BigId)), ("v_seq", *_ADDRESS)
)

APPLIED, NOT_STORED = "applied", "not_stored"
OWNER_MOMENT = "owner"


class Confirmation(Struct, frozen=True):
    """One batch of read-backs being written down."""

    connection: Connection
    company: int
    stamp: Stamp
    mint: Callable[[], str]

    def write(self, results: Sequence[RowResult]) -> None:
        """All of it; the caller commits."""
        linked = [self._with_link(result) for result in results]
        applied = [(result, done) for result in linked for done in result.fields if done.verdict == APPLIED]
        set_each(self.connection, self.company, [(result.entry, self._moved(result)) for result in linked])
        seq = next_seq(self.connection, self.company)
        baseline.move(self.connection, self.company, _pairs([each for each in applied if _is_ours(each[0])]), seq)
        journal.append(self.connection, self.company, applied, self.stamp)
        self._refresh_landing([result for result in linked if _is_ours(result)])
        self._mark_stamped(applied)
        self._note_refusals(linked, applied)
        conflicts.note(self.connection, self.company, [note for one in linked for note in one.conflicts], self.stamp)
        self._restore(linked)
        self._confirm_assignments(applied)
        unsettle(self.connection, self.company, {result.entry.row.person_id for result in linked})

    def _moved(self, result: RowResult) -> dict[str, Any]:
        return {
            "state": result.state,
            "record_id": result.record_id or result.entry.row.record_id,
            "settled_at": self.stamp.now,
            "error_code": result.code or None,
            "link_id": result.entry.row.link_id,
        }

    def _with_link(self, result: RowResult) -> RowResult:
        """A confirmed create makes its link, under the key that was minted before it was sent."""
        row = result.entry.row
        if row.kind != "create" or not result.fields or result.record_id is None:
            return result
        known = self._known_link(row, result.record_id)
        link_id = known if known is not None else self._new_link(result, result.record_id)
        linked = replace(row, link_id=link_id, record_id=result.record_id)
        return replace(result, entry=replace(result.entry, row=linked))

    def _known_link(self, row: PlannedRow, record_id: str) -> int | None:
        same = _link.c.system == row.system, _link.c.object == row.object, _link.c.record_id == record_id
        query = select(_link.c.link_id).where(_link.c.company == self.company, *same)
        return self.connection.execute(query).scalar_one_or_none()

    def _new_link(self, result: RowResult, record_id: str) -> int:
        row = result.entry.row
        link_id = reserve(self.connection, self.company, "link")
        seq = next_seq(self.connection, self.company)
        values = {"company": self.company, "link_id": link_id, "person_id": row.person_id, "record_id": record_id}
        values |= {"system": row.system, "object": row.object, "family": result.family or row.object}
        values |= {"external_key": row.external_key, "stamped": True, "is_primary": True, "state": "active"}
        values |= {"parent_record_id": row.parent_record_id, "first_seen_at": self.stamp.now, "mapped": {}, "seq": seq}
        self.connection.execute(_link.insert().values(**values))
        event: dict[str, Any] = {"company": self.company, "seq": seq, "link_id": link_id, "person_to": row.person_id}
        event |= {"verdict": "created", "evidence": {"action_id": result.entry.action_id}, "actor": "leadloop"}
        self.connection.execute(_link_event.insert().values(**event, at=self.stamp.now))
        key = {"company": self.company, "kind": "external_key", "value": row.external_key, "link_id": link_id}
        insert_new(self.connection, _match_key, [key])
        return link_id

    def _refresh_landing(self, results: Sequence[RowResult]) -> None:
        """What we wrote is landed as it was read back, so that the next pull sees our own echo as nothing new.

        Only the fields of ours move: somebody else's edit of another field still differs in the hash. A shared field is
        also read by the mapping, so its record is resolved again; our own fields are not.
        """
        written = [result for result in results if any(done.verdict == APPLIED for done in result.fields)]
        for place, echoes in _by_object(written).items():
            echoed_rows, touched = [], []
            for row in self._landed(place, sorted(echoes)):
                result = echoes[row.record_id]
                address = (self.company, *place, row.record_id)
                echoed_rows.append((*_echo(row, result), *address))
                if result.entry.row.lane is not Lane.OWNED:
                    touched.append((next_seq(self.connection, self.company), *address))
            _REFRESH.run(self.connection, echoed_rows)
            _TOUCH.run(self.connection, touched)

    def _landed(self, place: tuple[str, str], record_ids: Sequence[str]) -> Iterator[Any]:
        for part in chunks(record_ids):
            asked = {"k_company": self.company, "k_system": place[0], "k_object": place[1], "k_ids": part}
            yield from self.connection.execute(_LANDED, asked).all()

    def _mark_stamped(self, applied: Sequence[tuple[RowResult, FieldResult]]) -> None:
        stamped = {
            result.entry.row.link_id
            for result, done in applied
            if result.entry.row.external_key is not None and done.change.ours == result.entry.row.external_key
        }
        for part in chunks(sorted(link_id for link_id in stamped if link_id is not None)):
            links = _link.c.company == self.company, _link.c.link_id.in_(part)
            self.connection.execute(update(_link).where(*links).values(stamped=True))

    def _note_refusals(self, results: Sequence[RowResult], applied: Sequence[tuple[RowResult, FieldResult]]) -> None:
        refused = [
            Refused(result.entry, done.field, NOT_STORED)
            for result in results
            for done in result.fields
            if done.verdict == NOT_STORED and result.state is not OutboxState.PLANNED
        ]
        refusals.settle(self.connection, self.company, [(result.entry, done.field) for result, done in applied])
        refusals.note(self.connection, self.company, refused, self.stamp.now)

    def _restore(self, results: Sequence[RowResult]) -> None:
        """Put back what our write has overtaken unseen: a row that outlives its plan until it is done."""
        rows = []
        for result in results:
            if result.compensate:
                row = _compensation(result)
                values = outbox_values(self.company, result.entry.plan_id, row, self.mint(), self.stamp.now)
                rows.append(values)
        if rows:
            self.connection.execute(_outbox.insert(), rows)

    def _confirm_assignments(self, applied: Sequence[tuple[RowResult, FieldResult]]) -> None:
        people = {result.entry.row.person_id for result, done in applied if done.change.moment == OWNER_MOMENT}
        confirm_assignments(self.connection, self.company, people, self.stamp)


def confirm_assignments(connection: Connection, company: int, people: set[int], stamp: Stamp) -> None:
    """The owner is proven to stand in a CRM: the follow-up clock may start."""
    for part in chunks(sorted(people)):
        waiting = _assignment.c.confirmed_at.is_(None), _assignment.c.until.is_(None)
        who = _assignment.c.company == company, _assignment.c.person_id.in_(part)
        connection.execute(update(_assignment).where(*who, *waiting).values(confirmed_at=stamp.now))


def _is_ours(result: RowResult) -> bool:
    """A person's value that was put back is theirs: the next pull must see it as their change; nothing is agreed."""
    return result.entry.row.kind != "restore"


def _pairs(applied: Sequence[tuple[RowResult, FieldResult]]) -> dict[int, dict[str, SettledPair]]:
    pairs: dict[int, dict[str, SettledPair]] = {}
    for result, done in applied:
        link_id = result.entry.row.link_id
        if link_id is not None:
            # A wish newer than the one we answered must stay open, so the pair stands at the answered one.
            pair = SettledPair(done.change.ours, done.wire, done.change.moment_seq or 0)
            pairs.setdefault(link_id, {})[done.field] = pair
    return pairs


def _by_object(results: Sequence[RowResult]) -> dict[tuple[str, str], dict[str, RowResult]]:
    """(system, object) -> record id -> its result."""
    found: dict[tuple[str, str], dict[str, RowResult]] = {}
    for result in results:
        row = result.entry.row
        found.setdefault((row.system, row.object), {})[result.record_id or row.record_id or ""] = result
    return found


def _echo(row: Any, result: RowResult) -> tuple[str, str, datetime]:
    """The landed fields, hash and stamp of a record with what was read back of it."""
    fields = row.fields | {done.field: done.wire for done in result.fields if done.verdict == APPLIED}
    text, hashed = echoed(fields, row.facts or {}, row.deleted_at is not None)
    return text, hashed, max(row.modified_at, result.modified_at or row.modified_at)


def _compensation(result: RowResult) -> PlannedRow:
    done = {field.field: field for field in result.fields}
    changes = {name: _restored(done[name], value) for name, value in sorted(result.compensate.items())}
    return replace(result.entry.row, changes=changes, kind="restore", lane=Lane.CONTESTED, held_by=None)


def _restored(done: FieldResult, value: Any) -> Change:
    reason = "a person's value that our write had overtaken"
    restored = replace(done.change, before=done.wire, after=value, rule=LOST_RACE_RULE, reason=reason)
    return replace(restored, moment_seq=None, moment=None)
