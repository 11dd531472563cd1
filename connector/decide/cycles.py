"""The words of the lifecycle fold: what is known of a person's cycle, what is new, what follows.

Values only. The fold itself is ``connector.decide.lifecycle``; this module knows neither tables nor CRMs.
Points are integer thousandths (``*_milli``); times are aware datetimes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from msgspec import Struct, field
from msgspec.structs import replace

from connector.decide.unreached import Proposal, Tried
from connector.model import Disposition, Motion, Stage
from connector.rules.moves import ANY_MOVE, Moves

CLOSED = frozenset({Disposition.WON, Disposition.DISQUALIFIED, Disposition.MERGED})
"""Dispositions that close a cycle. ``lost`` is followed by ``recycled`` at once, or closes a growth cycle."""

WITH_SALES = frozenset(
    {
        Disposition.ASSIGNED,
        Disposition.ACCEPTED,
        Disposition.WORKING,
        Disposition.SALES_QUALIFIED,
        Disposition.REJECTED,
    }
)
"""Sales holds the person; ``rejected`` stays with the rep until a reason decides it (PLAYBOOK 9.1)."""

WORK_LADDER = (
    Disposition.OPEN,
    Disposition.ASSIGNED,
    Disposition.ACCEPTED,
    Disposition.WORKING,
    Disposition.SALES_QUALIFIED,
)


LEFT_FOR = MappingProxyType({Stage.SUSPECT: Stage.NAME, Stage.LEAD: Stage.SUSPECT, Stage.QUALIFIED_LEAD: Stage.LEAD})
"""Where a stage entered by behaviour is left for when nothing more is heard, if the playbook does not say otherwise."""


class CycleState(Struct, frozen=True):
    """One cycle. ``closed_at`` is ``None`` while it is open; ``returned_at``: every time it went back to sales.

    ``adopted``: an active sales user already worked the person when we first saw them, so nothing was handed off.
    """

    number: int
    motion: Motion
    opened_at: datetime
    disposition: Disposition
    disposition_at: datetime
    origin: str = "marketing"
    closed_at: datetime | None = None
    reason: str | None = None
    grade_at_handoff: str | None = None
    qualified_at: datetime | None = None
    handed_off_at: datetime | None = None
    accepted_at: datetime | None = None
    first_touch_at: datetime | None = None
    sales_qualified_at: datetime | None = None
    recycles: int = 0
    recycle_until: datetime | None = None
    recycle_track: str | None = None
    returned_at: tuple[datetime, ...] = ()
    reconstructed: bool = False
    adopted: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the cycle still runs (a recycled cycle does)."""
        return self.closed_at is None

    @property
    def with_sales(self) -> bool:
        """Whether sales holds the person now."""
        return self.is_open and self.disposition in WITH_SALES


class PersonState(Struct, frozen=True):
    """What our own decisions said so far. ``stage_since`` is ``None`` for a person never decided before.

    ``stage_before``: where a removed opportunity leads back to. ``grade``: the published one (a handed-off lead keeps
    its hand-off grade); ``grade_current``: the one of today. ``grade_low_since``: since when the total has been clearly
    below the grade's edge. ``junk_rule``: the rule that disqualifies the person at present.
    """

    stage: Stage = Stage.NAME
    stage_since: datetime | None = None
    stage_before: Stage | None = None
    locked_until: datetime | None = None
    cycle: CycleState | None = None
    cycles: int = 0
    last_sales_owner_id: int | None = None
    grade: str | None = None
    grade_current: str | None = None
    grade_low_since: datetime | None = None
    junk_rule: str | None = None

    @property
    def open_cycle(self) -> CycleState | None:
        """The one open cycle, if there is one."""
        return self.cycle if self.cycle is not None and self.cycle.is_open else None


class OpportunityFact(Struct, frozen=True):
    """An opportunity the person is on. ``won``: only with an amount (PLAYBOOK 4). ``loss_reason``: a reason code."""

    key: str
    created_at: datetime
    is_open: bool
    won: bool = False
    closed_at: datetime | None = None
    loss_reason: str | None = None


class StageSet(Struct, frozen=True):
    """A stage found in a CRM. ``by_person``: a sales or marketing person set it (not a machine, not us)."""

    stage: Stage
    at: datetime
    by_person: bool = False
    who: str = ""


