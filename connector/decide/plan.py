"""From verdicts to change sets: one write per record, its lane, the level it needs, and what holds it back.

All changes of a record that may be sent go into one write, because our own earlier write would move the record's
stamp and refuse our next conditional one. Changes that level, guard or a hold keep back become a row of their own,
so that the plan always shows what the highest level would write. Nothing here mints a key, reads a clock or sends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from connector.clock import from_micros
from connector.decide.change_set import split_by_hold
from connector.decide.diff import (
    Accept,
    Agree,
    Conflict,
    Desired,
    Hold,
    Theirs,
    Unseen,
    Verdict,
    Write,
    classify,
)
from connector.decide.guards import oscillates
from connector.decide.limits import ANY_FIELD, Limits, is_ignored, wait_after_refusal
from connector.decide.membership import MembershipWish, membership_row
from connector.decide.normalise import is_blank, to_json
from connector.model import Lane, Level, Value, Wire
from connector.ports.documents import to_text
from connector.ports.outbox import (
    Change,
    ConflictNote,
    Decided,
    HoldNote,
    LinkView,
    PersonView,
    PlannedRow,
    SettledPair,
)

Encode = Callable[[str, str, str, Value], Wire]
"""system, object, field, canonical value -> wire value."""

OSCILLATION_HOLD = timedelta(days=7)


class CreateWish(Struct, frozen=True, gc=False):
    """A record that should exist: ``kind`` is create (becomes a link) or task (a hand-off note).

    ``target`` is stable over runs (``<system>:<object>:new:<person>``, ``<system>:<object>:assignment:<n>``): what
    was done once under it is never done again. ``parent_record_id`` groups rows that lock the same parent.
    """

    person_id: int
    system: str
    object: str
    kind: str
    target: str
    fields: Mapping[str, Desired]
    level: Level = Level.ASSIGN
    parent_record_id: str | None = None


@dataclass
class Folded:
    """What the diff of one person came to. ``pending``: something of it must be looked at again by the next run.

    ``differing``: canonical fields that some record does not hold as we want it (``*``: a record was not looked at).
    ``wished``: (link id, field) that is to be written, whatever keeps it back; ``unseen``: links not looked at.
    """

    rows: list[PlannedRow] = field(default_factory=list)
    pairs: dict[int, dict[str, SettledPair]] = field(default_factory=dict)
    conflicts: list[ConflictNote] = field(default_factory=list)
    freed: list[tuple[int, str]] = field(default_factory=list)
    holds: list[HoldNote] = field(default_factory=list)
    first_contact: list[tuple[str, str, str]] = field(default_factory=list)
    assigned: bool = False
    pending: bool = False
    differing: set[str] = field(default_factory=set)
    carried_out: list[int] = field(default_factory=list)
    wished: set[tuple[int, str]] = field(default_factory=set)
    unseen: set[int] = field(default_factory=set)
    outlived: list[tuple[str, str, str, str]] = field(default_factory=list)


def fold_person(
    person: PersonView,
    desired: Mapping[int, Mapping[str, Desired]],
    wishes: Sequence[CreateWish | MembershipWish],
    encode: Encode,
    limits: Limits,
) -> Folded:
    """Every primary link of a person, the records it should get, and the lists and campaigns it should be on.

    ``desired``: link id -> CRM field -> wish.
    """
    folded = Folded()
    for link in person.links:
        _LinkFold(person, link, encode, limits, folded).run(desired.get(link.link_id, {}))
    for wish in wishes:
        if isinstance(wish, CreateWish):
            _fold_create(person, wish, encode, limits, folded)
        else:
            _fold_membership(person, wish, limits, folded)
    folded.pending = folded.pending or bool(folded.rows)
    folded.carried_out = [each.conflict_id for each in person.decided if _is_carried_out(each, folded)]
    folded.outlived = list(_outlived(person, wishes, folded))
    return folded


def _outlived(
    person: PersonView, wishes: Sequence[CreateWish | MembershipWish], folded: Folded
) -> Iterator[tuple[str, str, str, str]]:
    """Refusals of what nobody wants to write any more: they are over without having gone through."""
    records = {link_id for link_id, _ in folded.wished}
    for link in person.links:
        for name, refusal in link.refusals.items():
            wished = link.link_id in records if name == ANY_FIELD else (link.link_id, name) in folded.wished
            if not wished and link.link_id not in folded.unseen:
                yield *refusal.address, name
    targets = {wish.target for wish in wishes if isinstance(wish, CreateWish)}
    for target, refusals in person.refusals.items():
        if target not in targets:
            yield from ((*refusal.address, name) for name, refusal in refusals.items())


def _is_carried_out(decided: Decided, folded: Folded) -> bool:
    # Answers are compared where they are decided upon: records that are only read have no wish to differ from.
    return not decided.is_answer and not folded.differing & {decided.name, ANY_FIELD}


def plan_digest(rows: Iterable[PlannedRow]) -> str:
    """A digest of what a plan would do; the same content gives the same digest in any order."""
    lines = sorted(to_text(_content(row)) for row in rows)
    return hashlib.blake2b("\n".join(lines).encode(errors="surrogatepass"), digest_size=16).hexdigest()


@dataclass
class _LinkFold:
    """The fold over one record's fields."""

    person: PersonView
    link: LinkView
    encode: Encode
    limits: Limits
    folded: Folded

    def run(self, desired: Mapping[str, Desired]) -> None:
        if self.link.target in self.person.taken:
            self.folded.pending = True
            self.folded.differing.add(ANY_FIELD)
            self.folded.unseen.add(self.link.link_id)
            return
        changes: dict[str, Change] = {}
        along: dict[str, Change] = {}
        for name, want in sorted(desired.items()):
            change = self._change(name, want)
            if change is not None:
                (along if want.along else changes)[name] = change
        if changes:
            together = changes | _joined(along, changes) if along else changes
            rows = split_by_hold(_template(self.link), together)
            self.folded.rows.extend(row for row in rows if not is_ignored(self.link.refusals, ANY_FIELD, row.changes))

    def _set_at(self, want: Desired) -> datetime | None:
        """When the field got its value; the record's own stamp would count an edit of any other field as well."""
        stamp = self.link.stamps.get(want.read)
        return self.link.modified_at if stamp is None else from_micros(stamp)

    def _change(self, name: str, want: Desired) -> Change | None:
        base = self.link.base.get(name)
        wire = self.link.wire.get(name, Unseen.ABSENT)
        verdict = classify(base, Theirs(self.link.system, wire, self._set_at(want)), want)
        if not isinstance(verdict, Conflict):
            self.folded.freed.append((self.link.link_id, name))
        if not isinstance(verdict, Agree | Accept):
            self.folded.differing.add(want.name)
        if not isinstance(verdict, Write):
            self._settle(name, want, verdict, base)
            return None
        self.folded.wished.add((self.link.link_id, name))
        if base is None and want.moment_seq is not None:
            self._remember_before_wish(name, want.moment_seq, verdict.expect)
        if self.limits.rests(self.link.refusals, name):
            self.folded.pending = True
            return None
        after = self.encode(self.link.system, self.link.object, name, verdict.after)
        change = change_for(want, verdict.expect, after, verdict.first_contact)
        if is_ignored(self.link.refusals, name, {name: change}):
            return None
        return _held(change, self._hold_reason(name, want, after))

    def _remember_before_wish(self, name: str, moment_seq: int, wire: Wire) -> None:
        """What stood there when the wish arose is history, so that only an edit of this very field counts later.

        Until the wish is answered, any change of the record would else look newer than the wish.
        """
        before_wish = moment_seq - 1 or -1
        self.folded.pairs.setdefault(self.link.link_id, {})[name] = SettledPair(None, wire, before_wish)

    def _settle(self, name: str, want: Desired, verdict: Verdict, base: SettledPair | None) -> None:
        folded, link = self.folded, self.link
        if isinstance(verdict, Agree | Accept) and verdict.pair is not None:
            folded.pairs.setdefault(link.link_id, {})[name] = verdict.pair
            wished = want.moment == OWNER_MOMENT and want.moment_seq is not None
            folded.assigned = folded.assigned or (wished and isinstance(verdict, Agree))
        elif isinstance(verdict, Hold) and verdict.why == "first_contact":
            folded.first_contact.append((link.system, link.object, name))
            folded.pending = True
        elif isinstance(verdict, Conflict):
            note = ConflictNote(
                person_id=link.person_id,
                link_id=link.link_id,
                field=name,
                base=base.wire if base else None,
                ours=to_json(want.value),
                theirs=link.wire.get(name),
                reason=verdict.reason,
            )
            folded.conflicts.append(note)

    def _hold_reason(self, name: str, want: Desired, after: Wire) -> str | None:
        if self.person.held and self.person.held & {name, want.name, ANY_FIELD}:
            return "hold"
        if oscillates(self.link.written, name, after):
            until = self.limits.now + OSCILLATION_HOLD
            self.folded.holds.append(HoldNote(self.person.person_id, name, "oscillation", until))
            return "hold"
        return None if self.limits.allows(self.link.system, want.level) else "level"


