"""The nightly comparison: what both CRMs hold is read once more and held against what is landed.

People, accounts, deals and users are read whole; of activities, which are many, those that changed within some days.
Finds what the streams did not bring: records and edits behind a watermark, deletions and merges without a trace, own
fields that somebody changed. What differs is landed, so the next sync works it off; nothing is written to a CRM.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connector.decide.guards import is_mass
from connector.errors import NotGranted, SchemaDrift
from connector.model import RawRecord, RecordRef
from connector.ports.adapter import Adapter, PullRequest
from connector.ports.findings import Finding, FindingStore
from connector.ports.landing import LandedPage, LandingStore, Unlike
from connector.rules.mapping import ObjectMapping
from connector.sync.pull import asked_fields, portions
from connector.sync.run import Run

KINDS = ("person", "account", "opportunity", "user")
"""What is read whole each night."""
RECENT_KINDS = ("activity",)
RECENT = timedelta(days=7)
"""Of these what changed within so long is read: a commit that came late, an association made later, a deletion that no
feed shows. Older ones hardly ever change."""
BUDGET_SHARE = 0.25
"""Of the account's daily requests, what one night's comparison of an object may cost at most."""
CODES = {
    "missed": ("warning", "the CRM holds records that no pull had brought; they are read now"),
    "changed": ("warning", "the CRM holds other values than the pulls had brought; they are read now"),
    "gone": ("warning", "they were deleted without a trace in the CRM's feed; that is followed now"),
    "merged": ("warning", "they were merged or converted without a trace in the CRM's feed; that is followed now"),
    "drifted": ("warning", "fields that only we write were changed in the CRM; the next plan writes them again"),
    "too_many_gone": (
        "error",
        "so many records cannot be seen any more that nothing was followed: look whether a right was taken away, "
        "then whether they were deleted",
    ),
    "too_dear": (
        "note",
        "a comparison would take more than a quarter of the account's daily API requests; reconcile on fewer days",
    ),
}


@dataclass
class Compared:
    """One object. Counts of records; ``drifted``: own field -> records; ``calls``: API requests."""

    system: str
    object: str
    read: int = 0
    missed: int = 0
    changed: int = 0
    gone: int = 0
    merged: int = 0
    too_many_gone: int = 0
    too_dear: int = 0
    calls: int = 0
    drifted: Counter[str] = field(default_factory=Counter)

    def counted(self) -> dict[str, int]:
        """The counts by their finding's code."""
        counts: dict[str, int] = {code: getattr(self, code) for code in CODES if code != "drifted"}
        return counts | {"drifted": self.drifted.total()}


def reconcile(run: Run, landing: LandingStore, findings: FindingStore) -> list[Compared]:
    """Compare every object; the streams have been read just before, so what they bring is no difference."""
    done: list[Compared] = []
    for system, adapter in sorted(run.adapters.items()):
        for mapping in run.mapping.of_system(system):
            known = adapter.capability.objects.get(mapping.object)
            if mapping.kind not in (*KINDS, *RECENT_KINDS) or known is None or known.complete or not known.by_id:
                continue  # what is complete anyway is read whole in each run
            found = Compared(system, mapping.object)
            before = adapter.usage().calls
            try:
                _compare(run, adapter, mapping, (landing, findings), found)
            except (NotGranted, SchemaDrift):
                continue  # the pull has told of it
            found.calls = adapter.usage().calls - before
            _report(run, findings, found)
            done.append(found)
            run.note(f"{run.company}: {system} {mapping.object}: {found.read} compared with {found.calls} requests")
    return done