class Response(Struct, frozen=True):
    """What the rep answered: accepted or rejected, with a reason code. ``until``: a date they stated."""

    accepted: bool
    at: datetime
    reason: str | None = None
    until: datetime | None = None


class Owner(Struct, frozen=True):
    """Who owns the record in the CRM that is master for sales. ``by_us``: assigned by us in this cycle."""

    user_id: int
    active_sales: bool
    by_us: bool = False


class WorkSigns(Struct, frozen=True):
    """Signs of sales' work, each with the time it was first seen; ``tried``: the attempts since the hand-off."""

    accepted_at: datetime | None = None
    working_at: datetime | None = None
    sales_qualified_at: datetime | None = None
    rejected_at: datetime | None = None
    first_touch_at: datetime | None = None
    second_touch_at: datetime | None = None
    tried: Tried = field(default_factory=Tried)


class Evidence(Struct, frozen=True):
    """Everything new that may move a person.

    ``rungs``: stages whose entry holds. ``rung_at``: when the evidence that completed an entry happened (missing:
    ``last_evidence_at``). ``grade``: by points, floors and ceilings, as if the person were an open qualified lead;
    ``grade_ceiling``: the ceiling that applied (a fact, so it takes effect at once). ``last_evidence_at``: the newest
    signal, answer or profile change. ``crm_stage``: the highest stage a CRM shows. ``junk_reason``: the reason code of
    ``junk_rule``. ``hold_rule``: somebody must look at the person first. ``decide_by``: until when a rejection without
    a reason may wait for one. ``unreached``: the recycle that is proposed because nobody was reached. ``changed_at``:
    when a profile field last changed. ``engagement_rise_milli``: gained since the recycle. ``provisional``: identity is
    not settled. ``colleague_at``: when somebody else of the employer last came or showed interest.
    """

    in_scope: bool = True
    provisional: bool = False
    junk_rule: str | None = None
    hold_rule: str | None = None
    junk_reason: str | None = None
    rungs: frozenset[Stage] = frozenset()
    rung_at: Mapping[Stage, datetime] = field(default_factory=dict)
    total_milli: int = 0
    engagement_milli: int = 0
    grade: str | None = None
    grade_ceiling: str | None = None
    last_hand_raise_at: datetime | None = None
    last_signal_at: datetime | None = None
    last_evidence_at: datetime | None = None
    engagement_rise_milli: int = 0
    opportunities: tuple[OpportunityFact, ...] = ()
    crm_stage: StageSet | None = None
    response: Response | None = None
    signs: WorkSigns = field(default_factory=WorkSigns)
    owner: Owner | None = None
    former_customer: bool = False
    partner: bool = False
    decide_by: datetime | None = None
    unreached: Proposal | None = None
    changed_at: Mapping[str, datetime] = field(default_factory=dict)
    colleague_at: datetime | None = None


class Reason(Struct, frozen=True):
    """One row of the closed list of reasons (PLAYBOOK 9.3). ``kind``: recycle, disqualify, reroute, merge or pending.

    ``signal_breaks``: any new signal ends the cool-down; ``rise_milli``: so does that much new engagement, but not
    before ``rise_after_days``; so does a change of one of the profile fields ``change_breaks``, which also opens a
    disqualified cycle again; ``colleague_breaks``: so does somebody else of the same employer. A hand-raise always
    does. With ``cooldown_days`` 0 no date brings the person back. ``needs_attempts``: refused while the promised
    attempts were not made.
    """

    code: str
    kind: str
    cooldown_days: int = 0
    track: str | None = None
    signal_breaks: bool = False
    rise_milli: int | None = None
    rise_after_days: int = 0
    needs_attempts: bool = False
    change_breaks: tuple[str, ...] = ()
    colleague_breaks: bool = False


