"""Who changed a field since it was last agreed, and what follows: the three-way diff of one field of one record.

A side has changed when it differs from its half of the last settled pair: the wire exactly as returned, ours as
canonical JSON. A missing pair is *unknown*, so the field is met for the first time. The newest stamp never
decides what changed; stamps only say whether a person's edit came after a wish of ours. What a value is worth to
a rule, and how it is sent, is not known here.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from msgspec import Struct

from connector.decide.first_contact import FirstMeeting, Meeting, meet
from connector.decide.normalise import is_blank, means_same, same_json, to_json
from connector.model import Level, Value, Wire
from connector.ports.outbox import SettledPair

NEVER_WRITTEN = frozenset({"dont_sync", "derived", "latest", "first_non_blank", "most_restrictive"})
"""Policies that only say how a value is read out of the systems."""


TAKEN = "taken"
"""The policy of a field that we only read: it is written once, because a person has decided a conflict about it."""


class Unseen(Enum):
    """Why there is no wire value to compare: not answered, or not understood."""

    ABSENT = "absent"
    UNREADABLE = "unreadable"


class Author(Enum):
    """Who set a value, as far as it is known; an unknown author is treated as a person."""

    PERSON = "person"
    MACHINE = "machine"
    OURS = "ours"
    UNKNOWN = "unknown"


class Desired(Struct, frozen=True, gc=False):
    """What one CRM field should hold, and by which policy.

    ``value`` is canonical but already in the CRM's own words (after the value map); a moment is an aware datetime.
    ``type``: text, email, phone, integer, number, boolean, instant, date, choice, multichoice, reference. ``policy``:
    leadloop, moment, forward, two_way, taken, dont_sync, ``prefer_<system>_unless_blank`` or ``always_<system>``.
    ``name`` is the canonical field, for holds; ``read`` the one that the CRM field is read as, for its stamp.
    ``ranks``: the ladder of a forward field, lowest first. ``moment`` names the wish behind a moment field,
    ``moment_seq`` and ``moment_at`` when it arose (``None``: no wish). ``changed_at`` and ``author`` tell of ours.
    ``along``: only written together with another change of the record (the external key of an adopted record).
    ``first_contact``: a system's name, ``newest``, ``hold``; empty: a master policy decides, and without a master it is
    held. ``overrules``: wire values that a person has decided against; with the policy ``taken`` the field is written
    over them and nothing else.
    """

    value: Value
    type: str
    policy: str
    level: Level
    rule: str = ""
    reason: str = ""
    name: str = ""
    ranks: tuple[str, ...] = ()
    moment: str | None = None
    moment_seq: int | None = None
    moment_at: datetime | None = None
    changed_at: datetime | None = None
    author: Author = Author.UNKNOWN
    along: bool = False
    first_contact: str = ""
    read: str = ""
    overrules: tuple[Wire, ...] = ()


class Theirs(Struct, frozen=True, gc=False):
    """What one record holds in that field: its system, the wire value, when it was set as far as known, and by whom.

    ``modified_at`` may be the record's own stamp: it is never earlier than the field's.
    """

    system: str
    wire: Wire | Unseen
    modified_at: datetime | None = None
    author: Author = Author.UNKNOWN


class Agree(Struct, frozen=True, gc=False):
    """Both sides hold the same; ``pair`` is the new pair, ``None`` when the old one stands as it is."""

    pair: SettledPair | None


class Accept(Struct, frozen=True, gc=False):
    """Their value stands; it becomes the settled pair and nothing is written."""

    pair: SettledPair
    reason: str


class Write(Struct, frozen=True, gc=False):
    """Write ``after`` (canonical) where ``expect`` (wire) is found."""

    expect: Wire
    after: Value
    reason: str
    first_contact: bool = False


class Hold(Struct, frozen=True, gc=False):
    """Nothing is decided: ``why`` is absent, unreadable, first_contact or custom_value."""

    why: str


class Conflict(Struct, frozen=True, gc=False):
    """Two people want different values; one must look."""

    reason: str


Verdict = Agree | Accept | Write | Hold | Conflict


class _Case(Struct, frozen=True, gc=False):
    """One field with both questions answered: who changed."""

    base: SettledPair | None
    wire: Wire
    theirs: Theirs
    desired: Desired

    @property
    def theirs_changed(self) -> bool:
        return self.base is None or not same_json(self.wire, self.base.wire)

    @property
    def ours_changed(self) -> bool:
        return self.base is None or not same_json(to_json(self.desired.value), self.base.ours)

    @property
    def wish_is_open(self) -> bool:
        """A wish is spent by any agreement behind it, also by taking their value."""
        seq = self.desired.moment_seq
        if self.desired.policy != "moment" or seq is None:
            return False
        return self.base is None or seq > self.base.agreed_seq

    @property
    def pair(self) -> SettledPair:
        return SettledPair(to_json(self.desired.value), self.wire)

    def accept(self, reason: str) -> Accept | Agree:
        """Their value stands; with nothing new on either side the old pair stands too."""
        if self.base is not None and not self.theirs_changed and not self.ours_changed:
            return Agree(None)
        return Accept(self.pair, reason)

    def write(self, reason: str) -> Write:
        return Write(self.wire, self.desired.value, self.desired.reason or reason)


def classify(base: SettledPair | None, theirs: Theirs, desired: Desired) -> Verdict:
    """What is to be done about one field of one record. Pure; total over every policy and state."""
    if isinstance(theirs.wire, Unseen):
        return Hold(theirs.wire.value)
    case = _Case(base, theirs.wire, theirs, desired)
    if desired.policy in NEVER_WRITTEN:
        return Agree(None)
    if means_same(desired.type, case.wire, desired.value):
        return Agree(case.pair if case.theirs_changed or case.ours_changed or case.wish_is_open else None)
    if not (case.theirs_changed or case.ours_changed or case.wish_is_open):
        return Agree(None)  # the CRM keeps our value in its own form, or theirs was accepted
    return _by_policy(case)


def master_of(policy: str) -> tuple[str, bool] | None:
    """The master system of a policy and whether a blank of its own gives way; ``None`` without a master."""
    if policy.startswith("prefer_") and policy.endswith("_unless_blank"):
        return policy[len("prefer_") : -len("_unless_blank")], True
    if policy.startswith("always_"):
        return policy[len("always_") :], False
    return None


def is_owned(policy: str) -> bool:
    """Whether the field is ours alone, so that it may take the owned lane."""
    return policy == "leadloop"


def is_human_first(policy: str) -> bool:
    """Whether a person's value that our write has overtaken must be put back."""
    return policy in {"moment", "forward", "two_way", TAKEN}


