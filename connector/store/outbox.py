"""``ports.outbox.Outbox`` on SQLite and PostgreSQL: plans, the outbox, what was agreed. One method, one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, insert, or_, select, update

from connector.model import Lane, Level, OutboxState, RowOutcome
from connector.ports.outbox import (
    BatchGroup,
    OutboxEntry,
    PersonView,
    PlanDraft,
    RowResult,
    Settlement,
    Stamp,
    StoredPlan,
)
from connector.store import baseline, conflicts, plans, refusals
from connector.store.confirmation import Confirmation, confirm_assignments
from connector.store.counters import next_seq, reserve
from connector.store.database import Database
from connector.store.outcomes import apply_outcomes, set_planned, set_rows, set_sending
from connector.store.sql import chunks, table
from connector.store.tables import Company, OutboxRow, Person, WriteRequest
from connector.store.unsettled import UNSETTLED_STATES, count_links, load_people

_outbox, _request = table(OutboxRow), table(WriteRequest)
_person, _company = table(Person), table(Company)

LOAD_ROWS_MAX = 2_000
"""Rows looked up at once: every look walks all that is planned. As many as one read-back may hold."""
LANES = (Lane.OWNED, Lane.CREATE, Lane.CONTESTED)
"""The order of sending: what nobody else writes first, then what is missing, then what is shared."""


class SqlOutbox:
    """The outbox of every company of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unsettled(self, company: int, after_person_id: int, limit: int, now: datetime) -> list[PersonView]:
        """The next people to diff (read only)."""
        with self._database.read() as connection:
            return load_people(connection, company, after_person_id, limit, now)

    def linked_records(self, company: int) -> dict[tuple[str, str], int]:
        """(system, object) -> number of primary links (read only)."""
        with self._database.read() as connection:
            return count_links(connection, company)

    def settle(self, company: int, settlement: Settlement, stamp: Stamp) -> None:
        """What needed no write, in one transaction."""
        with self._database.begin(company) as connection:
            seq = next_seq(connection, company)
            baseline.move(connection, company, settlement.pairs, seq)
            conflicts.note(connection, company, settlement.conflicts, stamp)
            conflicts.free(connection, company, settlement.freed)
            conflicts.settle(connection, company, settlement.carried_out, "taken")
            refusals.end(connection, company, settlement.outlived)
            conflicts.hold(connection, company, settlement.holds, stamp)
            confirm_assignments(connection, company, set(settlement.assigned), stamp)
            for part in chunks(list(settlement.settled)):
                who = _person.c.company == company, _person.c.person_id.in_(part)
                connection.execute(update(_person).where(*who).values(unsettled=False))

    def store_plan(self, company: int, draft: PlanDraft, stamp: Stamp, mint: Callable[[], str]) -> StoredPlan | None:
        """The plan and its rows in one transaction; ``None`` when there is nothing to write."""
        with self._database.begin(company) as connection:
            return plans.replace_plan(connection, company, draft, stamp, mint)

    def open_plan(self, company: int) -> StoredPlan | None:
        """The newest plan that is open or approved (read only)."""
        with self._database.read() as connection:
            return plans.current_plan(connection, company)

    def plan_rows(self, company: int, plan_id: int) -> list[OutboxEntry]:
        """Every row of a plan (read only)."""
        query = select(_outbox).where(_outbox.c.company == company, _outbox.c.plan_id == plan_id)
        order = (_outbox.c.person_id, _outbox.c.system, _outbox.c.target, _outbox.c.action_id)
        return self._entries(query.order_by(*order))

    def approve(self, company: int, plan_id: int, by: str, now: datetime, *, over_guard: bool = False) -> None:
        """Let a plan go, in one transaction."""
        with self._database.begin(company) as connection:
            plans.approve_plan(connection, company, plan_id, by, now, over_guard=over_guard)

    def finish_plan(self, company: int, plan_id: int, state: str, now: datetime) -> None:
        """End a plan, in one transaction."""
        with self._database.begin(company) as connection:
            plans.close_plan(connection, company, plan_id, state, now)

    def first_push_approved(self, company: int) -> bool:
        """Whether a person has approved a plan before (read only)."""
        query = select(_company.c.first_push_approved_at).where(_company.c.id == company)
        with self._database.read() as connection:
            return connection.execute(query).scalar_one_or_none() is not None

    def groups(self, company: int, plan_id: int | None, now: datetime) -> list[BatchGroup]:
        """What is left to send (read only)."""
        query = select(_outbox.c.system, _outbox.c.object, _outbox.c.lane).distinct()
        with self._database.read() as connection:
            rows = connection.execute(query.where(_due(company, plan_id, now))).all()
        found = [BatchGroup(row.system, row.object, Lane(row.lane)) for row in rows]
        return sorted(found, key=lambda group: (LANES.index(group.lane), group.system, group.object))

    def sendable(
        self, company: int, plan_id: int | None, group: BatchGroup, levels: Sequence[Level], now: datetime
    ) -> list[OutboxEntry]:
        """Up to 2,000 rows that may be sent now, one per target, grouped by parent record (read only)."""
        busy = select(_outbox.c.target).where(_outbox.c.company == company, _outbox.c.state.in_(("sending", "unknown")))
        query = (
            select(_outbox)
            .where(_due(company, plan_id, now), _outbox.c.target.not_in(busy))
            .where(_outbox.c.system == group.system, _outbox.c.object == group.object)
            .where(_outbox.c.lane == group.lane.value, _outbox.c.level.in_([level.value for level in levels]))
            .order_by(func.coalesce(_outbox.c.parent_record_id, ""), _outbox.c.target, _outbox.c.action_id)
            .limit(LOAD_ROWS_MAX)
        )
        by_target: dict[str, OutboxEntry] = {}
        for entry in self._entries(query):
            by_target.setdefault(entry.row.target, entry)
        return list(by_target.values())

    def mark_sending(
        self, company: int, group: BatchGroup, entries: Sequence[OutboxEntry], stamp: Stamp
    ) -> list[OutboxEntry]:
        """The durable intent, in one transaction: no request without it."""
        with self._database.begin(company) as connection:
            request_id = reserve(connection, company, "request")
            values = {"company": company, "request_id": request_id, "system": group.system, "object": group.object}
            values |= {"lane": group.lane.value, "at": stamp.now, "rows": len(entries), "run_id": stamp.run_id}
            connection.execute(insert(_request).values(**values, status="sending"))
            set_sending(connection, company, entries, request_id, stamp.now)
        return [_as_sending(entry, request_id, stamp.now) for entry in entries]

    def record(
        self, company: int, entries: Sequence[OutboxEntry], outcomes: Sequence[RowOutcome], stamp: Stamp
    ) -> None:
        """The answer, in one transaction."""
        with self._database.begin(company) as connection:
            apply_outcomes(connection, company, entries, outcomes, stamp.now)
            self._close_requests(connection, company, entries, "answered")

    def put_back(
        self, company: int, entries: Sequence[OutboxEntry], not_before: datetime | None, *, was_sent: bool
    ) -> None:
        """Nothing was done, in one transaction: planned again under the same action id."""
        with self._database.begin(company) as connection:
            set_planned(connection, company, entries, not_before, was_sent=was_sent)
            self._close_requests(connection, company, entries, "refused")

    def mark_unknown(self, company: int, entries: Sequence[OutboxEntry]) -> None:
        """Sent, no answer, in one transaction."""
        with self._database.begin(company) as connection:
            set_rows(connection, company, entries, {"state": OutboxState.UNKNOWN})
            self._close_requests(connection, company, entries, "unknown")

    def cancel(self, company: int, entries: Sequence[OutboxEntry], code: str, now: datetime) -> None:
        """Not to be sent; the people are diffed again. One transaction."""
        with self._database.begin(company) as connection:
            values = {"state": OutboxState.CANCELLED, "error_code": code, "settled_at": now}
            set_rows(connection, company, entries, values)
            plans.unsettle(connection, company, {entry.row.person_id for entry in entries})

    def confirm(self, company: int, results: Sequence[RowResult], stamp: Stamp, mint: Callable[[], str]) -> None:
        """All that the read-backs mean, in one transaction."""
        with self._database.begin(company) as connection:
            Confirmation(connection, company, stamp, mint).write(results)

    def in_flight(self, company: int, after_action_id: str, limit: int) -> list[OutboxEntry]:
        """Rows whose outcome is open, by action id (read only)."""
        query = select(_outbox).where(_outbox.c.company == company, _outbox.c.state.in_(UNSETTLED_STATES))
        query = query.where(_outbox.c.action_id > after_action_id)
        return self._entries(query.order_by(_outbox.c.action_id).limit(limit))

    def counts(self, company: int, plan_id: int | None = None) -> dict[str, int]:
        """Rows per state (read only)."""
        query = select(_outbox.c.state, func.count()).where(_outbox.c.company == company)
        if plan_id is not None:
            query = query.where(_outbox.c.plan_id == plan_id)
        with self._database.read() as connection:
            return {row[0]: int(row[1]) for row in connection.execute(query.group_by(_outbox.c.state))}

    def _entries(self, query: Any) -> list[OutboxEntry]:
        with self._database.read() as connection:
            return [plans.entry_of(row) for row in connection.execute(query).all()]

    def _close_requests(self, connection: Any, company: int, entries: Sequence[OutboxEntry], status: str) -> None:
        ids = {entry.request_id for entry in entries if entry.request_id is not None}
        mine = _request.c.company == company, _request.c.request_id.in_(sorted(ids))
        connection.execute(update(_request).where(*mine).values(status=status))


def _due(company: int, plan_id: int | None, now: datetime) -> Any:
    return and_(
        _outbox.c.company == company,
        or_(plans.is_carried(), _outbox.c.plan_id == plan_id),
        _outbox.c.state == "planned",
        _outbox.c.held_by.is_(None),
        or_(_outbox.c.not_before.is_(None), _outbox.c.not_before <= now),
    )


def _as_sending(entry: OutboxEntry, request_id: int, now: datetime) -> OutboxEntry:
    return OutboxEntry(
        entry.action_id, entry.plan_id, entry.row, OutboxState.SENDING, entry.attempts + 1, now, request_id
    )
