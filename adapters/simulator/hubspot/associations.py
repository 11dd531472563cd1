"""Decides how two records are tied: types, inverse types, labels and the one primary company.

Must not know HTTP. Type ids from contract sheet 2.11; those of companies and deals with engagements are from
memory there, so a client should ask ``labels``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adapters.simulator.hubspot.object_types import OBJECT_TYPES

Ends = tuple[str, str, str]  # from type, from id, to type


@dataclass(frozen=True)
class Kind:
    """One association type in one direction."""

    type_id: int
    label: str | None
    inverse: int

    def document(self) -> dict[str, Any]:
        """The type as the API writes it."""
        return {"category": "HUBSPOT_DEFINED", "typeId": self.type_id, "label": self.label}


# (from, to): (type id, label, type id of the way back)
_TABLE: tuple[tuple[str, str, int, str | None, int], ...] = (
    ("contacts", "companies", 1, "Primary", 2),
    ("contacts", "companies", 279, None, 280),
    ("contacts", "deals", 4, None, 3),
    ("deals", "companies", 5, "Primary", 6),
    ("deals", "companies", 341, None, 342),
    ("contacts", "calls", 193, None, 194),
    ("contacts", "emails", 197, None, 198),
    ("contacts", "meetings", 199, None, 200),
    ("contacts", "notes", 201, None, 202),
    ("contacts", "tasks", 203, None, 204),
    ("contacts", "communications", 82, None, 81),
    ("companies", "calls", 181, None, 182),
    ("companies", "emails", 185, None, 186),
    ("companies", "meetings", 187, None, 188),
    ("companies", "notes", 189, None, 190),
    ("companies", "tasks", 191, None, 192),
    ("deals", "calls", 205, None, 206),
    ("deals", "emails", 209, None, 210),
    ("deals", "meetings", 211, None, 212),
    ("deals", "notes", 213, None, 214),
    ("deals", "tasks", 215, None, 216),
    ("leads", "contacts", 578, "Primary", 579),
    ("leads", "deals", 582, None, 583),
)


def _both_ways() -> dict[tuple[str, str], dict[int, Kind]]:
    kinds: dict[tuple[str, str], dict[int, Kind]] = {}
    for source, target, type_id, label, back in _TABLE:
        kinds.setdefault((source, target), {})[type_id] = Kind(type_id, label, back)
        kinds.setdefault((target, source), {})[back] = Kind(back, label, type_id)
    return kinds


KINDS = _both_ways()
_PRIMARY_TO_COMPANY = {("contacts", "companies"): 1, ("deals", "companies"): 5}


def default_type(source: str, target: str) -> int | None:
    """The unlabelled type of a pair, or its only one; None when the pair cannot be tied."""
    kinds = KINDS.get((source, target), {})
    plain = [kind.type_id for kind in kinds.values() if kind.label is None]
    return next(iter(plain or kinds), None)


class Associations:
    """Every tie of one portal, kept in both directions."""

    def __init__(self) -> None:
        self._ties: dict[Ends, dict[str, set[int]]] = {}

    def tie(self, source: tuple[str, str], target: tuple[str, str], type_id: int) -> None:
        """Tie two records; the first company of a contact or deal becomes its primary one."""
        if target[0] != "companies" and source[0] == "companies" and target[0] in ("contacts", "deals"):
            back = KINDS[(source[0], target[0])][type_id].inverse
            self.tie(target, source, back)
            return
        self._put(source, target, type_id)
        primary = _PRIMARY_TO_COMPANY.get((source[0], target[0]))
        if primary is None:
            return
        if type_id == primary:
            self._put(source, target, default_type(source[0], target[0]) or primary)
            self._make_only_primary(source, target, primary)
        elif self.primary(source, target[0]) is None:
            self._put(source, target, primary)

    def untie(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        """Remove every tie between two records."""
        self._ties.get((*source, target[0]), {}).pop(target[1], None)
        self._ties.get((*target, source[0]), {}).pop(source[1], None)

    def untie_all(self, source: tuple[str, str]) -> list[tuple[str, str]]:
        """Remove every tie of a record; answers the records it was tied to."""
        others = [(name, key) for name in OBJECT_TYPES for key in self.of(*source, name)]
        for other in others:
            self.untie(source, other)
        return others

    def of(self, source_type: str, source_id: str, target_type: str) -> dict[str, list[Kind]]:
        """Ids of the tied records in numeric order, each with its types."""
        tied = self._ties.get((source_type, source_id, target_type), {})
        kinds = KINDS.get((source_type, target_type), {})
        return {key: [kinds[type_id] for type_id in sorted(tied[key])] for key in sorted(tied, key=int)}

    def holds(self, source: tuple[str, str], target: tuple[str, str]) -> bool:
        """Whether two records are tied at all."""
        return target[1] in self._ties.get((*source, target[0]), {})

    def primary(self, source: tuple[str, str], target_type: str) -> str | None:
        """The id of the primary company, if any."""
        wanted = _PRIMARY_TO_COMPANY.get((source[0], target_type))
        tied = self._ties.get((*source, target_type), {})
        return next((key for key, types in tied.items() if wanted in types), None)

    def move(self, loser: tuple[str, str], winner: tuple[str, str]) -> None:
        """Give the loser's ties to the winner; the winner keeps its own primary company."""
        for target_type in OBJECT_TYPES:
            for target_id, kinds in self.of(*loser, target_type).items():
                target = (target_type, target_id)
                self.untie(loser, target)
                has_primary = self.primary(winner, target_type) is not None
                for kind in kinds:
                    if not (has_primary and kind.label == "Primary"):
                        self.tie(winner, target, kind.type_id)

    def dump(self) -> list[dict[str, Any]]:
        """Every tie once, from the type that comes first in the table of object types."""
        rank = {name: position for position, name in enumerate(OBJECT_TYPES)}
        rows = [
            {"from": [source, source_id], "to": [target, target_id], "types": sorted(types)}
            for (source, source_id, target), tied in self._ties.items()
            if rank[source] < rank[target]
            for target_id, types in tied.items()
        ]
        return sorted(rows, key=lambda row: (row["from"][0], int(row["from"][1]), row["to"][0], int(row["to"][1])))

    def _put(self, source: tuple[str, str], target: tuple[str, str], type_id: int) -> None:
        back = KINDS[(source[0], target[0])][type_id].inverse
        self._ties.setdefault((*source, target[0]), {}).setdefault(target[1], set()).add(type_id)
        self._ties.setdefault((*target, source[0]), {}).setdefault(source[1], set()).add(back)

    def _make_only_primary(self, source: tuple[str, str], target: tuple[str, str], primary: int) -> None:
        back = KINDS[(source[0], target[0])][primary].inverse
        for other, types in self._ties[(*source, target[0])].items():
            if other != target[1] and primary in types:
                types.discard(primary)
                self._ties[(target[0], other, source[0])][source[1]].discard(back)
