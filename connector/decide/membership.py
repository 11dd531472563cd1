"""Who should be on which list or campaign: the one of their track, and no longer on one that we put them on before.

A membership is one field of a pseudo record (``connector.ports.memberships``). What was agreed last tells whose it is:
a settled pair whose own half is null was found there, a person's doing, and is left alone. Nothing is deleted: where a
collection knows a standing of its members, leaving is a standing too. Pure; how a CRM is told is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from connector.decide.guards import oscillates
from connector.decide.limits import ANY_FIELD, Limits
from connector.decide.normalise import same_json
from connector.model import Lane, Level, Wire
from connector.ports.memberships import KIND, MEMBERSHIPS, field_of
from connector.ports.outbox import Change, LinkView, PlannedRow, SettledPair

POLICY = "membership"


class Collections(Struct, frozen=True):
    """One system's lists or campaigns. ``by_track``: track -> the collection, as the company names it.

    ``joined``, ``left``: a member's standing on the track and after it; ``absent``: the wire value of no member.
    ``left`` is ``None`` where a standing stays as it is.
    """

    by_track: Mapping[str, str] = field(default_factory=dict)
    joined: Wire = True
    left: Wire = False
    absent: Wire = False


class MembershipWish(Struct, frozen=True):
    """One record of a person and one collection: on it (``wanted``) or not."""

    link: LinkView
    collection: str
    collections: Collections
    wanted: bool
    reason: str

    @property
    def system(self) -> str:
        """The system of the record."""
        return self.link.system

    @property
    def field(self) -> str:
        """The field that stands for the collection."""
        return field_of(self.collection)


def memberships(
    link: LinkView, track: str | None, collections: Collections, *, may_join: bool
) -> Iterator[MembershipWish]:  # fmt: skip
    """The wishes for one record: every mapped collection that is wanted, or that it was put on by us."""
    wanted = collections.by_track.get(track or "") if may_join else None
    for collection in sorted(set(collections.by_track.values())):
        on = collection == wanted
        if on or field_of(collection) in link.base:
            reason = f"on track {track}" if on else "left the track"
            yield MembershipWish(link, collection, collections, on, reason)


def membership_row(wish: MembershipWish, limits: Limits, held: frozenset[str]) -> PlannedRow | None:
    """The row that makes it so; ``None`` when nothing is to be done."""
    pair = wish.link.base.get(wish.field)
    before = wish.collections.absent if pair is None else pair.wire
    after = _after(wish, pair)
    if after is None or same_json(before, after):
        return None
    change = Change(
        before=before,
        after=after,
        ours=after,
        type="boolean" if isinstance(after, bool) else "choice",
        policy=POLICY,
        level=Level.FULL,
        rule="track",
        reason=wish.reason,
        held_by=_held_by(wish, after, limits, held),
    )
    return _row(wish, change)


def _after(wish: MembershipWish, pair: SettledPair | None) -> Wire:
    """The new standing; ``None``: leave it."""
    rules = wish.collections
    if wish.wanted:
        is_member = pair is not None and not same_json(pair.wire, rules.absent)
        left_by_us = pair is not None and rules.left is not None and same_json(pair.ours, rules.left)
        return rules.joined if not is_member or left_by_us else None
    put_by_us = pair is not None and same_json(pair.ours, rules.joined) and same_json(pair.wire, rules.joined)
    return rules.left if put_by_us else None


def _held_by(wish: MembershipWish, after: Wire, limits: Limits, held: frozenset[str]) -> str | None:
    if held & {MEMBERSHIPS, wish.field, ANY_FIELD} or oscillates(wish.link.written, wish.field, after):
        return "hold"
    return None if limits.allows(wish.system, Level.FULL) else "level"


def _row(wish: MembershipWish, change: Change) -> PlannedRow:
    """A new member is made plainly; the standing of one that is there is guarded."""
    link = wish.link
    is_new = same_json(change.before, wish.collections.absent)
    return PlannedRow(
        person_id=link.person_id,
        system=link.system,
        object=MEMBERSHIPS,
        target=f"{link.system}:{MEMBERSHIPS}:{wish.collection}:{link.record_id}",
        kind=KIND,
        lane=Lane.OWNED if is_new else Lane.CONTESTED,
        level=Level.FULL,
        changes={wish.field: change},
        link_id=link.link_id,
        record_id=link.record_id,
        parent_record_id=wish.collection,
        held_by=change.held_by,
    )
