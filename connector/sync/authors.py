"""Who set a shared field on a CRM record: asked once per value, where the CRM keeps a history, before it is evidence.

A person's own move is evidence; a machine's (workflow, another integration, ours) is not (DESIGN section 3). Asked is
only where the answer matters: a stage that is not ours, a status that shows sales' work, an owner who is not the one
we assigned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from connector.clock import to_micros
from connector.decide.cycles import WITH_SALES
from connector.model import FieldWriter
from connector.ports.decisions import DecisionStore, LinkState, PersonFacts
from connector.rules.mapping import FieldMapping
from connector.sync.run import Run

LADDER_FIELD = "hs_lifecycle"
STATUS_FIELD = "hs_lead_status"
OWNER_FIELD = "owner"
UNKNOWN, PERSON, MACHINE = "unknown", "person", "machine"

Asked = dict[str, FieldMapping]
"""Canonical field -> the CRM field whose history is asked."""


def with_authors(run: Run, store: DecisionStore, people: Sequence[PersonFacts]) -> list[PersonFacts]:
    """The people with the authors of their shared values known; what was learned is stored."""
    asked = list(_to_ask(run, people))
    if not asked:
        return list(people)
    learned = {link.link_id: authors for link, authors in _ask(run, asked)}
    store.save_authors(run.company_id, learned)
    return [
        replace(person, links=tuple(_told(link, learned.get(link.link_id)) for link in person.links))
        for person in people
    ]


def author_of(link: LinkState, name: str) -> tuple[str, int] | None:
    """Who set the value that the record holds now, and when (microseconds); ``None`` when that was not asked."""
    told = link.authors.get(name)
    if told is None or told[0] != _word(link, name) or told[3:] not in ([], [link.stamps.get(name, 0)]):
        return None  # another value, or the same one set once more since
    return told[1], told[2]


def _to_ask(run: Run, people: Sequence[PersonFacts]) -> Iterator[tuple[LinkState, Asked]]:
    for person in people:
        for link in person.links:
            asked: Asked = {}
            for name in _matters(run, person, link):
                entry = _entry(run, link, name)
                if entry is not None and author_of(link, name) is None:
                    asked[name] = entry
            if link.is_primary and asked:
                yield link, asked


def _matters(run: Run, person: PersonFacts, link: LinkState) -> Iterator[str]:
    """The fields of a record whose author would change what we decide."""
    words = {word: stage for stage, word in run.playbook.ladder.items()}
    word = _word(link, LADDER_FIELD)
    if word in words and words[word] != person.row["stage"]:
        yield LADDER_FIELD
    if person.cycle is None or person.cycle["disposition"] not in WITH_SALES:
        return
    status = _word(link, STATUS_FIELD)
    if status and run.playbook.signs.shown_by(STATUS_FIELD, status) is not None:
        yield STATUS_FIELD
    assigned = person.assignment["owner_id"] if person.assignment else None
    if assigned is not None and link.owner_id not in (None, assigned):
        yield OWNER_FIELD


def _entry(run: Run, link: LinkState, name: str) -> FieldMapping | None:
    mapping = run.mapping.objects[(link.ref.system, link.ref.object)]
    return next((entry for entry in mapping.fields if entry.read == name), None)


def _ask(run: Run, asked: Sequence[tuple[LinkState, Asked]]) -> Iterable[tuple[LinkState, dict[str, Any]]]:
    by_object: dict[tuple[str, str], list[tuple[LinkState, Asked]]] = {}
    for link, names in asked:
        by_object.setdefault((link.ref.system, link.ref.object), []).append((link, names))
    for (system, object_name), several in sorted(by_object.items()):
        fields = sorted({entry.field for _, names in several for entry in names.values()})
        told = run.adapters[system].writers(object_name, [link.ref.record_id for link, _ in several], fields)
        for link, names in several:
            history = told.get(link.ref.record_id, ())
            learned = {name: _learned(history, link, name, entry) for name, entry in names.items()}
            yield link, {**link.authors, **learned}


def _learned(history: Sequence[FieldWriter], link: LinkState, name: str, entry: FieldMapping) -> list[Any]:
    word = _word(link, name)
    since = link.stamps.get(name, 0)
    found = next((each for each in history if each.field == entry.field), None)
    if found is None or str(found.value or "") != word:
        return [word, UNKNOWN, since, since]
    return [word, PERSON if found.by_person else MACHINE, to_micros(found.at), since]


def _word(link: LinkState, name: str) -> str:
    return str(link.mapped.get(name) or "")


def _told(link: LinkState, learned: dict[str, Any] | None) -> LinkState:
    return link if learned is None else replace(link, authors=learned)