def change_for(want: Desired, before: Wire, after: Wire, first_contact: bool = False) -> Change:
    """A planned change of one field."""
    return Change(
        before=before,
        after=after,
        ours=to_json(want.value),
        type=want.type,
        policy=want.policy,
        level=want.level,
        rule=want.rule,
        reason=want.reason,
        moment=want.moment,
        moment_seq=want.moment_seq,
        first_contact=first_contact,
    )


def _fold_create(person: PersonView, wish: CreateWish, encode: Encode, limits: Limits, folded: Folded) -> None:
    if wish.target in person.taken:
        return
    refusals = person.refusals.get(wish.target, {})
    if limits.rests(refusals, ANY_FIELD):
        folded.pending = True
        return
    allowed = limits.allows(wish.system, wish.level)
    reason = "hold" if ANY_FIELD in person.held else None if allowed else "level"
    changes: dict[str, Change] = {}
    for name, want in sorted(wish.fields.items()):
        fits = limits.allows(wish.system, want.level) or not allowed
        kept_back = person.held & {name, want.name} or limits.rests(refusals, name)
        if is_blank(want.value) or not fits or kept_back:
            continue
        after = encode(wish.system, wish.object, name, want.value)
        change = _held(change_for(want, None, after), reason)
        if not is_ignored(refusals, name, {name: change}):
            changes[name] = change
    if changes and not is_ignored(refusals, ANY_FIELD, changes):
        folded.rows.append(_create_row(wish, changes, reason))


