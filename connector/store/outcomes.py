"""What a CRM's answer does to outbox rows, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, update

from connector.decide.limits import ANY_FIELD
from connector.model import OutboxState, Outcome, RowOutcome
from connector.ports.outbox import OutboxEntry
from connector.store import refusals
from connector.store.plans import unsettle
from connector.store.prepared import Prepared
from connector.store.refusals import Refused
from connector.store.sql import table
from connector.store.tables import OutboxRow

_outbox = table(OutboxRow)

ATTEMPTS_MAX = 8
CONFLICT_ATTEMPTS_MAX = 4
"""The first try and three repeats against a moved record (ARCHITECTURE section 2.1)."""
RETRY_FIRST_WAIT_S = 30
RETRY_WAIT_MAX_S = 3600


def apply_outcomes(
    connection: Connection,
    company: int,
    entries: Sequence[OutboxEntry],
    outcomes: Sequence[RowOutcome],
    now: datetime,
) -> None:
    """Move each row by its own outcome; a row that was not answered is unknown."""
    answers = {outcome.action_id: outcome for outcome in outcomes}
    refused: list[Refused] = []
    moved: set[int] = set()
    changed: list[tuple[OutboxEntry, Mapping[str, Any]]] = []
    for entry in entries:
        outcome = answers.get(entry.action_id) or RowOutcome(entry.action_id, Outcome.UNKNOWN)
        values = _values(entry, outcome, now)
        changed.append((entry, values))
        if values["state"] in (OutboxState.REJECTED, OutboxState.DEAD) or outcome.outcome is Outcome.GONE:
            # A rule may name a field that we did not write; then it is the record that cannot be written.
            field = outcome.field if outcome.field in entry.row.changes else None
            refused.append(Refused(entry, field or ANY_FIELD, outcome.code or outcome.outcome.value))
        if values["state"] == OutboxState.CANCELLED:
            moved.add(entry.row.person_id)
    set_each(connection, company, changed)
    refusals.note(connection, company, refused, now)
    unsettle(connection, company, moved)


def set_rows(connection: Connection, company: int, entries: Sequence[OutboxEntry], values: Mapping[str, Any]) -> None:
    """The same new values for these rows."""
    set_each(connection, company, [(entry, values) for entry in entries])


def set_sending(
    connection: Connection, company: int, entries: Sequence[OutboxEntry], request_id: int, now: datetime
) -> None:  # fmt: skip
    """These rows go into a request: one more attempt."""
    sending = (OutboxState.SENDING, request_id, now, 1, company)
    _SENDING.run(connection, [(*sending, entry.action_id) for entry in entries])


def set_planned(
    connection: Connection, company: int, entries: Sequence[OutboxEntry], not_before: datetime | None, *, was_sent: bool
) -> None:  # fmt: skip
    """These rows wait again; what never left was no attempt."""
    planned = (OutboxState.PLANNED, not_before, 0 if was_sent else -1, company)
    _PLANNED.run(connection, [(*planned, entry.action_id) for entry in entries])


def set_each(connection: Connection, company: int, changed: Sequence[tuple[OutboxEntry, Mapping[str, Any]]]) -> None:
    """Each row its own values; rows that change the same columns share a statement."""
    groups: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for entry, values in changed:
        groups.setdefault(tuple(values), []).append((*values.values(), company, entry.action_id))
    for names, rows in groups.items():
        _setting(names).run(connection, rows)


@lru_cache
def _setting(names: tuple[str, ...], *, counting: bool = False) -> Prepared:
    """Sets these columns of one action; ``counting``: and adds to its attempts."""
    action = _outbox.c.company == bindparam("k_company"), _outbox.c.action_id == bindparam("k_action")
    values: dict[str, Any] = {name: bindparam(f"v_{name}", type_=_outbox.c[name].type) for name in names}
    if counting:
        values["attempts"] = _outbox.c.attempts + bindparam("v_attempts", type_=_outbox.c.attempts.type)
    bound = (*(f"v_{name}" for name in values), "k_company", "k_action")
    return Prepared(lambda connection: update(_outbox).where(*action).values(**values), bound)


_SENDING = _setting(("state", "request_id", "sent_at"), counting=True)
_PLANNED = _setting(("state", "not_before"), counting=True)


def _values(entry: OutboxEntry, outcome: RowOutcome, now: datetime) -> dict[str, Any]:
    record_id = outcome.record_id or entry.row.record_id
    code = {"error_code": outcome.code or None, "error_field": outcome.field}
    match outcome.outcome:
        case Outcome.SENT:
            return {"state": OutboxState.SENT, "record_id": record_id, "error_code": None, "error_field": None}
        case Outcome.REJECTED:
            return {"state": OutboxState.REJECTED, "settled_at": now, **code}
        case Outcome.RETRY if entry.attempts < ATTEMPTS_MAX:
            wait = max(outcome.retry_after_s, _wait_s(entry.attempts))
            return {"state": OutboxState.PLANNED, "not_before": now + timedelta(seconds=wait), **code}
        case Outcome.RETRY:
            return {"state": OutboxState.DEAD, "settled_at": now, **code}
        case Outcome.CONFLICT if entry.attempts < CONFLICT_ATTEMPTS_MAX:
            return {"state": OutboxState.PLANNED, **code}
        case Outcome.CONFLICT | Outcome.GONE:
            default = "moved" if outcome.outcome is Outcome.CONFLICT else "gone"
            return {"state": OutboxState.CANCELLED, "settled_at": now, "error_code": outcome.code or default}
        case _:
            return {"state": OutboxState.UNKNOWN}


def _wait_s(attempts: int) -> float:
    return float(min(RETRY_FIRST_WAIT_S * 2 ** max(attempts - 1, 0), RETRY_WAIT_MAX_S))