class Rules(Struct, frozen=True):
    """The numbers of the fold, as agreed in the playbook; days unless the name says otherwise.

    ``left_for``: stage -> the lower one that somebody goes back to who went cold or was let go.
    ``grade_edges_milli``: the lowest total of a grade, best grade first. ``hand_off_grade`` goes to sales.
    ``undecided_reason``: how a rejection without a reason is recycled in the end; ``unreached_reason``: the reason of
    people who were not reached after every promised attempt. ``moves``: which stage a rule may move to which.
    """

    reasons: Mapping[str, Reason]
    grade_edges_milli: Mapping[str, int] = field(
        default_factory=lambda: {"A": 75_000, "B": 50_000, "C": 25_000, "D": 0}
    )
    hand_off_grade: str = "A"
    grade_margin_milli: int = 5_000
    grade_margin_days: int = 3
    hand_raise_fresh_days: int = 14
    suspect_cold_days: int = 365
    lead_cold_days: int = 180
    left_for: Mapping[Stage, Stage] = field(default_factory=lambda: dict(LEFT_FOR))
    let_go_days: int = 180
    lock_days: int = 30
    settle_hours: int = 24
    returns_max: int = 3
    returns_window_days: int = 730
    returns_apart_days: int = 14
    lost_reason: str = "no_decision"
    undecided_reason: str = "timing"
    unreached_reason: str = "unresponsive"
    moves: Moves = ANY_MOVE


class StageMove(Struct, frozen=True):
    """One move on the ladder, at the time of its evidence. ``by``: rule, human, crm."""

    stage_from: Stage
    stage_to: Stage
    at: datetime
    by: str
    reason: str = ""
    reconstructed: bool = False
    evidence: Mapping[str, object] = field(default_factory=dict)


class DispositionMove(Struct, frozen=True):
    """One move of a cycle's disposition."""

    cycle_number: int
    disposition_from: Disposition | None
    disposition_to: Disposition
    at: datetime
    by: str
    reason: str | None = None
    reconstructed: bool = False


class HandOffWish(Struct, frozen=True):
    """The person should go to sales now. ``kind``: hand_raise, by_score, returned, growth. ``promise``: the clock.

    ``excluded``: user ids that must not get it. ``evidence_at``: the signal that made it, for the system time.
    ``cause``: how colleagues are told of it where that is not by its kind.
    """

    kind: str
    promise: str
    evidence_at: datetime
    motion: Motion = Motion.NEW_BUSINESS
    grade: str | None = None
    excluded: frozenset[int] = frozenset()
    cause: str = ""

    @property
    def told(self) -> str:
        """The word of the note and the messages for why it was made."""
        return self.cause or self.kind


class Recycle(Struct, frozen=True):
    """The person goes back to marketing, with a reason, a cool-down (``None``: no date ends it) and a track."""

    reason: str
    until: datetime | None
    track: str | None
    at: datetime


class Event(Struct, frozen=True):
    """Something people should hear of that moves nothing by itself, by code."""

    code: str
    at: datetime
    detail: Mapping[str, object] = field(default_factory=dict)


class Decision(Struct, frozen=True):
    """The state after the fold and every step that led there. ``closed``: cycles that ended in this fold."""

    state: PersonState
    stage_moves: tuple[StageMove, ...] = ()
    disposition_moves: tuple[DispositionMove, ...] = ()
    closed: tuple[CycleState, ...] = ()
    opened: tuple[CycleState, ...] = ()
    hand_off: HandOffWish | None = None
    recycle: Recycle | None = None
    events: tuple[Event, ...] = ()


def handed_over(state: PersonState, at: datetime, owner_id: int | None) -> tuple[PersonState, DispositionMove]:
    """The state after routing has found an owner for a hand-off wish: call once per wish that was fulfilled."""
    cycle = state.cycle
    if cycle is None:
        raise ValueError("A hand-off needs an open cycle.")
    returned = (*cycle.returned_at, at) if cycle.recycles else cycle.returned_at
    after = replace(
        cycle,
        disposition=Disposition.ASSIGNED,
        disposition_at=at,
        reason=None,
        handed_off_at=at,
        grade_at_handoff=state.grade_current or cycle.grade_at_handoff,
        returned_at=returned,
        recycle_until=None,
        recycle_track=None,
    )
    move = DispositionMove(cycle.number, cycle.disposition, Disposition.ASSIGNED, at, "rule")
    grade = after.grade_at_handoff or state.grade
    return replace(state, cycle=after, last_sales_owner_id=owner_id, grade=grade), move