def _by_policy(case: _Case) -> Verdict:
    policy = case.desired.policy
    if any(same_json(case.wire, each) for each in case.desired.overrules):
        return case.write("a person's decision")
    if policy == TAKEN:
        return Agree(None)  # somebody has set another value since
    if is_owned(policy):
        return case.write("ours alone")
    if policy == "moment":
        return _by_moment(case)
    if policy == "forward":
        return _forward_only(case)
    if case.base is None:
        return _first_contact(case)
    if master_of(policy) is not None:
        return _by_master(case)
    if policy == "two_way":
        return _two_way(case)
    raise ValueError(f"unknown policy {policy!r}")


def _by_moment(case: _Case) -> Verdict:
    """A shared field that we touch only when a wish arises; otherwise it is theirs (PLAYBOOK 8.3)."""
    if not case.wish_is_open:
        return case.accept("no wish of ours is open")
    if case.theirs_changed and not _wish_is_newer(case):
        return Accept(case.pair, "history" if case.base is None else "a person's later value")
    return case.write("a new wish")


def _wish_is_newer(case: _Case) -> bool:
    if case.base is None and is_blank(case.wire):
        return True  # nobody's value stands there
    wished_at, theirs_at = case.desired.moment_at, case.theirs.modified_at
    return wished_at is not None and theirs_at is not None and wished_at > theirs_at


def _forward_only(case: _Case) -> Verdict:
    """A ladder that only rises: an empty or known lower value is raised, nothing is ever lowered (PLAYBOOK 8.2)."""
    ranks, wire = case.desired.ranks, case.wire
    if not is_blank(wire) and str(wire).strip() not in ranks:
        return Hold("custom_value")
    target = _rank(case.desired.value, ranks)
    if _rank(wire, ranks) >= target:
        return case.accept("already as far or further")
    if case.base is not None and case.theirs_changed and not _moved_up(case):
        return Accept(case.pair, "a person's later value")
    if case.base is not None and not case.ours_changed:
        return case.accept("theirs stands until ours moves")
    return case.write("forward")


def _rank(value: Value | Wire, ranks: tuple[str, ...]) -> int:
    """-1 for blank and for a word that is not on the ladder (ours is then never written)."""
    word = "" if value is None else str(value).strip()
    return ranks.index(word) if word in ranks else -1


def _moved_up(case: _Case) -> bool:
    # Only a rise is what the CRM does by itself (a form, a deal); a fall or a clearing is a person's doing.
    ranks = case.desired.ranks
    return case.base is not None and _rank(case.wire, ranks) > _rank(case.base.wire, ranks)


def _by_master(case: _Case) -> Verdict:
    """A field with a master: never written in it (but filled where its blank gives way), kept equal elsewhere."""
    master, blank_gives_way = master_of(case.desired.policy) or ("", False)
    if case.theirs.system == master:
        fills = blank_gives_way and is_blank(case.wire) and not case.theirs_changed
        return case.write(f"{master} is blank") if fills else case.accept(f"{master} is the master")
    if blank_gives_way and is_blank(case.desired.value):
        return case.accept("a blank is never written")
    return case.write(f"{master} is the master")


def _two_way(case: _Case) -> Verdict:
    if not case.theirs_changed:
        return case.write("ours changed")
    if not case.ours_changed:
        return Accept(case.pair, "theirs changed")
    ours_by_machine = case.desired.author in {Author.MACHINE, Author.OURS}
    theirs_by_machine = case.theirs.author in {Author.MACHINE, Author.OURS}
    if theirs_by_machine and case.desired.author is Author.PERSON:
        return case.write("a person's value before a machine's")
    if ours_by_machine and case.theirs.author is Author.PERSON:
        return Accept(case.pair, "a person's value before a machine's")
    return Conflict("both sides changed")


def _first_contact(case: _Case) -> Verdict:
    desired = case.desired
    master, blank_gives_way = master_of(desired.policy) or (None, False)
    meeting = Meeting(
        system=case.theirs.system,
        ours_blank=is_blank(desired.value),
        theirs_blank=is_blank(case.wire),
        master=master,
        blank_gives_way=blank_gives_way,
        setting=desired.first_contact,
        ours_at=desired.changed_at,
        theirs_at=case.theirs.modified_at,
    )
    outcome = meet(meeting)
    if outcome is FirstMeeting.HOLD:
        return Hold("first_contact")
    if outcome is FirstMeeting.ADOPT:
        return Accept(case.pair, "history")
    return Write(case.wire, desired.value, desired.reason or outcome.value, first_contact=True)
