"""First of all in a run: what became of writes whose outcome is not known. Nothing is resent before it is read back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from msgspec.structs import replace

from connector.decide.readback import APPLIED, NOT_STORED, OVERTAKEN, never_happened, state_after
from connector.errors import LeadloopError
from connector.model import Lane, OutboxState
from connector.ports.outbox import FieldResult, OutboxEntry, RowResult
from connector.sync.confirm import examine
from connector.sync.writing import PushReport, Writing, row_write

PAGE_ROWS = 500
PAGES_MAX = 100_000


def settle_unknown(writing: Writing) -> PushReport:
    """Settle every row in flight: confirmed, planned again (the same action), or left to the next diff.

    A system that cannot be asked stays as it is and is named in ``stopped``; its rows stay in flight.
    """
    report = PushReport()
    after = ""
    for _ in range(PAGES_MAX):
        page = writing.outbox.in_flight(writing.company_id, after, PAGE_ROWS)
        if not page:
            break
        after = page[-1].action_id
        for entries in by_object(page):
            _settle_or_stop(writing, entries, report)
    return report


def settle_entries(writing: Writing, entries: Sequence[OutboxEntry]) -> list[RowResult]:
    """Settle rows of one object; what surely never happened is planned again."""
    known = _with_record_ids(writing, entries)
    nowhere = [entry for entry in known if entry.row.record_id is None]
    examined = [_as_unknown(result) for result in examine(writing, [one for one in known if one not in nowhere])]
    again = [result.entry for result in examined if result.state is OutboxState.PLANNED]
    done = [result for result in examined if result.state is not OutboxState.PLANNED]
    if nowhere or again:
        writing.outbox.put_back(writing.company_id, [*nowhere, *again], None, was_sent=True)
    if done:
        writing.outbox.confirm(writing.company_id, done, writing.stamp(), writing.ids.key)
    return done


def by_object(entries: Sequence[OutboxEntry]) -> list[list[OutboxEntry]]:
    """Rows grouped by system and object."""
    ordered = sorted(entries, key=lambda entry: (entry.row.system, entry.row.object, entry.action_id))
    return [list(rows) for _, rows in groupby(ordered, key=lambda entry: (entry.row.system, entry.row.object))]


def _settle_or_stop(writing: Writing, entries: list[OutboxEntry], report: PushReport) -> None:
    system = entries[0].row.system
    if system in report.stopped or system not in writing.adapters:
        return
    try:
        results = settle_entries(writing, entries)
    except LeadloopError as error:
        report.stopped[system] = error
        return
    report.results.extend(results)
    report.add_written(system, sum(result.state is OutboxState.CONFIRMED for result in results))


def _with_record_ids(writing: Writing, entries: Sequence[OutboxEntry]) -> list[OutboxEntry]:
    """Creates whose reply was lost are probed by their key; the others are known by id."""
    lost = [entry for entry in entries if entry.row.lane is Lane.CREATE and entry.row.record_id is None]
    if not lost:
        return list(entries)
    made = writing.adapters[lost[0].row.system].probe([row_write(entry) for entry in lost])
    return [
        replace(entry, row=replace(entry.row, record_id=made[entry.action_id])) if entry.action_id in made else entry
        for entry in entries
    ]


def _as_unknown(result: RowResult) -> RowResult:
    """Judge a row whose answer is not known: before, after, or somebody else's value.

    A write applies to a record as a whole, so a field that stands as before beside one that was applied has been
    set back by somebody: it was overtaken.
    """
    if result.entry.state is OutboxState.SENT or not result.fields or result.entry.row.lane is Lane.CREATE:
        return result
    if never_happened(result.fields):
        return replace(result, state=OutboxState.PLANNED)
    if not any(done.verdict == APPLIED for done in result.fields):
        return replace(result, state=OutboxState.CONFLICT, code=OVERTAKEN)
    fields = tuple(_set_back(done) for done in result.fields)
    return replace(result, fields=fields, state=state_after(fields))


def _set_back(done: FieldResult) -> FieldResult:
    return replace(done, verdict=OVERTAKEN) if done.verdict == NOT_STORED else done
