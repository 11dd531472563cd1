"""The hand-off note: what the rep must know and ask, in plain words. Built once, at the hand-off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from connector.clock import from_micros
from connector.decide.cycles import HandOffWish
from connector.playbook.playbook import Question
from connector.sync.outcome import Outcome

PROFILE_LINES = (
    ("Account", "account_name"),
    ("Title", "title"),
    ("Industry", "industry"),
    ("Employees", "employees"),
    ("Country", "country"),
    ("Source", "source_first"),
)
DESCRIPTION_MAX = 30_000


def hand_off_note(outcome: Outcome, wish: HandOffWish, owner_id: int, due_at: datetime, reasons: str) -> dict[str, Any]:
    """What the Task will say, kept with the person until the hand-off ends. Times as ISO text."""
    row = outcome.facts.row
    name = " ".join(part for part in (row["first_name"], row["last_name"]) if part)
    note = outcome.run.playbook.note
    return {
        "key": f"{outcome.facts.person_id}:{outcome.run.now.isoformat()}",
        "owner_id": owner_id,
        "due_at": due_at.isoformat(),
        "subject": note.subject_for(kind=wish.kind, grade=wish.grade, name=name)[:255],
        "description": "\n".join(_lines(outcome, row, due_at, reasons))[:DESCRIPTION_MAX],
        "promise": wish.promise,
    }


def _lines(outcome: Outcome, row: Mapping[str, Any], due_at: datetime, reasons: str) -> Iterator[str]:
    zone = outcome.run.zone
    yield f"First contact due: {due_at.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"
    yield f"Why: {reasons}"
    if row["phone_opt_out"]:
        yield "Do not call: the person asked us not to"
    if row["email_opt_out"]:
        yield "No marketing e-mail: the person opted out"
    yield f"Buying phase: {outcome.evaluation.phase}"
    for label, field_name in PROFILE_LINES:
        if row[field_name] not in (None, ""):
            yield f"{label}: {row[field_name]}"
    if outcome.evaluation.last_hand_raise_at is not None:
        yield f"Asked us: {outcome.evaluation.last_hand_raise_at.astimezone(zone):%Y-%m-%d %H:%M}"
    yield from _answers(outcome, row)


def _answers(outcome: Outcome, row: Mapping[str, Any]) -> Iterator[str]:
    """What was answered, and what to ask next: what is open, and what was answered too long ago."""
    now = outcome.run.now.astimezone(outcome.run.zone)
    known: list[str] = []
    ask: list[str] = []
    for question in outcome.run.playbook.questions:
        answer, answered_at, until = _answer(row, question)
        stale = answer is not None and question.is_stale(answered_at, until, now)
        if answer is not None:
            said = f" (answered {answered_at.astimezone(outcome.run.zone):%Y-%m-%d})" if stale and answered_at else ""
            ends = f" (until {until})" if until is not None else ""
            known.append(f"  {question.text} {answer}{ends}{said}")
        if question.asked and (stale or answer is None):
            ask.append(f"  {question.text}")
    if known:
        yield from ("Answers:", *known)
    if ask:
        yield from ("Ask next:", *ask)


def _answer(row: Mapping[str, Any], question: Question) -> tuple[Any, datetime | None, date | None]:
    """The answer (``None``: there is none), when it was given, and up to when it holds."""
    values = {**(row.get("extra") or {}), **row}
    answer = values.get(question.field)
    _, micros = (row.get("provenance") or {}).get(question.field, (None, None))
    until = values.get(question.until) if question.until is not None else None
    answered_at = None if micros is None else from_micros(micros)
    return (None if answer == "" else answer), answered_at, date.fromisoformat(until) if until else None
