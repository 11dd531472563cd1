"""The hand-off note: what the rep must know and ask, in plain words. Built once, at the hand-off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from connector.clock import from_micros
from connector.decide.cycles import HandOffWish
from connector.playbook.playbook import Question
from connector.ports.decisions import TouchFacts
from connector.sync.contradictions import differing
from connector.sync.outcome import Handed, Outcome

PROFILE_LINES = (
    ("Title", "title"),
    ("Seniority", "seniority"),
    ("Function", "job_function"),
    ("Industry", "industry"),
    ("Employees", "employees"),
    ("Country", "country"),
    ("Language", "language"),
    ("Source", "source_first"),
)
DESCRIPTION_MAX = 30_000


def hand_off_note(
    outcome: Outcome, wish: HandOffWish, handed: Handed, reasons: str, activities: Sequence[TouchFacts]
) -> dict[str, Any]:
    """What the Task will say, kept with the person until the hand-off ends. Times as ISO text.

    ``reasons``: of the points, in words; ``activities``: what the person did last, the newest first.
    """
    row = outcome.facts.row
    name = " ".join(part for part in (row["first_name"], row["last_name"]) if part)
    note = outcome.run.playbook.note
    # In the time of whoever has to act: their day is the day of the task.
    zone = outcome.desk.hours(handed.route.owner_id, outcome.run.zone).zone
    due_at = handed.due_at.astimezone(zone)
    return {
        "key": f"{outcome.facts.person_id}:{outcome.run.now.isoformat()}",
        "owner_id": handed.route.owner_id,
        "due_at": due_at.isoformat(),
        "subject": note.subject_for(kind=wish.told, grade=wish.grade, name=name)[:255],
        "description": "\n".join(_lines(outcome, due_at, reasons, activities))[:DESCRIPTION_MAX],
        "promise": wish.promise,
    }


def _lines(outcome: Outcome, due_at: datetime, reasons: str, activities: Sequence[TouchFacts]) -> Iterator[str]:
    row, zone = outcome.facts.row, outcome.run.zone
    yield f"First contact due: {due_at:%Y-%m-%d %H:%M} ({due_at.tzinfo})"
    yield f"Why: {reasons}"
    if row["phone_opt_out"]:
        yield "Do not call: the person asked us not to"
    if row["email_opt_out"]:
        yield "No marketing e-mail: the person opted out"
    yield f"Buying phase: {outcome.evaluation.phase}"
    if outcome.evaluation.last_hand_raise_at is not None:
        yield f"Asked us: {outcome.evaluation.last_hand_raise_at.astimezone(zone):%Y-%m-%d %H:%M}"
    yield from _history(outcome)
    yield from _block("Profile:", (f"{label}: {row[name]}" for label, name in PROFILE_LINES if row[name]))
    yield from _block("Account:", _account(outcome, row))
    yield from _block("Last activities:", _activities(outcome, activities))
    yield from _answers(outcome, row)


def _block(title: str, lines: Iterable[str]) -> Iterator[str]:
    """A titled part, left out when there is nothing to say."""
    found = [f"  {line}" for line in lines]
    if found:
        yield from (title, *found)


def _history(outcome: Outcome) -> Iterator[str]:
    """What sales already knows of the person: how they came back, and who had them before."""
    cycle, assignment = outcome.facts.cycle, outcome.facts.assignment
    if cycle is not None and cycle["recycles"]:
        reasons = outcome.run.playbook.reason_labels
        why = reasons.get(str(cycle["reason"]), cycle["reason"])
        yield f"Was with sales before: {cycle['recycles']} time(s)" + (f", given back: {why}" if why else "")
    if assignment is not None and assignment["until"] is None:
        user = outcome.around.users.get(assignment["owner_id"] or 0)
        yield f"Before you: {user.name if user else 'a colleague'}"


def _account(outcome: Outcome, row: Mapping[str, Any]) -> Iterator[str]:
    account = outcome.facts.account
    name = (account.name if account is not None else None) or row["account_name"]
    if name:
        yield str(name) + (f" ({account.status})" if account is not None and account.status != "none" else "")
    if account is None:
        return
    if account.structure:
        yield f"Structure: {account.structure}"
    if account.current_products:
        yield f"Current products: {account.current_products}"
    for person in account.decision_makers:
        parts = [part for part in (person.title, ", ".join(person.roles)) if part]
        yield f"Decides: {person.name}" + (f" ({'; '.join(parts)})" if parts else "")


def _activities(outcome: Outcome, activities: Sequence[TouchFacts]) -> Iterator[str]:
    for activity in activities:
        day = activity.at.astimezone(outcome.run.zone)
        words = " ".join(part for part in (activity.signal.replace("_", " "), activity.kind) if part)
        yield f"{day:%Y-%m-%d} {words}" + (f": {activity.asset}" if activity.asset else "")


def _answers(outcome: Outcome, row: Mapping[str, Any]) -> Iterator[str]:
    """What was answered, and what to ask next."""
    known: list[str] = []
    differ = differing(outcome.run, outcome.facts)
    for question in outcome.run.playbook.questions:
        answer, answered_at, until = _answer(row, question)
        if answer is not None:
            stale = _is_stale(outcome, row, question)
            said = f" (answered {answered_at.astimezone(outcome.run.zone):%Y-%m-%d})" if stale and answered_at else ""
            ends = f" (until {until})" if until is not None else ""
            others = "".join(f" ({each.system} says {each.theirs})" for each in differ if each.field == question.field)
            known.append(f"{question.text} {answer}{ends}{said}{others}")
    yield from _block("Answers:", known)
    yield from _block("Ask next:", to_ask(outcome, row))


def to_ask(outcome: Outcome, row: Mapping[str, Any]) -> list[str]:
    """The questions to ask next: what is open, and what was answered too long ago."""
    return [
        question.text
        for question in outcome.run.playbook.questions
        if question.asked and (_answer(row, question)[0] is None or _is_stale(outcome, row, question))
    ]


def _is_stale(outcome: Outcome, row: Mapping[str, Any], question: Question) -> bool:
    answer, answered_at, until = _answer(row, question)
    now = outcome.run.now.astimezone(outcome.run.zone)
    return answer is not None and question.is_stale(answered_at, until, now)


def _answer(row: Mapping[str, Any], question: Question) -> tuple[Any, datetime | None, date | None]:
    """The answer (``None``: there is none), when it was given, and up to when it holds."""
    values = {**(row.get("extra") or {}), **row}
    answer = values.get(question.field)
    _, micros = (row.get("provenance") or {}).get(question.field, (None, None))
    until = values.get(question.until) if question.until is not None else None
    answered_at = None if micros is None else from_micros(micros)
    return (None if answer == "" else answer), answered_at, date.fromisoformat(until) if until else None
