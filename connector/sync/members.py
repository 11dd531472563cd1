"""Before a membership is written: is it there already, and whose doing is that?

What somebody else has put there, or has changed since, is theirs: it is agreed to as it stands and never touched again.
Only so can a membership be taken back later without taking away a colleague's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from connector.decide.normalise import same_json
from connector.model import OutboxState
from connector.ports.memberships import MEMBERSHIPS
from connector.ports.outbox import OutboxEntry, SettledPair, Settlement
from connector.sync.writing import Writing, read_records

THEIRS = "theirs"


@dataclass
class Checked:
    """Rows to be sent with their versions, rows that an earlier attempt made, and rows that were settled unsent."""

    ready: list[OutboxEntry] = field(default_factory=list)
    versions: dict[str, str | None] = field(default_factory=dict)
    made: list[OutboxEntry] = field(default_factory=list)
    settled: list[OutboxEntry] = field(default_factory=list)


def recheck_members(writing: Writing, entries: Sequence[OutboxEntry]) -> Checked:
    """Read where these records stand and agree with what is not as it was planned on."""
    checked = Checked()
    adapter = writing.adapters[entries[0].row.system]
    records = read_records(adapter, MEMBERSHIPS, entries)
    pairs: dict[int, dict[str, SettledPair]] = {}
    for entry in entries:
        ((name, change),) = entry.row.changes.items()
        record = records[entry.row.record_id or ""]
        wire = record.fields.get(name, change.before)  # a collection that cannot be read: the write says why
        if same_json(wire, change.before):
            checked.ready.append(entry)
            checked.versions[entry.action_id] = adapter.version(record)
        elif entry.attempts > 0 and same_json(wire, change.after):
            checked.made.append(replace(entry, state=OutboxState.SENT))
        else:
            checked.settled.append(entry)
            pairs.setdefault(entry.row.link_id or 0, {})[name] = SettledPair(None, wire)
    if checked.settled:
        writing.outbox.settle(writing.company_id, Settlement(pairs=pairs), writing.stamp())
        writing.outbox.cancel(writing.company_id, checked.settled, THEIRS, writing.clock.now())
    return checked
