"""The hand-off note: what the rep must know and ask, in plain words. Built once, at the hand-off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from connector.decide.cycles import HandOffWish
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
    known = [(each.text, row.get(each.field)) for each in outcome.run.playbook.note.questions]
    answered = [(text, answer) for text, answer in known if answer]
    if answered:
        yield "Answers:"
        yield from (f"  {text} {answer}" for text, answer in answered)
    open_questions = [text for text, answer in known if not answer]
    if open_questions:
        yield "Ask next:"
        yield from (f"  {text}" for text in open_questions)
