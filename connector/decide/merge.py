"""One value per field out of all records of a person, by the field's policy.

A field missing from a link's ``values`` is absent there and says nothing; an unreadable one comes in as the value kept
from before. When the outcome is the value we had, the previous stamp stays: merging twice changes nothing. Knows no
CRM: the names of systems are data. Fields that we decide ourselves, or that are derived, are not merged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from connector.model import Value

SYSTEM_POLICY = re.compile(r"prefer_(?P<preferred>\w+)_unless_blank|always_(?P<always>\w+)")
NOT_MERGED = frozenset({"leadloop", "moment", "forward", "derived"})
BLANK: tuple[Value, ...] = (None, "")
STAMP_GRAIN = timedelta(seconds=1)
"""Stamps that differ by less do not tell which came first: Salesforce stamps whole seconds."""


class FieldPolicy(Protocol):
    """What a field's definition must tell. ``ladder``: values from mild to strict, for ``most_restrictive`` texts."""

    @property
    def policy(self) -> str:
        """A policy by name, for example ``latest`` or ``prefer_<system>_unless_blank``."""

    @property
    def ladder(self) -> tuple[str, ...]:
        """Values in order, or empty."""


class LinkValues(Struct, frozen=True):
    """The canonical values of one record. ``stamps``: when a field got its value; missing: ``modified_at``.

    ``settled``: fields that hold what was last agreed for this record (or what an open conflict is about), so that they
    say nothing new. ``unmet``: fields of which nothing was ever agreed for this record. ``overlaid``: fields of this
    record edited over the value we have, which is the one last agreed for it. ``taken``: fields whose value a person
    has taken in a conflict, and when. ``since``: from when on a field may have had its value, where its stamp does not
    tell, because it was out of sight.
    """

    link_id: int
    system: str
    values: Mapping[str, Value]
    modified_at: datetime
    is_primary: bool = False
    stamps: Mapping[str, datetime] = field(default_factory=dict)
    settled: frozenset[str] = frozenset()
    unmet: frozenset[str] = frozenset()
    overlaid: frozenset[str] = frozenset()
    taken: Mapping[str, datetime] = field(default_factory=dict)
    since: Mapping[str, datetime] = field(default_factory=dict)


class Merged(Struct, frozen=True):
    """A person's value of a field: from which link, and since when."""

    value: Value
    link_id: int
    valid_from: datetime


class _Source(Struct, frozen=True):
    link: LinkValues
    value: Value
    at: datetime

    @property
    def blank(self) -> bool:
        return self.value in BLANK

    def merged(self) -> Merged:
        return Merged(self.value, self.link.link_id, self.at)


def merge_fields(
    links: Sequence[LinkValues], policies: Mapping[str, FieldPolicy], previous: Mapping[str, Merged]
) -> dict[str, Merged]:
    """The merged value of every field that any link shows; a field that none shows keeps its previous value."""
    merged: dict[str, Merged] = {}
    for name, policy in policies.items():
        if policy.policy in NOT_MERGED:
            continue
        outcome = merge_field(name, _sources(name, links), policy, previous.get(name))
        if outcome is not None:
            merged[name] = outcome
    return merged


def answer_times(merged: Mapping[str, Merged], fields: Iterable[str]) -> dict[str, datetime | None]:
    """``<field>_at`` for each question: when the answer was given, ``None`` without one."""
    times: dict[str, datetime | None] = {}
    for name in fields:
        answer = merged.get(name)
        times[f"{name}_at"] = None if answer is None or answer.value in BLANK else answer.valid_from
    return times


def merge_field(
    name: str, sources: Sequence[_Source], policy: FieldPolicy, previous: Merged | None
) -> Merged | None:  # fmt: skip
    """One field. ``None`` when nothing was ever known of it."""
    if not sources:
        return previous
    if policy.policy == "most_restrictive" and _outlives(previous, sources):
        return previous
    chosen = _taken(name, sources) or _choose(name, sources, policy, previous)
    if previous is None or chosen.value != previous.value:
        return chosen
    still_there = any(source.link.link_id == previous.link_id and source.value == previous.value for source in sources)
    return previous if still_there else replace(previous, link_id=chosen.link_id)


def _taken(name: str, sources: Sequence[_Source]) -> Merged | None:
    """The value a person has taken, from then on; no more once anybody has set another one."""
    found = [(source.link.taken[name], source) for source in sources if name in source.link.taken]
    if not found:
        return None
    at, source = max(found, key=lambda each: (each[0], each[1].link.link_id))
    if any(other.at > at and other.value != source.value for other in sources):
        return None
    return Merged(source.value, source.link.link_id, at)


