"""What a person has decided about a conflict, as wishes for the records whose value does not count.

A two-way field is written anyway once its value counts; what changes is that the value stands over the one it was
decided against, and over no other. An answer is only read, so it is written this once. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from connector.decide.diff import TAKEN, Desired
from connector.decide.normalise import same_json, to_json
from connector.ports.outbox import Decided, LinkView, PersonView
from connector.rules.mapping import CanonicalField, FieldMapping, ObjectMapping
from connector.rules.mapping import Mapping as FieldsMapping


def decided_wishes(
    rules: FieldsMapping, mapping: ObjectMapping, person: PersonView, link: LinkView, wishes: dict[str, Desired]
) -> Iterator[tuple[str, Desired]]:
    """CRM field -> the wish as the decisions of people make it; what they leave alone is not among them."""
    systems = {each.link_id: each.system for each in person.links}
    for decided in person.decided:
        if decided.winner == link.link_id:
            continue
        reason = f"{decided.by} took {_whose(systems.get(decided.winner), link)} (conflict {decided.conflict_id})"
        for entry in mapping.fields:
            if decided.name not in (entry.read, entry.write):
                continue
            if entry.field in wishes:
                yield entry.field, _standing_over(wishes[entry.field], decided, link, reason)
            elif decided.is_answer and _is_overruled(decided, entry, link):
                yield entry.field, _answer(rules.canonical[decided.name], entry, decided, link, reason)


def _whose(system: str | None, link: LinkView) -> str:
    return "the value of another record" if system in (None, link.system) else f"the value of {system}"


def _standing_over(wish: Desired, decided: Decided, link: LinkView, reason: str) -> Desired:
    if decided.link_id != link.link_id:
        return replace(wish, reason=reason)
    if not same_json(to_json(wish.value), decided.ours):
        return wish  # it was decided about another value
    return replace(wish, reason=reason, overrules=(decided.theirs,))


def _is_overruled(decided: Decided, entry: FieldMapping, link: LinkView) -> bool:
    """Whether the record still holds the answer that was decided against."""
    held = link.mapped.get(decided.name)
    against = decided.ours if decided.winner == decided.link_id else decided.theirs
    return entry.field in link.wire and held is not None and str(held).casefold() == str(against).casefold()


def _answer(canonical: CanonicalField, entry: FieldMapping, decided: Decided, link: LinkView, reason: str) -> Desired:
    return Desired(
        entry.as_written(decided.value),
        canonical.type,
        TAKEN,
        canonical.level,
        rule="conflict",
        reason=reason,
        name=canonical.name,
        overrules=(link.wire[entry.field],),
    )