def _fold_membership(person: PersonView, wish: MembershipWish, limits: Limits, folded: Folded) -> None:
    row = membership_row(wish, limits, person.held)
    if row is None:
        return
    folded.wished.add((wish.link.link_id, wish.field))
    if is_ignored(wish.link.refusals, wish.field, row.changes):
        return
    if row.target in person.taken or limits.rests(wish.link.refusals, wish.field):
        folded.pending = True
    else:
        folded.rows.append(row)


def _create_row(wish: CreateWish, changes: Mapping[str, Change], reason: str | None) -> PlannedRow:
    return PlannedRow(
        person_id=wish.person_id,
        system=wish.system,
        object=wish.object,
        target=wish.target,
        kind=wish.kind,
        lane=Lane.CREATE,
        level=wish.level,
        changes=changes,
        parent_record_id=wish.parent_record_id,
        held_by=reason,
    )


def _template(link: LinkView) -> PlannedRow:
    return PlannedRow(
        person_id=link.person_id,
        system=link.system,
        object=link.object,
        target=link.target,
        kind="update",
        lane=Lane.OWNED,
        level=Level.ANNOTATE,
        changes={},
        link_id=link.link_id,
        record_id=link.record_id,
        external_key=link.external_key,
        parent_record_id=link.parent_record_id,
    )


def _joined(along: Mapping[str, Change], changes: Mapping[str, Change]) -> dict[str, Change]:
    """What is only written together with something else goes with the first row that can be sent, if any."""
    reasons = {change.held_by for change in changes.values()}
    target = None if None in reasons else min(str(reason) for reason in reasons)
    return {name: _held(change, target) for name, change in along.items() if change.held_by in (None, target)}


def _held(change: Change, reason: str | None) -> Change:
    return change if change.held_by == reason else replace(change, held_by=reason)


def _content(row: PlannedRow) -> list[object]:
    fields = {name: [change.before, change.after, change.rule] for name, change in sorted(row.changes.items())}
    return [row.target, row.kind, row.lane.value, row.level.value, row.held_by, row.person_id, fields]


OWNER_MOMENT = "owner"
"""The moment whose confirmation starts a follow-up clock."""

__all__ = ["CreateWish", "Folded", "Limits", "MembershipWish", "change_for", "fold_person", "plan_digest"]
__all__ += ["wait_after_refusal"]
