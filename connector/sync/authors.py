"""Who moved a person on a CRM's ladder: asked once per value, where the CRM keeps a history, before it is evidence.

A person's own move is evidence; a machine's (workflow, another integration, ours) is not (DESIGN section 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from connector.clock import to_micros
from connector.model import FieldWriter
from connector.ports.decisions import DecisionStore, LinkState, PersonFacts
from connector.rules.mapping import FieldMapping
from connector.sync.run import Run

LADDER_FIELD = "hs_lifecycle"
UNKNOWN = "unknown"


def with_authors(run: Run, store: DecisionStore, people: Sequence[PersonFacts]) -> list[PersonFacts]:
    """The people with the authors of their ladder values known; what was learned is stored."""
    asked = list(_to_ask(run, people))
    if not asked:
        return list(people)
    learned = {link.link_id: entry for link, entry in _ask(run, asked)}
    store.save_authors(run.company_id, learned)
    return [
        replace(person, links=tuple(_told(link, learned.get(link.link_id)) for link in person.links))
        for person in people
    ]


def _to_ask(run: Run, people: Sequence[PersonFacts]) -> Iterable[tuple[LinkState, FieldMapping]]:
    words = {word: stage for stage, word in run.playbook.ladder.items()}
    for person in people:
        for link in person.links:
            word = str(link.mapped.get(LADDER_FIELD) or "")
            told = link.authors.get(LADDER_FIELD)
            entry = _ladder_entry(run, link)
            settled = word not in words or words[word] == person.row["stage"] or (told is not None and told[0] == word)
            if link.is_primary and entry is not None and not settled:
                yield link, entry


def _ladder_entry(run: Run, link: LinkState) -> FieldMapping | None:
    mapping = run.mapping.objects[(link.ref.system, link.ref.object)]
    return next((entry for entry in mapping.fields if entry.read == LADDER_FIELD), None)


def _ask(run: Run, asked: Sequence[tuple[LinkState, FieldMapping]]) -> Iterable[tuple[LinkState, dict[str, Any]]]:
    by_field: dict[tuple[str, str, str], list[LinkState]] = {}
    for link, entry in asked:
        by_field.setdefault((link.ref.system, link.ref.object, entry.field), []).append(link)
    for (system, object_name, field_name), links in sorted(by_field.items()):
        adapter = run.adapters[system]
        told = adapter.writers(object_name, [link.ref.record_id for link in links], [field_name])
        for link in links:
            word = str(link.mapped[LADDER_FIELD])
            writer = _last(told.get(link.ref.record_id, ()), field_name, word)
            yield link, {**link.authors, LADDER_FIELD: [word, *_author(writer, link)]}


def _last(history: Sequence[FieldWriter], field_name: str, word: str) -> FieldWriter | None:
    found = next((entry for entry in history if entry.field == field_name), None)
    return found if found is not None and found.value == word else None


def _author(writer: FieldWriter | None, link: LinkState) -> tuple[str, int]:
    if writer is None:
        return UNKNOWN, link.stamps.get(LADDER_FIELD, 0)
    return ("person" if writer.by_person else "machine"), to_micros(writer.at)


def _told(link: LinkState, learned: dict[str, Any] | None) -> LinkState:
    return link if learned is None else replace(link, authors=learned)
