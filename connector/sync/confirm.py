"""Reading back what was sent, in the same run: only what the CRM then holds is agreed.

An answer of success proves nothing (a CRM may answer 200 and store nothing). Where a vendor cannot prevent a lost
race, its history is asked afterwards, and a person's value that was overtaken goes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from connector.decide.readback import (
    APPLIED,
    LOST_RACE_RULE,
    OVERTAKEN,
    judge,
    must_restore,
    overtaken_value,
    state_after,
)
from connector.model import FieldWriter, Lane, OutboxState, RawRecord, Wire
from connector.ports.adapter import Adapter
from connector.ports.outbox import ConflictNote, FieldResult, OutboxEntry, RowResult
from connector.sync.writing import Writing, fields_of, read_records

Histories = Mapping[str, Sequence[FieldWriter]]
"""record id -> who set the written fields, newest first."""


def confirm_sent(writing: Writing, entries: Sequence[OutboxEntry]) -> list[RowResult]:
    """Read rows of one object back and keep what that proves, in one transaction."""
    results = examine(writing, entries)
    if results:
        writing.outbox.confirm(writing.company_id, results, writing.stamp(), writing.ids.key)
    return results


def examine(writing: Writing, entries: Sequence[OutboxEntry]) -> list[RowResult]:
    """What the CRM holds now, row by row; nothing is stored."""
    if not entries:
        return []
    system, object_name = entries[0].row.system, entries[0].row.object
    adapter = writing.adapters[system]
    records = read_records(adapter, object_name, entries)
    examiner = Examiner(adapter, writing.families.get((system, object_name), object_name))
    judged = [examiner.first_look(entry, records.get(entry.row.record_id or "")) for entry in entries]
    histories = examiner.histories(object_name, judged)
    return [examiner.with_history(result, histories.get(result.record_id or "", ())) for result in judged]


class Examiner(Struct, frozen=True):
    """Judges read-backs of one object of one CRM."""

    adapter: Adapter
    family: str

    def first_look(self, entry: OutboxEntry, record: RawRecord | None) -> RowResult:
        """From the values alone. A record that is gone, or lives on under another, is followed by the next plan."""
        if record is None or record.deleted or record.successor is not None:
            code = "gone" if record is None or record.successor is None else "merged"
            return RowResult(entry, OutboxState.CANCELLED, record_id=entry.row.record_id, code=code)
        results = judge(entry.row.changes, record.fields)
        return RowResult(
            entry=entry,
            state=state_after(results),
            fields=results,
            record_id=entry.row.record_id,
            modified_at=record.modified_at,
            family=self.family,
            code=_code(results),
        )

    def histories(self, object_name: str, results: Sequence[RowResult]) -> Histories:
        """Who set the fields of rows whose values alone do not settle it."""
        doubtful = [result for result in results if self._needs_history(result)]
        ids = sorted({result.record_id for result in doubtful if result.record_id is not None})
        if not ids:
            return {}
        return self.adapter.writers(object_name, ids, fields_of([result.entry for result in doubtful]))

    def with_history(self, result: RowResult, history: Sequence[FieldWriter]) -> RowResult:
        """From the CRM's own history: our value in the CRM's form, and a lost race."""
        if not history or not result.fields:
            return result
        fields = tuple(self._as_ours(done, _of(history, done.field)) for done in result.fields)
        settled = replace(result, fields=fields, state=state_after(fields), code=_code(fields))
        if result.entry.row.lane is not Lane.CONTESTED or self.adapter.capability.conditional_writes:
            return settled
        return self._with_lost_races(settled, history)

    def _needs_history(self, result: RowResult) -> bool:
        raced = result.entry.row.lane is Lane.CONTESTED and not self.adapter.capability.conditional_writes
        return raced or any(done.verdict == OVERTAKEN for done in result.fields)

    def _as_ours(self, done: FieldResult, history: Sequence[FieldWriter]) -> FieldResult:
        newest_is_ours = bool(history) and self.adapter.is_ours(history[0].actor)
        return replace(done, verdict=APPLIED) if done.verdict == OVERTAKEN and newest_is_ours else done

    def _with_lost_races(self, result: RowResult, history: Sequence[FieldWriter]) -> RowResult:
        restore: dict[str, Wire] = {}
        notes: list[ConflictNote] = []
        for done in result.fields:
            lost = overtaken_value(done.change, _of(history, done.field), self.adapter.is_ours)
            if lost is None:
                continue
            goes_back = must_restore(done.change, lost) and done.verdict == APPLIED
            if goes_back:
                restore[done.field] = lost.value
            notes.append(_note(result.entry, done, lost, goes_back))
        return replace(result, compensate=restore, conflicts=tuple(notes))


def _of(history: Sequence[FieldWriter], name: str) -> list[FieldWriter]:
    return [entry for entry in history if entry.field == name]


def _code(fields: Sequence[FieldResult]) -> str:
    return next((done.verdict for done in fields if done.verdict != APPLIED), "")


def _note(entry: OutboxEntry, done: FieldResult, lost: FieldWriter, goes_back: bool) -> ConflictNote:
    return ConflictNote(
        person_id=entry.row.person_id,
        link_id=entry.row.link_id or 0,
        field=done.field,
        base=done.change.before,
        ours=done.change.after if done.change.rule == LOST_RACE_RULE else done.change.ours,
        theirs=lost.value,
        reason="lost race",
        who=lost.actor,
        settled_by="restored" if goes_back else f"policy {done.change.policy}",
    )
