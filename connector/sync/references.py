"""Records read together with the records they name, and people found by an e-mail address.

Decides only where to look: a campaign member is read with its campaign, an e-mail with the task that logs it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from connector.decide.candidates import clean_email
from connector.model import RecordRef, Wire
from connector.ports.people import LandedRecord, ResolveStore, Signal
from connector.rules.mapping import ObjectMapping
from connector.sync.run import Run

SEPARATORS = re.compile(r"[;,\s]+")


def with_references(
    run: Run, store: ResolveStore, mapping: ObjectMapping, records: Sequence[LandedRecord]
) -> list[LandedRecord]:
    """The records, each with the fields of what it names as ``Object.Field``; unknown records add nothing."""
    told: list[dict[str, Wire]] = [dict(record.fields) for record in records]
    for named, field_name in sorted(mapping.references.items()):
        ids = sorted({str(record.fields[field_name]) for record in records if record.fields.get(field_name)})
        found = store.landed_fields(run.company_id, mapping.system, named, ids) if ids else {}
        for record, fields in zip(records, told, strict=True):
            known = found.get(str(record.fields.get(field_name) or ""), {})
            fields |= {f"{named}.{name}": value for name, value in known.items()}
    return [replace(record, fields=fields) for record, fields in zip(records, told, strict=True)]


def addressed(run: Run, store: ResolveStore, signals: Sequence[Signal]) -> list[Signal]:
    """The signals; one that names no person goes to whoever has one of its addresses."""
    wanted = sorted({email for signal in signals if not signal.people for email in _emails(signal)})
    if not wanted:
        return list(signals)
    holders: dict[str, list[RecordRef]] = {}
    for link in store.matching(run.company_id, [("email", email) for email in wanted]):
        for kind, value in link.keys:
            if kind == "email":
                holders.setdefault(value, []).append(link.ref)
    return [signal if signal.people else replace(signal, people=_held(signal, holders)) for signal in signals]


def _held(signal: Signal, holders: dict[str, list[RecordRef]]) -> tuple[RecordRef, ...]:
    return tuple(ref for email in _emails(signal) for ref in sorted(holders.get(email, ())))


def _emails(signal: Signal) -> Iterable[str]:
    parts = (clean_email(part) for part in SEPARATORS.split(signal.address or "") if "@" in part)
    return [email for email in parts if email]
