"""Which person a record belongs to: merge and conversion facts, then our own key, cross references, exact e-mail.

State in, verdicts out, for one chunk of records and the links that share a key with them. The order of the records
does not matter. A name with a company, or a phone number, is never a key. What is in doubt gets a person of its own,
marked provisional, so that it is still looked after while somebody settles it (ARCHITECTURE section 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connector.decide.candidates import (
    CROSS_REFERENCE,
    EMAIL,
    EMAIL_SECONDARY,
    EXTERNAL_KEY,
    Ambiguous,
    Candidate,
    Conflict,
    IdentitySettings,
    Known,
    KnownLink,
    Linked,
    Minted,
    New,
    PersonMerge,
    Resolution,
    Ruling,
    Verdict,
    clean_email,
)
from connector.decide.identity_blocks import Blocks
from connector.decide.identity_emails import Emails
from connector.decide.links import LinkFacts, Standing, primary_links
from connector.model import RecordRef

__all__ = [
    "Ambiguous",
    "Candidate",
    "Conflict",
    "IdentitySettings",
    "Known",
    "KnownLink",
    "LinkFacts",
    "Linked",
    "Minted",
    "New",
    "PersonMerge",
    "Resolution",
    "Ruling",
    "Standing",
    "Verdict",
    "keys_of",
    "primary_links",
    "resolve",
]


def keys_of(candidate: Candidate) -> tuple[tuple[str, str], ...]:
    """What to write into ``match_key`` for the record's link, as (kind, value)."""
    primary = clean_email(candidate.email)
    secondary = {clean_email(email) for email in candidate.secondary_emails} - {primary, None}
    pointed = {*candidate.same_as, *candidate.absorbs} | ({candidate.successor} if candidate.successor else set())
    keys = [(EMAIL, primary)] if primary else []
    keys += sorted((EMAIL_SECONDARY, email) for email in secondary if email)
    keys += sorted((CROSS_REFERENCE, str(ref)) for ref in pointed)
    return tuple(keys)


def resolve(candidates: Sequence[Candidate], known: Known, settings: IdentitySettings | None = None) -> Resolution:
    """Verdicts for a chunk. ``candidates``: at most one per record."""
    settings = settings or IdentitySettings()
    blocks = _facts(candidates, known)
    questions = [*blocks.refused, *_copied_keys(candidates, known)]
    return Emails(blocks, candidates, known, settings).resolution(questions)


def _facts(candidates: Sequence[Candidate], known: Known) -> Blocks:
    """Everything that joins without doubt: rulings, merges and conversions, our own key, cross references."""
    people = {link.link_id: link.person_id for link in known.links}
    cannot = {
        frozenset({people[each.link_a], people[each.link_b]})
        for each in known.rulings
        if each.ruling == "cannot" and each.link_a in people and each.link_b in people
    }
    linked = {link.ref: link.person_id for link in known.links if link.state != "forgotten"}
    blocks = Blocks([each.ref for each in candidates], linked, {pair for pair in cannot if len(pair) == 2})
    for ruling in sorted(known.rulings, key=lambda each: (each.link_a, each.link_b)):
        if ruling.ruling == "must" and ruling.link_a in people and ruling.link_b in people:
            blocks.join(people[ruling.link_a], people[ruling.link_b], "ruling")
    for tier in (_successions, lambda each: _own_keys(each, known), _cross_references):
        for candidate in sorted(candidates, key=lambda each: each.ref):
            for target, evidence in tier(candidate):
                blocks.join(candidate.ref, target, evidence)
    for link in sorted(known.links, key=lambda each: each.link_id):
        for ref in sorted(link.points_to):
            if link.state != "forgotten":
                blocks.join(link.ref, ref, CROSS_REFERENCE)
    return blocks


def _successions(candidate: Candidate) -> Iterable[tuple[RecordRef, str]]:
    if candidate.successor is not None:
        yield candidate.successor, "succession"
    for ref in sorted(candidate.absorbs):
        yield ref, "succession"


def _own_keys(candidate: Candidate, known: Known) -> Iterable[tuple[int, str]]:
    # Valid only on the object it was minted for: admins clone records and copy custom fields.
    for minted in known.minted:
        same_object = (minted.system, minted.object) == (candidate.ref.system, candidate.ref.object)
        if same_object and minted.external_key == candidate.external_key:
            yield minted.person_id, EXTERNAL_KEY


def _cross_references(candidate: Candidate) -> Iterable[tuple[RecordRef, str]]:
    for ref in sorted(candidate.same_as):
        yield ref, CROSS_REFERENCE


def _copied_keys(candidates: Sequence[Candidate], known: Known) -> list[tuple[RecordRef, str]]:
    minted = {each.external_key: (each.system, each.object) for each in known.minted}
    return [
        (each.ref, "our key was copied from another record")
        for each in sorted(candidates, key=lambda each: each.ref)
        if each.external_key in minted and minted[each.external_key] != (each.ref.system, each.ref.object)
    ]
