"""One chunk of person records: read through the mapping, matched by the identity decision, saved as links.

Decides nothing itself: ``connector.decide.identity`` says who is who.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from connector.clock import from_micros, to_micros
from connector.decide.candidates import (
    Ambiguous,
    Candidate,
    Conflict,
    Known,
    KnownLink,
    Linked,
    Minted,
    New,
    Resolution,
    Ruling,
    Verdict,
    clean_email,
)
from connector.decide.identity import keys_of
from connector.decide.identity import resolve as decide_identity
from connector.decide.limits import digest_of_values
from connector.decide.sight import unseen_after
from connector.decide.signals import signals_of
from connector.model import Canonical, RecordRef
from connector.ports.people import (
    Cursor,
    LandedRecord,
    LinkChange,
    PersonMergeRow,
    RejectRow,
    ResolveCounts,
    ResolvedChunk,
    ResolveStore,
    Signal,
    StoredLink,
    Unseen,
)
from connector.rules.mapping import Mapped, ObjectMapping, map_record
from connector.sync.run import Run
from connector.sync.sources import source_of


def resolve_people(
    run: Run, store: ResolveStore, mapping: ObjectMapping, records: Sequence[LandedRecord]
) -> ResolveCounts:
    """Match and save one chunk; returns what it made."""
    own = {link.ref: link for link in store.links_of(run.company_id, [record.ref for record in records])}
    living = [record for record in records if not record.deleted or record.ref in own]
    mapped = {record.ref: map_record(mapping, run.mapping.canonical, record.fields) for record in living}
    candidates = [_candidate(mapping, record, mapped[record.ref]) for record in living]
    known, taken = _known(run, store, candidates, own)
    resolution = decide_identity(candidates, known, run.playbook.identity)
    chunk = _without_taken_keys(_chunk(run, mapping, living, mapped, own, candidates, resolution), taken)
    cursor = Cursor(mapping.system, mapping.object, records[-1].seq, run.now)
    return store.save_people(run.company_id, chunk, cursor, run.ids.key)


def _candidate(mapping: ObjectMapping, record: LandedRecord, mapped: Mapped) -> Candidate:
    values = mapped.values
    facts = record.facts
    external_key = record.fields.get(mapping.key) if mapping.key else None
    return Candidate(
        ref=record.ref,
        created_at=_created_at(record),
        email=_text(values.get("email")),
        secondary_emails=tuple(part for part in str(values.get("email_secondary") or "").split(";") if part.strip()),
        last_name=_text(values.get("last_name")),
        external_key=_text(external_key),
        same_as=tuple(RecordRef(*entry) for entry in facts.get("same_as", ())),
        absorbs=tuple(RecordRef(*entry) for entry in facts.get("absorbs", ())),
        successor=RecordRef(*facts["successor"]) if "successor" in facts else None,
    )


def _known(
    run: Run, store: ResolveStore, candidates: Sequence[Candidate], own: Mapping[RecordRef, StoredLink]
) -> tuple[Known, frozenset[str]]:
    """What is known around these records, and the keys that links of it have."""
    links = {link.link_id: link for link in own.values()}
    for found in (
        store.matching(run.company_id, _keys_to_ask(candidates)),
        store.links_of(run.company_id, _records_pointed_at(candidates)),
    ):
        links |= {link.link_id: link for link in found}
    keys = sorted({each.external_key for each in candidates if each.external_key})
    minted = [Minted(m.external_key, m.person_id, m.system, m.object) for m in store.minted(run.company_id, keys)]
    rulings = [Ruling(*ruling) for ruling in store.rulings(run.company_id, sorted(links))]
    known = Known(tuple(_known_link(link) for _, link in sorted(links.items())), tuple(minted), tuple(rulings))
    return known, frozenset(link.external_key for link in links.values())


def _keys_to_ask(candidates: Sequence[Candidate]) -> list[tuple[str, str]]:
    """E-mails match primary or secondary; a record that someone points at is asked for by its own name."""
    asked: set[tuple[str, str]] = set()
    for candidate in candidates:
        emails = {clean_email(email) for email in (candidate.email, *candidate.secondary_emails)}
        for email in emails - {None}:
            asked |= {("email", str(email)), ("email_secondary", str(email))}
        asked.add(("cross_reference", str(candidate.ref)))
    return sorted(asked)


def _records_pointed_at(candidates: Sequence[Candidate]) -> list[RecordRef]:
    refs: set[RecordRef] = set()
    for candidate in candidates:
        refs |= {*candidate.same_as, *candidate.absorbs}
        if candidate.successor is not None:
            refs.add(candidate.successor)
    return sorted(refs)


def _known_link(link: StoredLink) -> KnownLink:
    return KnownLink(
        link_id=link.link_id,
        person_id=link.person_id,
        ref=link.ref,
        state=link.state,
        emails=frozenset(value for kind, value in link.keys if kind in ("email", "email_secondary")),
        last_name=_text(link.mapped.get("last_name")),
        points_to=frozenset(RecordRef(*value.split(" ", 2)) for kind, value in link.keys if kind == "cross_reference"),
    )


def _chunk(
    run: Run,
    mapping: ObjectMapping,
    records: Sequence[LandedRecord],
    mapped: Mapping[RecordRef, Mapped],
    own: Mapping[RecordRef, StoredLink],
    candidates: Sequence[Candidate],
    resolution: Resolution,
) -> ResolvedChunk:
    numbers = _new_numbers(resolution)
    links: list[LinkChange] = []
    signals: list[Signal] = []
    rejects: list[RejectRow] = []
    for record, candidate in zip(records, candidates, strict=True):
        known = own.get(record.ref)
        verdict = resolution.verdicts[record.ref]
        person = _person(verdict, numbers)
        links.append(_link_change(run, mapping, record, candidate, mapped[record.ref], known, verdict, person))
        rejects += _rejects(record, mapped[record.ref])
        if not record.deleted:
            signals += signals_of(mapping, source_of(run, mapping, record))
    return ResolvedChunk(
        links=links,
        merges=[PersonMergeRow(merge.loser, merge.winner, merge.evidence) for merge in resolution.merges],
        new_people=_new_people(resolution, numbers),
        doubtful=resolution.doubtful,
        signals=signals,
        rejects=rejects,
    )


def _rejects(record: LandedRecord, mapped: Mapped) -> list[RejectRow]:
    return [
        RejectRow(record.ref, name, code, digest_of_values({name: record.fields.get(name)}))
        for name, code in mapped.rejected
    ]


def _without_taken_keys(chunk: ResolvedChunk, taken: frozenset[str]) -> ResolvedChunk:
    """A survivor with an id of its own shows the key of a record that went into it; that one keeps it.

    A CRM may show the survivor alone, long after the other record was read.
    """
    return replace(
        chunk,
        links=[replace(each, external_key=None) if each.external_key in taken else each for each in chunk.links],
    )


def _new_numbers(resolution: Resolution) -> dict[RecordRef, int]:
    founders = {each.founder for each in resolution.verdicts.values() if isinstance(each, New | Ambiguous)}
    return {founder: -number for number, founder in enumerate(sorted(founders), 1)}


def _new_people(resolution: Resolution, numbers: Mapping[RecordRef, int]) -> dict[int, bool]:
    people: dict[int, bool] = {}
    for verdict in resolution.verdicts.values():
        if isinstance(verdict, New | Ambiguous):
            provisional = isinstance(verdict, Ambiguous) or verdict.provisional
            people[numbers[verdict.founder]] = people.get(numbers[verdict.founder], False) or provisional
    return people


def _person(verdict: Verdict, numbers: Mapping[RecordRef, int]) -> int:
    if isinstance(verdict, Linked | Conflict):
        return verdict.person_id
    return numbers[verdict.founder]


def _link_change(
    run: Run,
    mapping: ObjectMapping,
    record: LandedRecord,
    candidate: Candidate,
    mapped: Mapped,
    known: StoredLink | None,
    verdict: Verdict,
    person: int,
) -> LinkChange:
    before: Mapping[str, Canonical] = {} if known is None else known.mapped
    changed = {name: value for name, value in mapped.values.items() if name not in before or before[name] != value}
    stamp = to_micros(record.modified_at)
    stamps = {**({} if known is None else known.stamps), **dict.fromkeys(changed, stamp)}
    moved = known is not None and known.person_id != person
    unseen = {} if known is None else known.unseen
    return LinkChange(
        ref=record.ref,
        person=person,
        link_id=None if known is None else known.link_id,
        family=mapping.family,
        mapped={**before, **mapped.values},
        stamps=stamps,
        state=_state(record),
        created_at=_created_at(record) or (None if known is None else known.created_at),
        modified_at=record.modified_at,
        parent_record_id=_text(record.fields.get(mapping.parent)) if mapping.parent else None,
        keys=() if record.deleted and candidate.successor is None else keys_of(candidate),
        history=tuple(sorted(changed.items(), key=lambda entry: entry[0])),
        verdict="linked" if known is None else ("moved" if moved else "changed"),
        evidence=_evidence(verdict),
        moved_from=known.person_id if known is not None and moved else None,
        successor=candidate.successor,
        absorbs=candidate.absorbs,
        external_key=candidate.external_key if known is None and _is_minted(verdict) else None,
        actor=_actor(run, mapping, record),
        unseen=unseen if known is None or record.deleted else _unseen(mapping, record, known, changed),
    )


def _unseen(
    mapping: ObjectMapping, record: LandedRecord, known: StoredLink, changed: Mapping[str, Canonical]
) -> Unseen:  # fmt: skip
    shown = {entry.read for entry in mapping.fields if entry.field in record.fields}
    read = {entry.read for entry in mapping.fields if entry.read is not None}
    absent = (read & known.mapped.keys()) - shown
    if not absent and not known.unseen:
        return {}
    stamp = to_micros(record.modified_at)
    last_read = stamp if known.modified_at is None else to_micros(known.modified_at)
    return unseen_after(known.unseen, absent, changed, last_read, stamp)


def _is_minted(verdict: Verdict) -> bool:
    return isinstance(verdict, Linked) and "external_key" in verdict.evidence


def _actor(run: Run, mapping: ObjectMapping, record: LandedRecord) -> str:
    author = record.facts.get("modified_by")
    return "ours" if author and run.adapters[mapping.system].is_ours(str(author)) else "unknown"


def _state(record: LandedRecord) -> str:
    if "successor" in record.facts:
        return str(record.facts.get("succession") or "merged")
    return "deleted" if record.deleted else "active"


def _evidence(verdict: Verdict) -> dict[str, object]:
    if isinstance(verdict, Linked):
        return {"by": list(verdict.evidence)}
    if isinstance(verdict, Conflict):
        return {"conflict": verdict.why, "others": list(verdict.others)}
    if isinstance(verdict, Ambiguous):
        return {"ambiguous": verdict.why, "candidates": list(verdict.candidates)}
    return {"new": True, "provisional": verdict.provisional, "why": verdict.why}


def _created_at(record: LandedRecord) -> datetime | None:
    created_at = record.facts.get("created_at")
    return None if created_at is None else from_micros(created_at)


def _text(value: object) -> str | None:
    return None if value in (None, "") else str(value)
