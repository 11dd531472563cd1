"""Which employer a person works for: the record they hang on, else their e-mail's domain, else the company's name.

A weaker key speaks only where the stronger ones are silent; a key that fits several employers fits none. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from connector.ports.accounts import AccountMatch, Address, KnownEmployers

NOBODY: frozenset[int] = frozenset()


class PersonKeys(Struct, frozen=True):
    """What ties a person to an employer. ``associations``: account records the person's records hang on, best first.

    ``email_domain``: none that many employers share; ``name_key``: the company's name, normalised.
    """

    person_id: int
    associations: tuple[Address, ...] = ()
    email_domain: str | None = None
    name_key: str | None = None


def match_person(person: PersonKeys, known: KnownEmployers) -> AccountMatch:
    """The person's employer, if it is exactly one."""
    for address in person.associations:
        if address in known.by_record:
            evidence: dict[str, object] = {"system": address[0], "record_id": address[1]}
            return AccountMatch(person.person_id, known.by_record[address], "association", evidence, person.name_key)
    for rule, value, found in _by_keys(person, known):
        if len(found) == 1:
            return AccountMatch(person.person_id, min(found), rule, {"value": value}, person.name_key)
        if found:
            evidence = {"by": rule, "value": value, "accounts": len(found)}
            return AccountMatch(person.person_id, None, "ambiguous", evidence, person.name_key)
    return AccountMatch(person.person_id, name_key=person.name_key)


def _by_keys(person: PersonKeys, known: KnownEmployers) -> Iterable[tuple[str, str, frozenset[int]]]:
    named = known.by_name.get(person.name_key or "", NOBODY)
    if person.email_domain is not None:
        same = known.by_domain.get(person.email_domain, NOBODY)
        # Of several employers with one domain the name says which.
        yield "email_domain", person.email_domain, (same & named) or same if len(same) > 1 else same
    if person.name_key is not None:
        yield "account_name", person.name_key, named