def _compare(
    run: Run, adapter: Adapter, mapping: ObjectMapping, stores: tuple[LandingStore, FindingStore], found: Compared
) -> None:
    landing, findings = stores
    here = run.company_id, mapping.system, mapping.object
    since = run.now - RECENT if mapping.kind in RECENT_KINDS else None
    missing = landing.living(*here, since=since)
    if _is_too_dear(adapter, mapping, len(missing)):
        found.too_dear = len(missing)
        return
    asked = asked_fields(run, adapter, mapping, landing, findings).fields
    mark = landing.watermark(*here)
    covered = mark.covered_until if mark is not None else None
    if not asked or covered is None:
        return  # never loaded: the next pull does
    total = len(missing)
    request = PullRequest(mapping.object, asked, mapping.associations, covered_until=since, named=mapping.named)
    for page in portions(adapter.backfill(request) if since is None else adapter.pull(request)):
        missing.difference_update(record.ref.record_id for record in page.records)
        found.read += len(page.records)
        unlike = landing.unlike(*here, page.records)
        _count(mapping, page.records, unlike, covered, found)
        differing = tuple(record for record in page.records if record.ref.record_id in unlike)
        _land(run, mapping, landing, asked, differing)
    if is_mass(len(missing), total):
        found.too_many_gone = len(missing)
        return
    for records in _looked_for(adapter, mapping, sorted(missing), asked):
        found.gone += sum(record.deleted for record in records)
        found.merged += sum(record.successor is not None for record in records)
        _land(run, mapping, landing, asked, records)


def _is_too_dear(adapter: Adapter, mapping: ObjectMapping, records: int) -> bool:
    page = min(adapter.capability.objects[mapping.object].read_size_max, 1_000)
    limit = adapter.usage().limit
    return limit is not None and -(-records // page) > limit * BUDGET_SHARE


def _count(
    mapping: ObjectMapping,
    records: tuple[RawRecord, ...],
    unlike: Mapping[str, Unlike],
    covered: datetime,
    found: Compared,
) -> None:
    """What is newer than the streams have covered is no difference: they will bring it, or this does."""
    own = {entry.field for entry in mapping.fields if entry.write is not None and entry.read is None} | {mapping.key}
    for record in records:
        known = unlike.get(record.ref.record_id)
        if known is None or record.modified_at > covered:
            continue
        if record.deleted:
            found.gone += not known.is_missing
            continue
        if known.is_missing:
            found.missed += 1
            continue
        changed = {name for name, value in record.fields.items() if known.fields.get(name) != value}
        found.drifted.update(sorted(changed & own))
        found.changed += bool(changed - own) or not changed


def _looked_for(
    adapter: Adapter, mapping: ObjectMapping, missing: list[str], asked: tuple[str, ...]
) -> Iterator[tuple[RawRecord, ...]]:
    """Asked for one by one, strongly consistent: what is really gone, and where the merged ones went."""
    size = adapter.capability.objects[mapping.object].read_size_max
    for start in range(0, len(missing), size):
        part = missing[start : start + size]
        read = adapter.read(mapping.object, part, asked)
        now = adapter.server_now()
        records = []
        for record_id in part:
            seen = read.get(record_id)
            if seen is None:
                records.append(RawRecord(RecordRef(mapping.system, mapping.object, record_id), now, {}, deleted=True))
            elif seen.successor is not None:
                records.append(seen)
        yield tuple(records)


def _land(
    run: Run, mapping: ObjectMapping, landing: LandingStore, asked: tuple[str, ...], records: tuple[RawRecord, ...]
) -> None:
    if not records:
        return
    stream = f"reconcile:{mapping.object}"
    page = LandedPage(mapping.system, mapping.object, stream, records, asked, {}, None, run.now)
    landing.land(run.company_id, page)


def _report(run: Run, findings: FindingStore, found: Compared) -> None:
    """One finding per object and kind of difference; it is settled by the first night without it."""
    for code, count in found.counted().items():
        name = f"reconcile_{code}:{found.system}.{found.object}"
        if not count:
            findings.settle(run.company_id, name, run.now)
            continue
        severity, remedy = CODES[code]
        fields = f" ({', '.join(sorted(found.drifted))})" if code == "drifted" else ""
        findings.report(run.company_id, Finding(name, severity, f"reconcile_{code}", remedy + fields, count), run.now)