def _outlives(previous: Merged | None, sources: Sequence[_Source]) -> bool:
    """A "no" is not cleared because the record it came from is gone: only that record can take it back."""
    return previous is not None and previous.value is True and all(s.link.link_id != previous.link_id for s in sources)


def _sources(name: str, links: Sequence[LinkValues]) -> list[_Source]:
    return [
        _Source(link, link.values[name], link.stamps.get(name, link.modified_at))
        for link in sorted(links, key=lambda link: link.link_id)
        if name in link.values
    ]


def _choose(name: str, sources: Sequence[_Source], policy: FieldPolicy, previous: Merged | None) -> Merged:
    match policy.policy:
        case "latest":
            return _newest_filled(sources)
        case "most_restrictive":
            return _strictest(sources, policy.ladder)
        case "first_non_blank":
            return _first(sources, previous)
        case "two_way":
            return _last_word(name, sources, previous)
        case "dont_sync":
            return _best(sources).merged()
    return _from_system(sources, policy.policy)


def _from_system(sources: Sequence[_Source], policy: str) -> Merged:
    match = SYSTEM_POLICY.fullmatch(policy)
    if match is None:
        raise ValueError(f"unknown policy {policy!r}")
    system = match["preferred"] or match["always"]
    own = [source for source in sources if source.link.system == system]
    filled = [source for source in own if not source.blank]
    if filled or (own and match["always"]):
        return _best(filled or own).merged()
    return _best([source for source in sources if not source.blank] or sources).merged()


def _best(sources: Sequence[_Source]) -> _Source:
    """Among equals the primary record speaks, then the newest value, then the oldest link."""
    filled = [source for source in sources if not source.blank] or sources
    return min(filled, key=lambda source: (not source.link.is_primary, -source.at.timestamp(), source.link.link_id))


def _newest_filled(sources: Sequence[_Source]) -> Merged:
    filled = [source for source in sources if not source.blank] or sources
    return min(filled, key=lambda source: (-source.at.timestamp(), source.link.link_id)).merged()


def _first(sources: Sequence[_Source], previous: Merged | None) -> Merged:
    if previous is not None and previous.value not in BLANK:
        return previous
    filled = [source for source in sources if not source.blank] or sources
    return min(filled, key=lambda source: (source.at, source.link.link_id)).merged()


def _last_word(name: str, sources: Sequence[_Source], previous: Merged | None) -> Merged:
    """Changed means different from what was last agreed, never newer: only records that differ from it speak.

    A blank speaks only where it differs, which is a deliberate clearing. A record met for the first time fills what is
    not known and overrules nothing: what it holds differently is for the first contact to decide.
    """
    changed = [source for source in sources if name not in source.link.settled | source.link.unmet]
    known = previous is not None and previous.value not in BLANK
    if known and previous is not None and not changed:
        return previous
    speaking = changed if known else [source for source in sources if not source.blank] or list(sources)
    last = min(speaking, key=lambda source: (-source.at.timestamp(), source.blank, source.link.link_id))
    if known and previous is not None and _comes_too_late(name, last, previous, sources):
        return previous
    return last.merged()


def _comes_too_late(name: str, last: _Source, previous: Merged, sources: Sequence[_Source]) -> bool:
    """An edit of another record that is older than the value we have, and was seen after it: nobody has seen both.

    The value stays, and where the edit was made the two stand against each other. Not where the edit was made over the
    very value we have: what a record is first seen with is stamped as the record is, often long after it was set.
    """
    if name in last.link.overlaid:
        return False
    newer_from = previous.valid_from + STAMP_GRAIN
    if last.link.link_id == previous.link_id or last.link.since.get(name, last.at) >= newer_from:
        return False
    return any(each.link.link_id == previous.link_id and each.value == previous.value for each in sources)


def _strictest(sources: Sequence[_Source], ladder: tuple[str, ...]) -> Merged:
    filled = [source for source in sources if not source.blank] or sources
    return min(filled, key=lambda source: (-_strictness(source.value, ladder), source.at, source.link.link_id)).merged()


def _strictness(value: Value, ladder: tuple[str, ...]) -> int:
    if isinstance(value, bool):
        return int(value)
    return ladder.index(value) if isinstance(value, str) and value in ladder else -1
