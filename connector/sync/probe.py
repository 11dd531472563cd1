"""Before a record is created: did an earlier attempt make it, or does the person exist there already?

An external key prevents only our own repetition. A colleague may have typed in the same person a minute ago, so the
e-mail address is looked for right before sending (ARCHITECTURE 2.3).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from connector.decide.normalise import normalise
from connector.model import OutboxState, RawRecord
from connector.ports.outbox import OutboxEntry
from connector.sync.writing import Writing, row_write


def without_existing(
    writing: Writing, entries: Sequence[OutboxEntry]
) -> tuple[list[OutboxEntry], list[OutboxEntry], list[OutboxEntry]]:
    """Creates of one object as (to be sent, made by an earlier attempt, found as somebody else's record)."""
    made = _made_before(writing, entries)
    rest = [entry for entry in entries if entry.action_id not in made]
    found = _found_by_email(writing, rest)
    for entry in rest:
        if entry.action_id in found:
            writing.on_found(entry, found[entry.action_id])
    ready = [entry for entry in rest if entry.action_id not in found]
    existing = [entry for entry in rest if entry.action_id in found]
    return ready, list(made.values()), existing


def _made_before(writing: Writing, entries: Sequence[OutboxEntry]) -> dict[str, OutboxEntry]:
    """Rows that were sent before are probed by their key; first attempts cannot have been made."""
    repeated = [entry for entry in entries if entry.attempts > 0]
    if not repeated:
        return {}
    ids = writing.adapters[repeated[0].row.system].probe([row_write(entry) for entry in repeated])
    return {
        entry.action_id: replace(entry, state=OutboxState.SENT, row=replace(entry.row, record_id=ids[entry.action_id]))
        for entry in repeated
        if entry.action_id in ids
    }


def _found_by_email(writing: Writing, entries: Sequence[OutboxEntry]) -> dict[str, list[RawRecord]]:
    found: dict[str, list[RawRecord]] = {}
    if not entries:
        return found
    row = entries[0].row
    places = writing.find_fields.get((row.system, row.object), ())
    own_fields = frozenset(name for object_name, name in places if object_name == row.object)
    wanted = {entry.action_id: _email(entry, own_fields) for entry in entries if entry.row.kind == "create"}
    addresses = sorted({address for address in wanted.values() if address})
    for object_name, name in places if addresses else ():
        records = writing.adapters[row.system].find(object_name, name, addresses, [name])
        for record in records:
            holder = normalise("email", record.fields.get(name))
            for action_id, address in wanted.items():
                if address is not None and address == holder:
                    found.setdefault(action_id, []).append(record)
    return found


def _email(entry: OutboxEntry, names: frozenset[str]) -> str | None:
    """The address that the new record would hold: in an e-mail field, or in the field that is looked in."""
    changes = entry.row.changes.items()
    values = [normalise("email", change.after) for name, change in changes if change.type == "email" or name in names]
    return str(values[0]) if values and values[0] is not None else None
