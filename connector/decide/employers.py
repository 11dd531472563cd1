"""Which account records of the CRMs are one employer: by reference, by domain, by normalised name.

Each step joins only what is beyond doubt: two records of one CRM are never joined by a domain or a name, and a name
that several have joins nobody. The outcome depends on the set of records alone, not on the order they came in.
Knows no CRM; which domains and words count are arguments.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from msgspec import Struct

from connector.ports.accounts import AccountRecord, Address, EmployerGroup

NAME_LETTERS_MIN = 2
WORD = re.compile(r"[^\W_]+")


class NameRules(Struct, frozen=True):
    """What a company name is compared without. ``legal_forms``: words at its end; ``nobody``: names that mean none."""

    legal_forms: frozenset[str] = frozenset({"inc", "ltd", "llc", "gmbh", "ag", "co", "corp", "company"})
    nobody: frozenset[str] = frozenset()


@dataclass
class _Group:
    records: list[AccountRecord]
    by: str = "alone"
    systems: frozenset[str] = field(init=False)
    domains: frozenset[str] = field(init=False)
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        # A record that names one we have not seen yet holds the place for it.
        promised = {record.same_as[0] for record in self.records if record.same_as is not None}
        self.systems = frozenset({record.address[0] for record in self.records} | promised)
        self.domains = frozenset(record.domain for record in self.records if record.domain)
        self.names = frozenset(record.name_key for record in self.records if record.name_key)


def name_key(name: str, rules: NameRules) -> str | None:
    """A company name in the form that is compared, or ``None`` when it names nobody."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    if " ".join(plain.split()) in rules.nobody:
        return None
    # "S.A." is one word and "&" is one, however they are written.
    words = WORD.findall(re.sub("[.'\u2019]", "", plain).replace("&", " and "))
    words = words[1:] if len(words) > 1 and words[0] == "the" else words
    while words and (words[-1] in rules.legal_forms or words[-1] == "and"):
        words.pop()
    key = " ".join(words)
    return key if sum(letter.isalnum() for letter in key) >= NAME_LETTERS_MIN and key not in rules.nobody else None


def host_of(site: str) -> str | None:
    """The host of a web address without ``www.``, in lower case; ``None`` when there is none."""
    host = re.sub(r"^[a-z]+://", "", site.strip().lower()).split("/", 1)[0].split(":", 1)[0].split("?", 1)[0]
    host = host.removeprefix("www.").strip(".")
    return host if "." in host and " " not in host and "@" not in host else None


def join_records(records: Iterable[AccountRecord]) -> list[EmployerGroup]:
    """The employers that these records are. All records that share a key with one of them must be given."""
    groups = _by_reference(sorted(records, key=lambda record: record.address))
    groups = _joined(groups, _by_domain(groups), "domain")
    groups = _joined(groups, _by_name(groups), "name")
    return sorted((_outcome(group) for group in groups), key=lambda group: group.members)


def _outcome(group: _Group) -> EmployerGroup:
    known = tuple(sorted({record.account_id for record in group.records if record.account_id is not None}))
    return EmployerGroup(tuple(sorted(record.address for record in group.records)), group.by, known)


def _by_reference(records: Sequence[AccountRecord]) -> list[_Group]:
    place = {record.address: position for position, record in enumerate(records)}
    edges = [
        (position, place[record.same_as])
        for position, record in enumerate(records)
        if record.same_as is not None and record.same_as in place
    ]
    edges += _same_target(records)
    parts = _components(len(records), edges)
    return [_Group([records[each] for each in part], "reference" if len(part) > 1 else "alone") for part in parts]


def _same_target(records: Sequence[AccountRecord]) -> list[tuple[int, int]]:
    first: dict[Address, int] = {}
    edges = []
    for position, record in enumerate(records):
        if record.same_as is not None:
            edges.append((first.setdefault(record.same_as, position), position))
    return edges


def _by_domain(groups: Sequence[_Group]) -> list[tuple[int, int]]:
    """One record per CRM with a domain: the same employer. Several: only those whose name says so too."""
    edges: list[tuple[int, int]] = []
    for _, holders in sorted(_holders(groups, lambda group: group.domains).items()):
        if _apart(groups, holders):
            edges += _chain(holders)
            continue
        named = [groups[each] for each in holders]
        for _, same in sorted(_holders(named, lambda group: group.names).items()):
            if _apart(named, same):
                edges += _chain([holders[each] for each in same])
    return edges


def _by_name(groups: Sequence[_Group]) -> list[tuple[int, int]]:
    edges: list[tuple[int, int]] = []
    for _, holders in sorted(_holders(groups, lambda group: group.names).items()):
        if _apart(groups, holders) and not _contradict([groups[each].domains for each in holders]):
            edges += _chain(holders)
    return edges


def _contradict(domains: Sequence[frozenset[str]]) -> bool:
    """Two employers with one name and different domains are two employers."""
    return any(one and other and not one & other for one, other in combinations(domains, 2))


def _joined(groups: list[_Group], edges: Sequence[tuple[int, int]], by: str) -> list[_Group]:
    result = []
    for part in _components(len(groups), edges):
        together = [groups[each] for each in part]
        if len(part) == 1 or not _apart(groups, part):
            # What several keys tie together in more than one way stays apart.
            result += together
            continue
        result.append(_Group([record for group in together for record in group.records], by))
    return result


def _holders(groups: Sequence[_Group], keys: Callable[[_Group], frozenset[str]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for position, group in enumerate(groups):
        for key in keys(group):
            found.setdefault(key, []).append(position)
    return {key: holders for key, holders in found.items() if len(holders) > 1}


def _apart(groups: Sequence[_Group], positions: Sequence[int]) -> bool:
    systems = [system for each in positions for system in groups[each].systems]
    return len(systems) == len(set(systems))


def _chain(positions: Sequence[int]) -> list[tuple[int, int]]:
    return list(pairwise(positions))


def _components(count: int, edges: Iterable[tuple[int, int]]) -> list[list[int]]:
    parent = list(range(count))

    def root(position: int) -> int:
        while parent[position] != position:
            parent[position] = parent[parent[position]]
            position = parent[position]
        return position

    for left, right in edges:
        one, other = sorted((root(left), root(right)))
        parent[other] = one
    parts: dict[int, list[int]] = {}
    for position in range(count):
        parts.setdefault(root(position), []).append(position)
    return [parts[first] for first in sorted(parts)]
