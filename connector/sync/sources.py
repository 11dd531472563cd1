"""A landed record as the source of dated signals: what it says, who wrote it, in which zone its days are."""

from __future__ import annotations

from connector.clock import from_micros
from connector.decide.signals import SignalSource
from connector.model import RecordRef
from connector.ports.people import LandedRecord
from connector.rules.mapping import ObjectMapping
from connector.sync.run import Run


def source_of(
    run: Run, mapping: ObjectMapping, record: LandedRecord, made: frozenset[RecordRef] = frozenset()
) -> SignalSource:
    """A landed record as the source of signals; ``made``: records of which it is known that we made them."""
    created_by = mapping.columns.get("created_by")
    author = record.fields.get(created_by) if created_by else None
    created_at = record.facts.get("created_at")
    return SignalSource(
        ref=record.ref,
        fields=record.fields,
        modified_at=record.modified_at,
        created_at=None if created_at is None else from_micros(created_at),
        associations={name: tuple(ids) for name, ids in record.facts.get("associations", {}).items()},
        ours=record.ref in made or (author is not None and run.adapters[mapping.system].is_ours(str(author))),
        zone=run.zone,
    )
