"""Joining records and people that are surely one: a union of sets in which forbidden pairs stay apart.

A *block* is what the facts have joined: records of the chunk, records we know, and people. Knows no e-mails.
"""

from __future__ import annotations

from collections.abc import Iterable

from connector.decide.candidates import PersonMerge
from connector.model import RecordRef

Node = RecordRef | int
"""A record, or a person by id."""


class Blocks:
    """Disjoint sets over records and people. ``cannot``: pairs of person ids that a person has ruled apart."""

    def __init__(self, records: Iterable[RecordRef], linked: dict[RecordRef, int], cannot: set[frozenset[int]]) -> None:
        self._parent: dict[Node, Node] = {ref: ref for ref in records}
        self._people: dict[Node, set[int]] = {ref: set() for ref in self._parent}
        self._evidence: dict[Node, set[str]] = {ref: set() for ref in self._parent}
        self._cannot = cannot
        self.refused: list[tuple[RecordRef, str]] = []
        for ref, person_id in sorted(linked.items()):
            self.add(ref)
            self.join(ref, person_id, "link")

    def add(self, node: Node) -> None:
        """Make a node known."""
        if node not in self._parent:
            self._parent[node] = node
            self._people[node] = {node} if isinstance(node, int) else set()
            self._evidence[node] = set()

    def root(self, node: Node) -> Node:
        """What stands for the block the node is in."""
        while self._parent[node] != node:
            self._parent[node] = self._parent[self._parent[node]]
            node = self._parent[node]
        return node

    def join(self, left: Node, right: Node, evidence: str) -> None:
        """Join two blocks, unless a ruling forbids it or a record is not known here (it will come later)."""
        for node in (left, right):
            if isinstance(node, int):
                self.add(node)
        if left not in self._parent or right not in self._parent:
            return
        first, second = self.root(left), self.root(right)
        if first == second:
            self._evidence[first].add(evidence)
            return
        if self._forbidden(first, second):
            if isinstance(left, RecordRef):
                self.refused.append((left, "a ruling keeps two people apart that the records join"))
            return
        self._parent[second] = first
        self._people[first] |= self._people.pop(second)
        self._evidence[first] |= self._evidence.pop(second) | {evidence}

    def person_of(self, node: Node) -> int | None:
        """The person of a node's block: the oldest of those the facts have joined; ``None`` for a new one."""
        return min(self._people[self.root(node)], default=None)

    def evidence_of(self, node: Node) -> tuple[str, ...]:
        """The kinds of evidence that joined the node's block."""
        return tuple(sorted(self._evidence[self.root(node)]))

    def merges(self) -> tuple[PersonMerge, ...]:
        """People that became one, loser by loser."""
        merged: list[PersonMerge] = []
        for root, people in self._people.items():
            winner, *losers = sorted(people) or [0]
            merged += [PersonMerge(loser, winner, self.evidence_of(root)) for loser in losers]
        return tuple(sorted(merged, key=lambda merge: merge.loser))

    def ruled_apart(self, people: Iterable[int]) -> bool:
        """Whether a person has ruled every pair of these people apart."""
        several = sorted(people)
        pairs = [frozenset({one, other}) for one in several for other in several if one < other]
        return bool(pairs) and all(pair in self._cannot for pair in pairs)

    def _forbidden(self, first: Node, second: Node) -> bool:
        return any(
            frozenset({one, other}) in self._cannot for one in self._people[first] for other in self._people[second]
        )
