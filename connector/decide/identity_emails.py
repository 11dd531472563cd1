"""The last key, exact e-mail: which blocks it joins, and where it only raises a question.

An e-mail is no key when a team reads it, when too many records have it, or when it comes with two different last
names. Everything is decided on sets, so the order of the records does not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from connector.decide.candidates import (
    EMAIL,
    EMAIL_SECONDARY,
    Ambiguous,
    Candidate,
    Conflict,
    IdentitySettings,
    Known,
    Linked,
    New,
    Resolution,
    Verdict,
    clean_email,
    is_role_mailbox,
)
from connector.decide.identity_blocks import Blocks, Node
from connector.model import RecordRef

UNDATED = datetime.max.replace(tzinfo=UTC)
SHARED, TOO_MANY, ROLE = "one e-mail with different last names", "one e-mail on too many records", "a shared mailbox"
SEVERAL, DISAGREE = "an e-mail that several people have", "the keys disagree"


@dataclass
class _Open:
    """Records of the chunk that belong together and to no known person yet."""

    records: list[Candidate]
    primary: set[str]
    secondary: set[str]
    names: set[str]
    doubt: str = ""
    rivals: set[int] = field(default_factory=set)
    joined_by: set[str] = field(default_factory=set)

    @property
    def founder(self) -> RecordRef:
        return min(self.records, key=lambda each: (each.created_at or UNDATED, each.ref)).ref


@dataclass
class _Holders:
    """Who has one e-mail: known people with their last names, and open blocks by their root."""

    people: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    blocks: set[Node] = field(default_factory=set)
    records: set[RecordRef] = field(default_factory=set)


class Emails:
    """The e-mail tier over the blocks of one chunk."""

    def __init__(
        self, blocks: Blocks, candidates: Sequence[Candidate], known: Known, settings: IdentitySettings
    ) -> None:
        self._blocks, self._known, self._settings = blocks, known, settings
        self._candidates = sorted(candidates, key=lambda each: each.ref)
        self._doubtful: set[int] = set()
        self._open = self._open_blocks()
        self._holders = self._holders_by_email()
        self._people: dict[Node, dict[str, set[int]]] = {
            root: {EMAIL: set(), EMAIL_SECONDARY: set()} for root in self._open
        }
        self._group = Blocks((), {}, set())

    def resolution(self, questions: list[tuple[RecordRef, str]]) -> Resolution:
        """Every candidate's verdict."""
        representative = {root: block.founder for root, block in self._open.items()}
        self._group = Blocks(representative.values(), {}, set())
        for email in sorted(self._holders):
            self._judge(email, self._holders[email], representative)
        groups = self._groups(representative)
        verdicts = {each.ref: self._verdict(each, representative, groups) for each in self._candidates}
        merges = self._blocks.merges()
        return Resolution(verdicts, merges, frozenset(self._doubtful), tuple(sorted(set(questions))))

    def _open_blocks(self) -> dict[Node, _Open]:
        found: dict[Node, _Open] = {}
        for each in self._candidates:
            if self._blocks.person_of(each.ref) is not None:
                continue
            block = found.setdefault(self._blocks.root(each.ref), _Open([], set(), set(), set()))
            block.records.append(each)
            primary, secondary = _emails(each)
            block.primary |= primary
            block.secondary |= secondary
            block.names |= self._names(each.last_name)
        for block in found.values():
            block.secondary -= block.primary
        return found

    def _names(self, last_name: str | None) -> set[str]:
        name = " ".join((last_name or "").casefold().split())
        return set() if name in self._settings.placeholder_names else {name}

    def _holders_by_email(self) -> dict[str, _Holders]:
        holders: dict[str, _Holders] = defaultdict(_Holders)
        given = {each.ref for each in self._candidates}
        for link in self._known.links:
            # A candidate speaks for itself: its e-mail may have changed since it was linked.
            if link.state == "forgotten" or link.ref in given:
                continue
            for email in link.emails:
                self._hold(holders[email], link.ref, link.last_name)
        for each in self._candidates:
            primary, secondary = _emails(each)
            for email in primary | secondary:
                self._hold(holders[email], each.ref, each.last_name)
        return holders

    def _hold(self, holders: _Holders, ref: RecordRef, last_name: str | None) -> None:
        holders.records.add(ref)
        person_id = self._blocks.person_of(ref)
        if person_id is None:
            holders.blocks.add(self._blocks.root(ref))
        else:
            holders.people[person_id] |= self._names(last_name)

    def _judge(self, email: str, holders: _Holders, representative: dict[Node, RecordRef]) -> None:
        roots = sorted(holders.blocks, key=lambda root: representative[root])
        if is_role_mailbox(email, self._settings):
            self._doubt(roots, ROLE, ())
        elif len(holders.records) > self._settings.records_per_email_max:
            self._doubt(roots, TOO_MANY, ())
        elif _several_names(set().union(*holders.people.values(), *(self._open[root].names for root in roots))):
            self._judge_shared(email, holders, roots, representative)
        else:
            self._offer(email, roots, set(holders.people), representative)

    def _judge_shared(
        self, email: str, holders: _Holders, roots: list[Node], representative: dict[Node, RecordRef]
    ) -> None:
        people = set(holders.people)
        names = {name for root in roots for name in self._open[root].names}
        if len(people) == 1 and names <= set().union(*holders.people.values()):
            # One person who is known under both names.
            self._offer(email, roots, people, representative)
            return
        if not self._blocks.ruled_apart(people):
            self._doubtful |= people
        for name in sorted(names | {""}):
            alike = [root for root in roots if min(self._open[root].names, default="") == name]
            namesakes = {person_id for person_id, known in holders.people.items() if name in known}
            self._offer(email, alike, namesakes if len(namesakes) == 1 else set(), representative)
            if len(namesakes) != 1:
                self._doubt(alike, SHARED, people)

    def _doubt(self, roots: Sequence[Node], why: str, rivals: Sequence[int] | set[int]) -> None:
        for root in roots:
            block = self._open[root]
            # The gravest reason stays, whichever e-mail comes first.
            block.doubt = max(block.doubt, why)
            block.rivals |= set(rivals)

    def _offer(
        self, email: str, roots: Sequence[Node], people: set[int], representative: dict[Node, RecordRef]
    ) -> None:
        for root in roots:
            block = self._open[root]
            kind = EMAIL if email in block.primary else EMAIL_SECONDARY
            self._people[root][kind] |= people
            if people or len(roots) > 1:
                block.joined_by.add(kind)
        if not people:
            for root in roots[1:]:
                self._group.join(representative[roots[0]], representative[root], EMAIL)

    def _groups(self, representative: dict[Node, RecordRef]) -> dict[Node, list[Node]]:
        """Root of the group -> the open blocks in it, in the order of their representatives."""
        groups: dict[Node, list[Node]] = defaultdict(list)
        for root in sorted(self._open, key=lambda each: representative[each]):
            groups[self._group.root(representative[root])].append(root)
        return groups

    def _verdict(
        self, candidate: Candidate, representative: dict[Node, RecordRef], groups: dict[Node, list[Node]]
    ) -> Verdict:
        person_id = self._blocks.person_of(candidate.ref)
        if person_id is not None:
            return self._settled(candidate, person_id)
        root = self._blocks.root(candidate.ref)
        return self._unsettled(root, groups[self._group.root(representative[root])])

    def _settled(self, candidate: Candidate, person_id: int) -> Verdict:
        primary, secondary = _emails(candidate)
        others = {
            other
            for email in primary | secondary
            if not is_role_mailbox(email, self._settings)
            for other in self._holders[email].people
        } - {person_id}
        if others and not self._blocks.ruled_apart(others | {person_id}):
            return Conflict(person_id, tuple(sorted(others)), DISAGREE)
        return Linked(person_id, self._blocks.evidence_of(candidate.ref))

    def _unsettled(self, root: Node, together: list[Node]) -> Verdict:
        by_primary = set().union(*(self._people[each][EMAIL] for each in together))
        everyone = by_primary.union(*(self._people[each][EMAIL_SECONDARY] for each in together))
        blocks = [self._open[each] for each in together]
        founder = min((record for block in blocks for record in block.records), key=_age).ref
        if len(everyone) == 1:
            evidence = set(self._blocks.evidence_of(root)) | {kind for block in blocks for kind in block.joined_by}
            return Linked(min(everyone), tuple(sorted(evidence)))
        if len(by_primary) == 1:
            return Conflict(min(by_primary), tuple(sorted(everyone - by_primary)), DISAGREE)
        if everyone:
            return Ambiguous(founder, tuple(sorted(everyone)), SEVERAL)
        doubt = max(block.doubt for block in blocks)
        rivals = set().union(*(block.rivals for block in blocks))
        if doubt in (SHARED, TOO_MANY):
            return Ambiguous(founder, tuple(sorted(rivals)), doubt)
        return New(founder, provisional=bool(doubt), why=doubt)


def _age(candidate: Candidate) -> tuple[datetime, RecordRef]:
    return candidate.created_at or UNDATED, candidate.ref


def _emails(candidate: Candidate) -> tuple[set[str], set[str]]:
    primary = {email for email in (clean_email(candidate.email),) if email}
    secondary = {email for email in map(clean_email, candidate.secondary_emails) if email}
    return primary, secondary - primary


def _several_names(names: set[str]) -> bool:
    """Whether these are different last names; one contained in another is the same (married, second surname)."""
    words = [set(name.replace("-", " ").split()) for name in names]
    return any(not (one <= other or other <= one) for one in words for other in words)
