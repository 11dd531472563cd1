"""What planning and pushing need kept: settled pairs, planned changes, the outbox and its outcomes.

The values here are the joint between the pure decisions (``connector.decide``), the steps (``connector.sync``) and
the store. They know no CRM and no table. Every method of ``Outbox`` is one transaction: it holds as a whole or
not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct, convert, field

from connector.model import Lane, Level, OutboxState, RowOutcome, Wire

Json = str | int | float | bool | None
"""A canonical value as it is kept: instants and dates as ISO text."""


class SettledPair(Struct, frozen=True, gc=False):
    """What was last agreed for one field of one link.

    ``ours`` is the value we wanted then, ``wire`` what the CRM really held (trimmed, reformatted), ``agreed_seq`` the
    position on the known-time axis; 0: the store puts the current one.
    """

    ours: Json
    wire: Wire
    agreed_seq: int = 0


class Change(Struct, frozen=True, gc=False):
    """One field of a planned write. ``before`` and ``after`` are wire values, ``ours`` the canonical one as JSON.

    ``type`` and ``policy`` are the mapping's words, kept here so that a later run can judge a read-back without it.
    ``moment`` names the wish this answers (owner, status), ``moment_seq`` its position.
    """

    before: Wire
    after: Wire
    ours: Json
    type: str
    policy: str
    level: Level
    rule: str = ""
    reason: str = ""
    moment: str | None = None
    moment_seq: int | None = None
    first_contact: bool = False
    held_by: str | None = None

    def as_document(self) -> dict[str, Any]:
        """As kept in ``outbox.changes``; defaults are left out."""
        document: dict[str, Any] = {
            "before": self.before,
            "after": self.after,
            "ours": self.ours,
            "type": self.type,
            "policy": self.policy,
            "level": self.level.value,
            "rule": self.rule,
            "reason": self.reason,
            "moment_seq": self.moment_seq,
        }
        if self.moment is not None:
            document["moment"] = self.moment
        if self.first_contact:
            document["first_contact"] = True
        return document


def changes_from_documents(documents: Mapping[str, Any]) -> dict[str, Change]:
    """By field; each the inverse of ``Change.as_document``."""
    return convert(documents, dict[str, Change])


class PlannedRow(Struct, frozen=True, gc=False):
    """One record's change set. ``kind``: update, create, task, or restore (a person's value goes back).
    ``target`` names what may be in flight only once.

    ``record_id`` and ``link_id`` are ``None`` for a record that does not exist yet. ``external_key`` is the link's key
    (update), or minted when the plan is stored (create; a task's key is its action id).
    """

    person_id: int
    system: str
    object: str
    target: str
    kind: str
    lane: Lane
    level: Level
    changes: Mapping[str, Change]
    link_id: int | None = None
    record_id: str | None = None
    external_key: str | None = None
    parent_record_id: str | None = None
    held_by: str | None = None


class OutboxEntry(Struct, frozen=True, gc=False):
    """A stored row. ``intent_at`` is when its intent was last made durable before sending."""

    action_id: str
    plan_id: int
    row: PlannedRow
    state: OutboxState
    attempts: int = 0
    intent_at: datetime | None = None
    request_id: int | None = None


class MomentView(Struct, frozen=True, gc=False):
    """The latest wish for one shared field of a person."""

    value: str | None
    seq: int
    at: datetime
    reason: str = ""
    rule: str = ""


class Refusal(Struct, frozen=True, gc=False):
    """A refusal of a field (or ``*``) of a target by its CRM. ``state``: open, retry or ignored.

    ``wanted``: a digest of what was refused. ``address``: system, object and record id (a target's name for a record
    that does not exist yet), as it is kept under.
    """

    attempts: int
    last_at: datetime
    code: str = ""
    state: str = "open"
    wanted: str | None = None
    address: tuple[str, str, str] = ("", "", "")


class LinkView(Struct, frozen=True, gc=False):
    """One primary link as the diff sees it.

    ``wire`` holds the landed fields (a missing key is absent); empty when the record was never landed.
    ``modified_at`` is the record's stamp in its CRM. ``written`` counts our writes of the last days by field and
    value, for the oscillation breaker. ``stamps``: canonical field -> since when it has its value (microseconds).
    """

    link_id: int
    person_id: int
    system: str
    object: str
    family: str
    record_id: str
    external_key: str
    stamped: bool
    parent_record_id: str | None
    modified_at: datetime | None
    mapped: Mapping[str, Any]
    wire: Mapping[str, Wire]
    base: Mapping[str, SettledPair] = {}
    refusals: Mapping[str, Refusal] = {}
    written: Mapping[tuple[str, Json], int] = {}
    stamps: Mapping[str, int] = {}

    @property
    def target(self) -> str:
        """The name under which at most one write is in flight."""
        return f"{self.system}:{self.object}:{self.record_id}"


class Decided(Struct, frozen=True, gc=False):
    """A conflict that a person has decided, and that is not everywhere as they want it yet.

    It is about ``field`` of the record ``link_id``, which held ``theirs`` while we wanted ``ours``; ``name`` is the
    canonical field. The value of the record ``winner`` counts: ``value``, canonical. ``is_answer``: it is about answers
    to a question, and ``field`` names that.
    """

    conflict_id: int
    link_id: int
    field: str
    name: str
    winner: int
    value: Json
    ours: Json
    theirs: Wire
    by: str
    is_answer: bool = False


class PersonView(Struct, frozen=True, gc=False):
    """An unsettled person. ``person`` is the stored row by column name.

    ``held`` are fields (or ``*``) that must not be written; ``taken`` are targets with a write in flight, or of a
    create or task that was already done; ``refusals`` are those of creates, by target and field. ``decided``:
    conflicts that a person has decided.
    """

    person_id: int
    person: Mapping[str, Any]
    links: tuple[LinkView, ...]
    moments: Mapping[str, MomentView] = {}
    held: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()
    refusals: Mapping[str, Mapping[str, Refusal]] = {}
    decided: tuple[Decided, ...] = ()


class ConflictNote(Struct, frozen=True):
    """Two sides want different values of a field and no policy decides. ``base``: the last agreed wire value."""

    person_id: int
    link_id: int
    field: str
    base: Wire
    ours: Json
    theirs: Wire
    reason: str
    who: str | None = None
    settled_by: str | None = None


class HoldNote(Struct, frozen=True):
    """A field of a person that must not be written until ``until`` (``None``: until released)."""

    person_id: int
    field: str
    why: str
    until: datetime | None = None


class Settlement(Struct, frozen=True):
    """What the diff of one chunk of people settled without any write.

    ``pairs``: link id -> field -> new pair (adopted, agreed or accepted). ``settled``: people with nothing left to do.
    ``moments_kept``: people whose owner wish turned out to hold already. ``freed``: (link id, field) whose open
    conflict is gone. ``outlived``: refusals (system, object, record id, field) of what is not to be written now.
    ``carried_out``: ids of conflicts that a person decided and that every record follows now.
    """

    pairs: Mapping[int, Mapping[str, SettledPair]] = field(default_factory=dict)
    settled: Sequence[int] = ()
    conflicts: Sequence[ConflictNote] = ()
    holds: Sequence[HoldNote] = ()
    assigned: Sequence[int] = ()
    freed: Sequence[tuple[int, str]] = ()
    carried_out: Sequence[int] = ()
    outlived: Sequence[tuple[str, str, str, str]] = ()


class PlanDraft(Struct, frozen=True):
    """A plan before it is stored. ``findings``: (system, object, field) -> records held at first contact."""

    digest: str
    rows: tuple[PlannedRow, ...]
    needs_approval: bool
    guard: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    findings: Mapping[tuple[str, str, str], int] = field(default_factory=dict)


class StoredPlan(Struct, frozen=True):
    """A plan as it is kept. ``state``: open, approved, applied, superseded, expired."""

    plan_id: int
    digest: str
    state: str
    created_at: datetime
    guard: str | None = None
    needs_approval: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)


class BatchGroup(Struct, frozen=True):
    """Rows that can share requests."""

    system: str
    object: str
    lane: Lane


class FieldResult(Struct, frozen=True, gc=False):
    """One field after the read-back: what the CRM holds now. ``verdict``: applied, not_stored or overtaken."""

    field: str
    change: Change
    verdict: str
    wire: Wire = None


class RowResult(Struct, frozen=True, gc=False):
    """One row after the read-back, with what happens to it.

    ``family`` names the family of the link that a confirmed create makes. ``modified_at``: the record's stamp as read
    back. ``compensate`` holds values of other writers that our write has overtaken and that must be put back.
    """

    entry: OutboxEntry
    state: OutboxState
    fields: tuple[FieldResult, ...] = ()
    record_id: str | None = None
    modified_at: datetime | None = None
    family: str = ""
    code: str = ""
    compensate: Mapping[str, Wire] = {}
    conflicts: tuple[ConflictNote, ...] = ()


class Stamp(Struct, frozen=True):
    """Which run acts, when, and under which definitions; for histories."""

    run_id: int
    now: datetime
    digest: str | None = None


class Outbox(Protocol):
    """Kept plans and writes of one company at a time; each method is one transaction."""

    def unsettled(self, company: int, after_person_id: int, limit: int, now: datetime) -> list[PersonView]:
        """The next people to diff, by person id; those merged away are not shown."""

    def linked_records(self, company: int) -> dict[tuple[str, str], int]:
        """(system, object) -> number of primary links: what a guard's share is measured on."""

    def settle(self, company: int, settlement: Settlement, stamp: Stamp) -> None:
        """Keep what needed no write: baselines, conflicts, holds, settled people."""

    def store_plan(self, company: int, draft: PlanDraft, stamp: Stamp, mint: Callable[[], str]) -> StoredPlan | None:
        """The plan with its rows; ``None`` when there is nothing to write.

        The open plan stays when its content is the same, else it is superseded.
        """

    def open_plan(self, company: int) -> StoredPlan | None:
        """The plan that is open or approved and not yet applied; the newest."""

    def plan_rows(self, company: int, plan_id: int) -> list[OutboxEntry]:
        """Every row of a plan, ordered for people."""

    def approve(self, company: int, plan_id: int, by: str, now: datetime, *, over_guard: bool = False) -> None:
        """A person (or ``policy``) lets a plan go; rows held by a guard only with ``over_guard``."""

    def finish_plan(self, company: int, plan_id: int, state: str, now: datetime) -> None:
        """The plan is applied, superseded or expired; its rows that were never sent are cancelled."""

    def first_push_approved(self, company: int) -> bool:
        """Whether a person has ever approved a plan of this company."""

    def groups(self, company: int, plan_id: int | None, now: datetime) -> list[BatchGroup]:
        """What is left to send of a plan, in the order to send it: owned, create, contested.

        Rows that outlive their plan are always among them: a value to be put back, a create that was once sent.
        """

    def sendable(
        self, company: int, plan_id: int | None, group: BatchGroup, levels: Sequence[Level], now: datetime
    ) -> list[OutboxEntry]:
        """Up to 2,000 rows that may be sent now, those of one parent record next to each other."""

    def mark_sending(
        self, company: int, group: BatchGroup, entries: Sequence[OutboxEntry], stamp: Stamp
    ) -> list[OutboxEntry]:
        """The durable intent: one request row, its rows ``sending`` with one more attempt; as they are then."""

    def record(
        self, company: int, entries: Sequence[OutboxEntry], outcomes: Sequence[RowOutcome], stamp: Stamp
    ) -> None:
        """What the CRM answered, by action id; a row without an answer becomes unknown."""

    def put_back(
        self, company: int, entries: Sequence[OutboxEntry], not_before: datetime | None, *, was_sent: bool
    ) -> None:
        """Nothing was done: planned again, the same action. ``was_sent``: the attempt counts, so it is probed first."""

    def mark_unknown(self, company: int, entries: Sequence[OutboxEntry]) -> None:
        """Sent, and no answer came."""

    def cancel(self, company: int, entries: Sequence[OutboxEntry], code: str, now: datetime) -> None:
        """Not to be sent (any more); their people are diffed again."""

    def confirm(self, company: int, results: Sequence[RowResult], stamp: Stamp, mint: Callable[[], str]) -> None:
        """Everything a read-back means, at once: outbox, baselines, journal, landing, links, rejects, conflicts."""

    def in_flight(self, company: int, after_action_id: str, limit: int) -> list[OutboxEntry]:
        """Rows whose outcome is not settled (sending, unknown, sent), by action id."""

    def counts(self, company: int, plan_id: int | None = None) -> dict[str, int]:
        """Rows per state."""
