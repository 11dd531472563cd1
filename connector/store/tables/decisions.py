"""Decisions over time: cycles, stages, scores, assignments, tracks and the follow-up clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import SQLModel

from connector.store.tables.columns import big_key, document, instant, integer, key, moment
from connector.store.tables.few import OPEN


class Cycle(SQLModel, table=True):
    """One attempt at one piece of business with a person. Dispositions, hand-offs and recycles hang on it."""

    __tablename__ = "cycle"
    __table_args__ = (
        Index(None, "company", "person_id"),
        Index(None, "company", "disposition", "recycle_until", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    company: int = big_key()
    cycle_id: int = big_key()
    person_id: int = integer()
    motion: str = "new_business"
    number: int = integer(1)
    origin: str = "marketing"
    opened_at: datetime = moment()
    closed_at: datetime | None = instant()
    disposition: str = "open"
    disposition_at: datetime = moment()
    reason: str | None = None
    grade_at_handoff: str | None = None
    qualified_at: datetime | None = instant()
    handed_off_at: datetime | None = instant()
    accepted_at: datetime | None = instant()
    first_touch_at: datetime | None = instant()
    sales_qualified_at: datetime | None = instant()
    recycles: int = integer(0)
    recycle_until: datetime | None = instant()
    recycle_track: str | None = None
    recycle_engagement_milli: int | None = integer()
    returned_at: list[Any] | None = document()
    reconstructed: bool = False
    adopted: bool = False


class StageHistory(SQLModel, table=True):
    """Every stage move with its evidence. APPEND-ONLY. ``by``: rule, human, crm."""

    __tablename__ = "stage_history"
    __table_args__ = (Index(None, "company", "at"),)

    company: int = big_key()
    person_id: int = big_key()
    seq: int = big_key()
    stage_from: str | None = None
    stage_to: str
    at: datetime = moment()
    by: str
    reason: str = ""
    reconstructed: bool = False
    evidence: dict[str, Any] | None = document()
    digest: str | None = None
    run_id: int | None = integer()


class DispositionHistory(SQLModel, table=True):
    """Every move of a cycle's disposition. APPEND-ONLY."""

    __tablename__ = "disposition_history"
    __table_args__ = (Index(None, "company", "at"),)

    company: int = big_key()
    person_id: int = big_key()
    seq: int = big_key()
    cycle_id: int = integer()
    disposition_from: str | None = None
    disposition_to: str
    at: datetime = moment()
    by: str
    reason: str | None = None
    evidence: dict[str, Any] | None = document()
    run_id: int | None = integer()


class ScoreHistory(SQLModel, table=True):
    """The score each time the published value, the grade or the stage changed. APPEND-ONLY. Points in thousandths."""

    __tablename__ = "score_history"

    company: int = big_key()
    person_id: int = big_key()
    seq: int = big_key()
    evaluated_at: datetime = moment()
    as_of: datetime = moment()
    fit_milli: int = integer(0)
    engagement_milli: int = integer(0)
    readiness_milli: int = integer(0)
    score_milli: int = integer(0)
    grade: str | None = None
    stage: str | None = None
    digest: str | None = None
    run_id: int | None = integer()


class Assignment(SQLModel, table=True):
    """Who became responsible, from when, and by which path. APPEND-ONLY but for ``until`` and ``confirmed_at``.

    ``kind``: hand_off, return, reassign (an untouched one given to somebody else), adopt (a CRM's owner taken over),
    marketing. ``confirmed_at``: when the write to the CRM was read back; the follow-up clock starts there.
    ``evidence_at``: the signal that made it; from there to ``confirmed_at`` is the system's own time.
    """

    __tablename__ = "assignment"
    __table_args__ = (Index(None, "company", "person_id"),)

    company: int = big_key()
    assignment_id: int = big_key()
    person_id: int = integer()
    cycle_id: int | None = integer()
    owner_id: int | None = integer()
    kind: str
    at: datetime = moment()
    until: datetime | None = instant()
    confirmed_at: datetime | None = instant()
    evidence_at: datetime | None = instant()
    grade: str | None = None
    promise: str | None = None
    path: list[Any] | None = document()
    reasons: dict[str, Any] | None = document()
    seq: int = integer()
    run_id: int | None = integer()


