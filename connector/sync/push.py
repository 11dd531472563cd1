"""Sending a stored plan, exactly as stored: intent first, one request at a time, then the read-back.

What level, approval, guard or a hold keep back is not sent. Shared fields are read again right before they are
written; new records are looked for first. A request is never repeated while its outcome is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from msgspec.structs import replace

from connector.decide.readback import still_expected
from connector.errors import (
    BatchRejected,
    LeadloopError,
    RetryLater,
    Unconfirmed,
    WaitingForApproval,
)
from connector.model import Lane, OutboxState, Outcome, RowOutcome
from connector.ports.memberships import MEMBERSHIPS
from connector.ports.outbox import BatchGroup, OutboxEntry, RowResult, StoredPlan
from connector.sync.confirm import confirm_sent
from connector.sync.members import recheck_members
from connector.sync.probe import without_existing
from connector.sync.settle import settle_entries
from connector.sync.writing import PushReport, Writing, batches, read_records, row_write

ROUNDS_MAX = 100_000
PLAN_AGE_MAX = timedelta(hours=24)
POLICY = "policy"


def release_plan(
    writing: Writing, plan: StoredPlan, *, by: str | None, age_max: timedelta = PLAN_AGE_MAX, over_guard: bool = False
) -> None:
    """Let a plan be sent. ``by``: the person whose push is the approval; ``None``: nobody asked.

    Raises ``WaitingForApproval`` when a person must approve and none did, and when the plan is older than its limit.
    """
    now = writing.clock.now()
    if now - plan.created_at > age_max:
        writing.outbox.finish_plan(writing.company_id, plan.plan_id, "expired", now)
        raise WaitingForApproval(f"plan {plan.plan_id} is older than its limit", remedy="make a new plan and push that")
    if plan.needs_approval and by is None:
        raise WaitingForApproval(
            f"plan {plan.plan_id} waits for a person", remedy="look at it with leadloop plan, then run leadloop push"
        )
    approved_by = by if by is not None else POLICY
    writing.outbox.approve(writing.company_id, plan.plan_id, approved_by, now, over_guard=over_guard)


def push_plan(writing: Writing, plan: StoredPlan | None) -> PushReport:
    """Send what may be sent of a released plan (``None``: only what outlives its plan). Resumable at any moment.

    A plan of which nothing may be sent stays as it is, so that it does not have to be stored again by every run.
    """
    push = Push(writing, None if plan is None else plan.plan_id)
    for _ in range(ROUNDS_MAX):
        if not push.round():
            break
    push.read_back()
    if plan is not None and push.has_sent and not push.report.stopped:
        writing.outbox.finish_plan(writing.company_id, plan.plan_id, "applied", writing.clock.now())
    return push.report


class Push:
    """One push under way: its plan and what it has come to so far."""

    def __init__(self, writing: Writing, plan_id: int | None) -> None:
        self.writing = writing
        self.plan_id = plan_id
        self.report = PushReport()
        self.has_sent = False
        self._unread: dict[tuple[str, str], list[OutboxEntry]] = {}

    def round(self) -> bool:
        """Up to one load of rows of every group; whether anything was there to send."""
        groups = self.writing.outbox.groups(self.writing.company_id, self.plan_id, self.writing.clock.now())
        sent = [self._guarded(group) for group in groups]  # every group, whatever the first one says
        return any(sent)

    def _guarded(self, group: BatchGroup) -> bool:
        """A system that refuses everything is left alone for this run; the other one goes on."""
        if group.system in self.report.stopped or group.system not in self.writing.adapters:
            return False
        try:
            return self._send_group(group)
        except LeadloopError as error:
            self.report.stopped[group.system] = error
            return False

    def _send_group(self, group: BatchGroup) -> bool:
        writing = self.writing
        levels = writing.allowed_levels(group.system)
        now = writing.clock.now()
        entries = writing.outbox.sendable(writing.company_id, self.plan_id, group, levels, now) if levels else []
        for batch in batches(entries, writing.adapters[group.system].capability.objects[group.object], group.lane):
            self._prepare_and_send(group, batch)
        self.has_sent = self.has_sent or bool(entries)
        return bool(entries)

    def _prepare_and_send(self, group: BatchGroup, entries: Sequence[OutboxEntry]) -> None:
        versions: dict[str, str | None] = {}
        ready = list(entries)
        if group.object == MEMBERSHIPS:
            checked = recheck_members(self.writing, entries)
            self._confirm(checked.made)
            self.report.cancelled += len(checked.settled)
            ready, versions = checked.ready, checked.versions
        elif group.lane is Lane.CONTESTED:
            ready, versions = self._recheck(group, entries)
        elif group.lane is Lane.CREATE:
            ready = self._not_yet_there(entries)
        if ready:
            self._send(group, ready, versions)
        self.writing.note(f"{group.system} {group.object}: {len(ready)} sent")

    def _recheck(
        self, group: BatchGroup, entries: Sequence[OutboxEntry]
    ) -> tuple[list[OutboxEntry], dict[str, str | None]]:
        """Only rows whose record still holds what the plan was made on, with their versions."""
        adapter = self.writing.adapters[group.system]
        records = read_records(adapter, group.object, entries)
        ready: list[OutboxEntry] = []
        versions: dict[str, str | None] = {}
        for entry in entries:
            record = records.get(entry.row.record_id or "")
            if record is None or record.deleted or record.successor is not None:
                self._cancel([entry], "gone")
            elif not still_expected(entry.row.changes, record.fields):
                self._cancel([entry], "moved")
            else:
                ready.append(entry)
                versions[entry.action_id] = adapter.version(record)
        return ready, versions

    def _not_yet_there(self, entries: Sequence[OutboxEntry]) -> list[OutboxEntry]:
        """Creates that are really due: not made by an earlier attempt of ours, and not by anybody else."""
        ready, made, existing = without_existing(self.writing, entries)
        self._cancel(existing, "exists")
        if made:
            self._confirm(made)
        return ready

    def _send(self, group: BatchGroup, entries: Sequence[OutboxEntry], versions: dict[str, str | None]) -> None:
        writing = self.writing
        sending = writing.outbox.mark_sending(writing.company_id, group, entries, writing.stamp())
        rows = [row_write(entry, versions.get(entry.action_id)) for entry in sending]
        try:
            outcomes = writing.adapters[group.system].write(group.lane, rows)
        except BatchRejected as error:
            self._split(group, sending, versions, error)
        except Unconfirmed:
            self._read_back_unknown(sending)
        except LeadloopError as error:
            # Every other error says that nothing was done (ports.adapter): the rows wait as they were.
            self._put_back(sending, error)
            raise
        else:
            self._take_answers(group, sending, outcomes)

    def _split(
        self,
        group: BatchGroup,
        sending: Sequence[OutboxEntry],
        versions: dict[str, str | None],
        error: BatchRejected,
    ) -> None:
        """Halve a refused batch until the row that spoils it stands alone: at most 2 log2(n) + 1 requests."""
        writing = self.writing
        if len(sending) == 1:
            code = error.code or "batch_rejected"
            refused = RowOutcome(sending[0].action_id, Outcome.REJECTED, code=code)
            writing.outbox.record(writing.company_id, sending, [refused], writing.stamp())
            return
        writing.outbox.put_back(writing.company_id, sending, None, was_sent=False)
        before = [replace(entry, attempts=entry.attempts - 1, state=OutboxState.PLANNED) for entry in sending]
        half = (len(before) + 1) // 2
        self._send(group, before[:half], versions)
        self._send(group, before[half:], versions)

    def _read_back_unknown(self, sending: Sequence[OutboxEntry]) -> None:
        self.writing.outbox.mark_unknown(self.writing.company_id, sending)
        unknown = [replace(entry, state=OutboxState.UNKNOWN) for entry in sending]
        self._count(settle_entries(self.writing, unknown))

    def _put_back(self, sending: Sequence[OutboxEntry], error: LeadloopError) -> None:
        wait = error.retry_after_s if isinstance(error, RetryLater) else 0.0
        not_before = self.writing.clock.now() + timedelta(seconds=wait) if wait else None
        self.writing.outbox.put_back(self.writing.company_id, sending, not_before, was_sent=False)

    def _take_answers(self, group: BatchGroup, sending: Sequence[OutboxEntry], outcomes: Sequence[RowOutcome]) -> None:
        writing = self.writing
        writing.outbox.record(writing.company_id, sending, outcomes, writing.stamp())
        answers = {outcome.action_id: outcome for outcome in outcomes}
        sent: list[OutboxEntry] = []
        unknown: list[OutboxEntry] = []
        for entry in sending:
            answer = answers.get(entry.action_id)
            if answer is None or answer.outcome is Outcome.UNKNOWN:
                unknown.append(replace(entry, state=OutboxState.UNKNOWN))
            elif answer.outcome is Outcome.SENT:
                sent.append(_as_sent(entry, answer))
        if group.lane is Lane.OWNED:
            self._read_back_later(group, sent)
        else:
            self._confirm(sent)
        if unknown:
            self._count(settle_entries(writing, unknown))

    def _read_back_later(self, group: BatchGroup, sent: Sequence[OutboxEntry]) -> None:
        """What nobody else writes cannot be raced for, so as many rows as one read may hold are read back together."""
        waiting = self._unread.setdefault((group.system, group.object), [])
        waiting.extend(sent)
        if len(waiting) >= self.writing.adapters[group.system].capability.objects[group.object].read_size_max:
            del self._unread[group.system, group.object]
            self._confirm(waiting)

    def read_back(self) -> None:
        """Confirm what was sent and not read back yet. What cannot be read now stays sent, for the next run."""
        for (system, _object), waiting in sorted(self._unread.items()):
            try:
                self._confirm(waiting)
            except LeadloopError as error:
                self.report.stopped.setdefault(system, error)
        self._unread.clear()

    def _confirm(self, entries: Sequence[OutboxEntry]) -> None:
        with_id = [entry for entry in entries if entry.row.record_id is not None]
        self._count(confirm_sent(self.writing, with_id))
        without_id = [entry for entry in entries if entry.row.record_id is None]
        if without_id:
            self._count(settle_entries(self.writing, without_id))

    def _count(self, results: Sequence[RowResult]) -> None:
        self.report.results.extend(results)
        for result in results:
            if result.state is not OutboxState.CANCELLED:
                self.report.add_written(result.entry.row.system, 1)

    def _cancel(self, entries: Sequence[OutboxEntry], code: str) -> None:
        if entries:
            self.writing.outbox.cancel(self.writing.company_id, entries, code, self.writing.clock.now())
            self.report.cancelled += len(entries)


def _as_sent(entry: OutboxEntry, answer: RowOutcome) -> OutboxEntry:
    row = replace(entry.row, record_id=answer.record_id or entry.row.record_id)
    return replace(entry, state=OutboxState.SENT, row=row)
