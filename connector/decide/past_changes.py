"""What one row of a CRM's field history says in canonical words: which field, which value, when, by whom. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct

from connector.model import RecordRef, Wire
from connector.ports.people import PastChange
from connector.rules.mapping import CanonicalField, ObjectMapping, read_field
from connector.rules.transforms import Unreadable, instant_of

UNKNOWN = "unknown"


class HistorySource(Struct, frozen=True):
    """A landed history row. ``ours``: our own integration made the change."""

    fields: Mapping[str, Wire]
    at: datetime
    ours: bool


def changes_of(
    history: ObjectMapping, about: ObjectMapping, types: Mapping[str, CanonicalField], source: HistorySource
) -> Iterator[PastChange]:
    """The changes of mapped fields of the object the history is about; other fields say nothing."""
    column = history.columns
    record_id = source.fields.get(column["record"])
    told = str(source.fields.get(column["field"]) or "")
    name = history.values.get("field", {}).get(told, told)
    for entry in about.fields:
        if entry.read is None or entry.field != name or not record_id:
            continue
        try:
            value = read_field(entry, types[entry.read].type, source.fields.get(column["value"]))
        except Unreadable:
            continue
        ref = RecordRef(about.system, about.object, str(record_id))
        is_owner = types[entry.read].type == "owner"
        yield PastChange(ref, entry.read, value, _at(history, source), _actor(history, source), is_owner)


def _at(history: ObjectMapping, source: HistorySource) -> datetime:
    at = source.fields.get(history.columns.get("at", ""))
    return instant_of(at) if at else source.at


def _actor(history: ObjectMapping, source: HistorySource) -> str:
    """Our own change, else what the kind of its author means: human or automation."""
    if source.ours:
        return "ours"
    kind = source.fields.get(history.columns.get("author_kind", ""))
    return history.values.get("author_kind", {}).get(str(kind), UNKNOWN)
