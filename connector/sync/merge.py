"""Merging: one value per field of each dirty person, and what is derived from them. Decides by policy only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec.structs import replace

from connector.clock import from_micros, to_micros
from connector.decide.derive import DERIVED_FROM, derive
from connector.decide.merge import BLANK, LinkValues, Merged, answer_times, merge_fields
from connector.decide.normalise import same_json, to_json
from connector.decide.sight import earliest
from connector.facts import ANSWERED_AT, PROFILE, FactType, is_own
from connector.model import Canonical, Value
from connector.ports.merging import EmployerPart, LinkPart, MergedPerson, MergeStore, PersonParts
from connector.rules.mapping import FieldMapping, read_field
from connector.rules.transforms import Unreadable
from connector.sync.run import Run

CHUNK = 500
ACCOUNT_FACTS = frozenset({"account_status", "account_people", "account_people_active"})
QUESTIONS = tuple(name for name in PROFILE if name.startswith("q_") and not name.endswith("_at"))


def merge_people(run: Run, store: MergeStore) -> Iterator[list[int]]:
    """Merge every dirty person, chunk by chunk; yields the ids of each chunk for the next steps."""
    after = 0
    while chunk := store.dirty_people(run.company_id, after, CHUNK):
        parts = store.parts(run.company_id, chunk)
        store.save_merged(run.company_id, [merged_person(run, part) for part in parts])
        yield chunk
        after = chunk[-1]


def merged_person(run: Run, parts: PersonParts) -> MergedPerson:
    """The merged and derived values of one person, and what changed of them."""
    previous = _previous(parts.row)
    links = [_link_values(run, part, previous) for part in parts.links]
    merged = merge_fields(links, run.mapping.canonical, previous)
    values: dict[str, Value] = {name: entry.value for name, entry in merged.items()}
    fed = _fed(run, parts.employer, values)
    values |= fed
    values |= answer_times(merged, QUESTIONS)
    values |= derive(values, run.playbook.lists)
    columns = {name: values.get(name) for name in PROFILE}
    extra = {name: value for name, value in values.items() if name not in PROFILE}
    history = (*_history(run, parts, columns, merged), *_own_answers(run, parts, extra, merged))
    # What the employer gives is no record's word: it goes when the employer does.
    own = {name: entry for name, entry in merged.items() if name not in fed}
    provenance = {name: (entry.link_id, to_micros(entry.valid_from)) for name, entry in own.items()}
    changed = (
        any(parts.row.get(name) != value for name, value in columns.items()) or (parts.row.get("extra") or {}) != extra
    )
    return MergedPerson(parts.person_id, columns, extra, provenance, history, changed)


def _fed(run: Run, employer: EmployerPart | None, values: Mapping[str, Value]) -> dict[str, Value]:
    """What a person has from the employer: its standing always, its values where no record of theirs has one."""
    if employer is None:
        return {}
    fed: dict[str, Value] = {
        "account_status": employer.status,
        "account_people": employer.people,
        "account_people_active": employer.people_active,
    }
    for name in run.mapping.account_feeds:
        value = employer.mapped.get(name)
        if values.get(name) in (None, "") and value not in (None, ""):
            fed[name] = value
    return fed


def _link_values(run: Run, part: LinkPart, previous: Mapping[str, Merged]) -> LinkValues:
    values: dict[str, Value] = {}
    for name, value in {**part.account, **_filled(part.mapped)}.items():
        if name in run.mapping.account_feeds or name in part.mapped:
            values[name] = value
    for name, value in part.mapped.items():
        values.setdefault(name, value)
    stamps = {name: from_micros(at) for name, at in part.stamps.items()}
    since = {
        name: from_micros(earliest(part.unseen, name, part.stamps[name])) for name in part.unseen if name in stamps
    }
    settled, unmet = _agreement(run, part)
    taken = {name: at for name, (value, at) in part.taken.items() if part.mapped.get(name) == value}
    found = LinkValues(part.link_id, part.system, values, part.modified_at, part.is_primary, stamps, settled, unmet)
    overlaid = _overlaid(run, part, previous)
    return replace(found, taken=taken, overlaid=overlaid, since=since) if taken or overlaid or since else found


def _overlaid(run: Run, part: LinkPart, previous: Mapping[str, Merged]) -> frozenset[str]:
    """Two-way fields in which our value is still the one last agreed for this record: their edits were made over it."""
    mapping = run.mapping.objects.get((part.system, part.object))
    found: set[str] = set()
    for entry in mapping.fields if mapping is not None else ():
        name = entry.read
        if name is None or name != entry.write or name not in previous or entry.field not in part.agreed_ours:
            continue
        if run.mapping.canonical[name].policy != "two_way":
            continue
        if same_json(to_json(entry.as_written(previous[name].value)), part.agreed_ours[entry.field]):
            found.add(name)
    return frozenset(found)


def _agreement(run: Run, part: LinkPart) -> tuple[frozenset[str], frozenset[str]]:
    """Fields whose value is the one last agreed for this record, whatever its stamp says; and those never agreed."""
    mapping = run.mapping.objects.get((part.system, part.object))
    settled: set[str] = set()
    unmet: set[str] = set()
    for entry in mapping.fields if mapping is not None else ():
        name = entry.read
        if name is None or name not in part.mapped:
            continue
        if entry.field not in part.agreed:
            unmet.add(name)
        elif _is_out_of_sight(part, name) or _holds_the_agreed(run, part, entry):
            settled.add(name)
    return frozenset(settled), frozenset(unmet)


def _is_out_of_sight(part: LinkPart, name: str) -> bool:
    """What is kept of it was read before: it may be older than what was agreed."""
    return part.unseen.get(name, (0, 0))[1] is None


def _holds_the_agreed(run: Run, part: LinkPart, entry: FieldMapping) -> bool:
    assert entry.read is not None
    try:
        agreed = read_field(entry, run.mapping.canonical[entry.read].type, part.agreed[entry.field])
    except Unreadable:
        return False
    return agreed == part.mapped[entry.read]


def _filled(mapped: Mapping[str, Canonical]) -> dict[str, Canonical]:
    return {name: value for name, value in mapped.items() if value is not None}


def _previous(row: Mapping[str, object]) -> dict[str, Merged]:
    provenance = row.get("provenance") or {}
    extra = row.get("extra") or {}
    assert isinstance(provenance, Mapping)
    assert isinstance(extra, Mapping)
    known: dict[str, Merged] = {}
    for name, (link_id, valid_from) in provenance.items():
        value = row[name] if name in PROFILE else extra.get(name)
        known[name] = Merged(value, link_id, from_micros(valid_from))  # type: ignore[arg-type]
    return known


def _history(
    run: Run, parts: PersonParts, columns: Mapping[str, Value], merged: Mapping[str, Merged]
) -> Iterator[tuple[str, Value, datetime]]:
    row, since = parts.row, parts.employer.status_since if parts.employer is not None else None
    newest = max((entry.valid_from for entry in merged.values()), default=run.now)
    for name in sorted(run.playbook.fields_used & columns.keys()):
        value = columns[name]
        if row.get(name) == value:
            continue
        valid_from = _since(name, merged) or newest
        if name in ACCOUNT_FACTS:
            valid_from = since if name == "account_status" and since is not None else run.now
        yield name, _storable(name, value), valid_from


def _since(name: str, merged: Mapping[str, Merged]) -> datetime | None:
    """When a field, or what it follows from, took its value; ``None`` where no record says."""
    if name in merged:
        return merged[name].valid_from
    known = DERIVED_FROM.get(name, (name.removesuffix(ANSWERED_AT),))
    entries = [merged[each] for each in known if each in merged]
    filled = [each for each in entries if each.value not in BLANK]
    return max((each.valid_from for each in filled or entries), default=None)


def _own_answers(
    run: Run, parts: PersonParts, extra: Mapping[str, Value], merged: Mapping[str, Merged]
) -> Iterator[tuple[str, Value, datetime]]:
    """Answers to the company's own questions that some rule asks for, with when they were given."""
    used = {name.removesuffix(ANSWERED_AT) for name in run.playbook.fields_used if is_own(name)}
    for name in sorted(used & merged.keys()):
        value, at = extra.get(name), merged[name].valid_from
        if (parts.row.get("extra") or {}).get(name) != value:
            blank = value in (None, "")
            yield name, None if blank else value, at
            yield f"{name}{ANSWERED_AT}", None if blank else to_micros(at), at


def _storable(name: str, value: Value) -> Value:
    return to_micros(value) if isinstance(value, datetime) and PROFILE[name] is FactType.INSTANT else value