class TrackHistory(SQLModel, table=True):
    """Which nurture track a person was on. APPEND-ONLY but for ``until``, ``reason`` and ``leaves_since``.

    ``reason``: what ended it. ``leaves_since``: since when its entry holds no more, while its exit waits.
    """

    __tablename__ = "track_history"

    company: int = big_key()
    person_id: int = big_key()
    seq: int = big_key()
    track: str | None = None
    at: datetime = moment()
    until: datetime | None = instant()
    reason: str = ""
    leaves_since: datetime | None = instant()


class TrackTouch(SQLModel, table=True):
    """The clock of one human touch of a nurture track, by the key of its task. ``state``: waiting (not due yet),
    running, kept, broken, unknown, ended.

    ``number`` of ``times``; ``late_at``: the promise is over; ``given_at``: it went to the leader of marketing.
    """

    __tablename__ = "track_touch"
    __table_args__ = (Index(None, "company", "person_id"), Index(None, "company", "due_at"))

    company: int = big_key()
    key: str = key()
    person_id: int = integer()
    track: str
    what: str = ""
    number: int = integer(0)
    times: int = integer(1)
    owner_id: int | None = integer()
    asked_at: datetime = moment()
    due_at: datetime = moment()
    late_at: datetime = moment()
    state: str = "waiting"
    touched_at: datetime | None = instant()
    touched_by: int | None = integer()
    broken_at: datetime | None = instant()
    decided_by: str | None = None
    escalated_at: datetime | None = instant()
    given_at: datetime | None = instant()


class Movement(SQLModel, table=True):
    """Who came close to something, by subject (``p<person>`` or ``a<account>``) and kind; see ``decide.movement``.

    ``since``: when that edge was crossed last; ``seen_at``: the last look; ``holds``: not fallen back from since.
    """

    __tablename__ = "movement"

    company: int = big_key()
    subject: str = key()
    kind: str = key()
    target: str = ""
    what: str = ""
    missing: str = ""
    since: datetime = moment()
    seen_at: datetime = moment()
    holds: bool = True


class FollowUp(SQLModel, table=True):
    """The clock of one assignment. ``state``: waiting (for confirmation), running, kept, broken, unknown, ended.

    ``state`` is the promised first touch, ``accept_state`` (running, kept, broken, ended) the promised yes or no.
    ``escalated_at``: the last time; ``refused_at``: a rejection as not reached without the attempts. ``missed_at``: the
    promised attempts were due at ``attempts_due_at`` and are owed still.
    """

    __tablename__ = "follow_up"
    __table_args__ = (Index(None, "company", "state", "due_at"),)

    company: int = big_key()
    assignment_id: int = big_key()
    person_id: int = integer()
    promise: str
    state: str = "waiting"
    started_at: datetime | None = instant()
    due_at: datetime | None = instant()
    accept_due_at: datetime | None = instant()
    touched_at: datetime | None = instant()
    broken_at: datetime | None = instant()
    decided_by: str | None = None
    accept_state: str | None = None
    accepted_at: datetime | None = instant()
    reminded_at: datetime | None = instant()
    escalated_at: datetime | None = instant()
    refused_at: datetime | None = instant()
    attempts_due_at: datetime | None = instant()
    missed_at: datetime | None = instant()


class FollowUpEvent(SQLModel, table=True):
    """What happened to a follow-up clock. APPEND-ONLY. ``event``: started, touched, kept, broken, ended, unknown,
    accepted, accept_broken, refused, attempts_missed, reminded, escalated, reassigned.
    """

    __tablename__ = "follow_up_event"

    company: int = big_key()
    assignment_id: int = big_key()
    seq: int = big_key()
    event: str
    at: datetime = moment()
    evidence: dict[str, Any] | None = document()


class RoutingState(SQLModel, table=True):
    """What a pool's round robin remembers of a member: ``given`` on ``day``, and millionths of a hand-off."""

    __tablename__ = "routing_state"

    company: int = big_key()
    pool: str = key()
    user_id: int = big_key()
    day: str = ""
    given: int = integer(0)
    credit_micro: int = integer(0)


class WinModelRow(SQLModel, table=True):
    """A trained model of winning as plain coefficients; the newest one counts. APPEND-ONLY."""

    __tablename__ = "win_model"

    company: int = big_key()
    model_id: int = big_key()
    trained_at: datetime = moment()
    digest: str
    body: dict[str, Any] = document(required=True)
